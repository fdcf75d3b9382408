"""The contract: `openapi.yaml`, and the questions that are asked of it."""

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from conformance.contract import wording
from conformance.contract.headers import Pairs, fields, judge_absent, judge_headers
from conformance.contract.judgement import Judgement, Violation
from conformance.contract.operation import Operation, operations, status_key
from conformance.contract.part import Part, named, proven
from conformance.contract.schemas import Schemas

UNAUTHORIZED = 401
_JSON = "application/json"
_BESIDE = Path(__file__).with_name("openapi.yaml")
_CHECKOUT = Path(__file__).parents[2] / "openapi.yaml"


@cache
def load() -> "Contract":
    """The contract that this version ships: beside this module when installed, at the top of a checkout otherwise."""
    return Contract((_BESIDE if _BESIDE.exists() else _CHECKOUT).read_bytes())


class Contract:
    """An OpenAPI 3.1 document, and what it says of single messages.

    `source` is its text in YAML. Pure: values in, values out. Operations are named by their operationId; a name that
    the document lacks is a KeyError.
    """

    def __init__(self, source: bytes) -> None:
        self.sha256 = hashlib.sha256(source).hexdigest()
        self.document: dict[str, Any] = yaml.load(source, Loader=yaml.CSafeLoader)
        self._root = Part.root(self.document)
        self._schemas = Schemas(self.document)
        self.operations: Mapping[str, Operation] = {found.id: found for found in operations(self._root)}
        self.keyed: Mapping[str, Operation] = {name: found for name, found in self.operations.items() if found.keyed}
        """Those that are called with an API key, in the order of the document."""

    @property
    def requirements(self) -> frozenset[str]:
        """Every id that the document names, under whatever extension."""
        return frozenset(named(self.document))

    def operation(self, method: str, path: str) -> Operation | None:
        """The operation that a request belongs to. None: the method or the path is not in the contract."""
        return next((found for found in self.operations.values() if found.serves(method, path)), None)

    def judge(
        self,
        operation_id: str,
        status: int,
        headers: Pairs,
        body: bytes,
        *,
        valid_key: bool = True,
        replay: bool = False,
    ) -> Judgement:
        """Whether a response is as documented.

        `valid_key`: the request bore a valid credential. Without one only 401 promises anything beyond its status,
        since whatever else answers may stand in front of the API (R2, R9). `replay`: the request repeated an
        idempotency key, so that the existing record is as good an answer as a new one (R10).
        """
        operation = self.operations[operation_id]
        judgement = self._judge_status(operation, status)
        response = operation.response(status)
        if response is None or not (valid_key or status == UNAUTHORIZED):
            return judgement
        received = fields(headers)
        judgement += judge_headers(self._schemas, _headers(response), received)
        judgement += judge_absent(_elsewhere(operation, response), received)
        if replay and (stand_in := response.node.get("x-on-replay")):
            response = operation.part.into("responses", stand_in)
        return judgement + self._judge_content(response, received, body)

    def judge_payload(self, event: str, body: bytes) -> Judgement:
        """Whether a webhook's body is as documented for the event. KeyError: the contract has no such event."""
        schema = self._delivery(event).into("requestBody", "content", _JSON, "schema")
        return self._schemas.judge_text(schema, body, "body")

    def judge_delivery(self, event: str, headers: Pairs, body: bytes) -> Judgement:
        """Whether an attempt of a delivery is as documented: its headers, media type and body."""
        operation, received = self._delivery(event), fields(headers)
        parameters = [operation.into("parameters", index) for index in range(len(operation.node["parameters"]))]
        declared = {parameter.node["name"]: parameter for parameter in parameters}
        judgement = judge_headers(self._schemas, declared, received)
        return judgement + self._judge_content(operation.into("requestBody"), received, body)

    def judge_request(self, operation_id: str, value: Any) -> Judgement:
        """Why a request body (a JSON value) has to be refused; no violation: it has to be served.

        Where `left_open` holds, either answer is right. Not seen: 2.0 in place of 2, and whether a key was issued.
        """
        schema = self.operations[operation_id].part.into("requestBody", "content", _JSON, "schema")
        return self._schemas.judge(schema, value, "body")

    def accepts(self, operation_id: str, value: Any) -> bool:
        """Whether the request body (a JSON value) is valid by the contract."""
        return not self.judge_request(operation_id, value).violations

    def _delivery(self, event: str) -> Part:
        return self._root.into("webhooks", event, "post")

    def _judge_status(self, operation: Operation, status: int) -> Judgement:
        """A status of those that no operation has is charged to them, another that is not listed to the operation."""
        never, responses = self._root.into("paths", "x-never").node, operation.part.node["responses"]
        if operation.documents(status):
            return Judgement(judged=frozenset(proven(responses)))
        rule = never.get(status_key(status, tuple(never)), responses)
        expected = f"one of the statuses {', '.join(operation.statuses)}"
        return Judgement.of(Violation(tuple(rule.get("x-requirements", ())), "status", expected, str(status)))

    def _judge_content(self, message: Part, received: Mapping[str, str], body: bytes) -> Judgement:
        """The media type, where one is promised, and the body."""
        content = message.find("content", _JSON)
        if content is None:
            return Judgement()
        judgement = _judge_media_type(content, received) if "x-requirements" in content.node else Judgement()
        return judgement + self._schemas.judge_text(content.into("schema"), body, "body")


def _headers(response: Part) -> dict[str, Part]:
    declared = response.find("headers")
    return dict(declared.children()) if declared else {}


def _elsewhere(operation: Operation, response: Part) -> dict[str, Part]:
    """The rules of the headers that other responses of the operation claim for themselves."""
    responses = (operation.part.into("responses", key) for key in operation.statuses)
    claimed = {name: header.find("x-absent-elsewhere") for each in responses for name, header in _headers(each).items()}
    own = _headers(response)
    return {name: rule for name, rule in claimed.items() if rule and name not in own}


def _judge_media_type(content: Part, received: Mapping[str, str]) -> Judgement:
    found = received.get("content-type")
    essence = (found or "").partition(";")[0].strip().lower()
    if essence == _JSON or essence.endswith("+json"):
        return Judgement(judged=frozenset(content.proven()))
    text = wording.ABSENT if found is None else wording.received(found)
    return Judgement.of(Violation(content.requirements(), "header Content-Type", _JSON, text))
