"""JUnit XML, read by junitparser and by the schema of Jenkins' xUnit plugin."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET
from xml.parsers.expat import ExpatError

import junitparser
import pytest
import xmlschema

from conformance.report import Report, junit, write
from conformance.verdict import Mark, Outcome, Selection, Step, Verdict

Make = Callable[..., Report]
SCHEMA = xmlschema.XMLSchema(Path(__file__).parent / "schemas" / "junit-10.xsd")
COMMON = {
    "testsuites": {"name", "tests", "failures", "errors", "time"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"},
    "testcase": {"classname", "name", "time"},
}
STORY = (
    Step("first call", 0.0, 202, exchanges=(3,)),
    Step("its repeat \x1b[2J", 1.5, 202, "another id", Mark.DECISIVE, (4,), request_id="gimg-1-4"),
)
FAIL = Outcome(
    "t::x",
    ("A-1",),
    Verdict.FAIL,
    "Title.",
    "429",
    "200",
    "",
    "curl -i",
    (3, 4),
    decided_by=4,
    seconds=0.5,
    story=STORY,
)
EACH = (
    FAIL,
    Outcome("t::y", ("A-1",), Verdict.PASS, exchanges=(3,)),
    Outcome("t::z", ("A-2",), Verdict.INCONCLUSIVE, message="depends on A-1", root="A-1"),
    Outcome("t::e", ("B-2",), Verdict.ERROR, message="Traceback\nValueError"),
    Outcome("t::setup", (), Verdict.ERROR, message="broken"),
)


def read(report: Report, folder: Path) -> ET.Element:
    return ET.fromstring(write("junit", report, folder).read_text(encoding="utf-8"))  # noqa: S314 - our own file


def case_of(root: ET.Element, id_: str) -> ET.Element:
    return next(case for case in root.iter("testcase") if case.get("name", "").startswith(f"{id_} "))


def properties(element: ET.Element) -> list[tuple[str | None, str | None]]:
    return [(one.get("name"), one.get("value")) for one in element.findall("properties/property")]


def as_the_schema_knows_it(root: ET.Element) -> ET.Element:
    """Without the properties of test cases, the one addition to it."""
    for case in root.iter("testcase"):
        for found in case.findall("properties"):
            case.remove(found)
    return root


@pytest.mark.parametrize("outcomes", [(), EACH], ids=["none", "each"])
def test_the_published_schema_takes_it(report: Make, tmp_path: Path, outcomes: tuple[Outcome, ...]) -> None:
    root = read(report(*outcomes, target_name="\x00"), tmp_path)

    SCHEMA.validate(as_the_schema_knows_it(root))
    for tag, attributes in COMMON.items():
        assert {frozenset(element.keys()) for element in root.iter(tag)} <= {frozenset(attributes)}


def test_the_schema_refuses_what_it_does_not_know(report: Make, tmp_path: Path) -> None:
    root = read(report(FAIL), tmp_path)

    assert not SCHEMA.is_valid(root)
    as_the_schema_knows_it(root)[0][0].set("assertions", "1")
    assert not SCHEMA.is_valid(root)


def test_another_reader_finds_each_requirement_once(report: Make, tmp_path: Path) -> None:
    suites = junitparser.JUnitXml.fromfile(str(write("junit", report(*EACH), tmp_path)))
    found = {case.name: case for suite in suites for case in suite}

    assert [(suite.name, suite.tests, suite.failures, suite.errors, suite.skipped) for suite in suites] == [
        ("First area", 3, 1, 0, 2),
        ("Second area", 1, 0, 1, 0),
        ("The run", 2, 0, 1, 0),
    ]
    assert list(found) == [
        "A-1 A-1 is kept.", "A-2 A-2 is kept.", "A-3 A-3 is kept.", "B-2 B-2 is kept.", "t::setup",
        "The run came to a verdict",
    ]  # fmt: skip
    failed = found["A-1 A-1 is kept."]
    assert failed.classname == "First area"
    beside = failed.child(junitparser.Properties)  # type: ignore[no-untyped-call]
    assert [(one.name, one.value) for one in beside][:4] == [
        ("requirement", "A-1"), ("level", "MUST"), ("source", "Somewhere, paragraph 2"), ("ruling", "R1"),
    ]  # fmt: skip
    assert isinstance(failed.result[0], junitparser.Failure)
    assert failed.result[0].message == "expected 429; received 200"
    assert "story of t::x:" in failed.system_out


def test_a_failure_tells_what_was_expected_and_how_to_repeat_it(report: Make, tmp_path: Path) -> None:
    case = case_of(read(report(*EACH[:2]), tmp_path), "A-1")

    assert case.findtext("failure") == (
        "check: t::x\nTitle.\nexpected: 429\nreceived: 200\nlogs: X-Request-Id gimg-1-4\nrepeat: curl -i"
    )
    assert case.findtext("system-out") == (
        "fail: t::x (decided by #4; #3…4)\npass: t::y (#3)\nstory of t::x:\n"
        "  #3 0.0 s first call → 202\n▶ #4 1.5 s its repeat \\x1b[2J → 202, another id"
    )
    assert case.get("time") == "0.500"


def test_of_many_checks_some_are_told_in_full(report: Make, tmp_path: Path) -> None:
    many = [Outcome(f"t::{n}", ("A-1",), Verdict.FAIL, received="200", story=STORY) for n in range(5)]
    case = case_of(read(report(*many), tmp_path), "A-1")

    assert (case.findtext("failure") or "").count("received: ") == junit.MOST_CHECKS
    assert (case.findtext("failure") or "").endswith("and 2 more in report.json")
    assert (case.findtext("system-out") or "").count("fail: ") == 5
    assert (case.findtext("system-out") or "").count("story of ") == junit.MOST_CHECKS


def test_passed_failed_and_skipped_cases_have_the_same_attributes(report: Make, tmp_path: Path) -> None:
    cases = list(read(report(*EACH), tmp_path).iter("testcase"))

    assert {tuple(case.keys()) for case in cases} == {("classname", "name", "time")}
    kinds = [[name for name, _ in properties(case)][:4] for case in cases if properties(case)]
    assert kinds == [["requirement", "level", "source", "ruling"]] * 4


def test_a_case_is_called_the_same_in_every_run(report: Make, tmp_path: Path) -> None:
    def names(*outcomes: Outcome, **facts: Any) -> list[tuple[str | None, str | None]]:
        root = read(report(*outcomes, **facts), tmp_path)
        return [(case.get("classname"), case.get("name")) for case in root.iter("testcase")]

    first = names(*EACH[:3])

    assert first == names(Outcome("t::x[7f3a]", ("A-1",), Verdict.PASS), seed=8, started_at="2027-01-01T00:00:00Z")
    assert len(set(first)) == len(first)


def test_what_xml_cannot_hold_is_escaped(report: Make, tmp_path: Path) -> None:
    hostile = "\x00\x1b]0;title\x07 ]]> <b> \ud800 \ufffe \uffff"
    failure = read(report(Outcome("t::x\x01", ("A-1",), Verdict.FAIL, received=hostile)), tmp_path).find(".//failure")

    assert failure is not None
    assert failure.get("message", "").endswith("received \\x00\\x1b]0;title\\x07 ]]> <b> \\ud800 \\ufffe \\uffff")


FORBIDDEN = "".join(map(chr, (*range(9), 11, 12, *range(14, 32), 0xD800, 0xDBFF, 0xDC00, 0xDFFF, 0xFFFE, 0xFFFF)))
ESCAPES = "".join(f"\\x{ord(c):02x}" if c < "\x80" else f"\\u{ord(c):04x}" for c in FORBIDDEN)


@pytest.mark.parametrize("verdict", [Verdict.FAIL, Verdict.ERROR, Verdict.INCONCLUSIVE, Verdict.NOT_TESTED])
@pytest.mark.parametrize("requirements", [("A-1",), ()], ids=["of a requirement", "of none"])
def test_all_that_xml_forbids_is_an_escape_in_texts_and_attributes(
    verdict: Verdict, requirements: tuple[str, ...], report: Make, tmp_path: Path
) -> None:
    texts: dict[str, Any] = dict.fromkeys(
        ("title", "expected", "received", "message", "curl", "hint", "root"), FORBIDDEN
    )
    root = read(report(Outcome(f"t::{FORBIDDEN}", requirements, verdict, **texts), target_name=FORBIDDEN), tmp_path)
    result = next(case[-2] for case in root.iter("testcase") if f"t::{ESCAPES}" in case.findtext("system-out", ""))
    lines = (result.text or "").splitlines()

    assert root.get("name", "").endswith(ESCAPES)
    assert ESCAPES in result.get("message", "")
    assert all(line.endswith(ESCAPES) for line in lines)
    assert bool(lines) is (verdict is not Verdict.NOT_TESTED)


def test_what_no_reader_takes_is_not_written(report: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(junit, "_clean", str)
    with pytest.raises(ExpatError, match="not well-formed"):
        write("junit", report(target_name="\x00"), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_was_chosen_is_a_property_and_what_was_not_breaks_nothing(report: Make, tmp_path: Path) -> None:
    outcomes = [Outcome(f"t::{id_}", (id_,), Verdict.FAIL) for id_ in ("A-1", "A-2")]
    chosen = Selection(("A-2", "\x1b"), frozenset({"A-2"}), tests=frozenset({"t::A-2"}))
    root = read(report(*outcomes, selection=chosen), tmp_path)

    assert properties(root[0]) == [("chosen", "A-2"), ("chosen", "\\x1b")]
    assert [case.get("name") for case in root.iter("testcase") if case.find("failure") is not None] == [
        "A-2 A-2 is kept."
    ]
    assert root.get("failures") == "1"
