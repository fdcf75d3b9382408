"""Servers that limit rates differently from the reference, and are right."""

import math
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from conformance.faults.catalogue import permitted
from conformance.faults.verbs import ANY, Proper, answer, around, change_rules, on_response, on_result
from conformance.reference import Service
from conformance.reference.errors import ApiError
from conformance.reference.limiter import Window
from conformance.reference.request import Request
from conformance.reference.response import Headers, Response


@permitted("R5")
def windows_on_the_clock_hour(service: Service) -> None:
    """The window is the clock hour, which is cheap to keep in a shared store."""
    limiter, seconds = service.parts.limiter, int(service.parts.rules.window_seconds)

    def window(_: Proper, request: Request) -> Window:
        subject, end = limiter.subject(request), (int(limiter.clock.now()) // seconds + 1) * seconds
        found = limiter.windows.get(subject)
        if found is None or found.end != end:
            found = limiter.windows[subject] = Window(end)
        return found

    around(limiter, "window", window)


@permitted("R4")
def only_accepted_calls_count(service: Service) -> None:
    """A call that ended in a 4xx is given back."""
    limiter = service.parts.limiter

    @contextmanager
    def slot(proper: Proper, request: Request) -> Iterator[None]:
        with proper(request):
            try:
                yield
            except ApiError as error:
                limiter.window(request).used -= error.status != 429
                raise

    around(limiter, "slot", slot)


@permitted("R7")
def retry_at_once_after_a_burst(service: Service) -> None:
    """Retry-After: 0 where a slot may be free the next moment."""
    change_rules(service, concurrency_retry_after=0)


@permitted("R7")
def retry_after_rounds_up(service: Service) -> None:
    """Retry-After is the time until the reset, rounded up to whole seconds and one more to be safe."""

    def change(_: Request, response: Response) -> Response:
        after = response.header("Retry-After")
        return response.with_headers([("Retry-After", str(math.ceil(int(after)) + 1))]) if after else response

    on_response(service, answer(ANY), change)


@permitted("R2")
def a_401_without_the_headers_is_no_deviation_from_a_must(service: Service) -> None:
    """There is no key to count against; only a SHOULD misses them, and no header is false."""
    around(
        service.parts.limiter,
        "untouched",
        lambda _: (
            ("X-RateLimit-Limit", str(service.parts.rules.limit)),
            ("X-RateLimit-Remaining", "0"),
            ("X-RateLimit-Reset", str(math.ceil(service.parts.clock.now()) + 1)),
        ),
    )


@permitted("R4")
def remaining_does_not_count_the_call_that_tells_it(service: Service) -> None:
    """The header is set before the counter: the first call of a window tells the whole quota, the last 1."""
    limiter, told = service.parts.limiter, Counter[str]()

    def headers(proper: Headers, request: Request) -> Headers:
        used = limiter.window(request).used
        counted = request.account is not None and told.pop(limiter.subject(request), 0)
        before = limiter.rules.limit - used + bool(counted)
        return tuple((name, str(before) if name.endswith("Remaining") else value) for name, value in proper)

    @contextmanager
    def slot(proper: Proper, request: Request) -> Iterator[None]:
        with proper(request):
            try:
                yield
            finally:
                told[limiter.subject(request)] = 1

    on_result(limiter, "headers", headers)
    around(limiter, "slot", slot)


@permitted("R7")
def a_minute_off_after_a_burst(service: Service) -> None:
    """Whoever sends more at once than is allowed is told to stay away for a minute."""
    change_rules(service, concurrency_retry_after=60)


@permitted("R5")
def a_window_that_ends_between_seconds(service: Service) -> None:
    """The end is kept with its fraction and told rounded, so that it is off by half a second."""
    change_rules(service, window_seconds=service.parts.rules.window_seconds + 0.4)
