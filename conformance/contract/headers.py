"""Header fields against the document's header objects (or header parameters, which have the same form)."""

import re
from collections.abc import Iterable, Mapping
from functools import reduce
from operator import add
from typing import Any

from conformance.contract import wording
from conformance.contract.judgement import Judgement, Violation
from conformance.contract.part import Part
from conformance.contract.schemas import Schemas

Pairs = Iterable[tuple[str, str]]

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")


def fields(pairs: Pairs) -> dict[str, str]:
    """Values by lower-case name; several lines of one name are joined with a comma (RFC 9110, section 5.3)."""
    joined: dict[str, str] = {}
    for name, value in pairs:
        key, text = name.lower(), value.strip(" \t")
        joined[key] = f"{joined[key]}, {text}" if key in joined else text
    return joined


def judge_headers(schemas: Schemas, declared: Mapping[str, Part], received: Mapping[str, str]) -> Judgement:
    """Every declared header: there if it has to be, and with a value that fits. `received` is by lower-case name."""
    judgements = (_judge(schemas, name, header, received.get(name.lower())) for name, header in declared.items())
    return reduce(add, judgements, Judgement())


def judge_absent(forbidden: Mapping[str, Part], received: Mapping[str, str]) -> Judgement:
    """Headers that belong to other responses alone."""
    judgements = (_judge_absent(name, rule, received.get(name.lower())) for name, rule in forbidden.items())
    return reduce(add, judgements, Judgement())


def _judge(schemas: Schemas, name: str, header: Part, text: str | None) -> Judgement:
    place, schema = f"header {name}", header.into("schema")
    if text is not None:
        return Judgement(judged=frozenset(header.proven())) + schemas.judge(schema, _value(schema, text), place)
    if not header.node.get("required"):
        return Judgement()
    return Judgement.of(Violation(header.requirements(), place, f"the header {name}", wording.ABSENT))


def _judge_absent(name: str, rule: Part, text: str | None) -> Judgement:
    if text is None:
        return Judgement(judged=frozenset(rule.proven()))
    received = wording.received(text)
    return Judgement.of(Violation(rule.requirements(), f"header {name}", f"no header {name}", received))


def _value(schema: Part, text: str) -> Any:
    """An integer only where one is asked for and the text is its one decimal spelling; otherwise the text."""
    wanted = schema.node.get("type") == "integer" and _INTEGER.fullmatch(text)
    return int(text) if wanted else text
