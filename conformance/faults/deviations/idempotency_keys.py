"""Servers on which idempotency works for the keys, the moments and the workers that somebody thought of."""

import asyncio
import re
import unicodedata
import zlib
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote

from conformance.faults.catalogue import breaks
from conformance.faults.verbs import (
    Proper,
    answer,
    around,
    first_of,
    is_gone,
    key_of,
    on_keyed_call,
    on_response,
    on_result,
    workers,
)
from conformance.reference import Service
from conformance.reference.errors import ApiError
from conformance.reference.idempotency import Record
from conformance.reference.model import Generation
from conformance.reference.request import Disconnected, Request
from conformance.reference.response import Response, json_response

CRASH = {"API-2": "no request draws a 5xx"}
OF_A_RECORD = {"GEN-42": "the second call is told of a record"}
UNANSWERED = 0.2
"""Real seconds that a call takes where another one at the same time goes wrong."""
CACHE_KEY = 250
"""Characters that memcached takes."""
INDEX_ROW = 1300
"""Bytes of a compressed key that the index takes: letters repeated would fit."""


def _reads_keys(service: Service, change: Callable[[str], str]) -> None:
    """Keys that `change` makes equal are one."""
    on_result(service.parts.idempotency, "scope", lambda scope, _: (*scope[:2], change(scope[2] or "")))


def _crashes_on(service: Service, when: Callable[[str], bool]) -> None:
    """A call with such a key is answered 500."""

    def crash(once: Proper, request: Request, content: object, make: Proper) -> Any:
        if when(key_of(request)):
            raise ApiError(500, "internal_error", "oops")
        return once(request, content, make)

    on_keyed_call(service, crash)


# Keys.


@breaks("IDEM-12", along=("random",))
def keys_are_cut_off_after_255_characters(service: Service) -> None:
    """The column is a VARCHAR(255) that cuts silently: whoever signs long keys at their end gets another's image."""
    _reads_keys(service, lambda key: key[:255])


@breaks("IDEM-12", along=("random",))
def keys_are_cut_off_after_a_thousand_characters(service: Service) -> None:
    """The header is copied into a buffer of a kilobyte: long keys with one beginning are one key."""
    _reads_keys(service, lambda key: key[:1024])


@breaks("IDEM-2", along=("random",))
def a_key_too_long_for_the_cache_is_not_kept(service: Service) -> None:
    """The cache refuses long keys, and its error is swallowed: whoever has long keys pays for every repeat."""

    def uncached(once: Proper, request: Request, content: object, make: Proper) -> Any:
        return make() if len(key_of(request)) > CACHE_KEY else once(request, content, make)

    on_keyed_call(service, uncached)


@breaks("IDEM-1", also=CRASH, along=("random",))
def a_random_key_is_too_large_for_the_index(service: Service) -> None:
    """The index compresses its rows, and what stays too large is an exception: long tokens cannot be used as keys."""
    _crashes_on(service, lambda key: len(zlib.compress(key.encode())) > INDEX_ROW)


@breaks("IDEM-12", also=OF_A_RECORD)
def zeros_before_a_key_do_not_count(service: Service) -> None:
    """The column guesses its type: 7 and 007 are one key, and the second customer's order is never made."""
    _reads_keys(service, lambda key: str(int(key)) if key.isdecimal() else key)


@breaks("IDEM-12", along=("punctuation",), also=OF_A_RECORD)
def punctuation_at_the_end_of_a_key_is_cut_off(service: Service) -> None:
    """Keys are trimmed of more than blanks: a client that marks its second try with a mark gets the first one's."""
    _reads_keys(service, lambda key: key.rstrip(".!~:"))


@breaks("IDEM-12", along=("punctuation",), also=OF_A_RECORD)
def a_key_is_a_slug(service: Service) -> None:
    """Only letters and digits of a key make its row's name: keys that differ in the marks between are one."""
    _reads_keys(service, lambda key: re.sub(r"[^A-Za-z0-9%-]", "", key))


@breaks("IDEM-1", also=CRASH, along=("punctuation",))
def a_key_is_a_format_string(service: Service) -> None:
    """The key is put into a log line's format: one with a percent sign is an exception, and the call is lost."""
    _crashes_on(service, lambda key: "%" in key)


@breaks("IDEM-12", along=("non-ascii",), also=OF_A_RECORD)
def what_is_not_ascii_is_dropped_from_keys(service: Service) -> None:
    """Keys are decoded, and made ASCII again: two orders that differ in a Chinese character are one."""
    _reads_keys(service, lambda key: unquote(key).encode("ascii", "ignore").decode())


@breaks("IDEM-12", along=("non-ascii",), also=OF_A_RECORD)
def the_case_of_an_accented_letter_is_ignored(service: Service) -> None:
    """Keys are decoded, and compared by a collation without case: orders named in French become one."""
    _reads_keys(service, lambda key: "".join(c if c.isascii() else c.lower() for c in unquote(key)))


@breaks("IDEM-12", along=("non-ascii",), also=OF_A_RECORD)
def accents_are_ignored_in_keys(service: Service) -> None:
    """The column's collation takes é for e: two orders whose names differ in an accent are one."""

    def plain(key: str) -> str:
        return "".join(c for c in unicodedata.normalize("NFD", unquote(key)) if not unicodedata.combining(c))

    _reads_keys(service, plain)


# One key on two operations.


def _of_an_upload(service: Service, request: Request) -> dict[str, str] | None:
    """What an upload with the key of this call was given."""
    place = (request.caller.name, "upload", request.header("idempotency-key"))
    record: Record | None = service.parts.idempotency.records.get(place)
    return record.result if record else None


def _on_generate_after_an_upload(service: Service, change: Callable[[dict[str, str]], Response]) -> None:
    """The answer to a call of generate whose key an upload had used."""

    def replaced(request: Request, response: Response) -> Response:
        given = _of_an_upload(service, request) if request.account and key_of(request) else None
        return change(given).with_headers(service.parts.limiter.headers(request)) if given else response

    on_response(service, answer("generate", 202), replaced)


@breaks(
    "IDEM-1",
    also={"IDEM-2": "it is a repeat of the key", "GEN-1": "its status", "GEN-41": "there is no id"},
    along=("operation",),
)
def a_key_of_an_upload_replays_the_upload(service: Service) -> None:
    """The replay's cache lacks the route: whoever has one key for a whole job gets a URL in place of an image."""
    _on_generate_after_an_upload(service, lambda given: json_response(200, given))


@breaks("IDEM-1", also=CRASH, along=("operation",))
def a_key_of_an_upload_is_an_exception_on_generate(service: Service) -> None:
    """The record that is found has no generation: whoever has one key for a whole job cannot generate."""
    _on_generate_after_an_upload(service, lambda _: ApiError(500, "internal_error", "oops").response())


@breaks("IDEM-1", also={"LIFE-1": "that id cannot be polled"}, along=("operation",))
def a_key_of_an_upload_makes_no_generation(service: Service) -> None:
    """Records of all operations are alike, and the upload's is answered: nothing was made under the id that is told."""
    _on_generate_after_an_upload(
        service, lambda given: json_response(202, {"generationId": given["key"], "status": "queued"})
    )


# A client that goes away.


def _on_broken_calls(service: Service, later: Callable[[float], Response | None]) -> None:
    """A call whose key another one brought, so many seconds ago, that is not served yet, or broke off in its body.

    None: it is served properly.
    """
    begun, clock = dict[Hashable, tuple[Request, float]](), service.parts.clock

    @contextmanager
    def slot(proper: Proper, request: Request) -> Iterator[None]:
        with proper(request):
            scope = service.parts.idempotency.scope(request)
            if key_of(request):
                begun.setdefault(scope, (request, clock.now()))
            gone = False
            try:
                yield
            except Disconnected:
                gone = True
                raise
            finally:
                if not gone and begun.get(scope, (None, 0.0))[0] is request:
                    del begun[scope]

    def refuse(once: Proper, request: Request, content: object, make: Proper) -> Any:
        first, since = begun.get(service.parts.idempotency.scope(request), (request, 0.0))
        if first is not request and (response := later(clock.now() - since)):
            raise ApiError(response.status, "refused", "no")
        return once(request, content, make)

    around(service.parts.limiter, "slot", slot)
    on_keyed_call(service, refuse)


def _refusal(status: int) -> Response:
    return ApiError(status, "refused", "no").response()


@breaks("IDEM-1", along=("client-gone",))
def a_call_that_broke_off_locks_its_key(service: Service) -> None:
    """The lock is taken before the body is read, and released after it: who lost the connection is told 409."""
    _on_broken_calls(service, lambda _: _refusal(409))


@breaks("IDEM-1", along=("client-gone",))
def a_call_that_broke_off_locks_its_key_for_five_minutes(service: Service) -> None:
    """The lock's lease is as long as the longest job: after a broken connection a client gives up before it ends."""
    _on_broken_calls(service, lambda seconds: _refusal(409) if seconds < 5 * 60 else None)


@breaks("IDEM-1", along=("client-gone",))
def a_call_that_broke_off_is_kept_as_invalid(service: Service) -> None:
    """Half a body is kept as an answer 400 under the key: every repeat of what was valid is refused."""
    _on_broken_calls(service, lambda _: _refusal(400))


@breaks("IDEM-1", also=CRASH, along=("client-gone",))
def a_call_that_broke_off_leaves_half_a_record(service: Service) -> None:
    """The row is written before the body, and has nothing to answer with: every repeat is an exception."""
    _on_broken_calls(service, lambda _: _refusal(500))


def _when_gone(service: Service, act: Callable[[Request, Generation], object]) -> None:
    """Something is done with what a call made whose client did not wait for the answer."""

    async def look(once: Proper, request: Request, content: object, make: Proper) -> Any:
        known = first_of(service, request) is not None
        made = await once(request, content, make)
        if not known and await is_gone(request):
            act(request, made)
        return made

    on_keyed_call(service, look)


def _refused_when_gone(service: Service, error: ApiError) -> None:
    """Repeats of a call whose client did not wait for the answer are refused for ever."""
    left = set[Hashable]()

    def refuse(once: Proper, request: Request, content: object, make: Proper) -> Any:
        if service.parts.idempotency.scope(request) in left:
            raise error
        return once(request, content, make)

    _when_gone(service, lambda request, _: left.add(service.parts.idempotency.scope(request)))
    on_keyed_call(service, refuse)


@breaks("IDEM-2", along=("client-gone",))
def a_key_stays_locked_when_nobody_waits_for_the_answer(service: Service) -> None:
    """The handler is cancelled with its connection, and the lock stays: a client with a short patience is told 409."""
    _refused_when_gone(service, ApiError(409, "conflict", "The first call is not answered yet."))


@breaks("IDEM-2", along=("client-gone",), also={"GEN-41": "the answer is empty", "GEN-42": "the same"})
def an_answer_that_nobody_read_is_kept_empty(service: Service) -> None:
    """What was sent is kept, and nothing was sent: a client with a short patience never learns the id."""
    empty = set[Hashable]()
    _when_gone(service, lambda request, _: empty.add(service.parts.idempotency.scope(request)))

    def replay(_: Request, response: Response) -> Response:
        return response.with_json({})

    def unread(request: Request) -> bool:
        return request.account is not None and service.parts.idempotency.scope(request) in empty

    on_response(service, answer("generate", 202, to=unread), replay)


@breaks("IDEM-2", also={"API-2": "the repeat is a 500"}, along=("client-gone",))
def an_answer_that_nobody_read_is_an_exception(service: Service) -> None:
    """The task is cancelled between two writes, and its row is half: a client with a short patience is told 500."""
    _refused_when_gone(service, ApiError(500, "internal_error", "oops"))


# Two calls at the same time.


def _while_unanswered(
    service: Service, alike: Callable[[Request], Hashable], act: Callable[[Record, object, Proper], Any]
) -> None:
    """What a call of another scope, or with another body, gets while one that is `alike` is unanswered.

    `act` is given the other one's record, whose result is a future.
    """
    pending = dict[Hashable, tuple[Hashable, Record]]()

    async def once(proper: Proper, request: Request, content: object, make: Proper) -> Any:
        place, scope = alike(request), service.parts.idempotency.scope(request)
        scope_of_first, first = pending.get(place, (None, None))
        if first is not None and (scope_of_first, first.content) != (scope, content):
            return await act(first, content, make)
        own = Record(content, asyncio.get_running_loop().create_future())
        pending.setdefault(place, (scope, own))
        try:
            await asyncio.sleep(UNANSWERED)
            made = await proper(request, content, make)
            own.result.set_result(made)
            return made
        finally:
            if pending.get(place, (None, None))[1] is own:
                del pending[place]

    on_keyed_call(service, once)


async def _joins(first: Record, *_: object) -> Any:
    return await first.result


async def _conflicts(*_: object) -> Any:
    raise ApiError(409, "conflict", "Another call is not answered yet.")


async def _makes(_first: Record, _content: object, make: Proper) -> Any:
    return await make()


async def _crashes(*_: object) -> Any:
    raise ApiError(500, "internal_error", "oops")


def _account(request: Request) -> Hashable:
    return request.caller.name


@breaks("IDEM-12", along=("at-once",))
def two_keys_at_the_same_time_are_one(service: Service) -> None:
    """What is under way is kept by account: two jobs that start together share one image, and one is lost."""
    _while_unanswered(service, _account, _joins)


@breaks("IDEM-12", also={"IDEM-8": "so is another body"}, along=("at-once",))
def two_keys_at_the_same_time_are_a_conflict(service: Service) -> None:
    """The lock is one for each account: of two jobs that start together, one is refused although nothing is alike."""
    _while_unanswered(service, _account, _conflicts)


@breaks("IDEM-10", along=("at-once",))
def a_key_under_way_is_anothers_conflict(service: Service) -> None:
    """The lock's name lacks the account: two customers who count from one refuse each other now and then."""
    _while_unanswered(service, key_of, _conflicts)


@breaks("IDEM-10", along=("at-once",))
def a_key_under_way_is_joined_by_another_account(service: Service) -> None:
    """What is under way is found by the key alone: of two customers who start together, one gets the other's id."""

    async def join(first: Record, _content: object, _make: Proper) -> Any:
        return await first.result

    _while_unanswered(service, key_of, join)


@breaks("IDEM-8", along=("at-once",))
def another_body_at_the_same_time_is_another_call(service: Service) -> None:
    """Bodies are compared before the lock is taken: a form that is sent twice while it is changed is paid for twice."""
    _while_unanswered(service, service.parts.idempotency.scope, _makes)


@breaks("IDEM-8", also=CRASH, along=("at-once",))
def another_body_at_the_same_time_is_an_exception(service: Service) -> None:
    """The second insert violates the index, and nobody catches it: a form that is sent twice ends in a 500."""
    _while_unanswered(service, service.parts.idempotency.scope, _crashes)


# Several workers.

AT_ONCE = dict.fromkeys(("IDEM-6", "IDEM-7", "IDEM-8"), "simultaneous calls are on several connections")


@breaks("IDEM-2", also=AT_ONCE, along=("worker",))
def keys_are_kept_by_each_worker(service: Service) -> None:
    """Keys are kept in the process: behind a load balancer, half of all repeats are paid for again."""
    worker = workers()
    on_result(service.parts.idempotency, "scope", lambda scope, request: (*scope, worker(request)))


@breaks("IDEM-2", also=AT_ONCE, along=("worker",))
def another_worker_learns_of_a_key_at_the_end(service: Service) -> None:
    """Keys are written to the shared store with the result: a repeat that another worker gets before is paid for."""
    worker, made_by = workers(), dict[Hashable, int]()

    def elsewhere(once: Proper, request: Request, content: object, make: Proper) -> Any:
        first, here = first_of(service, request), worker(request)
        scope = service.parts.idempotency.scope(request)
        made_by.setdefault(scope, here)
        at_work = first is not None and first.completed_at is None and first.order == content
        return make() if at_work and made_by[scope] != here else once(request, content, make)

    on_keyed_call(service, elsewhere)


@breaks("IDEM-2", also=AT_ONCE, along=("worker",))
def another_workers_key_is_a_conflict(service: Service) -> None:
    """The row is shared and the answer is not: a repeat that another worker gets is told 409, and never the id."""
    worker, made_by = workers(), dict[Hashable, int]()

    def refuse(once: Proper, request: Request, content: object, make: Proper) -> Any:
        here = worker(request)
        if made_by.setdefault(service.parts.idempotency.scope(request), here) != here:
            raise ApiError(409, "conflict", "This key was used.")
        return once(request, content, make)

    on_keyed_call(service, refuse)
