"""What a fault is, and how the catalogue is kept."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from conformance.faults import deviations, variations
from conformance.reference import Service

Apply = Callable[[Service], object]


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
    """One permitted difference: a conformant server that is not like the reference. `rulings` permit it."""

    name: str
    rulings: tuple[str, ...]
    apply: Apply
    text: str


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


def permitted(*rulings: str) -> Callable[[Apply], Apply]:
    """Enter a conformant variation; its docstring says who would choose it."""

    def enter(apply: Apply) -> Apply:
        VARIATIONS[_name(apply)] = Variation(_name(apply), rulings, apply, _text(apply))
        return apply

    return enter


def load() -> None:
    """Import every module of the catalogue."""
    for package in (deviations, variations):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)


def named(name: str) -> Fault | Variation:
    """Raises KeyError with the nearest names when there is none of this name."""
    from difflib import get_close_matches  # noqa: PLC0415 - only for a typing error

    load()
    known: dict[str, Fault | Variation] = {**FAULTS, **VARIATIONS}
    if name not in known:
        near = get_close_matches(name, known, 3)
        raise KeyError(f"no fault is named {name!r}" + (f"; near: {', '.join(near)}" if near else ""))
    return known[name]


def _name(apply: Apply) -> str:
    return str(getattr(apply, "__name__", "")).replace("_", "-")


def _text(apply: Apply) -> str:
    return (apply.__doc__ or "").strip()


def everything() -> Iterator[Fault | Variation]:
    """All of the catalogue, faults first."""
    load()
    yield from FAULTS.values()
    yield from VARIATIONS.values()
