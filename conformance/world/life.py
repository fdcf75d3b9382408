"""The life of one generation: its acceptance, and the polls until it was over."""

from dataclasses import dataclass
from typing import Any

from conformance.checks.expect import told
from conformance.checks.lifecycle import ORDER, TERMINAL
from conformance.client import Api
from conformance.errors import Inconclusive
from conformance.evidence import Exchange
from conformance.evidence.blame import must_be_whole
from conformance.limits import ID_CHARACTERS


@dataclass(frozen=True)
class Life:
    """`accepted` is the exchange of the generate call, `polls` what polling showed, in order."""

    api: Api
    accepted: Exchange
    polls: tuple[Exchange, ...] = ()

    @property
    def body(self) -> Any:
        """What was asked for."""
        return self.accepted.request.json

    @property
    def id(self) -> str:
        """The generation's id. Raises Inconclusive when the call was lost, or (GEN-1, GEN-41) not accepted with one."""
        must_be_whole(self.accepted)
        if not 200 <= self.accepted.status < 300:
            raise Inconclusive(f"depends on a generate call that was not accepted: {self.accepted.told}", root="GEN-1")
        return named(self.accepted)

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
    def last_poll(self) -> Exchange:
        """Raises Inconclusive (GEN-1, GEN-41, LIFE-1, LIFE-5) when it does not tell how far the generation is."""
        _ = self.id
        last = self.polls[-1]
        if last.status != 200:
            raise Inconclusive(f"depends on a generation that was not found ({last.told})", root="LIFE-1")
        if last.member("status") not in ORDER:
            raise Inconclusive(f"depends on a documented status; there is none ({last.told})", root="LIFE-5")
        return last

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


def named(accepted: Exchange) -> str:
    """The same. Raises Inconclusive (GEN-41) when there is none, for whoever compares ids."""
    found = generation_id(accepted)
    if not found and isinstance(given := accepted.member("generationId"), str) and given:
        raise Inconclusive(f"an id of {len(given)} characters cannot be polled: it has to stand in a URL")
    if not found:
        raise Inconclusive(f"depends on a generationId that was not given: {accepted.told}", root="GEN-41")
    return found


def repeated_with(answer: Exchange) -> str:
    """The generation that a repeat was answered 200 or 202 with, or what it was answered instead (R10)."""
    return generation_id(answer) if answer.status in {200, 202} else told(answer)
