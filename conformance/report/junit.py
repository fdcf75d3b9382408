"""JUnit XML, for the test views of CI services: a suite per area, a test case per check.

What decides the verdict breaks the build as well: a failed MUST is a failure, an inconclusive MUST an error. The rest
(a failed SHOULD, what was not tested, what nobody chose where somebody did) is shown as skipped, with its reason.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from conformance.report.hostile import one_line
from conformance.report.model import CheckPart, Report
from conformance.report.story import again, in_the_logs, sent_of, story_lines
from conformance.requirements import Level
from conformance.verdict import Verdict

NO_AREA = "suite"
_MOST = 5000
_BREAKS = {Verdict.FAIL: "failure", Verdict.INCONCLUSIVE: "error", Verdict.ERROR: "error"}


def junit_xml(report: Report) -> str:
    """The whole document."""
    levels = {row.id: row.level for row in report.requirements}
    areas = {row.id: row.area for row in report.requirements}
    titles = {area.area: area.title for area in report.areas}
    by_area: dict[str, list[CheckPart]] = defaultdict(list)
    for check in report.checks:
        by_area[_area(check, areas)].append(check)
    root = Element("testsuites", name=_clean(f"gimg-conformance {report.target.name}"))
    for area in [*titles, NO_AREA]:
        if area in by_area:
            _suite(root, titles.get(area, area), by_area[area], levels, report)
    _count(root, root.findall("testsuite"))
    indent(root, " ")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _area(check: CheckPart, areas: Mapping[str, str]) -> str:
    return next((areas[id_] for id_ in check.requirements if id_ in areas), NO_AREA)


def _suite(root: Element, name: str, checks: Sequence[CheckPart], levels: Mapping[str, Level], report: Report) -> None:
    suite = SubElement(root, "testsuite", name=name, timestamp=_clean(report.started_at))
    if report.suite.selection:
        properties = SubElement(suite, "properties")
        for word in report.suite.selection.words:
            SubElement(properties, "property", name="chosen", value=_clean(word))
    for check in checks:
        beside = bool(check.requirements) and not any(map(report.decides, check.requirements))
        _case(suite, name, check, _level(check, levels), strict=report.strict, beside=beside)
    results = [child.tag for case in suite for child in case]
    suite.set("tests", str(len(checks)))
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(attribute, str(results.count(tag)))
    suite.set("time", f"{sum(check.seconds for check in checks):.3f}")


def _level(check: CheckPart, levels: Mapping[str, Level]) -> Level:
    """The most binding level of the requirements that the check judges; MUST when it names none."""
    present = {levels[id_] for id_ in check.requirements if id_ in levels}
    return next((level for level in Level if level in present), Level.MUST)


def _case(suite: Element, area: str, check: CheckPart, level: Level, *, strict: bool, beside: bool) -> None:
    """`beside`: the check judges nothing that was chosen."""
    case = SubElement(suite, "testcase", classname=area, name=_clean(check.id), time=f"{check.seconds:.3f}")
    properties = SubElement(case, "properties")
    for requirement in check.requirements:
        SubElement(properties, "property", name="requirement", value=_clean(requirement))
    SubElement(properties, "property", name="level", value=level)
    if check.verdict is Verdict.PASS:
        return
    binding = not beside and (level is Level.MUST or (strict and level is Level.SHOULD))
    tag = _BREAKS.get(check.verdict, "skipped") if binding else "skipped"
    result = SubElement(case, tag, message=_clean(f"{level} {check.verdict}: {_message(check)}"))
    if tag != "skipped":
        result.set("type", check.verdict)
        result.text = "\n".join(_clean(line) for line in _details(check))


def _message(check: CheckPart) -> str:
    if check.verdict is Verdict.FAIL and (check.expected or check.received):
        return f"expected {check.expected}; received {check.received}"
    return check.message or check.hint or check.root


def _details(check: CheckPart) -> list[str]:
    named = {"": check.title, "expected": check.expected, "received": check.received, "because": check.message}
    named |= {"root": check.root, "hint": check.hint}
    story = ["story:", *story_lines(check)] if check.story else []
    last = {"sent": sent_of(check), "logs": in_the_logs(check), "repeat": again(check)}
    return [*_told(named), *story, *_told(last)]


def _told(named: Mapping[str, str]) -> list[str]:
    return [f"{name}: {text}" if name else text for name, text in named.items() if text]


def _count(root: Element, suites: Sequence[Element]) -> None:
    for name in ("tests", "failures", "errors", "skipped"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in suites)))
    root.set("time", f"{sum(float(suite.get('time', '0')) for suite in suites):.3f}")


def _clean(text: str) -> str:
    """XML 1.0 allows no control characters, not even escaped, and neither U+FFFE nor U+FFFF."""
    return one_line(text, _MOST).replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff")
