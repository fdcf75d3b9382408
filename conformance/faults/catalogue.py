"""What a fault is, and how the catalogue is kept."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations

from conformance.faults import deviations, variations
from conformance.reference import Service

Apply = Callable[[Service], object]
AND = "+"
"""Joins the names of two variations of one server."""
LIKELY = (
    "a-generation-is-over-before-it-is-answered",
    "a-generation-takes-long",
    "running-is-never-seen",
    "times-have-offsets",
    "what-is-not-known-is-left-out",
    "a-refund-shows-0",
    "records-hold-more-fields",
    "another-accounts-id-is-forbidden",
    "generations-at-work-count",
    "retry-after-rounds-up",
    "windows-on-the-clock-hour",
    "only-accepted-calls-count",
    "a-repeat-is-answered-200",
    "another-body-is-a-conflict",
    "a-url-is-good-for-one-put",
    "a-login-page-instead-of-401",
    "nothing-but-registering",
    "ten-endpoints-for-each-account",
    "first-attempts-within-a-minute",
    "retries-rather-late",
)
"""The variations that servers most likely have, several at a time."""
CONTRARY = frozenset({
    ("a-generation-is-over-before-it-is-answered", "a-generation-takes-long"),
    # Ten endpoints that nobody can remove: its own customers are stuck, and the run says that the limit must be raised.
    ("nothing-but-registering", "ten-endpoints-for-each-account"),
})  # fmt: skip
"""Likely ones that no server has both."""


@dataclass(frozen=True)
class Fault:
    """One deliberate deviation of the reference server.

    `breaks` are the requirements that must fail, and no other may; `also` maps requirements that fail with them to the
    reason why that cannot be avoided. `along` are the axes along which alone it shows (values
    of `conformance.requirements.Axis`).
    """

    name: str
    breaks: tuple[str, ...]
    apply: Apply
    text: str
    also: tuple[tuple[str, str], ...] = ()
    along: tuple[str, ...] = ()


@dataclass(frozen=True)
class Variation:
    """One permitted difference: a conformant server that is not like the reference. `rulings` permit it.

    `without` is what the run cannot have there: requirements that need it (values of `conformance.requirements.Need`)
    are not tested.
    """

    name: str
    rulings: tuple[str, ...]
    apply: Apply
    text: str
    without: tuple[str, ...] = ()


FAULTS: dict[str, Fault] = {}
VARIATIONS: dict[str, Variation] = {}


def breaks(
    *requirements: str, also: dict[str, str] | None = None, along: tuple[str, ...] = ()
) -> Callable[[Apply], Apply]:
    """Enter a function that alters a service into the catalogue; its docstring names the mistake and who notices."""

    def enter(apply: Apply) -> Apply:
        name = _name(apply)
        if name in FAULTS:
            raise ValueError(f"two faults are named {name}")
        FAULTS[name] = Fault(name, requirements, apply, _text(apply), tuple((also or {}).items()), along)
        return apply

    return enter


def permitted(*rulings: str, without: tuple[str, ...] = ()) -> Callable[[Apply], Apply]:
    """Enter a conformant variation; its docstring says who would choose it."""

    def enter(apply: Apply) -> Apply:
        VARIATIONS[_name(apply)] = Variation(_name(apply), rulings, apply, _text(apply), without)
        return apply

    return enter


def load() -> None:
    """Import every module of the catalogue."""
    for package in (deviations, variations):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)


def named(name: str) -> Fault | Variation:
    """Raises KeyError with the nearest names when there is none of this name."""
    from conformance.near import did_you_mean, near  # noqa: PLC0415 - only for a typing error

    load()
    if AND in name:
        return both(*name.split(AND))
    known: dict[str, Fault | Variation] = {**FAULTS, **VARIATIONS}
    if name not in known:
        meant = did_you_mean(near(name, known))
        raise KeyError(f"no fault is named {name!r}{f' ({meant})' if meant else ''}")
    return known[name]


def both(*names: str) -> Variation:
    """One server with several variations. Raises KeyError with the nearest names for one that there is not."""
    few = [found for name in names if isinstance(found := named(name), Variation)]

    def apply(service: Service) -> None:
        for one in few:
            one.apply(service)

    return Variation(
        AND.join(one.name for one in few),
        tuple(dict.fromkeys(ruling for one in few for ruling in one.rulings)),
        apply,
        " ".join(one.text for one in few),
        tuple(dict.fromkeys(need for one in few for need in one.without)),
    )


def pairs() -> Iterator[Variation]:
    """Every two of the likely variations on one server, but for those that contradict each other."""
    load()
    for few in combinations(LIKELY, 2):
        if few not in CONTRARY:
            yield both(*few)


def _name(apply: Apply) -> str:
    return str(getattr(apply, "__name__", "")).replace("_", "-")


def _text(apply: Apply) -> str:
    return (apply.__doc__ or "").strip()


def everything() -> Iterator[Fault | Variation]:
    """All of the catalogue, faults first."""
    load()
    yield from FAULTS.values()
    yield from VARIATIONS.values()
