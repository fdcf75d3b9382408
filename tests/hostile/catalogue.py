"""The table of behaviours: what a peer does, and how a run against it should end."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass

from tests.hostile.peer import Act

MODULES = ("trickles", "floods", "breaks", "gateways", "wrong_values", "odd_text")
CONFORMANT, BROKEN, UNDECIDED = 0, 1, 3
QUICK, REAL = "10", "real"


@dataclass(frozen=True)
class Behaviour:
    """One way to misbehave. `told` says it in a sentence; `wanted` are the exit statuses that are right."""

    name: str
    told: str
    act: Act
    wanted: frozenset[int]
    fronts: bool = False
    """Stands before a reference server, whose own time is no fault of the run; otherwise it is all there is."""
    clock: str = QUICK
    """Of the reference server; a real one where real seconds matter."""
    may_fail: tuple[str, ...] | None = None
    """Areas or ids of the MUSTs that may fail when the status is 1; None: any."""
    says: str = ""
    """What the output of an undecided run has to hold, a regular expression."""
    once: str = ""
    """What at most one line of the output may hold, a regular expression."""
    own_seconds: float = 0.0
    """How long the target is away by itself, beyond what the peer measures."""
    may_leave: bool = False
    """Whether webhooks may stay behind, since nobody could remove them."""
    patience: float = 240.0
    """Seconds after which the run is killed."""


CATALOGUE: dict[str, Behaviour] = {}


def behaviour(*wanted: int, name: str = "", told: str = "", **options: object) -> Callable[[Act], Act]:
    """Enter a behaviour; its name and sentence are those of the function unless others are given.

    Raises ValueError for a name that is taken, or that nothing is told of.
    """

    def enter(act: Act) -> Act:
        known = name or act.__name__.replace("_", "-")
        sentence = told or act.__doc__ or ""
        if known in CATALOGUE or not sentence:
            raise ValueError(f"{known}: a behaviour has a name of its own and a sentence")
        CATALOGUE[known] = Behaviour(known, sentence, act, frozenset(wanted), **options)  # type: ignore[arg-type]
        return act

    return enter


def load() -> dict[str, Behaviour]:
    """All behaviours, by name."""
    for module in MODULES:
        importlib.import_module(f"tests.hostile.{module}")
    return CATALOGUE
