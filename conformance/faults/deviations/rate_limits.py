"""Servers that count an hour's calls wrongly, or tell them wrongly."""

import math
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace

from conformance.faults.catalogue import breaks
from conformance.reference import Service
from conformance.reference.limiter import Window, throttled
from conformance.reference.request import Request
from conformance.reference.response import Headers, Response

When = Callable[[Request, Response], bool]
LIMIT, REMAINING, RESET = "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"


def _keyed(request: Request, response: Response) -> bool:
    return request.account is not None and request.route in {"generate", "upload", "generation"}


def _on(*statuses: int) -> When:
    return lambda request, response: _keyed(request, response) and response.status in statuses


def _without(service: Service, header: str, when: When) -> None:
    service.rewriters.append(lambda r, response: response.without(header) if when(r, response) else response)


def _with(service: Service, header: str, value: Callable[[str], str], when: When = _keyed) -> None:
    def change(request: Request, response: Response) -> Response:
        old = response.header(header)
        return (
            response.with_headers([(header, value(old))]) if old is not None and when(request, response) else response
        )

    service.rewriters.append(change)


@breaks("RATE-1")
def no_limit_header_on_404(service: Service) -> None:
    """The framework's own 404 does not pass the middleware: dashboards of clients lose a line."""
    _without(service, LIMIT, _on(404))


@breaks("RATE-3")
def nothing_remaining_told_on_400(service: Service) -> None:
    """Validation errors leave before the headers are set; clients with many of them run into a 429 unwarned."""
    _without(service, REMAINING, _on(400))


@breaks("RATE-11")
def no_reset_on_202(service: Service) -> None:
    """Accepted generations, of all calls, do not say when the window ends."""
    _without(service, RESET, _on(202))


@breaks("RATE-1", "RATE-3", "RATE-11")
def no_headers_at_all_on_upload(service: Service) -> None:
    """One endpoint is mounted outside the middleware."""
    for header in (LIMIT, REMAINING, RESET):
        _without(service, header, lambda request, response: _keyed(request, response) and request.route == "upload")


@breaks("RATE-2")
def the_limit_is_told_as_1000(service: Service) -> None:
    """A larger plan's number; clients pace themselves into 429s."""
    _with(service, LIMIT, lambda old: "1000")


@breaks("RATE-2")
def the_limit_has_a_unit(service: Service) -> None:
    """`600;w=3600`, as in a draft: integer parsers of clients fail."""
    _with(service, LIMIT, lambda old: f"{old};w=3600")


@breaks("RATE-4")
def remaining_is_a_fraction(service: Service) -> None:
    """A token bucket's float leaks out."""
    _with(service, REMAINING, lambda old: f"{int(old)}.0")


@breaks("RATE-9")
def remaining_is_stuck(service: Service) -> None:
    """The header is computed from a replica that is never updated."""
    _with(service, REMAINING, lambda old: "599")


@breaks(
    "RATE-9",
    also={"RATE-4": "the last call takes one more than is left", "RATE-14": "the first call of a window takes two"},
)
def a_call_counts_twice(service: Service) -> None:
    """Two middlewares count: customers get half of what they pay for."""
    _counts(service, lambda request: 2)


@breaks("RATE-9")
def polls_do_not_count(service: Service) -> None:
    """Polling is exempt although the documentation gives one budget for all calls."""
    _counts(service, lambda request: 0 if request.route == "generation" else 1)


def _counts(service: Service, weight: Callable[[Request], int]) -> None:
    limiter = service.parts.limiter
    proper = limiter.slot

    def slot(request: Request) -> AbstractContextManager[None]:
        limiter.window(request).used += weight(request) - 1
        return proper(request)

    limiter.slot = slot  # type: ignore[method-assign, assignment]


@breaks("RATE-8", also={"RATE-13": "the windows open at different times"})
def a_budget_for_each_operation(service: Service) -> None:
    """Three counters of 600: the real load is three times what was planned for."""
    limiter = service.parts.limiter
    limiter.subject = lambda request: f"{request.caller.key} {request.route}"  # type: ignore[method-assign]


@breaks("RATE-10")
def remaining_is_given_back(service: Service) -> None:
    """A 404 refunds ten calls: the counter is decremented on errors, with a typing error in the amount."""

    def change(request: Request, response: Response) -> Response:
        if _keyed(request, response) and response.status in {404, 202}:
            service.parts.limiter.window(request).used = max(0, service.parts.limiter.window(request).used - 10)
        return response

    service.rewriters.append(change)


@breaks("RATE-12")
def the_reset_is_in_milliseconds(service: Service) -> None:
    """JavaScript's Date.now(): clients wait for fifty thousand years."""
    _with(service, RESET, lambda old: str(int(old) * 1000))


@breaks("RATE-12")
def the_reset_is_a_duration(service: Service) -> None:
    """Seconds from now in place of epoch seconds: clients do not wait at all."""
    _with(service, RESET, lambda old: str(max(0, int(old) - int(service.parts.clock.now()))))


@breaks("RATE-12")
def the_reset_is_two_hours_ahead(service: Service) -> None:
    """A window of the wrong length, told only."""
    _with(service, RESET, lambda old: str(int(old) + 3600))


@breaks("RATE-13")
def the_window_slides(service: Service) -> None:
    """The reset is always an hour from now."""
    _with(service, RESET, lambda old: str(math.ceil(service.parts.clock.now() + 3600)))


@breaks("RATE-5")
def the_limit_is_500(service: Service) -> None:
    """The quota ends a hundred calls early, whatever the headers say."""
    _ends_at(service, 500)


@breaks("RATE-5")
def the_600th_call_is_refused(service: Service) -> None:
    """Greater-or-equal where greater was meant."""
    _ends_at(service, 599)


@breaks("RATE-6")
def the_601st_call_is_served(service: Service) -> None:
    """Greater where greater-or-equal was meant."""
    _ends_at(service, 601)


@breaks("RATE-6")
def nothing_is_ever_refused(service: Service) -> None:
    """The headers count down, and nobody looks at them: one customer takes the service down."""
    _ends_at(service, 10**9)


def _ends_at(service: Service, limit: int) -> None:
    limiter = service.parts.limiter
    told = limiter.headers
    limiter.rules = replace(limiter.rules, limit=limit)

    def headers(request: Request) -> Headers:
        used = min(limiter.window(request).used, 600)
        return tuple(
            (name, "600" if name == LIMIT else str(600 - used) if name == REMAINING else value)
            for name, value in told(request)
        )

    limiter.headers = headers  # type: ignore[method-assign]


@breaks("RATE-6")
def every_other_call_is_refused_at_the_end(service: Service) -> None:
    """The counter is shared by two processes, one of which lags: the second call after the end is served again."""
    limiter, refusals = service.parts.limiter, Counter[str]()
    proper = limiter.slot

    def slot(request: Request) -> AbstractContextManager[None]:
        window = limiter.window(request)
        if window.used >= 600:
            refusals[request.caller.key] += 1
            if refusals[request.caller.key] % 2 == 0 and request.route == "generation":
                window.used -= 1
        return proper(request)

    limiter.slot = slot  # type: ignore[method-assign, assignment]


@breaks("RATE-7", also={"RATE-9": "the other key's count jumps to the end", "RATE-14": "the end is there for ever"})
def one_quota_for_all_keys(service: Service) -> None:
    """The counter is keyed by the address of the gateway: one customer's script locks out all the others."""
    limiter = service.parts.limiter
    proper = limiter.slot

    def slot(request: Request) -> AbstractContextManager[None]:
        if any(window.used >= 600 for window in limiter.windows.values()):
            limiter.window(request).used = 600
        return proper(request)

    limiter.slot = slot  # type: ignore[method-assign, assignment]


@breaks("RATE-8")
def upload_is_not_limited(service: Service) -> None:
    """Uploads are let through when the quota is used up."""
    limiter = service.parts.limiter
    proper = limiter.slot

    def slot(request: Request) -> AbstractContextManager[None]:
        if request.route == "upload" and limiter.window(request).used >= 600:
            limiter.window(request).used = 599
        return proper(request)

    limiter.slot = slot  # type: ignore[method-assign, assignment]


@breaks("RATE-16")
def a_429_without_retry_after(service: Service) -> None:
    """Clients fall back to hammering."""
    _without(service, "Retry-After", _on(429))


@breaks("RATE-16")
def no_retry_after_on_a_throttled_upload(service: Service) -> None:
    """One operation's 429 is made by hand."""
    _without(service, "Retry-After", lambda r, response: r.route == "upload" and response.status == 429)


@breaks("RATE-17")
def retry_after_on_every_202(service: Service) -> None:
    """Meant as a hint for polling; clients that honour it wherever it stands stop for no reason."""

    def change(request: Request, response: Response) -> Response:
        return response.with_headers([("Retry-After", "2")]) if response.status == 202 else response

    service.rewriters.append(change)


@breaks("RATE-18", also={"RATE-23": "a date is no number of seconds"})
def retry_after_is_a_date(service: Service) -> None:
    """The other form of RFC 9110, which the documentation does not offer."""
    _with(service, "Retry-After", lambda old: "Thu, 01 Jan 2026 01:00:00 GMT")


@breaks("RATE-19")
def retry_after_is_always_a_minute(service: Service) -> None:
    """A constant: clients come back sixty times an hour."""
    _with(service, "Retry-After", lambda old: "60" if int(old) > 60 else old)


@breaks("RATE-19", also={"RATE-23": "an epoch is no short wait either"})
def retry_after_is_an_epoch(service: Service) -> None:
    """The value of the reset header is copied: clients wait for 56 years."""
    _with(service, "Retry-After", lambda old: str(int(service.parts.clock.now()) + int(old)))


@breaks("RATE-14")
def the_quota_comes_back_by_half(service: Service) -> None:
    """The new window inherits what the old one used, halved."""
    _opens(service, lambda old, window: replace_used(window, old.used // 2))


@breaks("RATE-15")
def the_next_window_is_half_an_hour(service: Service) -> None:
    """Every window but a key's first lasts thirty minutes."""
    _opens(service, lambda old, window: setattr(window, "end", window.end - 1800))


def replace_used(window: Window, used: int) -> None:
    window.used = used


def _opens(service: Service, change: Callable[[Window, Window], object]) -> None:
    """Change each window that follows another."""
    limiter = service.parts.limiter
    proper, last = limiter.window, dict[str, Window]()

    def window(request: Request) -> Window:
        key, opened = limiter.subject(request), proper(request)
        old = last.get(key)
        if old is not None and old is not opened:
            change(old, opened)
        last[key] = opened
        return opened

    limiter.window = window  # type: ignore[method-assign]


@breaks("RATE-29")
def no_headers_on_401(service: Service) -> None:
    """A client with an expired key loses sight of its quota."""
    for header in (LIMIT, REMAINING, RESET):
        _without(service, header, lambda request, response: response.status == 401)


@breaks("GEN-48", also={"API-3": "what is no JSON has no JSON media type"})
def a_429_in_plain_text(service: Service) -> None:
    """The gateway's own page: SDKs fail to parse it, and report that instead of the wait."""

    def change(request: Request, response: Response) -> Response:
        if response.status == 429 and request.route == "generate":
            return replace(response, body=b"Too Many Requests").with_headers([("Content-Type", "text/plain")])
        return response

    service.rewriters.append(change)


@breaks("RATE-1", "RATE-3", "RATE-11")
def no_headers_on_422(service: Service) -> None:
    """The content policy answers from another service, which knows nothing of quotas."""
    for header in (LIMIT, REMAINING, RESET):
        _without(service, header, _on(422))


@breaks("RATE-3")
def nothing_remaining_told_on_429(service: Service) -> None:
    """The one answer on which clients look for it."""
    _without(service, REMAINING, _on(429))


@breaks("RATE-12")
def the_reset_is_a_date(service: Service) -> None:
    """An HTTP date, which no client parses as a number."""
    _with(service, RESET, lambda old: "Thu, 01 Jan 2026 01:00:00 GMT")


@breaks("RATE-12")
def the_reset_has_a_fraction(service: Service) -> None:
    """time.time() as it comes."""
    _with(service, RESET, lambda old: f"{old}.25")


@breaks("RATE-13")
def an_invalid_body_opens_the_window_anew(service: Service) -> None:
    """An error path creates the counter again, with what was used but with a new end."""
    limiter = service.parts.limiter

    def change(request: Request, response: Response) -> Response:
        if _keyed(request, response) and response.status == 400:
            limiter.window(request).end = math.ceil(limiter.clock.now() + 3600)
        return response

    service.rewriters.append(change)


@breaks(
    "RATE-8",
    also={
        "RATE-10": "the numbers of two counts are told in turn",
    },
)
def polls_have_a_budget_of_their_own(service: Service) -> None:
    """Two counters, one for reading and one for writing: twice the load that was sold."""
    limiter = service.parts.limiter
    limiter.subject = lambda request: f"{request.caller.key} {request.method}"  # type: ignore[method-assign]


@breaks("RATE-9")
def calls_at_the_same_time_count_once(service: Service) -> None:
    """Read, add, write without a transaction: updates are lost under load, and the quota is larger than sold."""
    limiter = service.parts.limiter
    _counts(service, lambda request: not 0 < limiter.in_flight[limiter.subject(request)] < limiter.rules.concurrency)


@breaks("RATE-9")
def a_replay_is_free(service: Service) -> None:
    """The answer to a repeated idempotency key comes from a cache before the counter."""
    seen = set[tuple[str, str]]()

    def weight(request: Request) -> int:
        key = request.caller.key, request.header("idempotency-key") or ""
        free = bool(key[1]) and key in seen
        seen.add(key)
        return 0 if free else 1

    _counts(service, weight)


@breaks("RATE-14")
def refused_calls_draw_on_the_next_window(service: Service) -> None:
    """What was refused is owed: a client that hammers begins the next hour in debt."""
    limiter, debts = service.parts.limiter, Counter[str]()
    proper = limiter.slot

    def slot(request: Request) -> AbstractContextManager[None]:
        debts[request.caller.key] += limiter.window(request).used >= 600
        return proper(request)

    limiter.slot = slot  # type: ignore[method-assign, assignment]
    _opens(service, lambda old, window: replace_used(window, debts.total()))


@breaks("RATE-19")
def retry_after_does_not_count_down(service: Service) -> None:
    """The value of a key's first refusal is kept in a cache: whoever asks late waits twice as long."""
    first = dict[str, str]()

    def value(old: str) -> str:
        return old if int(old) <= 1 else first.setdefault("wait", old)

    _with(service, "Retry-After", value, _on(429))


@breaks("RATE-6", "RATE-9")
def nothing_is_counted(service: Service) -> None:
    """The counter's store is down, and nobody has noticed: every call is the hour's first."""
    _clears(service, lambda window: True)


@breaks("RATE-6", also={"RATE-10": "what remains rises before the reset"})
def the_quota_comes_back_early(service: Service) -> None:
    """Counters are cleared two minutes before the hour is over: clients that keep to the headers get less."""
    _clears(service, lambda window: service.parts.clock.now() > window.end - 120)


def _clears(service: Service, when: Callable[[Window], bool]) -> None:
    limiter = service.parts.limiter
    proper = limiter.window

    def window(request: Request) -> Window:
        found = proper(request)
        if when(found):
            found.used = 0
        return found

    limiter.window = window  # type: ignore[method-assign]


@breaks("RATE-14")
def a_used_up_key_is_locked_for_longer(service: Service) -> None:
    """Whoever used up the quota waits ten minutes more, whatever the reset says."""
    limiter, ended = service.parts.limiter, dict[str, int]()
    proper = limiter.slot

    def slot(request: Request) -> AbstractContextManager[None]:
        key, window = limiter.subject(request), limiter.window(request)
        if window.used >= 600:
            ended[key] = window.end
        locked = ended.get(key, window.end)
        left = locked + 600 - service.parts.clock.now()
        if locked != window.end and left > 0:
            raise throttled("Locked.", math.ceil(left))
        return proper(request)

    limiter.slot = slot  # type: ignore[method-assign, assignment]


@breaks("RATE-15")
def the_first_window_ends_soon_and_the_next_too(service: Service) -> None:
    """A new customer's first window is a moment, and the one after it half an hour."""
    _begins_with_a_moment(service, lambda old, window: setattr(window, "end", window.end - 1800))


@breaks("RATE-14")
def a_quota_that_was_not_used_up_is_halved(service: Service) -> None:
    """What nobody needed is taken away: a customer's first busy hour ends after 300 calls."""
    _begins_with_a_moment(service, lambda old, window: replace_used(window, 300))


def _begins_with_a_moment(service: Service, change: Callable[[Window, Window], object]) -> None:
    """The first window of a Max plan ends within two seconds, the next is changed."""
    limiter = service.parts.limiter
    proper, first = limiter.window, dict[str, Window]()

    def window(request: Request) -> Window:
        opened, key = proper(request), limiter.subject(request)
        if request.caller.plan == "Max" and key not in first:
            opened.end = math.ceil(service.parts.clock.now() + 1)
            first[key] = opened
        old = first.get(key)
        if old and old is not opened and key not in followed:
            followed.add(key)
            change(old, opened)
        return opened

    followed = set[str]()
    limiter.window = window  # type: ignore[method-assign]


@breaks("RATE-8", also={"RATE-13": "the reset depends on the operation", "RATE-19": "and Retry-After does not"})
def each_operation_tells_a_reset_of_its_own(service: Service) -> None:
    """One count, and three clocks: who waits for the wrong one's reset waits for longer than he must."""
    opened = dict[tuple[str, str, int], int]()

    def change(request: Request, response: Response) -> Response:
        if not _keyed(request, response):
            return response
        window = service.parts.limiter.window(request).end
        place = request.caller.key, request.route, window
        end = opened.setdefault(place, math.ceil(service.parts.clock.now() + 3600))
        return response.with_headers([(RESET, str(end))])

    service.rewriters.append(change)


@breaks("RATE-8", also={"RATE-5": "the others are told more than is left"})
def uploads_tell_a_quota_of_their_own(service: Service) -> None:
    """One limit, and two numbers: what uploads took is missing where nobody looks for it."""
    uploads = Counter[tuple[str, int]]()

    def change(request: Request, response: Response) -> Response:
        if not _keyed(request, response):
            return response
        window = service.parts.limiter.window(request)
        place = request.caller.key, window.end
        uploads[place] += request.route == "upload" and response.status != 429
        told = uploads[place] if request.route == "upload" else window.used - uploads[place]
        return response.with_headers([(REMAINING, str(600 - told))])

    service.rewriters.append(change)
