"""Servers that count an hour's calls wrongly, or tell them wrongly."""

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from conformance.faults.catalogue import breaks
from conformance.faults.verbs import (
    ANY,
    Proper,
    When,
    answer,
    around,
    change_rules,
    key_of,
    on_response,
    on_result,
    with_headers,
    without_headers,
)
from conformance.reference import Service
from conformance.reference.limiter import Window, throttled
from conformance.reference.request import Request
from conformance.reference.response import Headers, Response

LIMIT, REMAINING, RESET = HEADERS = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
RETRY_AFTER = "Retry-After"
DATE = "Thu, 01 Jan 2026 01:00:00 GMT"


def _on(*statuses: int, route: str = ANY) -> When:
    """Holds of answers of an operation, or of this one, to a valid key."""
    routes = {route} if route else {"generate", "upload", "generation"}
    return answer(ANY, *statuses, to=lambda request: request.account is not None and request.route in routes)


def _with(service: Service, header: str, value: Callable[[str], str], *statuses: int) -> None:
    """A header that is told to a valid key has another value."""
    when = _on(*statuses)

    def change(_: Request, response: Response) -> Response:
        return response.with_headers([(header, value(response.header(header) or ""))])

    on_response(
        service, lambda request, response: response.header(header) is not None and when(request, response), change
    )


def _hour(service: Service) -> int:
    """Seconds of a window."""
    return int(service.parts.rules.window_seconds)


@breaks("RATE-1")
def no_limit_header_on_404(service: Service) -> None:
    """The framework's own 404 does not pass the middleware: dashboards of clients lose a line."""
    on_response(service, _on(404), without_headers(LIMIT))


@breaks("RATE-3")
def nothing_remaining_told_on_400(service: Service) -> None:
    """Validation errors leave before the header is set: clients with many of them run into a 429 unwarned."""
    on_response(service, _on(400), without_headers(REMAINING))


@breaks("RATE-11")
def no_reset_on_202(service: Service) -> None:
    """The handler builds its 202 by hand: accepted generations, of all calls, do not say when the window ends."""
    on_response(service, _on(202), without_headers(RESET))


@breaks("RATE-1", "RATE-3", "RATE-11")
def no_headers_at_all_on_upload(service: Service) -> None:
    """One endpoint is mounted outside the middleware: clients that only upload run into a 429 unwarned."""
    on_response(service, _on(route="upload"), without_headers(*HEADERS))


@breaks("RATE-2")
def the_limit_is_told_as_1000(service: Service) -> None:
    """The header is a constant of a larger plan: clients pace themselves into 429s."""
    _with(service, LIMIT, lambda old: str(int(old) + 400))


@breaks("RATE-2")
def the_limit_has_a_unit(service: Service) -> None:
    """The library writes the syntax of a draft standard: integer parsers of clients fail on the window behind it."""
    _with(service, LIMIT, lambda old: f"{old};w={_hour(service)}")


@breaks("RATE-4")
def remaining_is_a_fraction(service: Service) -> None:
    """A token bucket's float is printed as it is: integer parsers of clients fail."""
    _with(service, REMAINING, lambda old: f"{int(old)}.0")


@breaks("RATE-9")
def remaining_is_stuck(service: Service) -> None:
    """The header is computed from a replica that is never updated: clients run into a 429 unwarned."""
    _with(service, REMAINING, lambda _: str(service.parts.rules.limit - 1))


def _before_counting(service: Service, act: Callable[[Request, Window], object]) -> None:
    """Something is done with the window of a request before it is counted."""
    limiter = service.parts.limiter

    def slot(proper: Proper, request: Request) -> Any:
        act(request, limiter.window(request))
        return proper(request)

    around(limiter, "slot", slot)


def _counts(service: Service, weight: Callable[[Request], int]) -> None:
    """A request counts for so many."""

    def add(request: Request, window: Window) -> None:
        window.used += weight(request) - 1

    _before_counting(service, add)


@breaks(
    "RATE-9",
    also={"RATE-4": "the last call takes one more than is left", "RATE-14": "the first call of a window takes two"},
)
def a_call_counts_twice(service: Service) -> None:
    """Two middlewares count: customers get half of what they pay for."""
    _counts(service, lambda _: 2)


@breaks("RATE-9")
def polls_do_not_count(service: Service) -> None:
    """Polling is exempt although the documentation gives one budget for all calls: more load comes than was sold."""
    _counts(service, lambda request: 0 if request.route == "generation" else 1)


@breaks("RATE-8", also={"RATE-13": "the windows open at different times"})
def a_budget_for_each_operation(service: Service) -> None:
    """The counter's key has the route in it: the real load is three times what was planned for."""
    on_result(service.parts.limiter, "subject", lambda key, request: f"{key} {request.route}")


@breaks("RATE-10")
def remaining_is_given_back(service: Service) -> None:
    """Some answers refund a call, with a typing error in the amount: clients trust a quota that is not there."""

    def give_back(request: Request, response: Response) -> Response:
        window = service.parts.limiter.window(request)
        window.used = max(0, window.used - 10)
        return response

    on_response(service, _on(404, 202), give_back)


@breaks("RATE-12")
def the_reset_is_in_milliseconds(service: Service) -> None:
    """The header is JavaScript's Date.now(): clients wait for fifty thousand years."""
    _with(service, RESET, lambda old: str(int(old) * 1000))


@breaks("RATE-12")
def the_reset_is_a_duration(service: Service) -> None:
    """Seconds from now are told in place of epoch seconds: clients do not wait at all."""
    _with(service, RESET, lambda old: str(max(0, int(old) - int(service.parts.clock.now()))))


@breaks("RATE-12")
def the_reset_is_two_hours_ahead(service: Service) -> None:
    """The header is computed with a window of the wrong length: clients wait an hour too long."""
    _with(service, RESET, lambda old: str(int(old) + _hour(service)))


@breaks("RATE-13")
def the_window_slides(service: Service) -> None:
    """The reset is computed from now, not from the window's beginning: clients that wait for it wait for ever."""
    _with(service, RESET, lambda _: str(math.ceil(service.parts.clock.now() + _hour(service))))


@breaks("RATE-5")
def the_limit_is_500(service: Service) -> None:
    """The limiter reads another setting than the headers: the quota ends a hundred calls before it is said to."""
    _quota_ends(service, -100)


@breaks("RATE-5")
def the_600th_call_is_refused(service: Service) -> None:
    """A `>=` where a `>` belongs: the last call that was paid for is refused."""
    _quota_ends(service, -1)


@breaks("RATE-6")
def the_601st_call_is_served(service: Service) -> None:
    """A `>` where a `>=` belongs: one call more than was sold is served."""
    _quota_ends(service, 1)


@breaks("RATE-6")
def nothing_is_ever_refused(service: Service) -> None:
    """The headers count down, and nobody looks at them: one customer takes the service down."""
    _quota_ends(service, 10**9)


def _quota_ends(service: Service, later: int) -> None:
    """The quota ends so many calls later, and the headers tell the documented one."""
    limiter, quota = service.parts.limiter, service.parts.rules.limit
    change_rules(service, limit=quota + later)

    def headers(proper: Headers, request: Request) -> Headers:
        left = quota - min(limiter.window(request).used, quota)
        told = {LIMIT: str(quota), REMAINING: str(left)}
        return tuple((name, told.get(name, value)) for name, value in proper)

    on_result(limiter, "headers", headers)


@breaks("RATE-6")
def every_other_call_is_refused_at_the_end(service: Service) -> None:
    """Two processes share the counter and one lags: the second call after the end is served again."""
    quota, refusals = service.parts.rules.limit, Counter[str]()

    def lag(request: Request, window: Window) -> None:
        if window.used >= quota:
            refusals[request.caller.key] += 1
            window.used -= refusals[request.caller.key] % 2 == 0 and request.route == "generation"

    _before_counting(service, lag)


@breaks("RATE-7", also={"RATE-9": "the other key's count jumps to the end", "RATE-14": "the end is there for ever"})
def one_quota_for_all_keys(service: Service) -> None:
    """The limiter counts per address, which is the gateway's: one customer's script locks out all the others."""
    limiter, quota = service.parts.limiter, service.parts.rules.limit

    def share(_: Request, window: Window) -> None:
        if any(other.used >= quota for other in limiter.windows.values()):
            window.used = quota

    _before_counting(service, share)


@breaks("RATE-7", along=("operation",))
def uploads_of_an_address_end_with_one_key(service: Service) -> None:
    """The storage service blocks the address of whoever comes too often, the gateway's: nobody uploads any more."""
    limiter, quota = service.parts.limiter, service.parts.rules.limit

    def block(request: Request, _: Window) -> None:
        now = service.parts.clock.now()
        ends = [other.end for other in limiter.windows.values() if other.used >= quota and now < other.end]
        if request.route == "upload" and ends:
            raise throttled("Too many requests from this address.", math.ceil(max(ends) - now))

    _before_counting(service, block)


@breaks("RATE-8", along=("operation",))
def upload_is_not_limited(service: Service) -> None:
    """The limiter's answer is not looked at on one route: uploads go on when the quota is used up."""
    quota = service.parts.rules.limit

    def spare(request: Request, window: Window) -> None:
        if request.route == "upload" and window.used >= quota:
            window.used = quota - 1

    _before_counting(service, spare)


@breaks("RATE-16")
def a_429_without_retry_after(service: Service) -> None:
    """The limiter throws without a wait: clients fall back to hammering."""
    on_response(service, _on(429), without_headers(RETRY_AFTER))


@breaks("RATE-16", along=("operation",))
def no_retry_after_on_a_throttled_upload(service: Service) -> None:
    """One operation's 429 is made by hand: clients that upload fall back to hammering."""
    on_response(service, answer("upload", 429), without_headers(RETRY_AFTER))


@breaks("RATE-17")
def retry_after_on_every_202(service: Service) -> None:
    """The header is meant as a hint for polling: clients that honour it wherever it stands stop for no reason."""
    on_response(service, answer(ANY, 202), with_headers((RETRY_AFTER, "2")))


@breaks("RATE-18")
def retry_after_is_a_date(service: Service) -> None:
    """The library writes the other form of RFC 9110: clients that read the documented one cannot parse it."""
    _with(service, RETRY_AFTER, lambda _: DATE)


@breaks("RATE-19")
def retry_after_is_always_a_minute(service: Service) -> None:
    """The wait is a constant: clients come back sixty times an hour."""
    _with(service, RETRY_AFTER, lambda old: "60" if int(old) > 60 else old)


@breaks("RATE-19", also={"RATE-23": "an epoch is no short wait either"})
def retry_after_is_an_epoch(service: Service) -> None:
    """The value of the reset header is copied: clients wait for 56 years."""
    _with(service, RETRY_AFTER, lambda old: str(int(service.parts.clock.now()) + int(old)))


@breaks("RATE-14")
def the_quota_comes_back_by_half(service: Service) -> None:
    """The new window inherits half of what the old one used: customers get less than they pay for."""
    _opens(service, lambda old, window: setattr(window, "used", old.used // 2))


@breaks("RATE-15")
def the_next_window_is_half_an_hour(service: Service) -> None:
    """Every window but a key's first is made with another setting: more load comes than was sold."""
    _opens(service, lambda _, window: setattr(window, "end", window.end - _hour(service) // 2))


def _opens(service: Service, change: Callable[[Window, Window], object]) -> None:
    """Change each window that follows another."""
    limiter, last = service.parts.limiter, dict[str, Window]()

    def window(opened: Window, request: Request) -> Window:
        key = limiter.subject(request)
        old = last.get(key)
        if old is not None and old is not opened:
            change(old, opened)
        last[key] = opened
        return opened

    on_result(limiter, "window", window)


@breaks("RATE-29")
def no_headers_on_401(service: Service) -> None:
    """The limiter stands behind authentication: a client with an expired key loses sight of its quota."""
    on_response(service, answer(ANY, 401), without_headers(*HEADERS))


@breaks("GEN-48", also={"API-3": "what is no JSON has no JSON media type"})
def a_429_in_plain_text(service: Service) -> None:
    """The gateway's own page is sent: SDKs fail to parse it, and report that instead of the wait."""
    on_response(
        service,
        answer("generate", 429),
        lambda _, response: replace(response, body=b"Too Many Requests").with_headers([("Content-Type", "text/plain")]),
    )


@breaks("RATE-1", "RATE-3", "RATE-11")
def no_headers_on_422(service: Service) -> None:
    """The content policy answers from another service, which knows nothing of quotas: clients lose sight of theirs."""
    on_response(service, _on(422), without_headers(*HEADERS))


@breaks("RATE-3")
def nothing_remaining_told_on_429(service: Service) -> None:
    """The limiter's own answer lacks the header: it is missing in the one answer where clients look for it."""
    on_response(service, _on(429), without_headers(REMAINING))


@breaks("RATE-12")
def the_reset_is_a_date(service: Service) -> None:
    """The time is formatted as an HTTP date: no client parses it as a number."""
    _with(service, RESET, lambda _: DATE)


@breaks("RATE-12")
def the_reset_has_a_fraction(service: Service) -> None:
    """time.time() is printed as it comes: integer parsers of clients fail."""
    _with(service, RESET, lambda old: f"{old}.25")


@breaks(
    "RATE-13", also={"RATE-14": "the quota comes back later than was told", "RATE-15": "and the next reset is too near"}
)
def an_invalid_body_opens_the_window_anew(service: Service) -> None:
    """An error path creates the counter again, with a new end: a client with a bug waits longer and longer."""
    limiter = service.parts.limiter

    def move(request: Request, response: Response) -> Response:
        limiter.window(request).end = math.ceil(limiter.clock.now() + _hour(service))
        return response

    on_response(service, _on(400), move)


@breaks("RATE-8", also={"RATE-10": "the numbers of two counts are told in turn"})
def polls_have_a_budget_of_their_own(service: Service) -> None:
    """There are two counters, one for reading and one for writing: twice the load that was sold."""
    on_result(service.parts.limiter, "subject", lambda key, request: f"{key} {request.method}")


@breaks("RATE-9", along=("at-once",), also={"RATE-6": "so it is at the end of the quota"})
def calls_at_the_same_time_count_once(service: Service) -> None:
    """Read, add, write without a transaction: updates are lost under load, and the quota is larger than sold."""
    limiter = service.parts.limiter
    _counts(service, lambda request: not 0 < limiter.in_flight[limiter.subject(request)] < limiter.rules.concurrency)


@breaks("RATE-9", along=("cached",))
def a_replay_is_free(service: Service) -> None:
    """The answer to a repeated idempotency key comes from a cache before the counter: more load comes than was sold."""
    seen = set[tuple[str, str]]()

    def weight(request: Request) -> int:
        key = request.caller.key, key_of(request)
        free = bool(key[1]) and key in seen
        seen.add(key)
        return 0 if free else 1

    _counts(service, weight)


@breaks("RATE-14")
def refused_calls_draw_on_the_next_window(service: Service) -> None:
    """Refused calls are counted and carried over: a client that hammers begins the next hour in debt."""
    quota, debts = service.parts.rules.limit, Counter[str]()

    def owe(request: Request, window: Window) -> None:
        debts[request.caller.key] += window.used >= quota

    _before_counting(service, owe)
    _opens(service, lambda _, window: setattr(window, "used", debts.total()))


@breaks("RATE-19")
def retry_after_does_not_count_down(service: Service) -> None:
    """The value of a key's first refusal is kept in a cache: whoever asks late waits twice as long."""
    first = dict[str, str]()
    _with(service, RETRY_AFTER, lambda old: old if int(old) <= 1 else first.setdefault("wait", old), 429)


@breaks("RATE-6", "RATE-9")
def nothing_is_counted(service: Service) -> None:
    """The counter's store is down, and its error is swallowed: every call is the hour's first."""
    _clears(service, lambda _: True)


@breaks("RATE-6", also={"RATE-10": "what remains rises before the reset"})
def the_quota_comes_back_early(service: Service) -> None:
    """Counters expire two minutes before the hour is over: more load comes than was sold."""
    _clears(service, lambda window: service.parts.clock.now() > window.end - 120)


def _clears(service: Service, when: Callable[[Window], bool]) -> None:
    """A window of which this holds is as good as new."""

    def window(found: Window, _: Request) -> Window:
        if when(found):
            found.used = 0
        return found

    on_result(service.parts.limiter, "window", window)


@breaks("RATE-14")
def a_used_up_key_is_locked_for_longer(service: Service) -> None:
    """A penalty is added to the wait and told nowhere: whoever comes back at the reset is refused."""
    limiter, ended, quota = service.parts.limiter, dict[str, int](), service.parts.rules.limit

    def lock(request: Request, window: Window) -> None:
        key = limiter.subject(request)
        if window.used >= quota:
            ended[key] = window.end
        locked = ended.get(key, window.end)
        left = locked + 10 * 60 - service.parts.clock.now()
        if locked != window.end and left > 0:
            raise throttled("Locked.", math.ceil(left))

    _before_counting(service, lock)


@breaks("RATE-15")
def the_first_window_ends_soon_and_the_next_too(service: Service) -> None:
    """Windows end with the process that opened them: a new customer's first ends at once, the next in half an hour."""
    _begins_with_a_moment(service, lambda window: setattr(window, "end", window.end - _hour(service) // 2))


@breaks("RATE-14")
def a_quota_that_was_not_used_up_is_halved(service: Service) -> None:
    """The limit adapts to what was used before: a customer's first busy hour ends halfway."""
    half = service.parts.rules.limit // 2
    _begins_with_a_moment(service, lambda window: setattr(window, "used", half))


def _begins_with_a_moment(service: Service, change: Callable[[Window], object]) -> None:
    """The first window of a Max plan ends within two seconds, the next is changed."""
    limiter, first, followed = service.parts.limiter, dict[str, Window](), set[str]()

    def window(opened: Window, request: Request) -> Window:
        key = limiter.subject(request)
        if request.caller.plan == "Max" and key not in first:
            opened.end = math.ceil(service.parts.clock.now() + 1)
            first[key] = opened
        if key in first and first[key] is not opened and key not in followed:
            followed.add(key)
            change(opened)
        return opened

    on_result(limiter, "window", window)


@breaks("RATE-8", also={"RATE-13": "the reset depends on the operation", "RATE-19": "and Retry-After does not"})
def each_operation_tells_a_reset_of_its_own(service: Service) -> None:
    """Each route keeps its own clock beside the shared count: clients wait longer than they must."""
    opened = dict[tuple[str, str, int], int]()

    def change(request: Request, response: Response) -> Response:
        place = request.caller.key, request.route, service.parts.limiter.window(request).end
        end = opened.setdefault(place, math.ceil(service.parts.clock.now() + _hour(service)))
        return response.with_headers([(RESET, str(end))])

    on_response(service, _on(), change)


@breaks("RATE-10", also={"RATE-5": "the others are told more than is left"})
def uploads_tell_a_quota_of_their_own(service: Service) -> None:
    """One limit is told as two numbers: a client that uploads and generates runs into a 429 unwarned."""
    uploads = Counter[tuple[str, int]]()

    def change(request: Request, response: Response) -> Response:
        window = service.parts.limiter.window(request)
        place = request.caller.key, window.end
        uploads[place] += request.route == "upload" and response.status != 429
        told = uploads[place] if request.route == "upload" else window.used - uploads[place]
        return response.with_headers([(REMAINING, str(service.parts.rules.limit - told))])

    on_response(service, _on(), change)
