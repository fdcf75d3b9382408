"""Bodies drawn at random from the contract; the same `--seed` draws the same."""

import pytest

from conformance.cases.examples import examples
from conformance.cases.fields import Case
from conformance.checks import expect
from conformance.plan import requirement, runs_in
from conformance.plan.selection import in_section
from conformance.plan.settings import SETTINGS
from conformance.scenarios.validation import Uploads
from conformance.world.submissions import Submissions

certify = runs_in("certify")
EXAMPLES = {"served": ("generate", True), "refused": ("generate", False),
            "taken": ("upload", True), "declined": ("upload", False)}  # fmt: skip
NOT_RUN = pytest.param(None, id="left out", marks=[requirement("GEN-1"), certify])
"""Stands for the examples where they are not run, since without any pytest makes an item that names no requirement."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The examples become items. An id says only which it is, so that all seeds have the same."""
    for name in EXAMPLES.keys() & set(metafunc.fixturenames):
        operation, valid = EXAMPLES[name]
        included = in_section(metafunc.config, "examples", least="certify")
        seed = metafunc.config.stash[SETTINGS].seed
        found = examples(operation, valid=valid, seed=seed) if included else ()
        metafunc.parametrize(name, [_param(*numbered) for numbered in enumerate(found, 1)] or [NOT_RUN])


def _param(number: int, case: Case) -> object:
    return pytest.param(case, id=f"example {number}", marks=[requirement(case.requirement), certify])


def test_a_valid_generation_is_served(example_submissions: Submissions, served: Case) -> None:
    """A body that is valid by the contract is accepted, whichever fields it has."""
    expect(example_submissions.send(served.body, probe=served.name)).to_be_accepted()


def test_an_invalid_generation_is_refused(example_submissions: Submissions, refused: Case) -> None:
    """A body with one field that violates the contract is answered 400, whatever the other fields are."""
    expect(example_submissions.send(refused.body, probe=refused.name)).to_be_refused(400)


def test_a_valid_upload_is_served(uploads: Uploads, taken: Case) -> None:
    """A body that is valid by the contract is accepted, whatever its fields are."""
    expect(uploads.send(taken.body, probe=taken.name)).to_be_accepted()


def test_an_invalid_upload_is_refused(uploads: Uploads, declined: Case) -> None:
    """A body with one field that violates the contract is refused, whatever the other fields are."""
    expect(uploads.send(declined.body, probe=declined.name)).to_be_refused(400, 413, 415, 422)
