"""Verbs that alter the reference server from outside: its parts, its rules, what it reads, answers and delivers."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

from conformance.reference import Service
from conformance.reference.dispatcher import Attempt
from conformance.reference.errors import ApiError
from conformance.reference.model import Account, Generation, Order
from conformance.reference.request import Request
from conformance.reference.response import Headers, Response
from conformance.reference.rules import Rules
from conformance.reference.validation import Field

Proper = Callable[..., Any]
"""A method as it was before it was replaced."""
Object = dict[str, Any]
"""A JSON object: a body, or a part of one."""
When = Callable[[Request, Response], bool]
Change = Callable[[Request, Response], Response | Awaitable[Response]]
ANY = ""
"""Any route."""
OMIT = object()
"""Stands for the value of a member that is left out."""
TOO_MANY = 429
MOMENT = 0.05
"""Real seconds."""


# Parts and rules.


def around(part: object, method: str, wrapper: Callable[..., Any]) -> None:
    """Replace a method of a part by `wrapper`, which is given the proper method before the arguments."""
    setattr(part, method, partial(wrapper, getattr(part, method)))


def on_result(part: object, method: str, change: Callable[..., Any]) -> None:
    """What a method returns becomes what `change` makes of it and of the arguments."""
    around(part, method, lambda proper, *arguments: change(proper(*arguments), *arguments))


def change_rules(service: Service, **new: Any) -> None:
    """Give these rules other values, for every part that goes by them."""
    parts = service.parts
    parts.rules = replace(parts.rules, **new)
    for part in vars(parts).values():
        if isinstance(getattr(part, "rules", None), Rules):
            part.rules = parts.rules


def workers(count: int = 2) -> Callable[[Request], int]:
    """Which of so many workers of a server serves a request: connections are given to them in turn."""
    known = dict[str, int]()
    return lambda request: known.setdefault(request.peer, len(known) % count)


def after_call(service: Service, act: Callable[[Request, BaseException | None], object]) -> None:
    """Something is done when a call has given its slot back, or was refused one: with what it ended in, if anything."""

    @contextmanager
    def slot(proper: Proper, request: Request) -> Iterator[None]:
        try:
            with proper(request):
                yield
        except BaseException as error:
            act(request, error)
            raise
        act(request, None)

    around(service.parts.limiter, "slot", slot)


def is_throttled(error: BaseException | None) -> bool:
    return isinstance(error, ApiError) and error.status == TOO_MANY


# Bodies of requests. The operation is "order" or "upload", as the validator calls them.


def on_body(service: Service, operation: str, change: Callable[[bytes], bytes]) -> None:
    """The bytes of a request's body are changed before they are validated."""
    around(service.parts.validator, operation, lambda proper, body: proper(change(body)))


def on_content(service: Service, operation: str, change: Callable[[Object], Object]) -> None:
    """A request's JSON object is changed before it is validated; members that are OMIT are left out."""

    def changed(body: bytes) -> bytes:
        content = parsed(body)
        return json.dumps(without_omitted(change(content))).encode() if isinstance(content, dict) else body

    on_body(service, operation, changed)


def on_field(service: Service, operation: str, name: str, change: Callable[[Any], Any], of: type | None = None) -> None:
    """The value of a field, where it is given and `of` this type, is changed before it is validated; OMIT: left out."""

    def changed(content: Object) -> Object:
        here = name in content and (of is None or type(content[name]) is of)
        return content | {name: change(content[name])} if here else content

    on_content(service, operation, changed)


def parsed(body: bytes) -> Any:
    """The body decoded; None when it is not JSON."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def without_omitted(content: Object) -> Object:
    return {name: value for name, value in content.items() if value is not OMIT}


def change_field(service: Service, operation: str, name: str, **new: Any) -> None:
    """Give the check of a field other limits (`least`, `most`, `options`), or another `check` or `default`."""
    fields: dict[str, Field] = getattr(service.parts.validator, f"{operation}_fields")
    check, default = new.pop("check", fields[name].check), new.pop("default", fields[name].default)
    fields[name] = Field(partial(check, **new), default)


# Responses.


def on_response(service: Service, when: When, change: Change) -> None:
    """Responses for which `when` holds are changed on their way out."""
    service.rewriters.append(
        lambda request, response: change(request, response) if when(request, response) else response
    )


def answer(route: str, *statuses: int, to: Callable[[Request], object] = lambda _: True, saying: bytes = b"") -> When:
    """Holds of answers of a route with one of these statuses, or any, and these bytes to requests where `to` holds."""

    def holds(request: Request, response: Response) -> bool:
        here = route in {ANY, request.route} and (not statuses or response.status in statuses)
        return here and saying in response.body and bool(to(request))

    return holds


def first_time(when: When) -> When:
    """Holds only once."""
    left = [True]

    def holds(request: Request, response: Response) -> bool:
        return when(request, response) and bool(left) and left.pop()

    return holds


def authorization_of(request: Request) -> str:
    """The credential as it was sent; empty when there is none."""
    return request.header("authorization") or ""


ACCEPTED, INVALID = answer("generate", 202), answer("generate", 400)
PRESIGNED, PUT = answer("upload", 200), answer("object", 200)
FOUND, NOT_FOUND = answer("generation", 200), answer("generation", 404)
DOWNLOADED = answer("image", 200)


def becomes(response: Response) -> Change:
    return lambda *_: response


def refusal(status: int, message: str = "no", headers: Headers = ()) -> Response:
    """An error without the headers of a rate limit."""
    return ApiError(status, "refused", message, headers=headers).response()


def becomes_refusal(status: int, message: str = "no") -> Change:
    """An error with the other headers of the proper response."""
    return lambda _, proper: refusal(status, message).with_headers(
        pair for pair in proper.headers if pair[0] != "Content-Type"
    )


def status_becomes(status: int) -> Change:
    return lambda _, proper: replace(proper, status=status)


def body_becomes(text: bytes) -> Change:
    """The media type stays."""
    return lambda _, proper: replace(proper, body=text)


def body_through(change: Callable[[bytes], bytes]) -> Change:
    """The media type stays."""
    return lambda _, proper: replace(proper, body=change(proper.body))


def json_becomes(change: Callable[[Any], Any]) -> Change:
    return lambda _, proper: proper.with_json(change(proper.json()))


def with_members(**members: Any) -> Change:
    """A JSON object with these members changed; by OMIT, left out."""
    return json_becomes(lambda content: without_omitted({**content, **members}))


def late(seconds: float) -> Change:
    """The same response, after so many real seconds."""

    async def wait(_: Request, proper: Response) -> Response:
        await asyncio.sleep(seconds)
        return proper

    return wait


def with_headers(*pairs: tuple[str, str]) -> Change:
    return lambda _, proper: proper.with_headers(pairs)


def without_headers(*names: str) -> Change:
    return lambda _, proper: proper.without(*names)


# Idempotency keys of generate.


def key_of(request: Request) -> str:
    """The idempotency key; empty when there is none."""
    return request.header("idempotency-key") or ""


def on_keyed_call(service: Service, wrapper: Callable[..., Awaitable[Any]]) -> None:
    """Wrap what is done with a call that has a key: `wrapper(once, request, content, make)`."""

    def chosen(once: Proper, request: Request, content: object, make: Proper) -> Awaitable[Any]:
        keyed = request.route == "generate" and key_of(request)
        return wrapper(once, request, content, make) if keyed else once(request, content, make)

    around(service.parts.idempotency, "once", chosen)


def refuse_while_unanswered(service: Service, status: int, code: str) -> None:
    """A keyed call is refused as long as another one with its key is not answered."""
    under_way = set[Hashable]()

    async def once(proper: Proper, request: Request, content: object, make: Proper) -> Any:
        scope = service.parts.idempotency.scope(request)
        if scope in under_way:
            raise ApiError(status, code, "The first call is not answered yet.")
        under_way.add(scope)
        try:
            await asyncio.sleep(0.05)
            return await proper(request, content, make)
        finally:
            under_way.discard(scope)

    on_keyed_call(service, once)


def first_of(service: Service, request: Request) -> Generation | None:
    """What the first call with the key of a request has made."""
    record = service.parts.idempotency.records.get(service.parts.idempotency.scope(request))
    return record.result if record else None


def before_repeat(service: Service, act: Callable[[Generation, object], object]) -> None:
    """Something is done with the first generation and the order of a repeat, before it is answered."""

    def acting(once: Proper, request: Request, content: object, make: Proper) -> Any:
        if first := first_of(service, request):
            act(first, content)
        return once(request, content, make)

    on_keyed_call(service, acting)


def made_anew(service: Service, when: Callable[[Generation, object], bool]) -> None:
    """A repeat makes a new generation when this holds of the first one and the new order."""

    def made(once: Proper, request: Request, content: object, make: Proper) -> Any:
        first = first_of(service, request)
        return make() if first and when(first, content) else once(request, content, make)

    on_keyed_call(service, made)


async def is_gone(request: Request) -> bool:
    """Whether the client has gone, looked at a moment after its body was read."""
    try:
        message = await asyncio.wait_for(request.receive(), MOMENT)
    except TimeoutError:
        return False
    return bool(message["type"] == "http.disconnect")


def on_repeat(service: Service, change: Change, *statuses: int) -> None:
    """Change the answer, with one of these statuses or any, to a repeat of a key whose first call was accepted."""
    seen = set[Hashable]()

    def is_repeat(request: Request, response: Response) -> bool:
        if request.route != "generate" or request.account is None or not key_of(request):
            return False
        scope = service.parts.idempotency.scope(request)
        repeated = scope in seen
        if response.status == 202:
            seen.add(scope)
        return repeated and (not statuses or response.status in statuses)

    on_response(service, is_repeat, change)


# Generations and their deliveries.


def refuse_orders(service: Service, message: str, when: Callable[[Order], object]) -> None:
    """Valid orders of which this holds are answered 400."""

    def accept(proper: Proper, account: Account, order: Order) -> Any:
        if when(order):
            raise ApiError(400, "invalid_body", message)
        return proper(account, order)

    around(service.studio, "accept", accept)


def on_record(service: Service, change: Callable[[Generation, Object], Object]) -> None:
    """What polling shows of a generation is changed; members that are OMIT are left out."""
    on_result(service.parts.presenter, "record", lambda record, generation: without_omitted(change(generation, record)))


def on_attempt(service: Service, change: Callable[[Attempt], Attempt]) -> None:
    """Every attempt of a delivery is changed before it is sent."""
    service.dispatcher.disturbers.append(change)


def on_header(service: Service, name: str, value: Callable[[Attempt, str], str | None]) -> None:
    """A header of every attempt is what `value` makes of the attempt and the proper value; None: it is missing."""
    on_attempt(service, lambda attempt: with_header(attempt, name, value(attempt, dict(attempt.headers)[name])))


def with_header(attempt: Attempt, name: str, value: str | None) -> Attempt:
    """An attempt with another value of a header; None: without it."""
    kept = tuple(pair for pair in attempt.headers if pair[0] != name)
    return replace(attempt, headers=kept if value is None else (*kept, (name, value)))
