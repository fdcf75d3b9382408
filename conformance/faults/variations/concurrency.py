"""Servers that count what is under way differently from the reference, and are right."""

import math
from collections.abc import Iterator
from contextlib import contextmanager

from conformance.faults.catalogue import permitted
from conformance.faults.deviations.concurrency import generations_at_work
from conformance.faults.verbs import Proper, around, change_rules
from conformance.reference import Service
from conformance.reference.limiter import throttled
from conformance.reference.request import Request


@permitted("R8")
def generations_at_work_count(service: Service) -> None:
    """Generations at work are limited, and as many requests may be in flight as one likes."""
    generations_at_work(service, service.parts.rules.concurrency)


@permitted("R8")
def a_burst_is_followed_by_a_pause(service: Service) -> None:
    """After a burst the key is refused for as long as its Retry-After says."""
    limiter, clock, until = service.parts.limiter, service.parts.clock, dict[str, float]()

    @contextmanager
    def slot(proper: Proper, request: Request) -> Iterator[None]:
        key = limiter.subject(request)
        if clock.now() < until.get(key, 0):
            raise throttled("Wait.", math.ceil(until[key] - clock.now()))
        if limiter.in_flight[key] >= limiter.rules.concurrency:
            until[key] = clock.now() + 20
            raise throttled("Too many requests are in flight.", 20)
        with proper(request):
            yield

    around(limiter, "slot", slot)


@permitted("R8", "R43")
def calls_come_whole_and_are_over_at_once(service: Service) -> None:
    """A proxy that holds bodies back, before a model that is fast: more than five are neither in flight nor at work."""
    limiter, proper_rules = service.parts.limiter, service.parts.rules
    change_rules(service, queue_seconds=0, run_seconds=0)

    @contextmanager
    def slot(_: Proper, request: Request) -> Iterator[None]:
        window = limiter.window(request)
        if window.used >= proper_rules.limit:
            raise throttled("The hourly quota is used up.", math.ceil(window.end - limiter.clock.now()))
        yield
        window.used += 1

    around(limiter, "slot", slot)
