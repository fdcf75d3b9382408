"""JUnit XML, for the test views of CI services: a suite per area, a test case per requirement, and one for the run.

Elements and attributes are those of the common schema (`junit-10.xsd` of Jenkins' xUnit plugin); the properties of a
test case, which pytest writes as well, are the one addition.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from xml.etree.ElementTree import Element, SubElement, indent, tostring
from xml.parsers.expat import ParserCreate

from conformance.report.hostile import one_line
from conformance.report.model import Report
from conformance.report.numbers import evidence_of
from conformance.report.story import again, in_the_logs, sent_of, story_lines
from conformance.report.testcases import Case, Status, cases
from conformance.verdict import Verdict

MOST_CHECKS = 3
"""Checks of one case that are told in full, and whose story is; of the others there is a line each."""
_MOST = 5000
_TAGS = {Status.FAILED: "failure", Status.ERROR: "error", Status.SKIPPED: "skipped"}


def junit_xml(report: Report) -> str:
    """The whole document. Raises xml.parsers.expat.ExpatError rather than to give what no reader takes."""
    root = Element("testsuites", name=_clean(f"gimg-conformance {report.target.name}"))
    for area, some in groupby(cases(report), key=lambda case: case.area):
        _suite(root, area, list(some), report)
    _count(root, root.findall("testsuite"))
    indent(root, " ")
    text = '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"
    ParserCreate().Parse(text, True)
    return text


def _suite(root: Element, name: str, some: Sequence[Case], report: Report) -> None:
    suite = SubElement(root, "testsuite", name=_clean(name), timestamp=_clean(report.started_at))
    if report.suite.selection:
        _properties(suite, [("chosen", word) for word in report.suite.selection.words])
    for case in some:
        _case(suite, case)
    statuses = [case.status for case in some]
    suite.set("tests", str(len(some)))
    for attribute, status in (("failures", Status.FAILED), ("errors", Status.ERROR), ("skipped", Status.SKIPPED)):
        suite.set(attribute, str(statuses.count(status)))
    suite.set("time", f"{sum(case.seconds for case in some):.3f}")


def _properties(parent: Element, named: Sequence[tuple[str, str]]) -> None:
    properties = SubElement(parent, "properties")
    for name, value in named:
        SubElement(properties, "property", name=name, value=_clean(value))


def _case(suite: Element, case: Case) -> None:
    element = SubElement(
        suite, "testcase", classname=_clean(case.area), name=_clean(case.name), time=f"{case.seconds:.3f}"
    )
    if case.row:
        rulings = [("ruling", id_) for id_ in case.row.rulings]
        row = [("requirement", case.row.id), ("level", case.row.level), ("source", case.row.source), *rulings]
        _properties(element, [*row, *([("finding", case.finding)] if case.finding else ())])
    if tag := _TAGS.get(case.status):
        result = SubElement(element, tag, type=case.raw, message=_clean(case.message))
        if case.status is not Status.SKIPPED:
            result.text = _text(details(case))
    rests = [f"{check.verdict}: {check.id} ({evidence_of(check)})" for check in case.checks]
    if case.checks:
        SubElement(element, "system-out").text = _text([*rests, *stories(case)])


def details(case: Case) -> Iterator[str]:
    """What the checks with the verdict of the case found, and how to see it again."""
    decisive = [check for check in case.checks if check.verdict == case.raw]
    for check in decisive[:MOST_CHECKS]:
        named = {"check": check.id, "": check.title, "expected": check.expected, "received": check.received}
        if not (check.expected or check.received):
            named["because"] = check.message
        named |= {"root": check.root, "hint": check.hint, "sent": sent_of(check)}
        named |= {"logs": in_the_logs(check), "repeat": again(check)}
        yield from (f"{name}: {text}" if name else text for name, text in named.items() if text)
    if more := len(decisive) - MOST_CHECKS:
        yield from [f"and {more} more in report.json"] * (more > 0)


def stories(case: Case) -> Iterator[str]:
    """The stories of the checks that failed, a line for each step."""
    failed = [check for check in case.checks if check.story and check.verdict is Verdict.FAIL]
    for check in failed[:MOST_CHECKS]:
        yield f"story of {check.id}:"
        yield from story_lines(check)


def _count(root: Element, suites: Sequence[Element]) -> None:
    for name in ("tests", "failures", "errors"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in suites)))
    root.set("time", f"{sum(float(suite.get('time', '0')) for suite in suites):.3f}")


def _text(lines: Iterable[str]) -> str:
    return "\n".join(map(_clean, lines))


def _clean(text: str) -> str:
    """XML 1.0 allows no control characters, not even escaped, and neither U+FFFE nor U+FFFF."""
    return one_line(text, _MOST).replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff")
