"""What arrived at one endpoint, and waiting for it."""

import json
from collections import Counter
from threading import Condition

from conformance.evidence.attempt import Attempt, Refusal

_REMEMBERED_REFUSALS = 1000


class Log:
    """The attempts of one endpoint; safe in any thread."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._attempts: dict[tuple[str, int], Attempt] = {}
        self._refusals: list[Refusal] = []
        self._arrivals = 0
        self._numbers: Counter[str] = Counter()

    def number(self, body: bytes, delivery: str | None) -> tuple[str, int]:
        """Which generation an arriving attempt belongs to, and which attempt of it this is."""
        with self._changed:
            self._arrivals += 1
            generation = generation_of(body) or (f"delivery {delivery}" if delivery else f"arrival {self._arrivals}")
            self._numbers[generation] += 1
            return generation, self._numbers[generation]

    def record(self, attempt: Attempt) -> None:
        """Keep an attempt, replacing what was known of it before."""
        with self._changed:
            self._attempts[attempt.generation, attempt.number] = attempt
            self._changed.notify_all()

    def attempts(self, generation: str | None = None) -> tuple[Attempt, ...]:
        with self._changed:
            return self._select(generation, over=False)

    def wait_for(self, n: int, generation: str | None, *, timeout: float, over: bool) -> tuple[Attempt, ...]:
        with self._changed:
            if self._changed.wait_for(lambda: len(self._select(generation, over=over)) >= n, timeout):
                return self._select(generation, over=over)
            came = len(self._select(generation, over=over))
        raise TimeoutError(f"{came} of {n} attempts came within {timeout:g} s")

    def refuse(self, refusal: Refusal) -> None:
        with self._changed:
            if len(self._refusals) < _REMEMBERED_REFUSALS:
                self._refusals.append(refusal)

    def refused(self) -> tuple[Refusal, ...]:
        with self._changed:
            return tuple(self._refusals)

    def _select(self, generation: str | None, *, over: bool) -> tuple[Attempt, ...]:
        chosen = (
            attempt
            for attempt in self._attempts.values()
            if generation in (None, attempt.generation) and (attempt.ended is not None or not over)
        )
        return tuple(sorted(chosen, key=lambda attempt: attempt.arrived.monotonic))


def generation_of(body: bytes) -> str | None:
    """The id in `data.generationId`; None when the body has none, or is not JSON."""
    try:
        payload = json.loads(body.decode("utf-8-sig", errors="replace"))
    except (ValueError, RecursionError):
        return None
    inner = payload.get("data") if isinstance(payload, dict) else None
    generation = inner.get("generationId") if isinstance(inner, dict) else None
    return generation if isinstance(generation, str) and generation else None
