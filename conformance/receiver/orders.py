"""What one endpoint has to answer."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from conformance.receiver.answers import Answer, Script, Status


@dataclass(slots=True)
class Orders:
    """Changed by the tests' threads and read by the event loop; every change is one assignment, so it needs no lock."""

    script: Script
    """For every generation without its own script."""
    holding: bool = False
    """Deliveries of generations that were not announced are held."""
    draining: bool = False
    closed: bool = False
    _expected: dict[str, Script] = field(default_factory=dict)

    def expect(self, generation: str, answers: Sequence[Answer] | None) -> None:
        self._expected[generation] = self.script if answers is None else Script.of(answers)

    def admits(self, generation: str) -> bool:
        """Whether a delivery of this generation may be answered now."""
        return self.draining or not self.holding or generation in self._expected

    def answer(self, generation: str, number: int) -> Answer:
        return Status() if self.draining else self._script(generation).answer(number)

    def _script(self, generation: str) -> Script:
        return self._expected.get(generation, self.script)
