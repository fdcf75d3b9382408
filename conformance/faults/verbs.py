"""Ways to alter how the reference server reads a request's body and writes a response's."""

import json
from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import Any

from conformance.reference import Service
from conformance.reference.request import Request
from conformance.reference.response import Response

Change = Callable[[dict[str, Any]], dict[str, Any]]
When = Callable[[Request, Response], bool]


def reads(service: Service, operation: str, change: Change) -> None:
    """The JSON object of a request ("order" or "upload") is changed before it is validated."""
    rereads(service, operation, lambda body: _changed(body, change))


def rereads(service: Service, operation: str, change: Callable[[bytes], bytes]) -> None:
    """The bytes of a request's body are changed before they are validated."""
    validator = service.parts.validator
    proper = getattr(validator, operation)
    setattr(validator, operation, lambda body: proper(change(body)))


def _changed(body: bytes, change: Change) -> bytes:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return body
    return json.dumps(change(content)).encode() if isinstance(content, dict) else body


def field(service: Service, operation: str, name: str, change: Callable[[Any], Any]) -> None:
    """The value of a field, where it is given, is changed before it is validated; OMIT leaves it out."""

    def changed(content: dict[str, Any]) -> dict[str, Any]:
        value = change(content[name]) if name in content else OMIT
        rest = {key: kept for key, kept in content.items() if key != name}
        return rest if value is OMIT else {**rest, name: value}

    reads(service, operation, changed)


OMIT = object()


def writes(service: Service, when: When, change: Callable[[Response], Response]) -> None:
    """Responses for which `when` holds are changed on their way out."""
    service.rewriters.append(lambda request, response: change(response) if when(request, response) else response)


def status_becomes(status: int) -> Callable[[Response], Response]:
    return lambda response: replace(response, status=status)


def body_becomes(text: bytes) -> Callable[[Response], Response]:
    """The media type stays."""
    return lambda response: replace(response, body=text)


def with_members(**members: Any) -> Callable[[Response], Response]:
    """A JSON object with these members changed; by OMIT, left out."""

    def change(response: Response) -> Response:
        content = {**response.json(), **members}
        return response.with_json({name: value for name, value in content.items() if value is not OMIT})

    return change


def answer(route: str, status: int) -> When:
    return lambda request, response: request.route == route and response.status == status


def on_repeat(service: Service, change: Callable[[Request, Response], Response]) -> None:
    """Change the answer to a repeat of an idempotency key whose first call was accepted."""
    seen = set[Hashable]()

    def rewrite(request: Request, response: Response) -> Response:
        if request.route != "generate" or request.account is None or not request.header("idempotency-key"):
            return response
        scope = service.parts.idempotency.scope(request)
        repeated = scope in seen
        if response.status == 202:
            seen.add(scope)
        return change(request, response) if repeated else response

    service.rewriters.append(rewrite)
