"""What report folders know of webhooks that earlier runs left, and how that outlives the next run."""

import json
from collections.abc import Iterable
from pathlib import Path

from conformance.client.journal import EXCHANGES, files_of, lines_of, settled, write_lines
from conformance.evidence import Exchange, from_json
from conformance.plan.settings import EVIDENCE, RUN_LOG
from conformance.world.leftovers import Left, left_open
from conformance.world.registrar import PATH

CLEANUP = "cleanup.jsonl"
"""In the report folder: registrations that earlier runs left, and removals since."""
MOST = 1000
"""Registrations that are remembered; a target that removes none would be left with ever more."""


def known_left(folder: Path) -> list[tuple[Left, str]]:
    """Each registration left open, with its line. Raises OSError, and ValueError for what is no journal."""
    evidence = folder / EVIDENCE
    journals = [] if _was_embedded(evidence) else files_of(evidence, EXCHANGES)
    lines = [line for path in (folder / CLEANUP, *journals) if path.exists() for line in lines_of(path)]
    told = settled((_exchange(line), line) for line in dict.fromkeys(lines) if PATH in line)
    # The monotonic clock of an earlier run may have been that of another boot.
    told.sort(key=lambda one: one[0].started_at)
    by_exchange = {id(exchange): line for exchange, line in told}
    return [(left, by_exchange[id(exchange)]) for left, exchange in left_open(one for one, _ in told)]


def _was_embedded(evidence: Path) -> bool:
    """Whether the server ended with its run, and every webhook with it."""
    log = evidence / RUN_LOG
    first = lines_of(log)[0] if log.exists() else ""
    try:
        return bool(first) and bool(json.loads(first)["settings"]["embedded"])
    except (KeyError, TypeError) as error:
        raise ValueError(f"{log}: no log of a run: {type(error).__name__}: {error}") from None


def _exchange(line: str) -> Exchange:
    """Without its long bodies: they tell nothing of registrations."""
    try:
        return from_json(json.loads(line), lambda _: b"")
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"a line that is no exchange: {type(error).__name__}: {error}") from None


def carry(folder: Path) -> list[Left]:
    """Before a run empties the folder: what is left open goes on to be known. Raises OSError and ValueError."""
    found = known_left(folder)[-MOST:]
    if found:
        write_lines(folder / CLEANUP, [line for _, line in found])
    else:
        (folder / CLEANUP).unlink(missing_ok=True)
    return [left for left, _ in found]


def note_removals(folder: Path, removals: Iterable[str]) -> None:
    """Add the lines of what was asked to be removed. Raises OSError."""
    path = folder / CLEANUP
    before = [line for line in lines_of(path) if line] if path.exists() else []
    write_lines(path, [*before, *removals])
