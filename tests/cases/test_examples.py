"""Bodies drawn at random: the same for a seed wherever they are drawn, and each wrong in one respect at the most."""

import json
import subprocess
import sys

import pytest

from conformance.cases.boundaries import digest
from conformance.cases.examples import COUNTS, KEPT, KEPT_SEED, LEGIBLE, examples, made
from conformance.cases.fields import Case
from conformance.contract import load

SEEDS = (0, 1, 2**40)
EVERY = [
    (case, seed)
    for seed in SEEDS
    for operation, valid in COUNTS
    for case in examples(operation, valid=valid, seed=seed)
]  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("operation", "valid"), COUNTS)
def test_there_are_as_many_as_planned_and_no_two_the_same(operation: str, valid: bool, seed: int) -> None:
    found = {json.dumps(case.body, sort_keys=True) for case in examples(operation, valid=valid, seed=seed)}
    assert len(found) == COUNTS[operation, valid]


@pytest.mark.parametrize(("case", "seed"), EVERY)
def test_an_example_is_valid_or_wrong_in_one_respect_which_the_documentation_names(case: Case, seed: int) -> None:
    judgement = load().judge_request(case.operation, case.body)
    assert len(judgement.violations) == (0 if case.valid else 1)
    assert not judgement.left_open
    assert case.valid or case.requirement in judgement.violations[0].requirements


@pytest.mark.parametrize(("case", "seed"), [(case, seed) for case, seed in EVERY if isinstance(case.body, dict)])
def test_an_example_holds_what_is_known_and_costs_one_credit(case: Case, seed: int) -> None:
    schema = "GenerateRequest" if case.operation == "generate" else "UploadRequest"
    assert case.body.keys() <= load().document["components"]["schemas"][schema]["properties"].keys()
    if case.operation == "generate":
        assert [name for name, value in (("quality", "low"), ("n", 1)) if case.body[name] != value] in (
            [],
            [case.field],
        )
    if case.valid:
        texts = (case.body.get(name, "") for name in ("prompt", "filename"))
        assert set("".join(texts)) <= set(LEGIBLE)
        assert "inputImageKeys" not in case.body


def test_another_seed_gives_others() -> None:
    one, two = ([case.body for case in examples("generate", valid=False, seed=seed)] for seed in (0, 1))
    assert not [body for body in one if body in two]


SHOW = """
import json
from conformance.cases.examples import examples
print(json.dumps([case.body for valid in (True, False) for case in examples("generate", valid=valid, seed=7)]))
"""


def test_the_same_seed_gives_the_same_whatever_else_is_loaded() -> None:
    programs = (SHOW, f"from conformance.faults import load; load()\nDISTRACTION = 'abcdef', 123457\n{SHOW}")
    begun = [subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE, text=True) for text in programs]
    one, two = (process.communicate(timeout=60)[0] for process in begun)
    assert one == two
    assert json.loads(one)


def test_the_kept_examples_are_of_the_contract_as_it_is() -> None:
    kept = json.loads(KEPT.read_text(encoding="utf-8"))

    assert kept["of"] == digest(), "write it again: python -m conformance.cases.examples"
    assert {name: len(bodies) for name, bodies in kept.items() if name != "of"} == {
        f"{'valid' if valid else 'invalid'} {operation}": count for (operation, valid), count in COUNTS.items()
    }


@pytest.mark.parametrize(("operation", "valid"), COUNTS)
def test_each_kept_example_is_what_it_is_kept_as(operation: str, valid: bool) -> None:
    found = examples(operation, valid=valid, seed=KEPT_SEED)

    assert [case.valid for case in found] == [valid] * COUNTS[operation, valid]


def test_another_contract_is_drawn_from_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.cases.examples.digest", lambda: "of another contract")
    examples.cache_clear()

    found = examples("upload", valid=True, seed=KEPT_SEED)

    assert found == made("upload", valid=True, seed=KEPT_SEED)
