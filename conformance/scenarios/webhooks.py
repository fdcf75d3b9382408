"""What the webhook tests share: the laboratory, the registrations, and one delivery of every kind."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from conformance.cases.bodies import a_generation
from conformance.client import Api
from conformance.client.current import at_work
from conformance.client.endpoint_secrets import SECRETS, SecretsWriter
from conformance.client.journal import AttemptJournal, journal_path, opened
from conformance.errors import Inconclusive, NotTested
from conformance.evidence import Exchange
from conformance.evidence.delivery import Delivery
from conformance.plan.settings import SETTINGS
from conformance.target import MovedClock
from conformance.world.canary import STRANGE, Canary
from conformance.world.hooks import Hook, Hooks
from conformance.world.laboratory import Cause, Caused, Laboratory
from conformance.world.receiving import receiver_of
from conformance.world.registrar import FAILED, SUCCEEDED, Registrar
from conformance.world.slots import Slot
from conformance.world.world import World


@pytest.fixture(scope="session")
def hooks(world: World, request: pytest.FixtureRequest) -> Iterator[Hooks]:
    """The suite's own webhooks, before it is known whether the target reaches the receiver."""
    settings = request.config.stash[SETTINGS]
    journal = AttemptJournal(
        settings.journal_directory, world.process, world.recorder.vault, used=world.past.came
    )  # fmt: skip
    world.clock.reading()
    how: dict[str, Any] = {"serials": journal.serials, "scenario": at_work, "monotonic": world.sleeper.monotonic}
    with ExitStack() as kept, receiver_of(world, **how) as receiver:
        place = journal_path(settings.journal_directory, world.process, SECRETS)
        secrets = SecretsWriter(kept.enter_context(opened(place))) if settings.keep_secrets else None
        made = Hooks(world, receiver, journal, Registrar(world), secrets)
        try:
            yield made
        finally:
            made.close_everything()
            journal.close()


@pytest.fixture(scope="session")
def lab(hooks: Hooks, world: World) -> Laboratory:
    """The laboratory. Raises Inconclusive, with what was lost on the way, when the receiver does not reach itself."""
    canary = Canary(world, hooks.receiver)
    if lost := canary.lost():
        raise Inconclusive(
            f"webhooks cannot be judged: what is sent to the receiver's own address does not come as it is; {lost}",
            "check [webhooks] in the target file, and whatever stands between the public address and the receiver; "
            "conformance/receiver/README.md tells which relays and tunnels work",
        )
    if isinstance(world.clock, MovedClock):  # the end of a connection has to come by the same way
        world.clock.parting_seconds += min(canary.took)
    return Laboratory(world, hooks)


@dataclass(frozen=True)
class Delivered:
    """One delivery of every kind, to endpoints that answer 200. `failed` and `edit` are empty, with the reason, where
    they could not be caused.
    """

    succeeded: tuple[Delivery, ...]
    failed: tuple[Delivery, ...]
    edit: tuple[Delivery, ...]
    blocked: tuple[Delivery, ...]
    unwanted: tuple[Delivery, ...]
    """At endpoints that had not subscribed to the event."""
    unpolled: Delivery
    """Of a generation that was never polled, and whose call was repeated when it had come."""
    removed: Delivery
    """At an endpoint that was removed before."""
    removal: Exchange
    missing: Mapping[str, Exception]

    def of(self, kind: str) -> tuple[Delivery, ...]:
        """The deliveries of this kind. Raises why there are none."""
        if kind in self.missing:
            raise self.missing[kind]
        found: tuple[Delivery, ...] = getattr(self, kind)
        return found

    @property
    def all(self) -> tuple[Delivery, ...]:
        """Those that came about, blocked ones aside."""
        return (*self.succeeded, *self.failed, *self.edit)

    def control(self) -> Delivery:
        """Proof that deliveries arrive. Raises Inconclusive when none does."""
        for delivery in self.succeeded:
            _ = delivery.first
        return self.succeeded[0]


@pytest.fixture(scope="session")
def delivered(lab: Laboratory, primary: Api, request: pytest.FixtureRequest) -> Delivered:
    """A generation that succeeds, one that fails, one that is blocked, and an edit, all at once on primary.

    Then one that nobody polls, and whose call is repeated with its idempotency key.
    """
    gone = lab.hooks.open("primary", "removed before the generation")
    removal = lab.hooks.registrar.remove("primary", gone.id)
    both = lab.hooks.open("primary", "both events", query="?from=conformance%20suite")
    some = lab.hooks.open("primary", "generation.succeeded only", events=[SUCCEEDED])
    bad = lab.hooks.open("primary", "generation.failed only", events=[FAILED])
    hooks = (both, some, bad)
    orders, missing = _orders(lab.world, request)
    caused = dict(zip(orders, lab.cause(primary, hooks, *orders.values()), strict=True))
    quiet, key = Cause(a_generation(prompt="A pond, unseen"), probe="delivered: never polled"), lab.world.fresh()
    unpolled = lab.cause_unpolled(primary, both, quiet, key)
    primary.generate(quiet.body, idempotency_key=key, probe="delivered: the call again", tags=("replay",))
    lab.let_pass()

    def read(kind: str, *at: Hook) -> tuple[Delivery, ...]:
        return _read(lab, caused[kind], at) if kind in caused else ()

    def idle(kind: str, at: Hook) -> tuple[Delivery, ...]:
        return (lab.read(caused[kind], at, wanted=False),) if kind in caused else ()

    result = Delivered(
        succeeded=read("succeeded", both, some), failed=read("failed", both, bad), edit=read("edit", both, some),
        blocked=read("blocked", both, bad),
        unwanted=(*idle("succeeded", bad), *idle("edit", bad), *idle("failed", some)),
        unpolled=lab.read(unpolled, both),
        removed=lab.read(caused["succeeded"], gone, wanted=False), removal=removal, missing=missing,
    )  # fmt: skip
    lab.hooks.close((gone, *hooks))
    return result


def _orders(world: World, request: pytest.FixtureRequest) -> tuple[dict[str, Cause], dict[str, Exception]]:
    # One without a key, as most customers send it.
    orders = {"succeeded": Cause(a_generation(prompt=STRANGE, n=2), SUCCEEDED, "delivered: succeeded", keyed=False)}
    missing: dict[str, Exception] = {}
    for kind, event in (("failed", FAILED), ("blocked", "")):
        try:
            orders[kind] = Cause(a_generation(prompt=world.prompt(kind)), event, f"delivered: {kind}")
        except NotTested as reason:
            missing[kind] = reason
    try:
        input_images: list[Slot] = request.getfixturevalue("input_images")(1)
        body = a_generation(type="edit", inputImageKeys=[input_images[0].key])
        orders["edit"] = Cause(body, SUCCEEDED, "delivered: edit")
    except Inconclusive as reason:
        missing["edit"] = reason
    return orders, missing


def _read(lab: Laboratory, caused: Caused, hooks: tuple[Hook, ...]) -> tuple[Delivery, ...]:
    """Where one endpoint has its delivery, another's is missing by itself (HOOK-14)."""
    some = any(hook.attempts(caused.id) for hook in hooks)
    return tuple(lab.read(caused, hook, root="HOOK-14" if some else "") for hook in hooks)


@dataclass(frozen=True)
class TwoAccounts:
    """Each account's generations, at its own endpoint and at the other account's."""

    at_the_owners: tuple[Delivery, ...]
    at_the_others: tuple[Delivery, ...]


@pytest.fixture(scope="session")
def two_accounts(lab: Laboratory, primary: Api, other: Api) -> TwoAccounts:
    """Two customers, each with an endpoint for everything and a generation of its own."""
    ours, theirs = lab.hooks.open("primary", "primary's"), lab.hooks.open("other", "other's")
    hooks = (ours, theirs)
    kinds = {"succeeded": Cause(a_generation(), SUCCEEDED, "neighbours")}
    if lab.world.target.prompts.failed:
        kinds["failed"] = Cause(a_generation(prompt=lab.world.target.prompts.failed), FAILED, "neighbours: failed")
    of_theirs = lab.cause(other, hooks, *kinds.values())
    of_ours = lab.cause(primary, hooks, *list(kinds.values())[:1])
    lab.let_pass()
    result = TwoAccounts(
        at_the_owners=tuple([lab.read(c, theirs) for c in of_theirs] + [lab.read(c, ours) for c in of_ours]),
        at_the_others=tuple(
            [lab.read(c, ours, wanted=False) for c in of_theirs] + [lab.read(c, theirs, wanted=False) for c in of_ours]
        ),
    )
    lab.hooks.close(hooks)
    return result
