"""Conformant servers that accept at another pace."""

from collections import Counter

from conformance.faults.catalogue import permitted
from conformance.faults.verbs import Proper, around, change_rules
from conformance.reference import Service
from conformance.reference.limiter import throttled
from conformance.reference.model import Account, Generation, Order


@permitted("R8")
def five_generations_may_be_at_work(service: Service) -> None:
    """Chosen by servers whose scarce good is the machine, not the connection."""
    at_work = Counter[str]()

    async def accept(proper: Proper, account: Account, order: Order) -> Generation:
        if at_work[account.name] >= service.parts.rules.concurrency:
            raise throttled("Too many generations are at work.", 1)
        made: Generation = await proper(account, order)
        at_work[account.name] += 1
        return made

    def over(generation: Generation) -> None:
        at_work[generation.account.name] -= 1

    around(service.studio, "accept", accept)
    service.parts.ended.append(over)


@permitted("R19")
def generations_take_no_time(service: Service) -> None:
    """Chosen by servers that answer from a cache."""
    change_rules(service, queue_seconds=0.0, run_seconds=0.0)


@permitted("R19")
def generations_take_most_of_a_minute(service: Service) -> None:
    """Chosen by servers with few machines."""
    change_rules(service, queue_seconds=20.0, run_seconds=25.0)
