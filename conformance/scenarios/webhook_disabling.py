"""Endpoints of the account `other` that fail until they are switched off, or nearly (R32)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest

from conformance.cases.bodies import a_generation
from conformance.checks.disabling import DISABLED_AFTER, Endpoint, Offer
from conformance.checks.retries import GAPS, LONGEST, MOST_ATTEMPTS, TIMEOUT, Bounds
from conformance.client import Api
from conformance.errors import Inconclusive
from conformance.evidence import Exchange
from conformance.evidence.delivery import Delivery
from conformance.evidence.nonconformity import Nonconformity
from conformance.evidence.symptom import Symptom
from conformance.receiver import Answer, Redirect, Reset, Stall, Status
from conformance.scenarios.webhook_retries import BAD, OK, RESERVE, SHORTEST
from conformance.world.hooks import Hook
from conformance.world.laboratory import PATIENCE, Cause, Caused, Laboratory
from conformance.world.overlap import Promise
from conformance.world.registrar import SUCCEEDED
from conformance.world.world import World

ALWAYS_200, FAILING, EARLIER, RECOVERING, SUCCEEDING = (
    "always 200", "always failing", "always failing, one delivery earlier", "failing and recovering", "every other 200",
)  # fmt: skip
TWICE: tuple[Answer, ...] = (BAD, BAD, OK)
BATCHES: tuple[tuple[str, ...], ...] = (("g0",), ("g1", "g2", "g3", "g4", "g5"), ("g6", "g7"), ("g8",))
"""In this order, five at work at most; the last alone, so that seven failed attempts lie before it."""
WAYS: dict[str, tuple[Answer, ...]] = {
    "g1": (BAD,), "g2": (Status(404),), "g3": (Redirect("https://example.com/"),), "g4": (Stall(),),
    "g5": (Status(410),), "g6": (Status(503),), "g7": (Reset(),), "g8": (BAD,),
}  # fmt: skip
"""How FAILING answers each delivery."""
RECOVERIES: dict[str, tuple[Answer, ...]] = {
    "g0": TWICE, "g1": TWICE, "g2": TWICE, "g3": TWICE, "g4": (OK,), "g5": (OK,), "g6": (OK,), "g7": TWICE,
    "g8": (BAD, OK),
}  # fmt: skip
"""How RECOVERING does: more than eight failures, of which no eight are in a row."""
ROUNDS = DISABLED_AFTER
"""Deliveries that SUCCEEDING lets fail in all their attempts, each followed by one that it answers 200."""


@dataclass(frozen=True)
class Disabled:
    """What each endpoint was offered, in order, by generation; `g9` comes when all retries of the others are over.

    `rounds` is what SUCCEEDING was offered, and `later` what FAILING was meanwhile: both are empty where time is not
    moved, since it takes hours. `enabling` is the attempt to switch FAILING on again, and `enabled` what it was offered
    afterwards.
    """

    offers: Mapping[str, Mapping[str, Offer]]
    generate: Mapping[str, Exchange]
    enabling: Exchange
    enabled: Offer | None
    after_enabling: Delivery | None
    rounds: tuple[Offer, ...]
    later: tuple[Offer, ...]
    noise: float
    until: float
    """When all of this was read, by the attempts' clock."""
    late_answers: bool = False
    """The receiver was seen to miss the target's timeout, so that more may have failed than is known."""
    unseen: bool = False
    """Attempts were given up before they were seen."""

    @property
    def doubtful(self) -> bool:
        """Whether there may have been failures that nothing tells of: attempts unseen, or answers of ours missed."""
        return self.unseen or any(len(offer.attempts) > 1 for offer in self.of(ALWAYS_200).values())

    def of(self, endpoint: str) -> Mapping[str, Offer]:
        return self.offers[endpoint]

    def endpoint(self, name: str) -> Endpoint:
        return self._endpoint(f"the endpoint {name!r}", tuple(self.of(name).values()))

    @property
    def every_other(self) -> Endpoint:
        """SUCCEEDING."""
        return self._endpoint("an endpoint that answers every other delivery 200", self.rounds)

    def _endpoint(self, what: str, offers: tuple[Offer, ...]) -> Endpoint:
        generate = list(self.generate.values())[-1]
        return Endpoint(what, offers, generate, self.noise, self.late_answers, self.doubtful, self.until)


@pytest.fixture(scope="session")
def disabled_under_way(world: World, lab: Laboratory, other: Api) -> Promise[Disabled]:
    return world.begin(lambda: _disable(world, lab, other), "auto-disable", SHORTEST + 2 * RESERVE, shortest=TIMEOUT)


@pytest.fixture(scope="session")
def disabled(disabled_under_way: Promise[Disabled]) -> Disabled:
    """Endpoints that fail again and again."""
    return disabled_under_way.result()


def _disable(world: World, lab: Laboratory, other: Api) -> Disabled:
    opened = [lab.hooks.open("other", name, script, [SUCCEEDED]) for name, script in _FIRST.items()]
    hooks = {hook.name: hook for hook in opened}
    try:
        return _observe(world, lab, other, hooks)
    finally:
        lab.hooks.close(hooks.values())


_FIRST: dict[str, tuple[Answer, ...]] = {ALWAYS_200: (OK,), EARLIER: (BAD,), RECOVERING: (OK,)}


def _observe(world: World, lab: Laboratory, other: Api, hooks: dict[str, Hook]) -> Disabled:
    caused: dict[str, Caused] = {}
    for batch in BATCHES:
        caused |= _cause(lab, other, batch, hooks)
        if FAILING not in hooks:
            hooks[FAILING] = lab.hooks.open("other", FAILING, (BAD,), [SUCCEEDED])
    _run_out(world, lab, [hooks[name] for name in (FAILING, EARLIER, RECOVERING)], caused)
    caused |= _cause(lab, other, ("g9",), hooks)
    lab.wait(lambda: bool(hooks[RECOVERING].attempts(caused["g9"].id)), PATIENCE)
    lab.let_pass()
    offers, until = {name: _offers(hooks, hook, caused) for name, hook in hooks.items()}, world.clock.reading()
    rounds, later = _rounds(lab, other, hooks) if world.clock.stepped else ((), ())
    enabling = lab.hooks.registrar.ask(
        "PATCH", "other", f"/{hooks[FAILING].id}", {"enabled": True}, probe="switch on again"
    )
    enabled = after_enabling = None
    if 200 <= enabling.status < 300:
        after = _cause(lab, other, ("after",), hooks)
        lab.let_pass()
        enabled = _offers(hooks, hooks[FAILING], after).get("after")
        after_enabling = lab.read(after["after"], hooks[FAILING], wanted=False)
    generate = {name: one.life.accepted for name, one in caused.items()}
    return Disabled(
        offers,
        generate,
        enabling,
        enabled,
        after_enabling,
        rounds,
        later,
        lab.hooks.noise,
        until,
        lab.hooks.late_answers,
        lab.hooks.unseen,
    )


def _cause(lab: Laboratory, other: Api, names: Sequence[str], hooks: Mapping[str, Hook]) -> dict[str, Caused]:
    """Generations of these names. Only the control is awaited: the others may be switched off by now."""
    orders = [Cause(a_generation(), "", f"disabling: {name}", _scripts(name)) for name in names]
    caused = dict(zip(names, lab.cause(other, tuple(hooks.values()), *orders), strict=True))
    for one in caused.values():
        _ = one.life.end
        if not lab.wait(lambda one=one: bool(hooks[ALWAYS_200].attempts(one.id)), PATIENCE):  # type: ignore[misc]
            _must_go_on(hooks[ALWAYS_200], one, late_answers=lab.hooks.late_answers)
    lab.wait(lambda: False, 0.5)
    return caused


def _must_go_on(control: Hook, missing: Caused, *, late_answers: bool) -> None:
    """Raises Nonconformity (HOOK-30) for an endpoint that took everything until nothing came any more."""
    if not control.endpoint.attempts():
        raise Inconclusive("depends on a delivery to an endpoint that always answered 200; none came", root="HOOK-11")
    if not any(attempt.names_its_generation for attempt in control.endpoint.attempts()):
        raise Inconclusive("depends on bodies that name the generation", root="HOOK-24")
    if late_answers:
        raise Inconclusive("on a clock this fast the receiver may have missed the timeout at the control endpoint")
    raise Nonconformity(
        "every new delivery at an endpoint that answered all of them 200",
        "none, after others of the account had failed",
        missing.life.accepted,
        ("HOOK-30",),
        symptom=Symptom("a new event at an endpoint that answered all others 200", "delivered", "not delivered"),
    )


def _scripts(name: str) -> dict[str, tuple[Answer, ...]]:
    own = {FAILING: WAYS.get(name), RECOVERING: RECOVERIES.get(name)}
    if name.startswith("fail"):
        own[SUCCEEDING] = (BAD,)
    return {endpoint: script for endpoint, script in own.items() if script}


def _run_out(world: World, lab: Laboratory, hooks: Sequence[Hook], caused: Mapping[str, Caused]) -> None:
    """Wait until every retry that may come has come.

    Where time is moved, also until nothing more can come of deliveries that wait for each other (R41).
    """

    def over() -> bool:
        return all(
            len(found) in {0, MOST_ATTEMPTS} and all(attempt.ended for attempt in found)
            for hook in hooks
            if hook.name != RECOVERING
            for one in caused.values()
            for found in [hook.attempts(one.id)]
        )

    def quiet() -> bool:
        last = max((a.arrived.target for hook in hooks for a in hook.endpoint.attempts()), default=0.0)
        return world.clock.reading() - last >= Bounds(GAPS[-1]).most

    if world.clock.stepped:
        lab.wait(quiet, len(caused) * LONGEST)
    else:
        lab.wait(over, SHORTEST + RESERVE)


def _offers(hooks: Mapping[str, Hook], hook: Hook, caused: Mapping[str, Caused]) -> dict[str, Offer]:
    """What an endpoint was offered; a generation from before its registration was not, since nothing came of it."""
    due = {name: hooks[ALWAYS_200].attempts(one.id)[0].arrived.target for name, one in caused.items()}
    offers = {name: Offer(due[name], hook.attempts(one.id)) for name, one in caused.items()}
    return {name: offer for name, offer in offers.items() if not (hook.name == FAILING and name == "g0")}


def _rounds(lab: Laboratory, other: Api, hooks: dict[str, Hook]) -> tuple[tuple[Offer, ...], tuple[Offer, ...]]:
    """What SUCCEEDING is offered, and what FAILING is at the same time."""
    lab.hooks.close([hooks.pop(name) for name in (EARLIER, RECOVERING)])
    hooks[SUCCEEDING] = lab.hooks.open("other", SUCCEEDING, (OK,), [SUCCEEDED])
    offers: list[Offer] = []
    later: list[Offer] = []
    for number in range(ROUNDS):
        caused = _cause(lab, other, (f"fail {number}", f"succeed {number}"), hooks)
        failing = caused[f"fail {number}"]
        lab.wait(lambda f=failing: len(hooks[SUCCEEDING].attempts(f.id)) >= MOST_ATTEMPTS, LONGEST + RESERVE)  # type: ignore[misc]
        lab.wait(lambda c=caused: all(hooks[SUCCEEDING].attempts(one.id) for one in c.values()), PATIENCE)  # type: ignore[misc]
        offers += _offers(hooks, hooks[SUCCEEDING], caused).values()
        later += _offers(hooks, hooks[FAILING], caused).values()
    last = _cause(lab, other, ("last",), hooks)
    lab.wait(lambda: bool(hooks[SUCCEEDING].attempts(last["last"].id)), PATIENCE)
    return (*offers, *_offers(hooks, hooks[SUCCEEDING], last).values()), tuple(later)
