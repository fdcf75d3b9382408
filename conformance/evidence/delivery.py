"""One event on its way to one endpoint: what was expected of it, and every attempt that came."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conformance.counted import counted
from conformance.errors import Inconclusive
from conformance.evidence.attempt import Attempt, Refusal
from conformance.evidence.exchange import Exchange

_DOES = re.compile(r"[1-5]\d\d\b|answers |never answers")


def endpoint_in_words(name: str) -> str:
    """What it answers: "endpoint that answers 410, then 422" for "410, 422"; any other name stands in quotes."""
    if not _DOES.match(name):
        return f"endpoint {name!r}"
    return f"endpoint that {'answers ' if name[:1].isdigit() else ''}{name.replace(', ', ', then ')}"


@dataclass(frozen=True)
class Signing:
    """How an attempt is signed: `proper` is the signature that it must bear, in hexadecimal.

    `mistake` explains in words the one that it bears, where that is another.
    """

    proper: str
    mistake: str = ""


@dataclass(frozen=True)
class Delivery:
    """`name` says what is special about the endpoint, and `secret` is the token that stands for its secret.

    `generate` is the call that made the generation; `record` is what polling showed at its end, if it did.
    """

    name: str
    event: str
    secret: str
    attempts: tuple[Attempt, ...]
    """As the evidence shows them: with tokens in place of secrets."""
    generate: Exchange
    record: Mapping[str, Any] | None = None
    early: tuple[Exchange, ...] = ()
    """Polls that showed the generation still at work after the first attempt had come."""
    lateness: float = 0
    """Seconds of the target's time, at least, from the generation's end to the first attempt."""
    refusals: tuple[Refusal, ...] = ()
    path: str = ""
    """How the request target of the registered URL ends."""
    root: str = "HOOK-11"
    """The requirement that fails when no attempt of it comes."""
    noise: float = 0
    """Seconds of the target's time that the scheduling of this machine may explain; 0 on a stepped clock."""
    late_answers: bool = False
    """The receiver was seen to miss the target's timeout in this run: its answers came late, or attempts unseen."""
    others: int = 0
    """Attempts of other deliveries that came to the same endpoint."""
    planned: int = 1
    """How many attempts the answers ask for."""
    unplanned: bool = False
    """The body did not name the generation, so that the endpoint could not answer as planned."""
    signings: tuple[Signing, ...] = ()
    """Of each attempt, over its raw bytes."""

    @property
    def place(self) -> str:
        """The endpoint, in words: "the endpoint that answers 410, then 422"."""
        return f"the {endpoint_in_words(self.name)}"

    @property
    def came(self) -> bool:
        return bool(self.attempts)

    @property
    def first(self) -> Attempt:
        """Raises Inconclusive when no attempt came."""
        if not self.attempts:
            root = "HOOK-20" if self.refusals else self.root
            raise Inconclusive(f"depends on a delivery that did not come ({self.event} at {self.place})", root=root)
        return self.attempts[0]

    def must_be_told_apart(self) -> None:
        """Raises Inconclusive when nothing tells its attempts from those of other deliveries to its endpoint.

        Then the endpoint could not answer them as planned either.
        """
        if not self.unplanned:
            return
        given = (self.generate.member(name) for name in ("generationId", "id"))
        if 200 <= self.generate.status < 300 and not any(isinstance(id_, str) and id_ for id_ in given):
            raise Inconclusive(f"depends on the id of the generation: {self.generate.told}", root="GEN-41")
        raise Inconclusive("depends on bodies that name the generation", root="HOOK-24")

    def signing(self, attempt: Attempt) -> Signing:
        """How one of its attempts is signed."""
        return self.signings[next(place for place, known in enumerate(self.attempts) if known is attempt)]

    def told(self, attempt: Attempt) -> str:
        """Which attempt of which delivery, in a few words."""
        after = attempt.arrived.target - self.attempts[0].arrived.target
        when = f", {after:.1f} s after the first" if after else ""
        return f"attempt {self.attempts.index(attempt) + 1} of {self.event} at {self.place}{when}"

    @property
    def timeline(self) -> str:
        """Every attempt with its time and answer, in one line."""
        if not self.attempts:
            return f"no attempt at {self.place}"
        begin = self.attempts[0].arrived.target
        each = (f"{a.arrived.target - begin:.1f} s → {a.answer or 'held'}" for a in self.attempts)
        return f"{counted(len(self.attempts), 'attempt')} at {self.place}: {'; '.join(each)}"
