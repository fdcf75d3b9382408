"""`gimg-conformance tests` lists what `--only` takes."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from conformance.cli import main
from conformance.cli.testing import ALL_TRAFFIC, Row, _tests
from conformance.report.hostile import one_line
from conformance.session.choosing import choice_of
from conformance.session.reasons import index_of_tests

Command = Callable[..., tuple[int, str, str]]
BARE = "suite/test_authentication.py::test_a_bare_key_is_refused[generate]"


@pytest.fixture(scope="module")
def every() -> list[Row]:
    return _tests((), None)


def test_each_test_is_found_by_its_name_and_by_its_requirements(every: list[Row]) -> None:
    for row in every:
        assert choice_of([row.name], index_of_tests()).single | {row.name.partition("[")[0]} >= {row.name}
    files = {id_: choice_of([id_], index_of_tests()).files for row in every for id_ in row.requirements}
    assert [row for row in every for id_ in row.requirements if row.name.partition("::")[0] not in files[id_]] == []


def test_a_name_can_be_copied_from_a_terminal(every: list[Row]) -> None:
    assert [row.name for row in every if one_line(row.name) != row.name] == []
    assert len({row.name for row in every}) == len(every)


def test_an_area_is_listed_with_its_requirement_profile_and_what_is_known(command: Command, tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    known = {"checks": [{"id": BARE, "requests": 5}], "profile": "gate", "target": {"name": "staging"}}
    text = json.dumps(known | {"started_at": "2026-01-01T00:00:00Z"})
    (tmp_path / "reports" / "report.json").write_text(text, encoding="utf-8")
    status, out, err = command("tests", "--area", "auth")

    assert (status, err) == (0, "")
    assert f"AUTH-4       gate            5  {BARE}\n" in out
    assert f"AUTH-14      {ALL_TRAFFIC}             -  passive::scheme_is_named::AUTH-14\n" in out
    assert "RATE-6" not in out
    assert "(a gate run of staging, 2026-01-01)" in " ".join(out.split())
    assert (tmp_path / "reports" / "report.json").read_text(encoding="utf-8") == text


def test_without_a_report_nothing_is_guessed(command: Command) -> None:
    status, out, _ = command("tests", "--only", "AUTH-4", "--profile", "gate")

    assert status == 0
    assert f"AUTH-4       gate            -  {BARE}\n" in out
    assert "3 tests, 0 checks of all traffic. Requests are not known" in out


def test_a_profile_leaves_out_what_it_does_not_have(command: Command) -> None:
    _, out, _ = command("tests", "--only", "AUTH-4", "--profile", "smoke")

    assert BARE not in out


def test_an_area_that_is_none_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["tests", "--area", "AUHT"])

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "Error: --area AUHT: no area is called so. Did you mean AUTH?\n"
