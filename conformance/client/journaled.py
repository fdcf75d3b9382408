"""What the scenarios of earlier processes returned, as the lines of the journal have it.

A line of a value is `{"process", "scenario", "given", "value"}`, or has `"error"` in place of the value. Beside them:
`{"process", "began"}`, that a scenario is about to send, `{"process", "by", "awaits", "seconds"}`, for what it waits
and how long in the target's time, and `{"process", "scenario", "taken_from"}`, that a process of a resumed run uses the
value of another one.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conformance.client.journal import files_of, lines_of
from conformance.target import TargetFile

VALUES = "values"
"""The kind of file that they stand in."""
Line = Mapping[str, Any]
"""Of a value: with `"beside"`, whose value of each scenario it was given, by name."""


@dataclass
class Journaled:
    """The values by process and scenario: of several lines the last one, and a value before what was taken."""

    by_process: dict[tuple[str, str], Line] = field(default_factory=dict)
    taken: set[tuple[str, str, str]] = field(default_factory=set)
    """Process, scenario, and the process whose value it is."""
    began: list[tuple[str, str]] = field(default_factory=list)
    """Process and scenario of what was about to send, in their order."""
    waits: set[str] = field(default_factory=set)
    """Those of them that wait for minutes."""
    awaited: dict[str, tuple[str, float]] = field(default_factory=dict)
    """By scenario what it waits for, and for how many seconds of the target's time."""

    def add(self, line: Line) -> None:
        """Take note of a line."""
        if "began" in line:
            self.began.append((line["process"], line["began"]))
            self.waits |= {line["began"]} if line.get("waits") else set()
        elif "awaits" in line:
            self.awaited[line["by"]] = line["awaits"], line["seconds"]
        elif "taken_from" in line:
            self.taken.add((line["process"], line["scenario"], line["taken_from"]))
        elif "scenario" in line:
            self.by_process[line["process"], line["scenario"]] = line

    def of(self, process: str) -> "dict[str, list[Line]]":
        """What this process knew, by scenario: its own values, and those that it took."""
        took = {name: self._line(origin, name) for of, name, origin in self.taken if of == process}
        own = {name: self._line(of, name) for of, name in self.by_process if of == process}
        return {name: [line] for name, line in {**took, **own}.items()}

    def all(self, *, but: Iterable[str] = ()) -> "dict[str, list[Line]]":
        """By scenario the values of each process that has one, but for these scenarios."""
        found: dict[str, list[Line]] = {}
        for process, name in self.by_process:
            if name not in {*but}:
                found.setdefault(name, []).append(self._line(process, name))
        return found

    def _line(self, process: str, name: str) -> Line:
        line = self.by_process[process, name]
        took = {taken: origin for of, taken, origin in self.taken if of == process}
        return {**line, "beside": {given: took.get(given, process) for given in line["given"]}}


def journaled(evidence: Path) -> Journaled:
    """All that the folder has. Raises OSError, and ValueError for what is no JSON, or no line of this kind."""
    found = Journaled()
    try:
        for line in _lines(evidence):
            found.add(line)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{evidence}: no line of values: {type(error).__name__}: {error}") from None
    return found


def target_of(evidence: Path, process: str) -> TargetFile | None:
    """The target of a process, without its secrets; None where it came to none. Raises as `journaled`."""
    found = [line["target"] for line in _lines(evidence) if "target" in line and line["process"] == process]
    return TargetFile.from_evidence(found[-1]) if found else None


def _lines(evidence: Path) -> Iterator[Line]:
    return (json.loads(line) for path in files_of(evidence, VALUES) for line in lines_of(path) if line)
