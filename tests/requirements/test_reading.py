"""The files are read strictly, and a refusal names the file and the row."""

from hashlib import sha256
from pathlib import Path

import pytest

from conformance.requirements import Axis, Level, Need, RegistryError, read
from conformance.requirements.reading import AREA_FILES, RULINGS_FILE

ROW = {
    "id": '"AUTH-1"',
    "level": '"MUST"',
    "sentence": '"It is so."',
    "source": '"somewhere"',
    "rulings": '["R1"]',
}
RULING = {"id": '"R1"', "where": '"there"', "reading": '"So."'}


def table(heading: str, values: dict[str, str]) -> str:
    return f"[[{heading}]]\n" + "".join(f"{key} = {value}\n" for key, value in values.items())


def area(prefix: str, *rows: dict[str, str]) -> str:
    return f'area = "{prefix}"\ntitle = "A title"\n' + "".join(table("requirement", row) for row in rows)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A registry of one row for each area, valid in every respect."""
    for name in AREA_FILES:
        prefix = name.removesuffix(".toml").upper()
        (tmp_path / name).write_text(area(prefix, {**ROW, "id": f'"{prefix}-1"'}))
    (tmp_path / RULINGS_FILE).write_text(table("ruling", RULING))
    return tmp_path


def refusal(folder: Path) -> str:
    with pytest.raises(RegistryError) as refused:
        read(folder)
    return refused.value.message


def test_a_row_becomes_a_value(folder: Path) -> None:
    told = {"needs": '["other", "other.cookie"]', "untested": '"so far"', "occasion": '"a delay"'}
    (folder / "auth.toml").write_text(area("AUTH", {**ROW, "level": '"SHOULD"', **told}))
    row = read(folder)["AUTH-1"]
    assert (row.area, row.level, row.rulings) == ("AUTH", Level.SHOULD, ("R1",))
    assert (row.needs, row.untested) == ((Need.OTHER, Need.OTHER_COOKIE), "so far")
    assert row.occasion == "a delay"


def test_what_is_optional_is_empty(folder: Path) -> None:
    row = read(folder)["AUTH-1"]
    assert (row.needs, row.untested, row.occasion) == ((), "", "")


def test_the_digest_is_over_the_files_in_order(folder: Path) -> None:
    whole = b"".join((folder / name).read_bytes() for name in (*AREA_FILES, RULINGS_FILE))
    assert read(folder).sha256 == sha256(whole).hexdigest()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sentense": '"x"'}, "unknown key sentense"),
        ({"level": '"MAY"'}, "level has the unknown word 'MAY'; known are MUST, SHOULD, OPEN"),
        ({"needs": '["luck"]'}, "needs has the unknown word 'luck'; known are other, "),
        ({"needs": '["free", "free"]'}, "needs says something twice"),
        ({"rulings": "[1]"}, "rulings holds 1, which is not a string"),
        ({"rulings": '"R1"'}, "rulings is a str, not a list"),
        ({"sentence": '""'}, "sentence is empty"),
        ({"sentence": '" so"'}, "sentence begins or ends with white space"),
        ({"untested": '""'}, "untested is empty"),
    ],
)
def test_a_wrong_row_is_refused(folder: Path, change: dict[str, str], message: str) -> None:
    (folder / "auth.toml").write_text(area("AUTH", ROW, {**ROW, "id": '"AUTH-2"', **change}))
    assert refusal(folder).startswith(f"auth.toml, row 2 (AUTH-2): {message}")


@pytest.mark.parametrize("id_", ["RATE-2", "AUTH-0", "AUTH-02", "AUTH", "AUTH-2a"])
def test_an_id_belongs_to_its_area(folder: Path, id_: str) -> None:
    (folder / "auth.toml").write_text(area("AUTH", {**ROW, "id": f'"{id_}"'}))
    assert refusal(folder) == f"auth.toml, row 1 ({id_}): the id is not AUTH- and a number"


@pytest.mark.parametrize("key", ROW)
def test_a_row_lacks_nothing(folder: Path, key: str) -> None:
    (folder / "auth.toml").write_text(area("AUTH", {name: value for name, value in ROW.items() if name != key}))
    assert refusal(folder).endswith(f": {key} is missing")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("area = ", "auth.toml: Invalid value"),
        ('area = "auth"\ntitle = "A"\n' + table("requirement", ROW), "auth.toml: area is 'auth'"),
        ('area = "AUTH"\ntitle = "A"\n', "auth.toml: requirement is missing"),
        ('area = "AUTH"\ntitle = "A"\nrequirement = []', "auth.toml: requirement is empty"),
        ('area = "AUTH"\ntitle = "A"\nrequirement = [1]', "auth.toml, row 1: it is not a table"),
    ],
)
def test_a_wrong_file_is_refused(folder: Path, content: str, message: str) -> None:
    (folder / "auth.toml").write_text(content)
    assert refusal(folder).startswith(message)


def test_bytes_that_are_not_text_are_refused(folder: Path) -> None:
    (folder / "auth.toml").write_bytes(b"\xff")
    assert refusal(folder).startswith("auth.toml: ")


def test_a_missing_file_is_refused(folder: Path) -> None:
    (folder / "sign.toml").unlink()
    assert refusal(folder) == "sign.toml: it is not there"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": '"R2"'}, "the id is not R1"),
        ({"level": '"MUST"'}, "unknown key level"),
        ({"reading": "1"}, "reading is"),
    ],
)
def test_a_wrong_ruling_is_refused(folder: Path, change: dict[str, str], message: str) -> None:
    (folder / RULINGS_FILE).write_text(table("ruling", {**RULING, **change}))
    assert refusal(folder).startswith(f"{RULINGS_FILE}, row 1 (")
    assert message in refusal(folder)


def test_a_row_has_its_axes_and_the_reasons_why_others_are_not_reached(folder: Path) -> None:
    lists = {"axes": '["retry", "zero"]', "unreached": '{ hour = "It takes too long." }'}
    (folder / "auth.toml").write_text(area("AUTH", {**ROW, **lists}))

    row = read(folder)["AUTH-1"]

    assert row.axes == (Axis.RETRY, Axis.ZERO)
    assert row.unreached == {Axis.HOUR: "It takes too long."}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"axes": '["sideways"]'}, "axes has the unknown word 'sideways'"),
        ({"axes": '["zero", "zero"]'}, "axes says something twice"),
        ({"unreached": '{ sideways = "So." }'}, "unreached has the unknown word 'sideways'"),
        ({"unreached": "{ hour = 1 }"}, "unreached.hour is a int, not a str"),
        ({"unreached": '{ hour = "" }'}, "unreached.hour is empty"),
    ],
)
def test_a_wrong_axis_is_refused(folder: Path, change: dict[str, str], message: str) -> None:
    (folder / "auth.toml").write_text(area("AUTH", {**ROW, **change}))
    assert message in refusal(folder)
