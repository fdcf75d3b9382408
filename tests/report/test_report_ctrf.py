"""CTRF, as its published schema and its JSON say."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema_rs

from conformance.report import Report, write
from conformance.verdict import Mark, Outcome, Selection, Step, Verdict

Make = Callable[..., Report]
SCHEMA = json.loads((Path(__file__).parent / "schemas" / "ctrf-0.0.schema.json").read_text(encoding="utf-8"))
STORY = (Step("a call \x1b[2J", 0.0, 202, "an id", Mark.DECISIVE, (3,)),)
EACH = (
    Outcome("t::x", ("A-1",), Verdict.FAIL, "Title.", "429", "200", "", "curl -i", (3,), decided_by=3, seconds=0.5,
            attempts=(1,), story=STORY),
    Outcome("t::y", ("A-1",), Verdict.PASS, exchanges=(3,)),
    Outcome("t::z", ("A-2",), Verdict.INCONCLUSIVE, message="depends on A-1", root="A-1"),
    Outcome("t::s", ("A-3",), Verdict.PASS),
    Outcome("t::e", ("B-2",), Verdict.ERROR, message="Traceback \x00\ud800"),
    Outcome("t::setup", (), Verdict.ERROR, message="broken"),
)  # fmt: skip


def read(report: Report, folder: Path) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(write("ctrf", report, folder).read_text(encoding="utf-8"))
    jsonschema_rs.validate(SCHEMA, plain)
    return plain


def test_a_report_without_checks_is_as_the_schema_says(report: Make, tmp_path: Path) -> None:
    assert read(report(), tmp_path)["results"]["summary"]["tests"] == 5


def test_the_schema_refuses_what_it_does_not_know(report: Make, tmp_path: Path) -> None:
    plain = read(report(*EACH), tmp_path)
    plain["results"]["tests"][0]["requirement"] = "A-1"
    assert not jsonschema_rs.is_valid(SCHEMA, plain)


def test_statuses_are_counted_and_keep_their_own_words(report: Make, tmp_path: Path) -> None:
    results = read(report(*EACH), tmp_path)["results"]
    summary = results["summary"]

    assert [(test["testId"], test["status"], test["rawStatus"]) for test in results["tests"]] == [
        ("A-1", "failed", "fail"),
        ("A-2", "skipped", "inconclusive"),
        ("A-3", "passed", "pass"),
        ("B-2", "other", "error"),
        ("t::setup", "other", "error"),
        ("The run came to a verdict", "passed", "nonconformant"),
    ]
    assert {name: summary[name] for name in ("tests", "passed", "failed", "skipped", "pending", "other", "suites")} == {
        "tests": 6, "passed": 2, "failed": 1, "skipped": 1, "pending": 0, "other": 2, "suites": 3,
    }  # fmt: skip
    assert summary["stop"] - summary["start"] == 10_000
    assert summary["extra"]["verdict"] == "nonconformant"


def test_a_test_has_its_checks_as_steps_and_its_story(report: Make, tmp_path: Path) -> None:
    test = read(report(*EACH), tmp_path)["results"]["tests"][0]

    assert (test["name"], test["suite"], test["duration"]) == ("A-1 A-1 is kept.", ["First area"], 500)
    assert test["message"] == "expected 429; received 200"
    assert test["trace"].splitlines() == ["check: t::x", "Title.", "expected: 429", "received: 200", "repeat: curl -i"]
    assert test["tags"] == ["MUST", "R1"]
    assert test["labels"]["source"] == "Somewhere, paragraph 2"
    assert test["steps"] == [
        {"name": "t::x", "status": "failed", "extra": {"verdict": "fail", "evidence": "decided by #3; #3, @1"}},
        {"name": "t::y", "status": "passed", "extra": {"verdict": "pass", "evidence": "#3"}},
    ]
    assert test["stdout"] == ["story of t::x:", "▶ #3 0.0 s a call \\x1b[2J → 202, an id"]


def test_what_was_chosen_is_told(report: Make, tmp_path: Path) -> None:
    results = read(report(EACH[0], selection=Selection(("A-1\x1b",), frozenset({"A-1"}))), tmp_path)["results"]
    assert results["environment"]["extra"]["chosen"] == ["A-1\\x1b"]


def test_control_characters_are_shown(report: Make, tmp_path: Path) -> None:
    text = "\x00\x1b[2J\u202e\ud800"
    made = report(Outcome(f"t::{text}", ("A-1",), Verdict.FAIL, received=text, message=text), target_name=text)
    plain = read(made, tmp_path)["results"]

    shown = "\\x00\\x1b[2J\\u202e\\ud800"
    assert plain["environment"]["appName"] == shown
    assert plain["tests"][0]["message"].endswith(shown)
    assert plain["tests"][0]["steps"][0]["name"] == f"t::{shown}"
