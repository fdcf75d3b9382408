"""The registry: every promise of the documentation, and how its open places are read."""

from functools import cache
from importlib.resources import files

from conformance.requirements.reading import read, read_area
from conformance.requirements.requirement import (
    Area,
    Axis,
    Level,
    Need,
    Registry,
    RegistryError,
    Requirement,
    Ruling,
    UnknownRequirement,
)

__all__ = [
    "Area",
    "Axis",
    "Level",
    "Need",
    "Registry",
    "RegistryError",
    "Requirement",
    "Ruling",
    "UnknownRequirement",
    "load",
    "read",
    "read_area",
]


@cache
def load() -> Registry:
    """The registry that the suite carries. Raises `RegistryError`."""
    return read(files(__name__))
