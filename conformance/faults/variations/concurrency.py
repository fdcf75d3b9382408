"""Servers that count what is under way differently from the reference, and are right."""

import math
from collections.abc import Iterator
from contextlib import contextmanager

from conformance.faults.catalogue import permitted
from conformance.reference import Service
from conformance.reference.limiter import throttled
from conformance.reference.request import Request


@permitted("R8")
def generations_at_work_count(service: Service) -> None:
    """Five generations at work, and as many requests in flight as one likes."""
    limiter = service.parts.limiter
    proper = limiter.slot

    @contextmanager
    def slot(request: Request) -> Iterator[None]:
        made = service.parts.generations.values()
        at_work = [g for g in made if g.account is request.caller and g.status in {"queued", "running"}]
        if request.route == "generate" and len(at_work) >= 5:
            raise throttled("Five generations are at work.", 3)
        limiter.in_flight.clear()
        with proper(request):
            yield

    limiter.slot = slot  # type: ignore[method-assign]


@permitted("R8")
def a_burst_is_followed_by_a_pause(service: Service) -> None:
    """After a burst the key is refused for as long as its Retry-After says."""
    limiter, clock, until = service.parts.limiter, service.parts.clock, dict[str, float]()
    proper = limiter.slot

    @contextmanager
    def slot(request: Request) -> Iterator[None]:
        key = limiter.subject(request)
        if clock.now() < until.get(key, 0):
            raise throttled("Wait.", math.ceil(until[key] - clock.now()))
        if limiter.in_flight[key] >= limiter.rules.concurrency:
            until[key] = clock.now() + 20
            raise throttled("Too many requests are in flight.", 20)
        with proper(request):
            yield

    limiter.slot = slot  # type: ignore[method-assign]
