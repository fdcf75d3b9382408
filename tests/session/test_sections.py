"""A run of one section collects its file and those of the smoke tests, and no other."""

import re
from pathlib import Path

import pytest

from conformance.session.collection import SMOKE_FILES

from .conftest import Begin


def files_of(said: str) -> set[str]:
    return {Path(line.partition("::")[0]).stem for line in said.splitlines() if re.search(r"test_\w+\.py::", line)}


@pytest.mark.parametrize(
    ("arguments", "files"),
    [
        (("--gimg-profile=smoke",), SMOKE_FILES),
        (("--gimg-section=plans",), SMOKE_FILES | {"test_plans"}),
        (("--gimg-section=traces",), SMOKE_FILES | {"test_traces"}),
    ],
)
def test_these_files_are_collected(begin: Begin, arguments: tuple[str, ...], files: set[str]) -> None:
    _, said, _ = begin("--collect-only", *arguments).ended()

    assert files_of(said) == files
