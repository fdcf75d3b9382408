"""Conformant servers that accept at another pace."""

from collections import Counter
from dataclasses import replace

from conformance.faults.catalogue import permitted
from conformance.reference import Service
from conformance.reference.errors import ApiError
from conformance.reference.model import Account, Generation, Order


@permitted("R8")
def five_generations_may_be_at_work(service: Service) -> None:
    """Chosen by servers whose scarce good is the machine, not the connection."""
    accept, at_work = service.studio.accept, Counter[str]()

    async def accept_some(account: Account, order: Order) -> Generation:
        if at_work[account.name] >= 5:
            raise ApiError(429, "too_many_requests", "Five are at work.", headers=(("Retry-After", "1"),))
        made = await accept(account, order)
        at_work[account.name] += 1
        return made

    def over(generation: Generation) -> None:
        at_work[generation.account.name] -= 1

    service.studio.accept = accept_some  # type: ignore[method-assign]
    service.parts.ended.append(over)


@permitted("R19")
def generations_take_no_time(service: Service) -> None:
    """Chosen by servers that answer from a cache."""
    service.parts.rules = replace(service.parts.rules, queue_seconds=0.0, run_seconds=0.0)


@permitted("R19")
def generations_take_most_of_a_minute(service: Service) -> None:
    """Chosen by servers with few machines."""
    service.parts.rules = replace(service.parts.rules, queue_seconds=20.0, run_seconds=25.0)
