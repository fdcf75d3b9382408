"""Deliveries on a time axis: each attempt, what the receiver answered, and when a retry is allowed (R30, R31)."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from conformance.checks.retries import GAPS, Bounds, failed
from conformance.evidence.attempt import Attempt
from conformance.report.html.axis import Axis, Tick, seconds
from conformance.report.model import CheckPart

MOST_LANES, MOST_ATTEMPTS = 4, 24
AREAS = ("HOOK", "SIGN", "RETRY")
"""What is about deliveries."""
_UNKNOWN: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Shot:
    """One attempt: `x` where it arrived and `until` where it ended, in per cent of the width."""

    number: int
    serial: int
    after: str
    """Seconds since the first."""
    answer: str
    """The status that the receiver answered, or how it ended."""
    taken: bool
    x: float
    until: float
    decisive: bool


@dataclass(frozen=True, slots=True)
class Window:
    """When retry `number` is allowed. `kept`: an attempt came in it. `told` has its bounds since the first attempt."""

    number: int
    x: float
    until: float
    kept: bool
    told: str


@dataclass(frozen=True, slots=True)
class Lane:
    """One delivery. `name` says what its endpoint answers, where that is known."""

    endpoint: str
    name: str
    generation: str
    event: str
    shots: tuple[Shot, ...]
    windows: tuple[Window, ...]
    more: int
    """Attempts that are not shown."""
    decisive: bool
    right: bool = False
    """The same test passed at its endpoint."""


@dataclass(frozen=True, slots=True)
class Deliveries:
    """The drawing. `more`: deliveries that are left out."""

    lanes: tuple[Lane, ...]
    ticks: tuple[Tick, ...]
    more: int


def deliveries(
    check: CheckPart, came: Mapping[int, Attempt], names: Mapping[str, str] = _UNKNOWN, right: Collection[str] = ()
) -> Deliveries | None:
    """Those of a failed check, the one that decides first; None for a check that is not about deliveries.

    `names` are those of the endpoints, and `right` those of them at which the same test passed: they come next.
    """
    if check.attempt < 0 and not any(id_.startswith(AREAS) for id_ in check.requirements):
        return None
    groups = _groups(came[serial] for serial in sorted({*check.attempts, check.attempt}) if serial in came)
    if not groups or (check.attempt < 0 and not check.attempts):
        return None
    called = [names.get(group[0].endpoint, "") for group in groups]
    decides = [any(one.serial == check.attempt for one in group) for group in groups]
    order = sorted(range(len(groups)), key=lambda at: (not decides[at], called[at] not in right, -len(groups[at])))
    groups, called = [groups[at] for at in order], [called[at] for at in order]
    chosen = [group[:MOST_ATTEMPTS] for group in groups[:MOST_LANES]]
    axis = Axis(max(_end(group) for group in chosen) * 1.04 or 1.0, by_roots=True)
    lanes = tuple(
        replace(_lane(group, axis, check.attempt, more), name=name, right=name in right)
        for group, more, name in zip(chosen, _more(groups), called, strict=False)
    )
    return Deliveries(lanes, tuple(axis.ticks(seconds)), len(groups) - len(chosen))


def _groups(attempts: Iterator[Attempt]) -> list[list[Attempt]]:
    found: dict[tuple[str, str], list[Attempt]] = {}
    for attempt in attempts:
        found.setdefault((attempt.endpoint, attempt.generation), []).append(attempt)
    return [sorted(group, key=lambda one: one.arrived.target) for group in found.values()]


def _more(groups: Sequence[Sequence[Attempt]]) -> list[int]:
    return [max(0, len(group) - MOST_ATTEMPTS) for group in groups]


def _end(group: Sequence[Attempt]) -> float:
    """Seconds from the first attempt to the last thing that is drawn."""
    begin = group[0].arrived.target
    ends = [_over(one) - begin for one in group] + [window[1] - begin for window in _allowed(group)]
    return max(ends)


def _over(attempt: Attempt) -> float:
    return attempt.over if attempt.ended else attempt.arrived.target


def _allowed(group: Sequence[Attempt]) -> list[tuple[float, float]]:
    """When each retry may come, in the target's time: there is one after each failure, as often as documented."""
    found = []
    for attempt, gap in zip(group, GAPS, strict=False):
        if not failed(attempt):
            break
        bounds = Bounds(gap)
        found.append((attempt.arrived.target + bounds.least, _over(attempt) + bounds.most))
    return found


def _lane(group: Sequence[Attempt], axis: Axis, decisive: int, more: int) -> Lane:
    begin, first = group[0].arrived.target, group[0]
    shots = tuple(_shot(one, number, begin, axis, decisive) for number, one in enumerate(group, 1))
    windows = []
    for number, (earliest, latest) in enumerate(_allowed(group), 1):
        kept = len(group) > number and earliest <= group[number].arrived.target <= latest
        told = f"{seconds(earliest - begin)} … {seconds(latest - begin)}"
        windows.append(Window(number, axis(earliest - begin), axis(latest - begin), kept, told))
    event = first.header("X-Gptimg-Event") or ""
    decides = any(shot.decisive for shot in shots)
    return Lane(first.endpoint, "", first.generation, event, shots, tuple(windows), more, decides)


def _shot(attempt: Attempt, number: int, begin: float, axis: Axis, decisive: int) -> Shot:
    ended, after = attempt.ended, attempt.arrived.target - begin
    answer = (str(ended.status) if ended.status else ended.how) if ended else attempt.answer or "…"
    return Shot(
        number=number, serial=attempt.serial, after=seconds(after), answer=answer,
        taken=bool(ended) and not failed(attempt), x=axis(after), until=axis(_over(attempt) - begin),
        decisive=attempt.serial == decisive,
    )  # fmt: skip
