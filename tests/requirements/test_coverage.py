"""Every row of the real registry is tested or says why not, and everything that names a row names one that exists."""

from pathlib import Path

from conformance.contract import load as load_contract
from conformance.requirements import guards, load, tests_index
from conformance.world.cases import cases

PACKAGE = Path(__file__).parents[2] / "conformance"


def test_registry_tests_and_contract_agree() -> None:
    tests = dict(tests_index.tests_of(PACKAGE / "suite", PACKAGE / "checks" / "passive.py"))
    kinds = [(operation, valid) for operation in ("generate", "upload") for valid in (True, False)]
    made = {case.requirement for operation, valid in kinds for case in cases(operation, valid=valid)}
    tests["suite/test_validation.py, from the contract"] = tuple(sorted(made))
    tests["passive::as_documented"] = tuple(sorted(load_contract().requirements))
    assert guards.problems(load(), tests=tests, contract_ids=load_contract().requirements) == []
