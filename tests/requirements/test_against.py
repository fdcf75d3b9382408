"""A new version of a documentation is a work list: what changed, went, came or moved, and which rows rest on it."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from conformance.cli import main
from conformance.cli.against_listing import compare
from conformance.errors import ConfigurationError
from conformance.requirements.against import Fate, changes
from tests.requirements.page import PAGE, REGISTRY, read

LIMITS = PAGE[PAGE.index("Limits\n") : PAGE.index("POST/tea\n")]


def fates(new: str) -> list[tuple[Fate, int, int]]:
    """What happened, with the old and the new line; 0 for none."""
    found = changes(read(), read(new))
    return [(one.fate, one.old.line if one.old else 0, one.new.line if one.new else 0) for one in found]


def test_the_same_text_changes_nothing() -> None:
    assert fates(PAGE) == []


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("max 20", "max 40", [(Fate.CHANGED, 22, 22)]),
        ("Green is best. ", "", []),
        (" Green is best.", "", [(Fate.WENT, 24, 0)]),
        ("Green is best.", "Green is best. So is black.", [(Fate.CAME, 0, 24)]),
        ("A sort of tea. Green is best.", "Any sort. Black is best.", [(Fate.CHANGED, 24, 24), (Fate.CHANGED, 24, 24)]),
        ("  • sugar1-4\n\n    Spoons. Default 1.\n\n", "", [(Fate.WENT, 26, 0), *2 * [(Fate.WENT, 28, 0)]]),
        (
            "  • sugar1-4", "  • milkno\n\n    A drop.\n\n  • sugar1-3",
            [(Fate.CAME, 0, 26), (Fate.CAME, 0, 28), (Fate.CHANGED, 26, 30)],
        ),
        ("Tea API\n", "A line more\n\nTea API\n", [(Fate.CAME, 0, 3)]),
    ],
)  # fmt: skip
def test_a_change_is_told_where_it_is(old: str, new: str, found: list[tuple[Fate, int, int]]) -> None:
    assert sorted(fates(PAGE.replace(old, new)), key=str) == sorted(found, key=str)


def test_a_section_that_moved_is_no_change() -> None:
    moved = PAGE.replace(LIMITS, "").replace("Delivery\n", f"{LIMITS}Delivery\n")

    assert {fate for fate, *_ in fates(moved)} == {Fate.MOVED}
    assert len(fates(moved)) == 5


def test_a_row_that_moved_and_changed_is_known_by_its_name() -> None:
    lines = "  • X-Cups-Left how many are left\n", "  • X-Cups-Reset when there are more\n"
    swapped = PAGE.replace("".join(lines), lines[1] + "  • X-Cups-Left what is left\n")

    assert fates(swapped) == [(Fate.CHANGED, 13, 14)]


def tell(text: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    (folder / "new.txt").write_text(text, encoding="utf-8")
    status = compare(folder / "new.txt", REGISTRY, read())
    return status, capsys.readouterr().out


def test_the_work_list_has_the_requirements_with_what_happened(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = PAGE.replace("(max 20)", "(max 40)").replace(" Then he drinks it.", "").replace("Spring", "Summer")
    status, said = tell(new, tmp_path, capsys)

    assert status == 1
    assert said.startswith("35 sentences: 2 changed, 1 went, 0 came, 0 moved, 33 as they were\n")
    assert "changed  line 22, was line 22  POST /tea, Body\n         sortstring (max 40)required\n" in said
    assert "\n         TEA-6 TEA-7 TEA-8\n" in said
    assert "Summer sale: half price\n         no requirement rests on it\n" in said
    assert "\nTo be looked at: 4 of 16 requirements\n" in said
    assert "TEA-6    MUST   The sentence of TEA-6.\n                changed (line 22, was line 22)\n" in said
    assert "TEA-13   MUST   The sentence of TEA-13.\n                went (was line 50)\n" in said


def test_what_only_moved_is_nothing_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    moved = PAGE.replace(LIMITS, "").replace("Delivery\n", f"{LIMITS}Delivery\n")
    status, said = tell(moved, tmp_path, capsys)

    assert status == 0
    assert "5 moved" in said
    assert "To be looked at" not in said


@pytest.mark.parametrize("content", [b"", b"Of coffee.\n", b"\xff\xfe"])
def test_another_text_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"x\.txt"):
        compare(tmp_path / "x.txt", REGISTRY, read())


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--against", "absent.txt"], "absent.txt: cannot be read: No such file or directory. Name a text file"),
        (["--against", "tea.txt"], "tea.txt has 4 of 139 sentences of the documentation"),
        (["RATE", "--against", "tea.txt"], "--against is about all requirements; leave the ID out"),
        (["--lang", "zh-TW", "--against", "tea.txt"], "--against is in English; leave --lang out"),
        (["--coverage", "--against", "tea.txt"], "leave the other out"),
    ],
)
def test_the_command_refuses_what_it_cannot_compare(
    arguments: list[str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("tea.txt").write_text(PAGE, encoding="utf-8")
    ended = CliRunner().invoke(main, ["requirements", *arguments])

    assert (ended.exit_code, ended.stdout) == (2, "")
    assert told in ended.stderr
