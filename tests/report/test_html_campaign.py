"""The page of a campaign: each fault, and what failed before it."""

from typing import Any

from conformance.report.html import FaultRow, matrix_page
from conformance.report.html.campaign_page import cells_of
from tests.report.html_samples import ALL


def row(**more: Any) -> FaultRow:
    plain: dict[str, Any] = {
        "name": "a-fault", "section": "api", "text": "A fault.", "fate": "killed", "good": True, "expected": ("A-1",),
        "also": ("A-3",), "failed": ("A-1",), "undecided": (), "seconds": 1.0,
    }  # fmt: skip
    return FaultRow(**plain | more)


def test_a_cell_says_what_became_of_a_requirement() -> None:
    found = cells_of(row(expected=("A-1", "A-2"), failed=("A-1", "A-3", "B-1"), undecided=("B-2",)))
    assert found == {"A-1": "killed", "A-2": "survived", "A-3": "also", "B-1": "unnamed", "B-2": "undecided"}


def test_the_matrix_has_a_row_for_each_fault_and_a_column_for_each_requirement() -> None:
    page = matrix_page([row(), row(name="b-fault", expected=("B-2",), failed=(), good=False)], 3.0)

    assert "1 / 2 as it should be" in page
    assert "interrupted" not in page
    assert page.count('class="c-killed" x=') == page.count('class="c-survived" x=') == 1
    assert page.index("b-fault") < page.index("a-fault")  # what is not as it should be comes first


def test_one_that_was_interrupted_says_how_far_it_came() -> None:
    page = matrix_page([row()], 3.0, total=9)

    assert "It was interrupted: 1 of 9 entries were run." in page
    assert "tone-undecided" in page
    assert "tone-nonconformant" in matrix_page([row(good=False)], 3.0, total=9)


def test_a_campaign_is_told_in_chinese_and_its_texts_are_escaped() -> None:
    page = matrix_page([row(name=ALL, text=ALL, told=ALL, good=False, section=ALL)], 3.0, "zh-TW")

    assert "錯誤注入測試" in page
    assert page.count("<script") == 1
    assert "\u202e" not in page
