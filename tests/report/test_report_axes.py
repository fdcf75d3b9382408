from conformance.report.axes import axes_section
from conformance.requirements import Area, Axis, Level, Registry, Requirement

ROWS = (
    Requirement("A-1", "A", Level.MUST, "It is kept.", "Somewhere", axes=(Axis.CACHED, Axis.SECOND_BURST)),
    Requirement("A-2", "A", Level.MUST, "It is kept.", "Somewhere", unreached={Axis.AFTER_429: "No *429* is near."}),
    Requirement("A-3", "A", Level.MUST, "It is kept.", "Somewhere"),
)
REGISTRY = Registry(ROWS, (Area("A", "First area"),), (), "")
LINES = axes_section(
    REGISTRY, [("A-1", "cached")], [("A-1", "cached"), ("A-1", "cached"), ("A-1", "second-burst")]
).splitlines()


def cells(id_: str) -> list[str]:
    """Of the first three axes, which are those of the rows."""
    return next([cell.strip() for cell in line.split("|")[2:5]] for line in LINES if line.startswith(f"| {id_} "))


def test_a_cell_counts_its_faults_and_says_whether_tests_look_there() -> None:
    assert cells("A-1") == ["2+", "1", ""]


def test_what_no_test_can_reach_has_its_reason_below() -> None:
    assert cells("A-2") == ["", "", "?"]
    assert r"- A-2, after-429: No \*429\* is near." in LINES


def test_a_requirement_without_axes_has_no_row() -> None:
    assert not [line for line in LINES if line.startswith("| A-3 ")]


def test_every_axis_has_a_column_and_is_explained() -> None:
    head = next(line for line in LINES if line.startswith("| id |"))
    assert head.count("|") == len(Axis) + 2
    assert f"- a: cached, {Axis.CACHED.words}" in LINES
