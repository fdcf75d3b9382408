"""A key's next window: calls of every kind, one by one and at once, when the quota had been used up before (R4, R5)."""

from dataclasses import dataclass

import pytest

from conformance.checks.windows import accepted
from conformance.client import Api
from conformance.evidence import Exchange
from conformance.scenarios.rate_limits import AT_THE_END, NextWindow, Spent, free_call, repeated
from conformance.world.held_calls import together
from conformance.world.life import generation_id
from conformance.world.world import World


@dataclass(frozen=True)
class NewWindow:
    """Calls after the first one of the window, in order, then some at once, and one more when these are over."""

    calls: tuple[Exchange, ...]
    replay: Exchange | None
    """One of them: a call with a key of an hour ago, once more; None when that had not been accepted."""
    at_once: tuple[Exchange, ...]
    last: Exchange
    others_poll: Exchange | None
    """What the account `other` is answered when it asks for a generation of an hour ago; None without either."""


@pytest.fixture(scope="session")
def new_window(world: World, burner: Api, spent: Spent, next_window: NextWindow) -> NewWindow:
    """The calls that follow `next_window.after`."""
    _ = next_window
    call = free_call(burner, spent.polled)
    calls = [call("the second call after the reset"), burner.upload(expects_429=True, probe="after the reset")]
    keyed = spent.keyed if spent.keyed and accepted(spent.keyed) else None
    replay = repeated(burner, keyed) if keyed else None
    calls += [replay] if replay else []
    at_once = together(world, burner, AT_THE_END, "at once, after the reset").calls
    last = call("after calls at once in the new window")
    found = generation_id(keyed) if keyed else ""
    asks = world.account("other") if found and world.target.accounts.other else None
    poll = asks.generation(found, probe="another account's generation, an hour later") if asks else None
    return NewWindow(tuple(calls), replay, at_once, last, poll)
