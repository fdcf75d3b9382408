"""The limits of one key: calls in an hourly window over all endpoints, and requests in flight."""

import math
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from .clock import Clock
from .errors import ApiError
from .request import Request
from .response import Headers
from .rules import Rules


@dataclass
class Window:
    """`end` is in epoch seconds, and whole, so that the header says exactly when the window is over."""

    end: int
    used: int = 0


class Limiter:
    """A window begins with the first call after the last one's end. A refused call costs nothing."""

    def __init__(self, rules: Rules, clock: Clock) -> None:
        self.rules, self.clock = rules, clock
        self.windows: dict[str, Window] = {}
        self.in_flight: Counter[str] = Counter()

    def subject(self, request: Request) -> str:
        """The account whose quota a request counts against."""
        return request.caller.key

    def window(self, request: Request) -> Window:
        """The window that is open now."""
        subject, now = self.subject(request), self.clock.now()
        window = self.windows.get(subject)
        if window is None or now >= window.end:
            window = self.windows[subject] = Window(math.ceil(now + self.rules.window_seconds))
        return window

    @contextmanager
    def slot(self, request: Request) -> Iterator[None]:
        """Count a request and hold its place among those in flight. Raises ApiError 429 when there is none."""
        subject, window = self.subject(request), self.window(request)
        if window.used >= self.rules.limit:
            raise throttled("The hourly quota is used up.", math.ceil(window.end - self.clock.now()))
        if self.in_flight[subject] >= self.rules.concurrency:
            raise throttled("Too many requests are in flight.", self.rules.concurrency_retry_after)
        window.used += 1
        self.in_flight[subject] += 1
        try:
            yield
        finally:
            self.in_flight[subject] -= 1

    def headers(self, request: Request) -> Headers:
        """What every response to a valid key carries (the documentation, Rate limits)."""
        return self._told(self.window(request))

    def untouched(self) -> Headers:
        """The headers of a response without a valid key: those of an unused window."""
        return self._told(Window(math.ceil(self.clock.now() + self.rules.window_seconds)))

    def _told(self, window: Window) -> Headers:
        return (
            ("X-RateLimit-Limit", str(self.rules.limit)),
            ("X-RateLimit-Remaining", str(self.rules.limit - window.used)),
            ("X-RateLimit-Reset", str(window.end)),
        )


def throttled(message: str, seconds: int) -> ApiError:
    return ApiError(429, "too_many_requests", message, headers=(("Retry-After", str(seconds)),))
