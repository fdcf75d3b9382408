import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from conformance.report import Report, write_json, written_files
from conformance.report.__main__ import schema_texts
from conformance.report.model import schema
from conformance.verdict import Cost, Observation, Outcome, Verdict

Make = Callable[..., Report]
FAIL = Outcome("t::x", ("A-1",), Verdict.FAIL, "Title", "429", "200", "m", "curl -i", (3,), requests=2, seconds=0.12345)


def stale(path: Path, text: str) -> bool:
    return text != schema_texts()[path]


@pytest.mark.parametrize("path", schema_texts(), ids=lambda path: path.name)
def test_a_shipped_schema_is_up_to_date(path: Path) -> None:
    assert not stale(path, path.read_text(encoding="utf-8")), "run python -m conformance.report"


@pytest.mark.parametrize("path", schema_texts(), ids=lambda path: path.name)
def test_a_stale_schema_is_noticed(path: Path) -> None:
    assert stale(path, path.read_text(encoding="utf-8").replace('"properties"', '"owned"', 1))


def test_a_report_is_as_its_schema_says(report: Make, tmp_path: Path) -> None:
    made = report(FAIL, Outcome("t::y", ("A-2",), Verdict.PASS), seen=(Observation("R9", "served"),))
    plain = json.loads(write_json(made, tmp_path).read_text(encoding="utf-8"))

    jsonschema_rs.validate(schema(), plain)
    assert plain["format"] == "gimg-conformance-report/1"
    assert (plain["verdict"], plain["exit_status"]) == ("nonconformant", 1)
    assert plain["cost"]["by_account"]["primary"] == {"requests": 5, "credits": 2.0}
    assert (plain["cost"]["requests"], plain["tested"], plain["total"]) == (6, 2, 4)
    assert plain["requirements"][0] == {
        "id": "A-1", "area": "A", "level": "MUST", "title": "A-1 is kept.", "verdict": "fail",
        "reason": "expected 429; received 200", "checks": ["t::x"], "sentence": "A-1 is kept.",
        "source": "Somewhere, paragraph 2", "rulings": ["R1"], "hint": "",
    }  # fmt: skip
    assert plain["checks"][0]["seconds"] == 0.123
    assert plain["warnings"] == []
    assert plain["observations"] == [{"ruling": "R9", "text": "served"}]
    assert Report.model_validate(plain) == made


def test_scenarios_are_told_with_ranges_and_checks_with_numbers(report: Make, tmp_path: Path) -> None:
    costs = (Cost("story", "A", 3, 1.5, (3, 4, 5, 9), (0, 1)), Cost("\ud800", "", 0, 0.0))
    found = Outcome("t::x", ("A-1",), Verdict.FAIL, exchanges=(3, 4), attempts=(1,), scenarios=("story",), decided_by=4)
    text = write_json(report(found, costs=costs), tmp_path).read_text(encoding="utf-8")
    plain = json.loads(text)

    jsonschema_rs.validate(schema(), plain)
    assert plain["scenarios"][0] == {
        "name": "story", "area": "A", "requests": 3, "seconds": 1.5, "exchanges": [[3, 5], [9, 9]], "attempts": [[0, 1]]
    }  # fmt: skip
    assert plain["scenarios"][1]["name"] == "\\ud800"
    check = plain["checks"][0]
    assert (check["exchanges"], check["attempts"], check["decided_by"]) == ([3, 4], [1], 4)
    assert '"exchanges": [3, 4],' in text


def test_only_lists_of_numbers_are_drawn_together(report: Make, tmp_path: Path) -> None:
    said = '[\n 1,\n 2\n] and "exchanges": [\n   3\n  ]'
    path = write_json(report(Outcome("t::x", ("A-1",), Verdict.FAIL, message=said)), tmp_path)

    assert json.loads(path.read_text(encoding="utf-8"))["checks"][0]["message"] == said


def test_a_report_of_another_shape_is_refused_by_the_schema(report: Make) -> None:
    plain = json.loads(report(FAIL).model_dump_json())

    changes: list[dict[str, Any]] = [{"verdict": "green"}, {"checks": [{}]}, {"format": "something/1"}]
    for change in changes:
        with pytest.raises(jsonschema_rs.ValidationError):
            jsonschema_rs.validate(schema(), plain | change)


def test_readers_ignore_what_later_reports_add(report: Make) -> None:
    plain = json.loads(report(FAIL).model_dump_json()) | {"signature": "later"}

    jsonschema_rs.validate(schema(), plain)
    assert Report.model_validate(plain) == report(FAIL)


def test_reports_from_before_there_were_warnings_are_read(report: Make) -> None:
    plain = json.loads(report(FAIL, warnings=("odd",)).model_dump_json())
    assert plain.pop("warnings") == ["odd"]

    assert Report.model_validate(plain) == report(FAIL)


def test_lone_surrogates_do_not_keep_a_report_from_being_written(report: Make, tmp_path: Path) -> None:
    made = report(Outcome("t::x", ("A-1",), Verdict.FAIL, received="\ud800"), seen=(Observation("R1", "\udfff"),))

    assert made.checks[0].received == "\\ud800"
    assert "\\udfff" in json.loads(write_json(made, tmp_path).read_text())["observations"][0]["text"]


def test_a_report_is_written_whole_or_not_at_all(report: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_json(report(), tmp_path)
    before = (tmp_path / "report.json").read_bytes()

    def refuse(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OSError, match="disk full"):
        write_json(report(FAIL), tmp_path)

    assert (tmp_path / "report.json").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]
    assert written_files(tmp_path) == [tmp_path / "report.json"]


def test_the_folder_is_made(report: Make, tmp_path: Path) -> None:
    assert write_json(report(), tmp_path / "a" / "b").is_file()
