"""Exit status 1 means a shown deviation, and nothing else does: every condition around a target, as designed."""

import re
from collections.abc import Iterator

import pytest

from tests.cli.conditions import CONDITIONS, Condition, Seen, all_of_them


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Seen]]:
    with all_of_them(tmp_path_factory.mktemp("conditions")) as seen:
        yield seen


@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda condition: condition.name)
def test_a_condition_ends_as_designed(ended: dict[str, Seen], condition: Condition) -> None:
    seen = ended[condition.name]

    assert seen.status == condition.status, seen.said
    assert re.search(condition.says, f"{seen.sentence}\n{seen.said}"), seen.said
    assert "Traceback" not in seen.said
    assert condition.requests is None or seen.requests <= condition.requests
    assert (seen.report.get("verdict") == "nonconformant") is (condition.status == 1)


def test_no_two_conditions_have_one_name() -> None:
    assert len({condition.name for condition in CONDITIONS}) == len(CONDITIONS)
