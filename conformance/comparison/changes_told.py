"""A difference in words: for a terminal, in Markdown, and as JSON."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Any

from conformance.comparison.difference import Change, Difference
from conformance.counted import counted
from conformance.report import Report
from conformance.report.hostile import one_line
from conformance.report.model import FindingPart, ObservationPart
from conformance.report.neutral import prose

FORMAT = "gimg-conformance-difference/1"
_LONGEST = 300
_MANY = 10
"""As many changes of one kind, for one reason, are told in one line: an interrupted run leaves a hundred behind."""


def as_text(diff: Difference) -> str:
    """Plain lines, a section for each kind of change that there is."""
    lines = [f"{_verdict(diff)}  {diff.old.verdict} → {diff.new.verdict}"]
    for title, items in _sections(diff):
        lines += ["", f"{title}:", *(f"  {item}" for item in items)]
    return "\n".join([*lines, "", _cost(diff)]) + "\n"


def as_markdown(diff: Difference) -> str:
    """For a comment on a change; what came from a target stands in it as plain text."""
    lines = [f"## {_verdict(diff)}: {diff.old.verdict} → {diff.new.verdict}"]
    for title, items in _sections(diff):
        lines += ["", f"### {title}", "", *(f"- {prose(item, _LONGEST)}" for item in items)]
    return "\n".join([*lines, "", _cost(diff)]) + "\n"


def as_json(diff: Difference) -> str:
    """`{"format", "regressed", "old", "new"}` and a list for each kind of change."""
    plain: dict[str, Any] = {"format": FORMAT, "regressed": diff.regressed}
    plain |= {name: _head(report) for name, report in (("old", diff.old), ("new", diff.new))}
    plain |= {
        name: [asdict(one) for one in getattr(diff, name)] for name in ("broken", "mended", "undecided", "decided")
    }
    plain |= {name: [one.model_dump() for one in getattr(diff, name)] for name in ("found", "gone", "came", "went")}
    return json.dumps(plain, ensure_ascii=False, indent=1) + "\n"


WRITERS: dict[str, Callable[[Difference], str]] = {"text": as_text, "markdown": as_markdown, "json": as_json}


def _verdict(diff: Difference) -> str:
    if diff.regressed:
        return "REGRESSION"
    return "NO CHANGE" if diff.same else "NO REGRESSION"


def _sections(diff: Difference) -> Iterator[tuple[str, Sequence[str]]]:
    found: tuple[tuple[str, Iterable[str]], ...] = (
        ("Broken", map(_change, diff.broken)),
        ("New findings", map(_finding, diff.found)),
        ("Mended", map(_change, diff.mended)),
        ("Findings that are gone", map(_finding, diff.gone)),
        ("No verdict any more", _changes(diff.undecided)),
        ("Verdicts that were missing before", _changes(diff.decided)),
        ("Done now, where the documentation leaves it open", map(_observation, diff.came)),
        ("Done no more, where the documentation leaves it open", map(_observation, diff.went)),
    )
    told = ((title, [one_line(item, _LONGEST) for item in items]) for title, items in found)
    return ((title, items) for title, items in told if items)


def _changes(changes: Sequence[Change]) -> Iterator[str]:
    """A line for each, but one for many that are alike."""

    def kind(change: Change) -> tuple[str, str, str]:
        return change.before, change.now, change.reason

    for (before, now, reason), some in groupby(sorted(changes, key=kind), kind):
        alike = list(some)
        if len(alike) < _MANY:
            yield from map(_change, alike)
        else:
            why = f", {reason}" if reason else ""
            ids = ", ".join(change.id for change in alike)
            yield f"{len(alike)} requirements, each was {before}, is {now}{why}: {ids}"


def _change(change: Change) -> str:
    reason = f": {change.reason}" if change.reason else ""
    return f"{change.id} {change.sentence} Was {change.before}, is {change.now}{reason}"


def _finding(finding: FindingPart) -> str:
    return f"{finding.id} {', '.join(finding.requirements)}: {finding.cause}"


def _observation(seen: ObservationPart) -> str:
    return f"{seen.ruling}: {seen.text}"


def _cost(diff: Difference) -> str:
    old, new = diff.old, diff.new
    requests, credit = counted(new.cost.requests, "request"), counted(new.cost.credits, "credit")
    return (
        f"{old.cost.requests} → {requests}, {old.cost.credits:g} → {credit}, "
        f"{old.wall_seconds:.1f} → {new.wall_seconds:.1f} s"
    )


def _head(report: Report) -> dict[str, Any]:
    names = ("verdict", "summary", "profile", "started_at", "wall_seconds")
    return {name: getattr(report, name) for name in names} | {"cost": report.cost.model_dump()}
