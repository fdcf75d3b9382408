"""What the scenarios of a process returned, written when each is complete, and found again by who resumes or replays.

`journaled.py` has the lines. `given` are the scenarios whose values a scenario asked for.
"""

import json
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TextIO, TypeVar

from conformance.client.codec import BrokenValueError, Codec, NotAValueError
from conformance.client.current import Scenario
from conformance.client.journaled import Line
from conformance.client.lost import LostError
from conformance.errors import SuiteError, TimeIsOver
from conformance.evidence import Exchange
from conformance.evidence.nonconformity import Nonconformity
from conformance.target import TargetFile

T = TypeVar("T")
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
    """Thread-safe. `known` are the lines of an earlier run by scenario; `file` None: nothing is written, or provoked.

    Where something is provoked, a value is used only beside values that its own process had: a scenario that was given
    another's value does not fit to what a third process came to under the same name.
    """

    process: str
    codec: Codec
    file: TextIO | None = None
    known: Mapping[str, Sequence[Line]] = field(default_factory=dict)
    sent: Collection[Exchange] = ()
    """What earlier parts of the run sent."""
    spoilt: set[str] = field(default_factory=set)
    """The scenarios whose values are of no use any more."""
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _written: set[str] = field(default_factory=set)
    _begun: set[str] = field(default_factory=set)
    _scenarios: dict[str, Scenario] = field(default_factory=dict)
    """By name: those that scenarios of an earlier run were given."""
    _chosen: dict[str, Line] = field(default_factory=dict)
    _used: set[str] = field(default_factory=set)
    """What was given to scenarios that were provoked here: it cannot be replaced any more."""

    def find(self, name: str) -> Returned | None:
        """What this scenario returned before.

        Raises BrokenValueError where its line cannot be read, and nothing is provoked in place of it.
        """
        with self._lock:
            line = None if name in self.spoilt else next(filter(self._fits, self.known.get(name, ())), None)
            if line is None:
                return None
            try:
                value = self.codec.decode(line.get("value", line.get("error")))
            except BrokenValueError:
                if self.file is None:
                    raise
                return None
            self._take(line)
            return Returned(value, self._given(line), "error" in line)

    def _fits(self, line: Line) -> bool:
        """Whether it goes with the values that were found, or made, already."""
        if self.file is None:
            return True
        name = line["scenario"]
        own = self._chosen[name]["process"] if name in self._chosen else line["process"]
        anew = name in self.spoilt or name in self._begun
        return not anew and own == line["process"] and all(map(self._fits, self._beside(line)))

    def _beside(self, line: Line) -> list[Line]:
        """The lines of what it was given."""
        whose = line["beside"]
        return [one for name in whose for one in self.known.get(name, ()) if one["process"] == whose[name]]

    def _take(self, line: Line) -> None:
        """Note whose values are used, for who replays."""
        name = line["scenario"]
        if self.file is None or name in self._chosen:
            return
        self._chosen[name] = line
        self._write({"scenario": name, "taken_from": line["process"]})
        for each in self._beside(line):
            self._take(each)

    def _given(self, line: Line) -> dict[Scenario, None]:
        """Scenarios with those that they were given in turn."""
        named = {one["scenario"]: one for one in self._beside(line)}
        return dict.fromkeys(self._scenario(name, named.get(name)) for name in line["given"])

    def _scenario(self, name: str, line: Line | None) -> Scenario:
        if name not in self._scenarios:
            self._scenarios[name] = scenario = Scenario(name)
            scenario.given |= self._given(line) if line else {}
        return self._scenarios[name]

    def began(self, scenario: Scenario, *, waits: bool = False) -> None:
        """Write that it is about to send, before it does."""
        with self._lock:
            if scenario.name not in self._begun:
                self._begun.add(scenario.name)
                self._write({"began": scenario.name, **({"waits": True} if waits else {})})

    def awaits(self, scenario: str, what: str, seconds: float) -> None:
        """Write what it is about to wait for, and for how many seconds of the target's time."""
        with self._lock:
            self._write({"awaits": what, "seconds": seconds, "by": scenario})

    def spoil(self, lost: LostError) -> bool:
        """Do without the value that was found last with the token, or of the scenario, and without what was made of it.

        False where there is none, or what depends on it was provoked here already.
        """
        with self._lock:
            found = next((name for name in reversed(self._chosen) if self._misses(name, lost)), "")
            of_no_use = {name for name, line in self._chosen.items() if found and self._depends(line, found)}
            if not of_no_use or of_no_use & self._used:
                return False
            self.spoilt |= of_no_use
            self._chosen = {name: line for name, line in self._chosen.items() if name not in of_no_use}
            return True

    def _misses(self, name: str, lost: LostError) -> bool:
        return name == lost.scenario if lost.scenario else self._holds(self._chosen[name], lost.token)

    def _holds(self, line: Line, token: str) -> bool:
        place = line["process"], line["scenario"]
        return any((one.process, one.scenario) == place and token in _text(one) for one in self.sent)

    def _depends(self, line: Line, name: str) -> bool:
        return line["scenario"] == name or any(self._depends(each, name) for each in self._beside(line))

    def is_stale(self, name: str) -> bool:
        """Whether what was found of it is of no use any more, and nothing was made in its place yet."""
        return name in self.spoilt and name not in self._begun

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
            self._used |= {*given}
            if scenario.name not in self._chosen and (raised or scenario.name not in self._written):
                self._written |= set() if raised else {scenario.name}
                self._write({"scenario": scenario.name, "given": given, "error" if raised else "value": plain})

    def _write(self, line: Mapping[str, Any]) -> None:
        if self.file:
            self.file.write(json.dumps({"process": self.process, **line}, ensure_ascii=False) + "\n")
            self.file.flush()


def _text(exchange: Exchange) -> str:
    """Where the secrets of an exchange stand."""
    answer = exchange.response
    return exchange.request.url + (answer.body.decode(errors="replace") + str(answer.headers) if answer else "")


def recorded(scenario: Scenario | None, make: Callable[[], T]) -> T:
    """What the scenario returned before, or what it returns now; raises what it raised, or raises now."""
    record = KEPT.get()
    if record is None or scenario is None:
        return make()
    if found := record.find(scenario.name):
        scenario.given |= found.given
        result: T = found.result()
        return result
    record.began(scenario)
    with keeping(scenario) as keep:
        return keep(make())


def is_stale(scenario: Scenario) -> bool:
    """See `Record.is_stale`."""
    record = KEPT.get()
    return record is not None and record.is_stale(scenario.name)


@contextmanager
def keeping(scenario: Scenario) -> Iterator[Callable[[T], T]]:
    """Gives what writes the value that the scenario returns. What it raises inside is written as well.

    But for the end of the run's time: who goes on has more.
    """
    record = KEPT.get()

    def keep(value: T) -> T:
        if record is not None:
            record.keep(scenario, value)
        return value

    try:
        yield keep
    except TimeIsOver:
        raise
    except RAISED as error:
        if record is not None:
            record.keep(scenario, error, raised=True)
        raise
