"""Each guard finds what it is for, and is silent otherwise."""

from dataclasses import replace

from conformance.requirements import Area, Axis, Level, Registry, Requirement, Ruling, guards

NINE = Ruling("R9", "authentication", "401.")


def row(id_: str = "AUTH-1", *, rulings: tuple[str, ...] = ("R9",), untested: str = "") -> Requirement:
    return Requirement(id_, "AUTH", Level.MUST, "It is so.", "somewhere", rulings, (), untested)


def test_an_id_used_twice() -> None:
    assert guards.ids_used_twice([row(), row("AUTH-2")]) == []
    assert guards.ids_used_twice([row(), row("AUTH-2"), row()]) == ["AUTH-1 is the id of 2 rows"]


def test_a_row_that_names_an_unknown_ruling() -> None:
    assert guards.unknown_rulings([row()], [NINE]) == []
    assert guards.unknown_rulings([row(rulings=("R9", "R99"))], [NINE]) == ["AUTH-1 follows R99, which is no ruling"]


def test_a_ruling_that_no_row_follows() -> None:
    assert guards.rulings_without_a_row([row()], [NINE]) == []
    assert guards.rulings_without_a_row([row(rulings=())], [NINE]) == ["R9 is followed by no row"]


def test_a_test_that_names_an_unknown_id() -> None:
    assert guards.unknown_ids_in_tests([row()], {"t.py::test_a": ["AUTH-1"]}) == []
    found = guards.unknown_ids_in_tests([row()], {"t.py::test_a": ["AUTH-1", "AUTH-2"]})
    assert found == ["t.py::test_a names AUTH-2, which no row has"]


def test_a_row_with_neither_a_test_nor_a_reason() -> None:
    rows = [row(), row("AUTH-2", untested="nobody can")]
    assert guards.rows_without_test_or_reason(rows, {"t.py::test_a": ["AUTH-1"]}) == []
    found = guards.rows_without_test_or_reason(rows, {})
    assert found == ["AUTH-1 has neither a test nor a reason why not"]


def test_a_row_with_both_a_test_and_a_reason() -> None:
    rows = [row(), row("AUTH-2", untested="nobody can")]
    assert guards.rows_with_test_and_reason(rows, {"t.py::test_a": ["AUTH-1"]}) == []
    found = guards.rows_with_test_and_reason(rows, {"t.py::test_a": ["AUTH-2"]})
    assert found == ["AUTH-2 has a test, and also a reason why it has none"]


def test_an_id_of_the_contract_that_no_row_has() -> None:
    assert guards.unknown_ids_in_contract([row()], ["AUTH-1"]) == []
    found = guards.unknown_ids_in_contract([row()], ["AUTH-3", "AUTH-1", "AUTH-2", "AUTH-3"])
    assert found == [f"the contract names {id_}, which no row has" for id_ in ("AUTH-2", "AUTH-3")]


def test_all_of_them_at_once() -> None:
    areas = (Area("AUTH", "Authentication"),)
    tests = {"t.py::test_a": ["AUTH-1"]}
    assert guards.problems(Registry((row(),), areas, (NINE,), ""), tests, ["AUTH-1"]) == []

    rows = (row(), row(), row("AUTH-2", rulings=("R99",)), row("AUTH-3", rulings=(), untested="nobody can"))
    rulings = (NINE, Ruling("R10", "repeat", "The first."))
    found = guards.problems(
        Registry(rows, areas, rulings, ""), {"t.py::test_a": ["AUTH-1", "AUTH-3", "AUTH-4"]}, ["AUTH-5"]
    )
    assert found == [
        "AUTH-1 is the id of 2 rows",
        "AUTH-2 follows R99, which is no ruling",
        "R10 is followed by no row",
        "t.py::test_a names AUTH-4, which no row has",
        "AUTH-2 has neither a test nor a reason why not",
        "AUTH-3 has a test, and also a reason why it has none",
        "the contract names AUTH-5, which no row has",
    ]


def test_an_axis_without_a_fault_and_a_fault_along_an_axis_that_no_row_lists() -> None:
    rows = [replace(row(), axes=(Axis.ZERO,))]
    assert guards.gaps_along_axes(rows, {"a-fault": [("AUTH-1", "zero")]}) == []
    assert guards.gaps_along_axes(rows, {"a-fault": [("AUTH-1", "hour")]}) == [
        "AUTH-1 has no fault along zero, and no reason why not",
        "AUTH-1 has a fault along hour, which its row does not list",
    ]


def test_an_axis_that_is_listed_and_unreached() -> None:
    rows = [replace(row(), axes=(Axis.ZERO,), unreached={Axis.ZERO: "nobody can"})]
    found = guards.gaps_along_axes(rows, {"a-fault": [("AUTH-1", "zero")]})
    assert found == ["AUTH-1 lists zero both as an axis and as unreached"]
