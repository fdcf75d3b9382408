"""The fixtures of the suite, registered as pytest plugins: tests find them by name, without an import."""

import importlib
import pkgutil
from collections.abc import Iterator

import pytest

from conformance import scenarios

SHARED = "conformance.world.fixtures"


def register_fixtures(pluginmanager: pytest.PytestPluginManager) -> None:
    """Load every module of fixtures and hand it to pytest."""
    for name in fixture_modules():
        pluginmanager.register(importlib.import_module(name), name)


def fixture_modules() -> Iterator[str]:
    """Their dotted names: what all share, then one module for each section that provokes something."""
    yield SHARED
    for module in pkgutil.iter_modules(scenarios.__path__):
        yield f"{scenarios.__name__}.{module.name}"
