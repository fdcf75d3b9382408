"""Short histories of calls, kept as data: they find bugs that appear only after an earlier call.

Those of `traces.toml` were chosen by hand, those of `histories.json` by what they cover. Our own tests prove that each
is a history of the model and of the reference server.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from typing import Any, Literal

Verb = Literal["generate", "repeat", "change", "end", "look", "poll", "download", "upload", "put", "refuse"]
VERBS: tuple[Verb, ...] = (
    "generate", "repeat", "change", "end", "look", "poll", "download", "upload", "put", "refuse",
)  # fmt: skip


@dataclass(frozen=True)
class Step:
    """One call, or a wait. `name` is the generation or upload that it makes or is about, or how it is wrong."""

    on: str
    """The account."""
    verb: Verb
    name: str
    key: str = ""
    """Stands for an idempotency key that was never used before the trace."""
    inputs: tuple[str, ...] = ()
    """The uploads that an edit works on."""
    fate: str = ""
    """Which of the target file's prompts is used."""
    fields: Mapping[str, Any] = field(default_factory=dict)
    """What is different in the body."""
    status: str = ""
    """The terminal status of an end."""
    shows: str = ""
    """The requirement that the answer is judged by; empty: it is not."""
    trace: str = ""
    number: int = 0


@dataclass(frozen=True)
class Trace:
    """`finds` is the mistake it was chosen for, in words."""

    name: str
    finds: str
    steps: tuple[Step, ...]


@cache
def traces() -> tuple[Trace, ...]:
    """All of them, in the order of the file."""
    return read_traces(files("conformance.cases").joinpath("traces.toml").read_text(encoding="utf-8"))


def read_traces(text: str) -> tuple[Trace, ...]:
    """Raises ValueError for a step without a verb or with two, TypeError for a key that no step has."""
    return tuple(trace_of(**row) for row in tomllib.loads(text)["trace"])


def trace_of(name: str, finds: str, steps: Iterable[dict[str, Any]]) -> Trace:
    """From the rows of a file. Raises as `read_traces` does."""
    numbered = (replace(_step(**row), trace=name, number=number) for number, row in enumerate(steps, 1))
    return Trace(name, finds, tuple(numbered))


def _step(on: str, **row: Any) -> Step:
    verbs = [verb for verb in VERBS if verb in row]
    if len(verbs) != 1:
        raise ValueError(f"a step of {on} has the verbs {verbs}, not one of {', '.join(VERBS)}")
    name, inputs, fields = row.pop(verbs[0]), tuple(row.pop("inputs", ())), row.pop("with", {})
    return Step(on, verbs[0], name, inputs=inputs, fields=fields, **row)


def row_of(step: Step) -> dict[str, Any]:
    """The row of a file that a step is read from."""
    row: dict[str, Any] = {"on": step.on, step.verb: step.name, "key": step.key, "inputs": list(step.inputs)}
    row |= {"fate": step.fate, "with": dict(step.fields), "status": step.status, "shows": step.shows}
    return {name: value for name, value in row.items() if value}
