"""Which operation of the contract is met by which cross-cutting section: read from what the suite's tests run for.

What is new in `openapi.yaml` is met by all of them without an edit, or the guard names the operation and the section.
"""

import ast
import runpy
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

import conformance
from conformance.checks import passive
from conformance.contract import Contract, Operation
from conformance.evidence import Exchange, Request, Response
from conformance.scenarios.isolation import WHEN
from tests.contract.contract_samples import CONTRACT

SUITE = Path(str(conformance.__file__)).parent / "suite"
LIMITS = {"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"}
JUDGED = {
    200: {"API-2", "RATE-17"},
    401: {"API-2", "AUTH-14", "RATE-17", "RATE-29"},
    429: {"API-2", "RATE-1", "RATE-3", "RATE-11", "RATE-16"},
}
"""What the checks of all traffic say of any operation's bare answer with this status."""
ONLY: dict[str, Callable[[Operation], bool]] = {
    "test_the_credential_is_judged_before_the_body": lambda operation: operation.takes_body,
    "test_the_credential_is_judged_before_the_id": lambda operation: operation.takes_id,
}
"""Tests of authentication that are not about all operations."""

APART = {"reference", "faults"}
"""The server's side, which does not read the contract."""

Table = Mapping[str, set[str]]
"""The operations that a section meets, by the section."""


def parameters(file: str, name: str) -> Iterator[tuple[str, list[Any]]]:
    """Each test of a file of the suite that has a parameter of this name, and its values, with the contract of now."""
    for test, function in runpy.run_path(str(SUITE / f"{file}.py")).items():
        for mark in getattr(function, "pytestmark", ()) if test.startswith("test_") else ():
            if mark.name == "parametrize" and name in mark.args[0]:
                yield test, list(mark.args[1])


def table() -> Table:
    """Computed anew, so that it is of the contract as it is now."""
    authentication = dict(parameters("test_authentication", "operation"))
    known = set(authentication["test_a_valid_key_is_let_in"])
    undocumented = dict(parameters("test_api", "method"))["test_an_undocumented_method_is_refused"]
    ways = dict(parameters("test_isolation", "way"))["test_another_accounts_generation_is_always_refused"]
    return {
        "authentication": {name for name in known if _authenticated(CONTRACT.operations[name], authentication)},
        "rate-limit headers": {name for name in known if _bears_limits(CONTRACT.operations[name])},
        "quota": set(dict(parameters("test_rate_limits", "operation"))["test_the_quota_is_one_for_all_operations"]),
        "isolation": {way for way in ways if way not in WHEN} | ({"generation"} if set(WHEN) <= set(ways) else set()),
        "undocumented methods": {
            found.id for found in CONTRACT.operations.values() if found.path in {path for _, path in undocumented}
        },
        "passive checks": {name for name in known if all(_judged(name, status) for status in JUDGED)},
    }


def _authenticated(operation: Operation, tests: Mapping[str, list[str]]) -> bool:
    applicable = (listed for test, listed in tests.items() if test not in ONLY or ONLY[test](operation))
    return all(operation.id in listed for listed in applicable)


def _bears_limits(operation: Operation) -> bool:
    """Every answer but a refused credential's has to bear the headers, and a documented 429 there has to be."""
    answers = {status: operation.part.find("responses", status, "headers") for status in operation.statuses}
    required = {
        status: {name for name, header in headers.children() if header.node["required"]} if headers else set()
        for status, headers in answers.items()
        if status not in {"401", "431"}
    }
    return "429" in required and all(names >= LIMITS for names in required.values())


def _judged(operation: str, status: int) -> bool:
    headers = () if status == 429 else (("Retry-After", "1"),)
    call = Exchange(Request("GET", "http://t/x"), Response(status, headers), 0, 1, "primary", operation)
    traffic = [passive.Traffic.of([call])]
    return JUDGED[status] <= {row for check in passive.CHECKS for row in passive.rule(check, traffic).judged}


def unmet(sections: Table, operations: Mapping[str, Operation]) -> list[str]:
    """What the contract's operations lack. Isolation is about those that take an id."""
    return [
        f"{operation.id} ({operation.method} {operation.path}) is not met by {section}"
        for operation in operations.values()
        for section, met in sections.items()
        if operation.id not in met and (operation.takes_id or section != "isolation")
    ]


@contextmanager
def contract_with(path: str, method: str, operation: Mapping[str, Any]) -> Iterator[Contract]:
    """The contract with one more operation, in the place of the one that everything reads."""
    paths = {**CONTRACT.document["paths"]}
    paths[path] = {**paths.get(path, {}), method: operation}
    own = vars(CONTRACT).copy()
    vars(CONTRACT).update(vars(Contract(yaml.safe_dump({**CONTRACT.document, "paths": paths}).encode())))
    try:
        yield CONTRACT
    finally:
        vars(CONTRACT).clear()
        vars(CONTRACT).update(own)


def _answers(operation: str, *statuses: str) -> dict[str, Any]:
    responses = CONTRACT.operations[operation].part.into("responses").node
    return {status: responses[status] for status in statuses}


NEW = {
    "removeGeneration": (
        "/api/v1/generations/{id}",
        "delete",
        {
            "operationId": "removeGeneration",
            "parameters": CONTRACT.operations["generation"].part.node["parameters"],
            "responses": {"204": _answers("generation", "404")["404"]} | _answers("generation", "401", "404", "429"),
        },
    ),
    "upscale": (
        "/api/v1/upscale",
        "post",
        {
            "operationId": "upscale",
            "requestBody": {"content": {"application/json": {
                "schema": {"type": "object"}, "examples": {"twice": {"value": {"factor": 2}}},
            }}},
            "responses": _answers("generate", "202", "400", "401", "429"),
        },
    ),
}  # fmt: skip


def test_every_operation_is_met_by_every_section() -> None:
    assert unmet(table(), CONTRACT.keyed) == []


@pytest.mark.parametrize("name", NEW)
def test_a_new_operation_is_met_without_an_edit(name: str) -> None:
    with contract_with(*NEW[name]) as contract:
        assert name in contract.keyed
        assert unmet(table(), contract.keyed) == []
    assert name not in CONTRACT.keyed


@pytest.mark.parametrize("name", NEW)
def test_sections_that_list_operations_themselves_are_named(name: str) -> None:
    """As long as their lists are those of the contract without the new operation."""
    of_before, (path, method, _) = table(), NEW[name]
    with contract_with(*NEW[name]) as contract:
        found, takes_id = unmet(of_before, contract.keyed), contract.keyed[name].takes_id
    sections = [section for section in of_before if takes_id or section != "isolation"]
    assert found == [f"{name} ({method.upper()} {path}) is not met by {section}" for section in sections]


@pytest.mark.parametrize("status", ["204", "429"])
def test_answers_without_the_headers_are_named(status: str) -> None:
    path, method, operation = NEW["removeGeneration"]
    responses = {**operation["responses"], status: {"description": "bare"}}
    with contract_with(path, method, {**operation, "responses": responses}) as contract:
        found = unmet(table(), contract.keyed)
    assert "removeGeneration (DELETE /api/v1/generations/{id}) is not met by rate-limit headers" in found


def test_a_documented_method_is_not_tried_as_an_undocumented_one() -> None:
    with contract_with(*NEW["removeGeneration"]):
        tried = dict(parameters("test_api", "method"))["test_an_undocumented_method_is_refused"]
    assert ("PUT", "/api/v1/generations/{id}") in tried
    assert ("DELETE", "/api/v1/generations/{id}") not in tried


def test_the_names_of_all_operations_are_listed_nowhere_but_in_the_contract() -> None:
    package = SUITE.parent
    sources = [path for path in package.rglob("*.py") if path.relative_to(package).parts[0] not in APART]
    found = [str(path.relative_to(package)) for path in sources if lists_operations(path.read_text(encoding="utf-8"))]
    assert len(sources) > 100
    assert found == []


def test_a_list_of_them_is_found() -> None:
    names = list(CONTRACT.keyed)
    assert lists_operations(f"KNOWN = {names}")
    assert lists_operations(f"PATHS = {dict.fromkeys(names, 1)}")
    assert not lists_operations(f"SOME = {names[:2]}")


def lists_operations(source: str) -> bool:
    """Whether a list, tuple, set or dict of a module holds the name of every operation that takes a key."""
    kinds = (ast.List, ast.Tuple, ast.Set, ast.Dict)
    displays = (node for node in ast.walk(ast.parse(source)) if isinstance(node, kinds))
    entries = (node.keys if isinstance(node, ast.Dict) else node.elts for node in displays)
    return any(set(CONTRACT.keyed) <= {e.value for e in found if isinstance(e, ast.Constant)} for found in entries)
