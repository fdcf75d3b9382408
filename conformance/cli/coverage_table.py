"""Tests and faults by requirement, joined from the registry, the suite, the contract and the catalogue."""

from collections.abc import Callable, Iterable, Mapping
from inspect import signature
from itertools import chain, product
from pathlib import Path

from conformance.cases.fields import cases
from conformance.contract import load as load_contract
from conformance.report.axes import Cell, axes_section
from conformance.report.coverage import Catalogue, coverage_document
from conformance.requirements import load
from conformance.requirements.tests_index import axes_of, by_requirement, tests_of

PACKAGE = Path(__file__).parents[1]


def requirements_by_test() -> dict[str, tuple[str, ...]]:
    """Requirement ids by test id, with those that come from the contract.

    Ids are "suite/test_x.py::test_y", or "passive::" and the name of a check of all traffic.
    """
    tests = tests_of(PACKAGE / "suite", PACKAGE / "checks")
    charged = (operation.chargeable() for operation in load_contract().operations.values())
    return tests | _made_from_the_contract() | {"passive::as_documented": tuple(sorted(frozenset().union(*charged)))}


def tests_by_requirement() -> dict[str, list[str]]:
    """Test ids by requirement id."""
    return by_requirement(requirements_by_test())


def coverage() -> str:
    """The coverage document in Markdown; a pure function of the package."""
    from conformance.faults import FAULTS, VARIATIONS  # noqa: PLC0415 - loads the server
    from conformance.faults import load as load_faults  # noqa: PLC0415 - the same

    load_faults()
    requirements = requirements_by_test()
    broken = {f"faults/deviations/{_module(fault.apply)}.py::{name}": fault.breaks for name, fault in FAULTS.items()}
    counts = Catalogue(len(requirements), len(FAULTS), len(VARIATIONS))
    axes = axes_section(load(), _cells_of_tests(requirements), chain.from_iterable(cells_of_faults().values()))
    return coverage_document(load(), by_requirement(requirements), by_requirement(broken), counts, axes)


def cells_of_faults() -> dict[str, tuple[Cell, ...]]:
    """By the name of a fault, the requirements that it breaks and the axes along which alone it shows."""
    from conformance.faults import FAULTS  # noqa: PLC0415 - loads the server
    from conformance.faults import load as load_faults  # noqa: PLC0415 - the same

    load_faults()
    return {name: tuple(product(fault.breaks, fault.along)) for name, fault in FAULTS.items()}


def _cells_of_tests(requirements: Mapping[str, Iterable[str]]) -> set[Cell]:
    """The requirements and axes that tests look at."""
    axes = axes_of(PACKAGE / "suite").items()
    return {cell for test, along in axes for cell in product(requirements[test], along)}


def _module(function: Callable[..., object]) -> str:
    return function.__module__.rpartition(".")[2]


def _made_from_the_contract() -> dict[str, tuple[str, ...]]:
    """The tests that run once for each case made from the contract's schemas."""
    from conformance.suite import test_validation as module  # noqa: PLC0415 - loads pytest

    found = {}
    for argument, (operation, valid) in module.CASES.items():
        name = next(name for name, test in vars(module).items() if _takes(test, name, argument))
        ids = sorted({case.requirement for case in cases(operation, valid=valid)})
        found[f"suite/{Path(str(module.__file__)).name}::{name}"] = tuple(ids)
    return found


def _takes(test: object, name: str, argument: str) -> bool:
    return name.startswith("test_") and callable(test) and argument in signature(test).parameters
