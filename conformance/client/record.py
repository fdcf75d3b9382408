"""What the scenarios of a process returned, written when each is complete, and found again by who resumes or replays.

A line is `{"process", "scenario", "given", "value"}`. Where the scenario raised an error, it has `"error"` in place of
the value. `given` are the scenarios whose values it asked for.
"""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO, TypeVar

from conformance.client.codec import Codec, NotAValueError
from conformance.client.current import Scenario
from conformance.client.journal import files_of, lines_of
from conformance.errors import SuiteError
from conformance.evidence.nonconformity import Nonconformity
from conformance.target import TargetFile

T = TypeVar("T")
VALUES = "values"
"""The kind of file that they stand in."""
KEPT: "ContextVar[Record | None]" = ContextVar("record", default=None)
"""The record of this process. Copied into the threads that scenarios start."""
RAISED = (SuiteError, Nonconformity)
"""What a scenario may raise in place of a value."""


@dataclass(frozen=True)
class Returned:
    """What a scenario returned before, or what it raised."""

    value: Any
    given: Mapping[Scenario, None] = field(default_factory=dict)
    raised: bool = False

    def result(self) -> Any:
        """The value; raises what was raised."""
        if self.raised:
            raise self.value
        return self.value


@dataclass
class Record:
    """Thread-safe. `known` are the lines of an earlier run, decoded, by scenario; `file` None: nothing is written."""

    process: str
    codec: Codec
    file: TextIO | None = None
    known: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _written: set[str] = field(default_factory=set)
    _scenarios: dict[str, Scenario] = field(default_factory=dict)
    """By name: those that scenarios of an earlier run were given."""

    def find(self, name: str) -> Returned | None:
        """What this scenario returned before. Raises BrokenValueError where its line cannot be read."""
        line = self.known.get(name)
        if line is None:
            return None
        value = self.codec.decode(line.get("value", line.get("error")))
        return Returned(value, self._given(line), "error" in line)

    def _given(self, line: Mapping[str, Any]) -> dict[Scenario, None]:
        """Scenarios with those that they were given in turn."""
        return dict.fromkeys(map(self._scenario, line["given"]))

    def _scenario(self, name: str) -> Scenario:
        if name not in self._scenarios:
            self._scenarios[name] = scenario = Scenario(name)
            scenario.given |= self._given(self.known.get(name, {"given": ()}))
        return self._scenarios[name]

    def begin(self, target: TargetFile) -> None:
        """Write against which target the values are returned: each process may have an embedded server of its own."""
        self._write({"target": target.to_evidence()})

    def again(self, name: str) -> None:
        """Raises what this scenario raised before, if it did."""
        if (found := self.find(name)) and found.raised:
            raise found.value

    def keep(self, scenario: Scenario, value: Any, *, raised: bool = False) -> None:
        """Write what it returned, once. What holds something alive is left out."""
        if self.file is None:
            return
        try:
            plain = self.codec.encode(value)
        except NotAValueError:
            return
        given = [each.name for each in tuple(scenario.given)]
        with self._lock:
            if raised or scenario.name not in self._written:
                self._written |= set() if raised else {scenario.name}
                self._write({"scenario": scenario.name, "given": given, "error" if raised else "value": plain})

    def _write(self, line: Mapping[str, Any]) -> None:
        if self.file:
            self.file.write(json.dumps({"process": self.process, **line}, ensure_ascii=False) + "\n")
            self.file.flush()


def values_of(evidence: Path, process: str) -> dict[str, dict[str, Any]]:
    """The lines of a process, the last one of each scenario. Raises OSError, and ValueError for what is no JSON."""
    return {line["scenario"]: line for line in _lines(evidence, process) if "scenario" in line}


def target_of(evidence: Path, process: str) -> TargetFile | None:
    """The target of a process, without its secrets; None where it came to none. Raises as `values_of`."""
    found = [line["target"] for line in _lines(evidence, process) if "target" in line]
    return TargetFile.from_evidence(found[-1]) if found else None


def _lines(evidence: Path, process: str) -> list[dict[str, Any]]:
    lines = (json.loads(line) for path in files_of(evidence, VALUES) for line in lines_of(path) if line)
    return [line for line in lines if line["process"] == process]


def recorded(scenario: Scenario | None, make: Callable[[], T]) -> T:
    """What the scenario returned before, or what it returns now; raises what it raised, or raises now."""
    record = KEPT.get()
    if record is None or scenario is None:
        return make()
    if found := record.find(scenario.name):
        scenario.given |= found.given
        result: T = found.result()
        return result
    with keeping(scenario) as keep:
        return keep(make())


@contextmanager
def keeping(scenario: Scenario) -> Iterator[Callable[[T], T]]:
    """Gives what writes the value that the scenario returns. What it raises inside is written as well."""
    record = KEPT.get()

    def keep(value: T) -> T:
        if record is not None:
            record.keep(scenario, value)
        return value

    try:
        yield keep
    except RAISED as error:
        if record is not None:
            record.keep(scenario, error, raised=True)
        raise
