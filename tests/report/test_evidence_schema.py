"""A line of the evidence is as its schema says, whichever form its body has; a line that is not is found."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from conformance.evidence import Exchange, File, Request, Response, to_json
from conformance.evidence.attempt import Attempt, Ending, Moment, attempt_to_json
from conformance.evidence.images import Seen
from conformance.report.evidence_schema import evidence_schemas

SCHEMAS = evidence_schemas()
MOMENT = Moment(1.0, 2.0)


def exchange(body: bytes = b"", **more: Any) -> dict[str, Any]:
    response = Response(200, (("a", "b"),), body, more.pop("file", None))
    return as_read(to_json(Exchange(Request("GET", "http://h/", (), body), response, 1.0, 2.0, **more)))


def attempt(body: bytes = b"", **more: Any) -> dict[str, Any]:
    return as_read(attempt_to_json(Attempt("e", "g", 1, MOMENT, "POST", "/", (("a", "b"),), body, **more)))


def as_read(plain: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(plain))
    return found


@pytest.mark.parametrize("body", [b"", b"{}", b"\xff", b"x" * 5000])
def test_a_line_is_as_its_schema_says(body: bytes) -> None:
    file = File(9, "0" * 64, Seen())
    for found in (exchange(body), exchange(body, file=file, tags=("a",), clock=1.5, limit=True)):
        jsonschema_rs.validate(SCHEMAS["exchanges"], found)
    for found in (attempt(body), attempt(body, ended=Ending("answered", 200, MOMENT), serial=7, process="gw1")):
        jsonschema_rs.validate(SCHEMAS["attempts"], found)


def test_a_lost_answer_is_as_the_schema_says() -> None:
    lost = Exchange(Request("GET", "http://h/"), None, 1.0, 2.0, failure="the connection broke")

    jsonschema_rs.validate(SCHEMAS["exchanges"], as_read(to_json(lost)))


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("exchanges", exchange() | {"started": "noon"}),
        ("exchanges", {name: value for name, value in exchange().items() if name != "request"}),
        ("exchanges", exchange() | {"response": {"status": "200", "headers": []}}),
        ("exchanges", exchange() | {"request": exchange(b"x" * 5000)["request"] | {"sha256": "../x"}}),
        ("attempts", attempt() | {"ended": {"how": "vanished", "status": 0, "at": {"monotonic": 1, "target": 1}}}),
        ("attempts", {name: value for name, value in attempt(b"x" * 5000).items() if name != "size"}),
    ],
)
def test_a_line_that_is_not_is_found(kind: str, line: dict[str, Any]) -> None:
    assert not jsonschema_rs.is_valid(SCHEMAS[kind], line)


def test_the_examples_of_the_page_are_as_their_schemas_say() -> None:
    page = (Path(__file__).parents[2] / "reports" / "README.md").read_text(encoding="utf-8")
    examples = [json.loads(line) for line in re.findall(r"```json\n(.*)\n```", page)]

    assert len(examples) == 2
    for kind, example in zip(("exchanges", "attempts"), examples, strict=True):
        jsonschema_rs.validate(SCHEMAS[kind], example)
        assert example.keys() <= SCHEMAS[kind]["properties"].keys()
