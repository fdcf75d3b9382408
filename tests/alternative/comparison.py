"""The pure part of the comparison: which faults are tried, and when two failures are the same. No I/O."""

import base64
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

Entry = TypeVar("Entry")
_PARTICULARS = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\"[^\"\n]*\"|-?\d+(\.\d+)?(e[+-]?\d+)?")
_TAIL = re.compile(r"\n(Hint|Value):.*", re.DOTALL)


@dataclass(frozen=True, slots=True, order=True)
class Failure:
    """What makes two failures the same: the check, the operation, and the message without its particulars."""

    check: str
    operation: str
    shape: str


def sampled(sections: Mapping[str, Sequence[Entry]], size: int) -> Iterator[Entry]:
    """So many entries, at least one of each section, the rest in proportion (D'Hondt), evenly spaced in a section."""
    seats = dict.fromkeys(sections, 1)
    while sum(seats.values()) < size:
        seats[max(seats, key=lambda name: len(sections[name]) / (seats[name] + 1))] += 1
    for name, entries in sections.items():
        yield from (entries[(2 * seat + 1) * len(entries) // (2 * seats[name])] for seat in range(seats[name]))


def failures_of(events: Iterable[Mapping[str, Any]]) -> frozenset[Failure]:
    """The failures, and the errors, that schemathesis tells of in its NDJSON report (4.32), one value for an event."""
    found = set()
    for event in events:
        if "NonFatalError" in event:
            error = event["NonFatalError"]
            found.add(Failure("error", error["label"], error["value"]["type"]))
        recorder = event.get("ScenarioFinished", {}).get("recorder", {})
        for case, checks in recorder.get("checks", {}).items():
            response = (recorder["interactions"].get(case) or {}).get("response") or {}
            for check in checks:
                if failure := (check.get("failure_info") or {}).get("failure"):
                    shape = shape_of(failure["message"], response.get("status_code", 0), _text(response))
                    found.add(Failure(check["name"], failure["operation"] or recorder["label"], shape))
    return frozenset(found)


def shape_of(message: str, status: int = 0, reply: str = "") -> str:
    """The message less values, numbers and hints, and how the server answered.

    The words of a refusal belong to it, since "valid data should have been accepted" is said of all refusals alike.
    """
    essence = _PARTICULARS.sub("…", _TAIL.sub("", message))
    words = re.findall("[A-Za-z]+", reply) if status >= 400 else []
    return " ".join([*essence.split(), *([str(status)] if status else []), *words])


def new(found: Iterable[Failure], known: Iterable[Failure]) -> list[Failure]:
    """What was found and not known before, in order."""
    return sorted({*found} - {*known})


def _text(response: Mapping[str, Any]) -> str:
    encoded = (response.get("content") or {}).get("$base64", "")
    return base64.b64decode(encoded).decode(errors="replace")
