"""What a deviation kept from a verdict: checks that wait for what it broke, directly or through others."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from conformance.evidence.blame import THROTTLED, TOO_MANY
from conformance.evidence.symptom import NOT, STATUS
from conformance.verdict.outcome import Outcome, Verdict

_REQUIREMENT = re.compile(r"[A-Z]+-\d+")


def dependents(groups: Sequence[Sequence[Outcome]], outcomes: Sequence[Outcome]) -> list[tuple[str, ...]]:
    """For each deviation the ids of the inconclusive checks that hang on it; each check hangs on one at most.

    What stands in the way from outside, such as a gateway or an account without credits, is no deviation.
    """
    roots = _Roots(groups, outcomes)
    kept: dict[int, list[str]] = defaultdict(list)
    for outcome in outcomes:
        if outcome.verdict is Verdict.INCONCLUSIVE and (place := roots.of(outcome)) is not None:
            kept[place].append(outcome.id)
    return [tuple(dict.fromkeys(kept[place])) for place in range(len(groups))]


class _Roots:
    """Which deviation keeps a check from its verdict."""

    def __init__(self, groups: Sequence[Sequence[Outcome]], outcomes: Sequence[Outcome]) -> None:
        self._broken: dict[str, int] = {}
        self._at_fault: dict[int, int] = {}
        self._areas: dict[str, set[int]] = defaultdict(set)
        self._only = 0 if len(groups) == 1 else None
        for place, group in enumerate(groups):
            for outcome in group:
                for id_ in outcome.requirements:
                    self._broken.setdefault(id_, place)
                    self._areas[id_.partition("-")[0]].add(place)
                for number in _at_fault(outcome):
                    self._at_fault.setdefault(number, place)
        self._throttles = next((place for place, group in enumerate(groups) if any(map(_throttles, group))), None)
        self._roots: Mapping[str, set[str]] = _roots(outcomes)

    def of(self, outcome: Outcome) -> int | None:
        """The place of the deviation in the list of them; None: none is known to.

        A requirement that no check broke was not met all the same: by the one deviation of its area, or of the run.
        """
        for id_ in self._chain(outcome.root):
            if id_ in self._broken:
                return self._broken[id_]
        if outcome.decided_by in self._at_fault:
            return self._at_fault[outcome.decided_by]
        if outcome.root.endswith(THROTTLED):
            return self._throttles
        if not _REQUIREMENT.fullmatch(outcome.root):
            return None
        near = self._areas.get(outcome.root.partition("-")[0], set())
        return next(iter(near)) if len(near) == 1 else self._only

    def _chain(self, root: str) -> Iterator[str]:
        """The root, and what in turn keeps the checks of that requirement from a verdict."""
        ahead, met = [root], set[str]()
        while ahead:
            id_ = ahead.pop(0)
            if id_ not in met:
                met.add(id_)
                yield id_
                ahead += sorted(self._roots.get(id_, ()))


def _roots(outcomes: Sequence[Outcome]) -> Mapping[str, set[str]]:
    """By requirement: what its inconclusive checks wait for."""
    found: dict[str, set[str]] = defaultdict(set)
    for outcome in outcomes:
        if outcome.verdict is Verdict.INCONCLUSIVE and outcome.root:
            for id_ in outcome.requirements:
                found[id_].add(outcome.root)
    return found


def _throttles(outcome: Outcome) -> bool:
    """Whether it shows that the target answers 429 where it should not."""
    symptom = outcome.symptom
    was_due = str(TOO_MANY) in symptom.due and not symptom.due.startswith(NOT)
    return symptom.about == STATUS and symptom.status == TOO_MANY and not was_due


def _at_fault(outcome: Outcome) -> tuple[int, ...]:
    return (outcome.decided_by,) if outcome.decided_by >= 0 else ()
