"""Every row of the real registry is tested or says why not, and everything that names a row names one that exists."""

from conformance.cli.coverage_table import cells_of_faults, requirements_by_test
from conformance.contract import load as load_contract
from conformance.requirements import guards, load


def test_registry_tests_and_contract_agree() -> None:
    assert guards.problems(load(), requirements_by_test(), contract_ids=load_contract().requirements) == []


def test_every_axis_of_a_requirement_has_a_fault_or_a_reason() -> None:
    assert guards.gaps_along_axes(load().rows, cells_of_faults()) == []
