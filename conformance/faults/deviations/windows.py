"""Servers whose limits are right until a 429, a burst, the window's reset or the number 0 comes."""

import math
import time
from collections.abc import Callable
from typing import Any

from conformance.faults.catalogue import breaks
from conformance.faults.verbs import (
    ANY,
    Proper,
    answer,
    around,
    change_rules,
    first_of,
    key_of,
    on_keyed_call,
    on_repeat,
    on_response,
    on_result,
    with_headers,
    without_headers,
    workers,
)
from conformance.reference import Service
from conformance.reference.limiter import Window
from conformance.reference.model import Account, Generation
from conformance.reference.request import Request
from conformance.reference.response import Headers, Response

LIMIT, REMAINING, RESET = HEADERS = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
RETRY_AFTER = "Retry-After"
AT_ONCE = 0.1
"""Real seconds between calls of several connections."""
FOURTH = 4
BURST = 20
"""Calls that are given back."""
Judge = Callable[[Request, Response], bool]


def _to_a_key(request: Request) -> bool:
    return request.account is not None and request.route in {"generate", "upload", "generation"}


def _is_later(service: Service, request: Request) -> bool:
    """The key has had a window before this one."""
    windows: dict[str, list[Window]] = service.parts.limiter.__dict__.setdefault("seen", {})
    seen = windows.setdefault(request.caller.key, [])
    window = service.parts.limiter.window(request)
    if not any(window is known for known in seen):
        seen.append(window)
    return len(seen) > 1


def _rewrites(service: Service, when: Judge, change: Callable[[Request, Response], Response]) -> None:
    def rewrite(request: Request, response: Response) -> Response:
        return change(request, response) if when(request, response) else response

    on_response(service, answer(ANY, to=_to_a_key), rewrite)


def _in_a_later_window(service: Service, change: Callable[[Request, Response], Response], *statuses: int) -> None:
    def later(request: Request, response: Response) -> bool:
        return _is_later(service, request) and (not statuses or response.status in statuses)

    _rewrites(service, later, change)


def _at_zero(_: Request, response: Response) -> bool:
    return response.header(REMAINING) == "0"


# The value 0.


@breaks("RATE-3", along=("zero",))
def a_remaining_of_zero_is_left_out(service: Service) -> None:
    """The header is set if there is a value, and 0 is none: it is missing in the one answer that clients wait for."""
    _rewrites(service, _at_zero, lambda _, response: response.without(REMAINING))


@breaks("RATE-3", along=("zero",))
def a_remaining_of_zero_is_left_out_where_a_call_is_served(service: Service) -> None:
    """The success path sets the header if there is a value: the last call that is served does not say so."""
    _rewrites(service, lambda q, r: _at_zero(q, r) and r.status != 429, lambda _, response: response.without(REMAINING))


@breaks("RATE-4", along=("zero",))
def a_remaining_of_zero_is_told_as_none(service: Service) -> None:
    """A value or else the language's word for nothing is printed: parsers of clients fail at the end of the quota."""
    _rewrites(service, _at_zero, with_headers((REMAINING, "None")))  # type: ignore[arg-type]


@breaks("RATE-4", along=("after-429",))
def remaining_falls_below_zero(service: Service) -> None:
    """Refused calls are counted, and the difference is printed: clients read a number that nobody promised."""
    refused = dict[str, int]()

    def below(request: Request, response: Response) -> Response:
        place = request.caller.key
        refused[place] = refused.get(place, 0) + 1
        return response.with_headers([(REMAINING, str(-refused[place]))])

    _rewrites(service, lambda q, r: r.status == 429 and _at_zero(q, r), below)


@breaks("RATE-16", along=("zero",))
def a_wait_of_zero_is_left_out(service: Service) -> None:
    """After a burst the wait is 0, which counts as none: clients do not know that they may come back at once."""
    change_rules(service, concurrency_retry_after=0)
    _rewrites(service, lambda _, r: r.header(RETRY_AFTER) == "0", lambda _, r: r.without(RETRY_AFTER))


@breaks("RATE-16", along=("zero",))
def the_last_second_before_the_reset_has_no_wait(service: Service) -> None:
    """The wait is rounded down, and 0 counts as none: whoever asks in the last second falls back to hammering."""
    _rounds_down(service, lambda response, left: response.without(RETRY_AFTER) if left < 1 else response)


@breaks("RATE-18", along=("zero",))
def the_last_second_before_the_reset_has_a_negative_wait(service: Service) -> None:
    """A second is taken off for the way, whatever is left: parsers of clients fail on a minus."""
    _rounds_down(service, lambda r, left: r.with_headers([(RETRY_AFTER, "-1")]) if left < 1 else r)


def _rounds_down(service: Service, change: Callable[[Response, float], Response]) -> None:
    """A refusal for the quota is changed by what is left of the window, in seconds."""

    def changed(request: Request, response: Response) -> Response:
        return change(response, service.parts.limiter.window(request).end - service.parts.clock.now())

    _rewrites(service, lambda q, r: r.status == 429 and _at_zero(q, r), changed)


# After a 429.


@breaks("RATE-17", along=("after-429",))
def a_wait_is_left_over_for_the_next_call(service: Service) -> None:
    """The header is kept with the connection's context: the next call that is served tells its client to stop."""
    left = set[str]()

    def change(request: Request, response: Response) -> Response:
        if response.status == 429:
            left.add(request.caller.key)
            return response
        found = request.caller.key in left
        left.discard(request.caller.key)
        return response.with_headers([(RETRY_AFTER, "1")]) if found else response

    _rewrites(service, lambda *_: True, change)


@breaks("RATE-13", along=("after-429",))
def a_refusal_tells_another_reset(service: Service) -> None:
    """The refusal's headers are made by another library, with a window from now: clients wait an hour too long."""

    def change(_: Request, response: Response) -> Response:
        later = math.ceil(service.parts.clock.now() + service.parts.rules.window_seconds)
        return response.with_headers([(RESET, str(later))])

    _rewrites(service, lambda _, response: response.status == 429, change)


@breaks("RATE-2", along=("after-429",))
def a_burst_tells_the_limit_of_bursts(service: Service) -> None:
    """Two limiters set one header, and the last wins: after a burst the quota seems to be five."""

    def change(_: Request, response: Response) -> Response:
        return response.with_headers([(LIMIT, str(service.parts.rules.concurrency))])

    _rewrites(service, lambda q, r: r.status == 429 and not _at_zero(q, r), change)


@breaks("RATE-10", along=("after-429",))
def a_refusal_gives_calls_back(service: Service) -> None:
    """A burst is given back although it was never counted: each one earns calls beyond what was sold."""
    owed = dict[str, int]()

    def slot(proper: Proper, request: Request) -> Any:
        window = service.parts.limiter.window(request)
        if owed.pop(request.caller.key, 0) and window.used < service.parts.rules.limit:
            window.used = max(window.used - BURST, 0)
        return proper(request)

    def refused(request: Request, response: Response) -> Response:
        owed[request.caller.key] = 1
        return response

    around(service.parts.limiter, "slot", slot)
    _rewrites(service, lambda q, r: r.status == 429 and not _at_zero(q, r), refused)


# After, or in, a second burst.


@breaks("RATE-16", along=("second-burst",))
def only_the_first_refusals_have_a_wait(service: Service) -> None:
    """The header is taken out of a shared list of them: the second burst's refusals lack it."""
    told = dict[str, int]()

    def change(request: Request, response: Response) -> Response:
        told[request.caller.key] = told.get(request.caller.key, 0) + 1
        return response.without(RETRY_AFTER) if told[request.caller.key] > 12 else response

    _rewrites(service, lambda _, response: response.status == 429, change)


@breaks("RATE-6", along=("at-once",))
def calls_at_once_pass_the_end(service: Service) -> None:
    """The count is read, and written when the call is over: of calls at once, more than remain are served."""
    quota, last = service.parts.rules.limit, dict[str, tuple[str, float]]()

    def slot(proper: Proper, request: Request) -> Any:
        window, key, now = service.parts.limiter.window(request), request.caller.key, time.monotonic()
        peer, before = last.get(key, (request.peer, now))
        if window.used >= quota and peer != request.peer and now - before < AT_ONCE:
            window.used = quota - 1
        if window.used < quota:
            last[key] = request.peer, now
        return proper(request)

    around(service.parts.limiter, "slot", slot)


@breaks("RATE-6", along=("second-burst", "at-once"))
def a_second_burst_passes_the_end(service: Service) -> None:
    """Refusals are let go by a pool of five that nobody fills: of many refused together, the fourth is served."""
    quota, refused = service.parts.rules.limit, dict[str, int]()

    def slot(proper: Proper, request: Request) -> Any:
        window, key = service.parts.limiter.window(request), request.caller.key
        if window.used >= quota and request.route == "upload":
            refused[key] = refused.get(key, 0) + 1
            window.used -= refused[key] == FOURTH
        return proper(request)

    around(service.parts.limiter, "slot", slot)


@breaks("RATE-3", along=("second-burst",))
def refusals_at_once_tell_nothing(service: Service) -> None:
    """One refusal is kept for all that come together, and its headers went out with the first: clients see no count."""
    refused = dict[str, int]()

    def change(request: Request, response: Response) -> Response:
        refused[request.caller.key] = refused.get(request.caller.key, 0) + 1
        return response.without(REMAINING) if refused[request.caller.key] > 2 else response

    _rewrites(service, lambda q, r: r.status == 429 and _at_zero(q, r) and q.route == "upload", change)


# Answers from a cache.


@breaks("RATE-6", along=("cached",))
def a_replay_passes_the_end(service: Service) -> None:
    """Replays are served before the limiter is asked: who repeats one call may do so without end."""
    limiter, quota = service.parts.limiter, service.parts.rules.limit

    def slot(proper: Proper, request: Request) -> Any:
        window = limiter.window(request)
        if key_of(request) and request.route == "generate" and window.used >= quota and first_of(service, request):
            window.used = quota - 1
        return proper(request)

    around(limiter, "slot", slot)


def _replays_headers(service: Service, *names: str) -> None:
    """A repeat in a later window has these headers of the first answer."""
    first = dict[Any, Headers]()

    def change(request: Request, response: Response) -> Response:
        place = service.parts.idempotency.scope(request)
        kept = first.setdefault(place, tuple(p for p in response.headers if p[0] in names))
        return response.with_headers(kept) if _is_later(service, request) else response

    on_response(service, answer("generate", 202, to=lambda q: q.account and key_of(q)), change)


@breaks("RATE-12", along=("cached", "after-reset"), also={"RATE-8": "one operation alone tells another reset"})
def a_replay_has_the_reset_of_its_first_answer(service: Service) -> None:
    """The answer is kept with its headers: a replay in the next hour tells a reset that has passed."""
    _replays_headers(service, RESET)


@breaks("RATE-10", along=("cached", "after-reset"), also={"RATE-9": "the count falls by too much"})
def a_replay_has_the_count_of_its_first_answer(service: Service) -> None:
    """The answer is kept with its headers: a replay in the next hour tells what remained of the last."""
    _replays_headers(service, REMAINING)


@breaks("RATE-1", "RATE-3", "RATE-11", along=("cached",))
def a_replay_has_no_limits(service: Service) -> None:
    """Replays are answered before the middleware that sets the headers: a client that repeats loses sight of them."""
    on_repeat(service, without_headers(*HEADERS))


# After the reset.


@breaks("RATE-9", along=("after-reset",))
def the_first_call_of_a_later_window_is_free(service: Service) -> None:
    """The counter is created by the first call, and counted up by the second: each hour has a call too many."""
    opened = list[Window]()

    def slot(proper: Proper, request: Request) -> Any:
        window = service.parts.limiter.window(request)
        if _is_later(service, request) and window.used == 1 and not any(window is known for known in opened):
            opened.append(window)
            window.used = 0
        return proper(request)

    around(service.parts.limiter, "slot", slot)


@breaks("RATE-9", along=("after-reset",))
def later_windows_are_not_counted(service: Service) -> None:
    """The counter that expired is never made again: after its first hour a customer has no limit."""

    def slot(proper: Proper, request: Request) -> Any:
        window = service.parts.limiter.window(request)
        if _is_later(service, request):
            window.used = 0
        return proper(request)

    around(service.parts.limiter, "slot", slot)


@breaks("RATE-9", along=("after-reset", "at-once"))
def calls_at_once_after_the_reset_count_as_one(service: Service) -> None:
    """Each of several calls renews what it read: after the reset a burst is counted as one call."""
    limiter = service.parts.limiter

    def slot(proper: Proper, request: Request) -> Any:
        if _is_later(service, request) and limiter.in_flight[limiter.subject(request)] > 0:
            limiter.window(request).used -= 1
        return proper(request)

    around(limiter, "slot", slot)


@breaks("RATE-12", along=("after-reset",))
def the_first_answer_of_a_later_window_tells_the_old_reset(service: Service) -> None:
    """Headers are made before the window is renewed: the first answer of each hour tells a time that has passed."""
    last, told = dict[str, str](), list[Window]()

    def change(request: Request, response: Response) -> Response:
        window = service.parts.limiter.window(request)
        old = last.get(request.caller.key, str(window.end))
        last[request.caller.key] = str(window.end)
        if any(window is known for known in told):
            return response
        told.append(window)
        return response.with_headers([(RESET, old)])

    _rewrites(service, lambda *_: True, change)


@breaks("RATE-12", along=("after-reset",))
def the_reset_stays_where_it_was(service: Service) -> None:
    """The reset is written with the first window alone: from the second hour on clients do not wait at all."""
    first = dict[str, str]()

    def change(request: Request, response: Response) -> Response:
        reset = str(service.parts.limiter.window(request).end)
        return response.with_headers([(RESET, first.setdefault(request.caller.key, reset))])

    _rewrites(service, lambda *_: True, change)


@breaks("RATE-14", along=("after-reset",))
def uploads_stay_refused_after_the_reset(service: Service) -> None:
    """The block of a key is lifted by reading calls alone: who only uploads stays refused for another minute."""
    used_up = set[str]()

    def change(request: Request, response: Response) -> Response:
        key = request.caller.key
        if response.status == 429 and _at_zero(request, response):
            used_up.add(key)
        if key in used_up and request.route == "upload" and response.status == 200:
            return Response(
                429, (("Content-Type", "application/json"), (RETRY_AFTER, "60")), b'{"error":"no"}'
            ).with_headers(service.parts.limiter.headers(request))
        return response

    _rewrites(service, lambda *_: True, change)


@breaks("RATE-2", along=("after-reset",))
def later_windows_tell_another_limit(service: Service) -> None:
    """The renewed window is told less the call that renews it: a client that reads the limit paces itself wrongly."""
    _in_a_later_window(
        service, lambda _, response: response.with_headers([(LIMIT, str(service.parts.rules.limit - 1))])
    )


@breaks("RATE-4", along=("after-reset",))
def what_remained_is_added_to_the_next_window(service: Service) -> None:
    """Each reset adds a quota to what there is: after an hour more is told than any window has."""
    _in_a_later_window(
        service,
        lambda _, r: r.with_headers([(REMAINING, str(int(r.header(REMAINING) or 0) + service.parts.rules.limit))]),
    )


@breaks("RATE-17", along=("after-reset",))
def a_served_call_after_the_reset_tells_to_wait(service: Service) -> None:
    """The wait of the last refusal is kept with the counter: after the reset clients are served, and told to wait."""
    _in_a_later_window(service, with_headers((RETRY_AFTER, "0")), 200, 202)  # type: ignore[arg-type]


# Several workers.


@breaks("RATE-9", along=("worker",), also={"RATE-13": "and so are resets", "RATE-10": "the counts are told in turn"})
def each_worker_counts_by_itself(service: Service) -> None:
    """Counters are kept in the process: behind a load balancer a customer's quota is as many times what was sold."""
    worker = workers()
    on_result(service.parts.limiter, "subject", lambda key, request: f"{key} {worker(request)}")


@breaks("RATE-12", along=("worker",), also={"RATE-13": "the other worker tells another one"})
def the_second_worker_keeps_the_old_reset(service: Service) -> None:
    """Each process keeps the header for itself, and only one of them learns of the reset: clients do not wait."""
    worker, kept = workers(), dict[str, str]()

    def change(request: Request, response: Response) -> Response:
        reset = kept.setdefault(request.caller.key, str(service.parts.limiter.window(request).end))
        return response.with_headers([(RESET, reset)]) if worker(request) else response

    _rewrites(service, lambda *_: True, change)


# An hour later.


@breaks("IDEM-5", along=("hour",))
def keys_expire_with_the_window(service: Service) -> None:
    """Keys are kept with the counters, and expire with them: a client that was cut off for an hour pays again."""
    hour = service.parts.rules.window_seconds

    def once(proper: Proper, request: Request, content: object, make: Proper) -> Any:
        first, begun = first_of(service, request), service.parts.limiter.window(request).end - hour
        return make() if first and first.created_at < begun - 1 else proper(request, content, make)

    on_keyed_call(service, once)


@breaks("IDEM-5", along=("hour",))
def keys_are_kept_for_half_an_hour(service: Service) -> None:
    """Keys are kept in a cache that expires: a job that is run again by an operator pays again."""
    _expires(service, 30 * 60)


def _expires(service: Service, seconds: float) -> None:
    clock = service.parts.clock

    def once(proper: Proper, request: Request, content: object, make: Proper) -> Any:
        first = first_of(service, request)
        return make() if first and clock.now() > first.created_at + seconds else proper(request, content, make)

    on_keyed_call(service, once)


@breaks("IDEM-5", along=("hour",))
def keys_are_forgotten_once_the_quota_was_used_up(service: Service) -> None:
    """Throttling a key drops what is kept for it to save memory: repeats after a busy hour are paid for again."""
    dropped = set[str]()

    def drop(request: Request, response: Response) -> Response:
        dropped.add(request.caller.key)
        return response

    def once(proper: Proper, request: Request, content: object, make: Proper) -> Any:
        first = first_of(service, request)
        return make() if first and request.caller.key in dropped else proper(request, content, make)

    _rewrites(service, lambda q, r: r.status == 429 and _at_zero(q, r), drop)
    on_keyed_call(service, once)


def _opens_after(service: Service, seconds: float, to: Callable[[Account], bool]) -> None:
    """Records that ended so long ago are found by these accounts, whose they are or not."""

    def find(proper: Proper, account: Account, generation_id: str) -> Any:
        found: Generation | None = service.parts.generations.get(generation_id)
        old = found is not None and service.parts.clock.now() > (found.completed_at or math.inf) + seconds
        return found if old and to(account) else proper(account, generation_id)

    around(service.studio, "find", find)


@breaks("LIFE-26", along=("hour",), also={"LIFE-27": "what is served is disclosed"})
def the_archive_knows_no_accounts(service: Service) -> None:
    """Records move to an archive without their account: what is half an hour old can be read by whoever has the id."""
    _opens_after(service, 30 * 60, lambda _: True)


@breaks("LIFE-26", along=("hour",), also={"LIFE-27": "what is served is disclosed"})
def old_records_are_shared_within_a_plan(service: Service) -> None:
    """The archive is kept by plan: after an hour customers of a plan see each other's work."""
    _opens_after(service, 59 * 60, lambda account: account.plan == "Pro")
