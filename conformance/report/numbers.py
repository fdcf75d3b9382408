"""The numbers by which a report names its evidence: #12 is a request with its response, @3 an attempt."""

from collections.abc import Iterable, Sequence

from conformance.report.model import CheckPart

MOST_RANGES = 6
"""Rows of numbers that are shown of one check; report.json has them all."""


def ranges(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """The first and the last of each row of numbers without a gap."""
    rows: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if rows and number == rows[-1][1] + 1:
            rows[-1] = (rows[-1][0], number)
        else:
            rows.append((number, number))
    return rows


def evidence_of(check: CheckPart) -> str:
    """What a check rests on, in numbers: "decided by #8; #0…8, @3"; else why there is nothing."""
    decided = [f"#{check.decided_by}"] * (check.decided_by >= 0) + [f"@{check.attempt}"] * (check.attempt >= 0)
    every = [*_shown("#", check.exchanges), *_shown("@", check.attempts)]
    parts = [f"decided by {', '.join(decided)}"] * bool(decided) + [", ".join(every)] * bool(every)
    return "; ".join(parts) or check.no_evidence


def _shown(sign: str, numbers: Sequence[int]) -> list[str]:
    rows = [f"{sign}{first}" if first == last else f"{sign}{first}…{last}" for first, last in ranges(numbers)]
    return rows if len(rows) <= MOST_RANGES else [*rows[:MOST_RANGES], f"{len(rows) - MOST_RANGES} more"]
