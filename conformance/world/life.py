"""The life of one generation: its acceptance, and the polls until it was over."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.checks.expect import told
from conformance.checks.lifecycle import TERMINAL
from conformance.client import Api
from conformance.errors import Inconclusive
from conformance.evidence import Exchange
from conformance.limits import ID_CHARACTERS

if TYPE_CHECKING:
    from conformance.world.world import World

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 15.0
LEAST_REAL = 5.0
"""Real seconds: on a fast clock, the least that a generation is watched for."""
STANDSTILL = 3.0
"""Real seconds after which a Date, which is told in whole seconds, must have moved."""
GIVEN_UP = 5.0
"""How long a generation is watched on a target where another one never ended."""


@dataclass(frozen=True)
class Life:
    """`accepted` is the exchange of the generate call, `polls` what polling showed, in order."""

    api: Api
    body: dict[str, Any]
    accepted: Exchange
    polls: tuple[Exchange, ...] = ()

    @property
    def id(self) -> str:
        """The generation's id. Raises Inconclusive (GEN-1, GEN-41) when the call was not accepted with one."""
        if not 200 <= self.accepted.status < 300:
            raise Inconclusive(f"depends on a generate call that was not accepted: {self.accepted.told}", root="GEN-1")
        found = generation_id(self.accepted)
        if not found and isinstance(given := self.accepted.member("generationId"), str) and given:
            raise Inconclusive(f"an id of {len(given)} characters cannot be polled: it has to stand in a URL")
        if not found:
            raise Inconclusive(f"depends on a generationId that was not given: {self.accepted.told}", root="GEN-41")
        return found

    @property
    def over(self) -> Exchange | None:
        """The first poll that showed a terminal status; None when none did."""
        return next((poll for poll in self.polls if poll.member("status") in TERMINAL), None)

    @property
    def end(self) -> Exchange:
        """The same; raises Inconclusive when the generation was never seen to end."""
        _ = self.id
        if self.over is None:
            seen = self.polls[-1].told if self.polls else "it was never polled"
            root = "LIFE-9" if self.polls and self.polls[-1].status == 200 else "LIFE-1"
            raise Inconclusive(f"depends on a generation that was not seen to end ({seen})", root=root)
        return self.over

    @property
    def status(self) -> str:
        return str(self.end.member("status"))

    def ended(self, status: str) -> Exchange:
        """The poll that showed this terminal status. Raises Inconclusive when the generation ended otherwise."""
        if self.status != status:
            root = {"succeeded": "LIFE-9", "blocked": "LIFE-10", "failed": "LIFE-12"}[status]
            raise Inconclusive(f"depends on a generation that ends {status}; this one ended {self.status}", root=root)
        return self.end

    @property
    def outputs(self) -> list[dict[str, Any]]:
        """The entries of a succeeded generation's outputs; raises Inconclusive when there are none to look at."""
        found = self.ended("succeeded").member("outputs")
        if not isinstance(found, list) or not found or not all(isinstance(entry, dict) for entry in found):
            raise Inconclusive("depends on outputs that the generation does not have", root="OUT-2")
        return found


def generation_id(accepted: Exchange) -> str:
    """`generationId`, or `id` as a replay may call it (R10); empty when there is neither that could stand in a URL."""
    for name in ("generationId", "id"):
        found = accepted.member(name)
        if isinstance(found, str):
            return found if len(found) <= ID_CHARACTERS else ""
    return ""


def repeated_with(answer: Exchange) -> str:
    """The generation that a repeat was answered 200 or 202 with, or what it was answered instead (R10)."""
    return generation_id(answer) if answer.status in {200, 202} else told(answer)


def watch(world: "World", api: Api, accepted: Exchange, body: dict[str, Any]) -> Life:
    """Poll, at growing intervals of the target's time, until the generation is over or its time is up."""
    found = generation_id(accepted) if 200 <= accepted.status < 300 else ""
    if not found:
        return Life(api, body, accepted)
    # One generation that never ended is enough: nobody waits five minutes for each of the others.
    patience = GIVEN_UP if world.never_ended else longest(world)
    polls, waited, pause = [api.generation(found)], 0.0, FIRST_PAUSE
    if _going_on(polls[-1]) and world.typical_seconds > pause:
        pause = world.typical_seconds
    while _going_on(polls[-1]) and waited < patience:
        pause = min(pause, patience - waited + 0.1)
        world.clock.sleep(pause)
        waited += pause
        polls.append(api.generation(found))
        must_move(world, polls)
        pause = min(max(FIRST_PAUSE, waited * 0.5), LONGEST_PAUSE)
    world.learn(waited, ended=not _going_on(polls[-1]))
    return Life(api, body, accepted, tuple(polls))


def longest(world: "World") -> float:
    """How long a generation may take in the target's time: as declared, but not so short that our machine decides."""
    declared = world.target.limits.generation_seconds
    return declared if world.clock.stepped else max(declared, LEAST_REAL / world.clock.real_seconds(1.0))


def must_move(world: "World", polls: Sequence[Exchange]) -> None:
    """Raises Inconclusive, here and from now on, when the target's time stands still while ours passes."""
    first, last = polls[0], polls[-1]
    stands = bool(first.header("date")) and first.header("date") == last.header("date")
    if world.clock.stepped or not stands or last.started - first.ended < STANDSTILL or not _going_on(last):
        return
    message = f"the target's clock stands still: answers {last.started - first.ended:.0f} s apart have the same Date"
    hint = 'a clock that is moved by requests is declared by control = "/…" under [clock] in the target file'
    reason = Inconclusive(message, hint, root="the target's clock stands still")
    world.sender.circuit.over(reason)
    raise reason


def _going_on(poll: Exchange) -> bool:
    return poll.status == 200 and poll.member("status") not in TERMINAL
