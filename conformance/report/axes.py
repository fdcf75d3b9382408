"""Requirements by the axes along which tests look, and the faults that prove that they do, as Markdown."""

from collections import Counter
from collections.abc import Iterable

from conformance.report.coverage import plain, table
from conformance.requirements import Axis, Registry, Requirement

Cell = tuple[str, str]
"""A requirement and an axis, by their ids."""

_HEAD = """\
## Along every axis

A promise is kept not only the first time, in the plain case. A number counts the faults that show along that axis
alone, `+` stands for tests that look there, and `?` for what no test can reach: the reasons are below the table.

"""


def axes_section(registry: Registry, tests: Iterable[Cell], faults: Iterable[Cell]) -> str:
    """One row for each requirement that has an axis, one column for each axis."""
    looked, proven = set(tests), Counter(faults)
    letters = {axis: chr(ord("a") + number) for number, axis in enumerate(Axis)}
    legend = "\n".join(f"- {letters[axis]}: {axis}, {axis.words}" for axis in Axis)
    lines = [["id", *letters.values()], ["---", *["---"] * len(letters)]]
    rows = [row for row in registry if row.axes or row.unreached]
    lines += [[row.id, *(_cell(row, axis, looked, proven) for axis in Axis)] for row in rows]
    reasons = "\n".join(f"- {row.id}, {axis}: {plain(why)}" for row in rows for axis, why in row.unreached.items())
    return f"{_HEAD}{legend}\n\n{table(lines)}\n\n{reasons}\n"


def _cell(row: Requirement, axis: Axis, looked: set[Cell], proven: Counter[Cell]) -> str:
    if axis in row.unreached:
        return "?"
    cell = (row.id, axis)
    return (str(proven[cell]) if proven[cell] else "") + ("+" if cell in looked else "")
