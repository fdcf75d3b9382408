from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from conformance.report import Report, write
from conformance.verdict import Outcome, Selection, Verdict

Make = Callable[..., Report]


def read(report: Report, folder: Path) -> ET.Element:
    return ET.fromstring(write("junit", report, folder).read_text(encoding="utf-8"))  # noqa: S314 - our own file


def test_checks_stand_in_the_suites_of_their_areas(report: Make, tmp_path: Path) -> None:
    outcomes = [Outcome(f"t::{id_}", (id_,), Verdict.PASS, seconds=0.5) for id_ in ("A-1", "A-3", "B-2")]
    root = read(report(*outcomes, Outcome("t::setup", (), Verdict.ERROR, message="broken")), tmp_path)

    assert [(suite.get("name"), suite.get("tests")) for suite in root] == [
        ("First area", "2"),
        ("Second area", "1"),
        ("suite", "1"),
    ]
    assert (root.get("tests"), root.get("errors"), root.get("time")) == ("4", "1", "1.500")
    values = [(found.get("name"), found.get("value")) for found in root[0][1].iter("property")]
    assert values == [("requirement", "A-3"), ("level", "SHOULD")]


@pytest.mark.parametrize(
    ("verdict", "requirement", "strict", "tag"),
    [
        (Verdict.PASS, "A-1", False, None),
        (Verdict.FAIL, "A-1", False, "failure"),
        (Verdict.FAIL, "A-3", False, "skipped"),
        (Verdict.FAIL, "A-3", True, "failure"),
        (Verdict.FAIL, "B-1", True, "skipped"),
        (Verdict.INCONCLUSIVE, "A-1", False, "error"),
        (Verdict.ERROR, "A-1", False, "error"),
        (Verdict.NOT_TESTED, "A-1", False, "skipped"),
        (Verdict.NOT_APPLICABLE, "A-1", False, "skipped"),
    ],
)
def test_what_decides_breaks_the_build(
    *, verdict: Verdict, requirement: str, strict: bool, tag: str | None, report: Make, tmp_path: Path
) -> None:
    root = read(report(Outcome("t::x", (requirement,), verdict), strict=strict), tmp_path)

    assert [child.tag for child in root[0][0] if child.tag != "properties"] == ([tag] if tag else [])
    for attribute, its_tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        assert root.get(attribute) == str(int(tag == its_tag))


def test_a_failure_tells_what_was_expected_and_how_to_repeat_it(report: Make, tmp_path: Path) -> None:
    outcome = Outcome("t::x", ("A-1",), Verdict.FAIL, "Title.", "429", "200", "", "curl -i")
    failure = read(report(outcome), tmp_path).find(".//failure")

    assert failure is not None
    assert failure.get("message") == "MUST fail: expected 429; received 200"
    assert failure.text == "Title.\nexpected: 429\nreceived: 200\nrepeat: curl -i"


def test_what_xml_cannot_hold_is_escaped(report: Make, tmp_path: Path) -> None:
    hostile = "\x00\x1b]0;title\x07 ]]> <b> \ud800 \ufffe \uffff"
    failure = read(report(Outcome("t::x\x01", ("A-1",), Verdict.FAIL, received=hostile)), tmp_path).find(".//failure")

    assert failure is not None
    assert failure.get("message", "").endswith("received \\x00\\x1b]0;title\\x07 ]]> <b> \\ud800 \\ufffe \\uffff")


FORBIDDEN = "".join(map(chr, (*range(9), 11, 12, *range(14, 32), 0xD800, 0xDBFF, 0xDC00, 0xDFFF, 0xFFFE, 0xFFFF)))
ESCAPES = "".join(f"\\x{ord(c):02x}" if c < "\x80" else f"\\u{ord(c):04x}" for c in FORBIDDEN)


@pytest.mark.parametrize("verdict", [Verdict.FAIL, Verdict.ERROR, Verdict.INCONCLUSIVE, Verdict.NOT_TESTED])
def test_all_that_xml_forbids_is_an_escape_in_texts_and_attributes(
    verdict: Verdict, report: Make, tmp_path: Path
) -> None:
    texts: dict[str, Any] = dict.fromkeys(
        ("title", "expected", "received", "message", "curl", "hint", "root"), FORBIDDEN
    )
    root = read(report(Outcome(f"t::{FORBIDDEN}", ("A-1",), verdict, **texts), target_name=FORBIDDEN), tmp_path)
    case = root[0][0]
    result = case[-1]

    assert root.get("name", "").endswith(ESCAPES)
    assert case.get("name") == f"t::{ESCAPES}"
    assert result.get("message", "").endswith(ESCAPES)
    lines = (result.text or "").splitlines()
    assert all(line.endswith(ESCAPES) for line in lines)
    assert len(lines) == (0 if verdict is Verdict.NOT_TESTED else len(texts))


def test_what_was_chosen_is_a_property_and_what_was_not_breaks_nothing(report: Make, tmp_path: Path) -> None:
    outcomes = [Outcome(f"t::{id_}", (id_,), Verdict.FAIL) for id_ in ("A-1", "A-2")]
    chosen = Selection(("A-2", "\x1b"), frozenset({"A-2"}), tests=frozenset({"t::A-2"}))
    root = read(report(*outcomes, selection=chosen), tmp_path)

    assert [one.get("value") for one in root.findall("testsuite/properties/property")] == ["A-2", "\\x1b"]
    assert [case.get("name") for case in root.iter("testcase") if case.find("failure") is not None] == ["t::A-2"]
    assert (root.get("failures"), root.get("skipped")) == ("1", "1")
