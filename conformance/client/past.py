"""What earlier processes recorded: of the run that is judged again, or of the earlier parts of one that goes on."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from conformance.client.current import AT_THE_END
from conformance.client.journal import ATTEMPTS, EXCHANGES, files_of, read, read_attempts
from conformance.client.journaled import Journaled, journaled
from conformance.evidence import Exchange
from conformance.evidence.attempt import Attempt

ASKED_ANEW = "first_contact"
"""The scenario that every process begins with: what was answered to an earlier one tells nothing of the target now."""
SETTLING = "settling"
"""The scenario in which a run that goes on sees to what was left at the target."""
BESIDE = frozenset({"", "controls", SETTLING})
"""What is sent for no scenario of its own, or whenever it is needed."""
REBOOTED = 60.0
"""Seconds by which two clocks of one machine may differ; by more, they count from different beginnings."""


@dataclass(frozen=True)
class Past:
    """Evidence by its numbers, exchanges in the order in which they began; empty where a run begins."""

    sent: dict[int, Exchange] = field(default_factory=dict)
    came: dict[int, Attempt] = field(default_factory=dict)
    values: Journaled = field(default_factory=Journaled)

    @property
    def interrupted(self) -> frozenset[str]:
        """The scenarios that began, and came to no value in any process."""
        complete = {name for _, name in self.values.by_process}
        return frozenset(name for _, name in self.values.began if name not in complete)

    def unused(self, judged: Iterable[str]) -> list[Exchange]:
        """What was sent and is of no use to who goes on: it led to no value. `judged` are the tests with outcomes."""
        of_use = {name for _, name in self.values.by_process if name != ASKED_ANEW} | {*judged} | BESIDE
        return [
            one for one in self.sent.values() if one.scenario not in of_use and not one.scenario.endswith(AT_THE_END)
        ]

    def going_on(self, monotonic: Callable[[], float], wall: Callable[[], float]) -> float:
        """Seconds to add to this machine's clock, so that it goes on where the past ended; 0 on the same machine.

        `monotonic` counts from the machine's start, `wall` in epoch seconds.
        """
        if not self.sent:
            return 0.0
        last = max(self.sent.values(), key=lambda one: one.ended)
        began = datetime.fromisoformat(last.started_at).timestamp()
        expected = last.started + max(wall() - began, last.ended - last.started)
        now = monotonic()
        return expected - now if now < last.ended or abs(expected - now) > REBOOTED else 0.0


def past(evidence: Path) -> Past:
    """What the folder has. Raises OSError, and ValueError for what is not as it was written."""
    sent = {exchange.number: exchange for exchange in read(files_of(evidence, EXCHANGES))}
    came = {attempt.serial: attempt for attempt, _ in read_attempts(files_of(evidence, ATTEMPTS))}
    return Past(sent, came, journaled(evidence))
