"""Whether a run against a misbehaving peer ended as it should. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.hostile.catalogue import BROKEN, UNDECIDED, Behaviour

BEYOND_MOST, PEAK_MOST, DISK_MOST, OUTPUT_MOST = 60.0, 500.0, 50.0, 2_000_000
"""Seconds beyond the target's own delays, MiB, MB, bytes."""
_OBEYED = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x9f]")
"""What a terminal obeys: control characters, C1 in UTF-8 included."""


@dataclass(frozen=True)
class Row:
    """What a run was like.

    `status` is None when it was killed, `left` when nobody knows how many webhooks stayed; `failed` are MUSTs.
    """

    status: int | None
    killed: str
    seconds: float
    own_seconds: float
    peak_mib: float
    disk_mb: float
    left: int | None
    output: bytes
    sentence: str
    has_report: bool
    failed: tuple[str, ...]
    leaks: tuple[str, ...]
    notes: tuple[str, ...]


def complaints(behaviour: Behaviour, row: Row, control_seconds: float) -> list[str]:
    """What is not as wanted, the gravest first; empty when all is well.

    `control_seconds` is how long the same run takes before the same server when nothing misbehaves.
    """
    return [*_ending(behaviour, row), *_secrets(row), *_costs(behaviour, row, control_seconds), *_words(behaviour, row)]


def own_delays(behaviour: Behaviour, row: Row, control_seconds: float) -> float:
    """The seconds for which the target, and not the run, is to blame."""
    return (control_seconds if behaviour.fronts else 0.0) + behaviour.own_seconds + row.own_seconds


def _ending(behaviour: Behaviour, row: Row) -> Iterator[str]:
    if row.status is None:
        yield f"killed: {row.killed}"
    elif row.status not in behaviour.wanted:
        yield f"status {row.status}"
    if row.status is not None and not row.has_report:
        yield "no report"
    if row.status == BROKEN and behaviour.may_fail is not None:
        strange = [id_ for id_ in row.failed if not _allowed(id_, behaviour.may_fail)]
        if strange:
            yield f"failed besides: {_shortened(strange)}"
    if row.left != 0 and not behaviour.may_leave:
        yield "the dashboard does not answer" if row.left is None else f"{row.left} webhooks left"


def _allowed(id_: str, allowed: tuple[str, ...]) -> bool:
    return any(id_ == one or id_.startswith(f"{one}-") for one in allowed)


def _secrets(row: Row) -> Iterator[str]:
    yield from row.notes
    if row.leaks:
        yield f"leaked: {_shortened(row.leaks)}"


def _costs(behaviour: Behaviour, row: Row, control_seconds: float) -> Iterator[str]:
    beyond = row.seconds - own_delays(behaviour, row, control_seconds)
    if row.status is not None and beyond > BEYOND_MOST:
        yield f"{beyond:.0f} s beyond the target's own delays"
    if row.peak_mib > PEAK_MOST:
        yield f"{row.peak_mib:.0f} MiB"
    if row.disk_mb > DISK_MOST:
        yield f"{row.disk_mb:.0f} MB of files"


def _words(behaviour: Behaviour, row: Row) -> Iterator[str]:
    if b"Traceback" in row.output:
        yield "a traceback"
    if _OBEYED.search(row.output):
        yield "control characters on the terminal"
    if len(row.output) >= OUTPUT_MOST:
        yield "too many words"
    text = row.output.decode(errors="replace")
    if behaviour.says and row.status == UNDECIDED and not re.search(behaviour.says, text):
        yield f"does not say {behaviour.says}"
    if behaviour.once and (count := sum(bool(re.search(behaviour.once, line)) for line in text.splitlines())) > 1:
        yield f"its cause told {count} times"


def _shortened(words: list[str] | tuple[str, ...], most: int = 4) -> str:
    more = f" and {len(words) - most} more" if len(words) > most else ""
    return ", ".join(words[:most]) + more
