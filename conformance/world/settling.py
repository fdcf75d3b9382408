"""What an interrupted run left at the target: generations at work and webhooks. A run that goes on begins with it."""

from collections import defaultdict
from contextlib import suppress

from conformance.checks.lifecycle import TERMINAL, asked_for
from conformance.client import Api
from conformance.client.current import Scenario, sending
from conformance.client.past import SETTLING
from conformance.client.quota import AT_ONCE
from conformance.errors import SuiteError
from conformance.evidence import Exchange
from conformance.world.generations import LONGEST_PAUSE, SHORTEST_PAUSE, longest
from conformance.world.leftovers import left_open
from conformance.world.life import generation_id
from conformance.world.registrar import Registrar
from conformance.world.world import World

OK = 200


def settle(world: World) -> None:
    """Remove the webhooks, for which there is no receiver any more, and wait until no generation is at work.

    One process of the run removes them; each waits before it sends anything.
    """
    with sending(Scenario(SETTLING)):
        if world.process.startswith(("main", "gw0")):
            _remove_webhooks(world)
        for account, calls in _perhaps_at_work(world).items():
            with suppress(SuiteError):
                api = world.account(account)
                all(_is_over(world, api, generation_id(call)) for call in calls)


def _remove_webhooks(world: World) -> None:
    registrar = Registrar(world)
    for left, _ in left_open(world.past.sent.values()):
        if left.base_url == world.base_url and left.account:
            registrar.adopt(left.account, left.id, left.url)
    registrar.remove_everything()


def _is_over(world: World, api: Api, generation: str) -> bool:
    """Polled until it is over, or its time is up. Where the quota is used up, nobody can tell."""
    waited, began = 0.0, world.clock.reading()
    while waited < longest(world):
        poll = api.generation(generation, expects_429=True, probe="whether it is still at work")
        if poll.status != OK or poll.member("status") in TERMINAL:
            return poll.status == OK
        world.clock.sleep(max(SHORTEST_PAUSE, min(waited * 0.5, LONGEST_PAUSE)))
        waited = world.clock.reading() - began
    return False


def _perhaps_at_work(world: World) -> dict[str, list[Exchange]]:
    """By account the last calls that were accepted, and not seen to end: a target has no more at work at once."""
    over = {asked_for(poll) for poll in world.past.sent.values() if poll.member("status") in TERMINAL}
    made = defaultdict[str, dict[str, Exchange]](dict)
    for call in world.past.sent.values():
        if call.operation == "generate" and 200 <= call.status < 300 and (found := generation_id(call)):
            made[call.account].setdefault(found, call)
    last = {account: list(calls.items())[-AT_ONCE:] for account, calls in made.items() if account}
    return {account: [call for found, call in calls if found not in over] for account, calls in last.items()}
