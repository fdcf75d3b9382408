"""Every row of the real registry is tested or says why not, and everything that names a row names one that exists."""

from conformance.cli.coverage_table import requirements_by_test
from conformance.contract import load as load_contract
from conformance.requirements import guards, load


def test_registry_tests_and_contract_agree() -> None:
    assert guards.problems(load(), requirements_by_test(), contract_ids=load_contract().requirements) == []
