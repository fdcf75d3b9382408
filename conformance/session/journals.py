"""The evidence of all processes of a run: read together, and joined into one file of each kind."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from conformance.client.endpoint_secrets import SECRETS
from conformance.client.journal import (
    ATTEMPTS,
    EXCHANGES,
    files_of,
    join,
    joined_path,
    lines_of,
    read_attempts,
    read_lines,
)
from conformance.client.journaled import VALUES, journaled
from conformance.evidence import Exchange
from conformance.evidence.attempt import Attempt
from conformance.session.disk import Keeper
from conformance.session.evidence import Taken


@dataclass(frozen=True)
class Recorded:
    """All exchanges and attempts, in order of time, and the values that a process took from another."""

    exchanges: list[Exchange] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    taken: frozenset[Taken] = frozenset()
    lines: Mapping[str, list[str]] = field(default_factory=dict)
    """Of exchanges and attempts, by kind, as they are in the files."""


def recorded(evidence: Path) -> Recorded:
    """What the files have. Raises OSError or ValueError where one cannot be read."""
    sent, arrived = read_lines(files_of(evidence, EXCHANGES)), read_attempts(files_of(evidence, ATTEMPTS))
    lines = {EXCHANGES: [line for _, line in sent], ATTEMPTS: [line for _, line in arrived]}
    taken = frozenset(journaled(evidence).taken)
    return Recorded([exchange for exchange, _ in sent], [attempt for attempt, _ in arrived], taken, lines)


def join_all(evidence: Path, found: Recorded, keeper: Keeper) -> None:
    """What cannot be joined stays in the journals of the processes, where it is found as well."""
    others = {kind: [line for path in files_of(evidence, kind) for line in lines_of(path) if line] for kind in OTHERS}
    for kind, lines in {**found.lines, **others}.items():
        if lines:
            keeper.keep(joined_path(evidence, kind), partial(join, evidence, kind, lines))


OTHERS = (VALUES, SECRETS)
"""The kinds whose lines are joined as they are."""
