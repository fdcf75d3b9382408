"""What else was tried of what a finding broke: where it passed, and where it failed too, tells how far a bug goes."""

from collections.abc import Iterable

from conformance.report.model import CheckPart, FindingPart, Report
from conformance.verdict import Verdict


def passing(finding: FindingPart, report: Report) -> list[CheckPart]:
    """The passed checks of its first requirement, those that differ in a parameter alone before the others."""
    functions, first = {_function(id_) for id_ in finding.checks}, finding.requirements[:1]
    passed = [check for check in report.checks if check.verdict is Verdict.PASS and check.requirements[:1] == first]
    return sorted(passed, key=lambda check: _function(check.id) not in functions)


def short_names(ids: Iterable[str]) -> list[str]:
    """Without their file, and of a function that was just named the parameters alone: `test_x[a]`, `[b]`."""
    names, last = list[str](), ""
    for id_ in ids:
        function, bracket, parameters = id_.partition("[")
        own = bracket + parameters
        names.append(own if own and function == last else _test(function) + own)
        last = function
    return names


def _test(function: str) -> str:
    """The name of the test; of a check of all traffic that of the check, without its requirement."""
    passive, _, name = function.partition("passive::")
    return name.partition("::")[0] if name and not passive else function.rpartition("::")[2]


def _function(id_: str) -> str:
    return id_.partition("[")[0]
