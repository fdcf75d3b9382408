"""One generation, delivered at once to endpoints that fail in every way, and watched until nothing more can come."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import pytest

from conformance.cases.bodies import a_generation
from conformance.checks.retries import GAPS, LONGEST, MOST_ATTEMPTS, TIMEOUT, Bounds
from conformance.client import Api
from conformance.errors import NotApplicable, NotTested
from conformance.evidence.delivery import Delivery
from conformance.receiver import Answer, Continue, Delay, Redirect, Reset, Stall, Status, Trickle
from conformance.receiver.endpoint import Endpoint
from conformance.world.hooks import Hook
from conformance.world.laboratory import Cause, Caused, Laboratory
from conformance.world.overlap import Promise
from conformance.world.places import AT_ONCE, Kept
from conformance.world.registrar import FAILED, SUCCEEDED
from conformance.world.world import World

TAIL = Bounds(GAPS[-1]).most + 40
"""Seconds of the target's time after the fourth attempt in which a fifth would show."""
SHORT_TAIL = 60.0
RESERVE = 20.0
"""Seconds of the target's time that a whole schedule takes beyond its gaps: four timeouts."""
SHORTEST = sum(GAPS) + RESERVE
BEFORE_A_RETRY, AFTER_A_RETRY = Bounds(GAPS[0]).least - 1, 5.0
"""A port is closed so many seconds after the first attempt, and opened so many after the control was retried.

Not for longer: the deliveries of other tests meet it closed as well, and eight failures in a row switch it off.
"""

CONTROL = "500"
BAD = Status(500)
OK = Status(200, b"ok")
SLOW: dict[str, tuple[Answer, ...]] = {
    "never answers": (Stall(), Stall(), OK),
    "answers after 8 s": (Delay(8), Delay(8), OK),
    "answers after 3.5 s": (Delay(3.5),),
    "header block in 9 s": (Trickle("headers", gap=1.0, pieces=10), OK),
    "answers after 3.5 s on the retry": (BAD, Delay(3.5)),
    "answers after 8 s on the retry": (BAD, Delay(8), OK),
}
COOKIE, PAGE = ("Set-Cookie", "session=conformance; Path=/"), ("Content-Type", "text/html; charset=utf-8")
"""What a receiver may say beside its status changes nothing (R30)."""
SUCCESSES: dict[str, tuple[Answer, ...]] = {
    "200": (Status(200, b"<p>" + b"Thank you. " * 10_000, (PAGE, COOKIE)),),
    "201": (Status(201, b"{}"),),
    "202": (Status(202, headers=(("Retry-After", "5"),)),),
    "204": (Status(204, headers=(("Connection", "close"),)),),
    "299": (Status(299, b"fine"),),
}
"""In this form for all but 201, which names the address of what it created as well."""
SECOND_THOUGHTS: dict[str, tuple[Answer, ...]] = {
    "200 on the first retry": (BAD, OK),
    "206 on the second retry": (Status(404), Status(503), Status(206)),
    "204 on the third retry": (BAD, Status(410), Status(429), Status(204)),
}
CLIENT_ERRORS: dict[str, tuple[Answer, ...]] = {
    f"{one}, {two}": (Status(one), Status(two), OK)
    for one, two in ((400, 401), (403, 404), (410, 422), (451, 418), (499, 410))
}
CLIENT_ERRORS["429, 409"] = (Status(429, headers=(("Retry-After", "5"),)), Status(409), OK)
SERVER_ERRORS: dict[str, tuple[Answer, ...]] = {
    CONTROL: (BAD,) * MOST_ATTEMPTS,
    "503, 502": (Status(503, headers=(("Retry-After", "450"),)), Continue(Status(502)), OK),
    "504, 501": (Status(504, b"<p>", (PAGE,)), Trickle("body", gap=2.0, pieces=5, code=501), OK),
    "599, 520": (Status(599), Status(520), OK),
}
RESETS: dict[str, tuple[Answer, ...]] = {
    "reset at once": (Reset(), Reset("headers"), OK),
    "reset in the header block": (Reset("headers"), Reset(), OK),
}
FREE: dict[str, tuple[Answer, ...]] = {
    "200 with a body that trickles": (Trickle("body", gap=2.0, pieces=5), OK),
    "200 with a body that breaks": (Reset("body"), OK),
}
REDIRECTS = {"302, 307": (302, 307), "308, 301": (308, 301), "303, 300": (303, 300), "304, 399": (304, 399)}
REFUSED_FIRST, REFUSED_LATER = "connection refused", "connection refused on the first retry"
REFUSED = {REFUSED_FIRST, REFUSED_LATER}
REMOVED = "removed after its first attempt"
STAYING = (CONTROL, "206 on the second retry", "204 on the third retry")
"""Endpoints that are watched to the end."""
FIRST = ("never answers", "answers after 8 s", "answers after 3.5 s", *STAYING, REMOVED, REFUSED_LATER, REFUSED_FIRST)
"""The first turn; the slow ones first, so that a sender that does one thing after the other keeps the others waiting.

With the endpoint of a generation that fails they are as many as any target takes (R43). The others are opened beside
them, or where it takes no more, in the places of those that do not stay.
"""
PLACES_IN_TURN = AT_ONCE - len(STAYING) - 1
WATCHED_LONGEST = ("200 on the first retry", "answers after 3.5 s on the retry")
LAST_IN_TURN = 3
"""Attempts after which a turn waits for no further one, which would be due in ten minutes: those that stay do."""
TURNS = 6
"""How many turns there are where the target takes as few as it may."""
IN_TURNS = (TURNS - 1) * (sum(GAPS[:2]) + RESERVE) + GAPS[0] + Bounds(GAPS[1]).most + RESERVE
"""Seconds of the target's time that all turns take; the last is watched longest."""
TURN = sum(Bounds(gap).most for gap in GAPS[:2]) + RESERVE
"""Seconds of the target's time after which a turn is over whatever has come."""


@dataclass(frozen=True)
class Retried:
    """The deliveries by the name of their endpoint, or why there is none; `trap` is where the redirects led.

    `unsuccessful` is of a generation that failed, always answered 500. `seen_out`: watched long enough for a
    fifth attempt to show. `unrelated`: how many deliveries of other tests a closed port may have missed.
    """

    deliveries: Mapping[str, Delivery | NotTested]
    unsuccessful: Delivery | NotTested
    trap: tuple[str, ...]
    removed_at: float | None
    """When the endpoint REMOVED was removed, by the attempts' clock; None: it was not."""
    seen_out: bool
    unrelated: Mapping[str, int]

    def of(self, name: str) -> Delivery:
        """Raises NotTested where the target did not take the endpoint."""
        found = self.deliveries[name]
        if isinstance(found, NotTested):
            raise found
        return found

    @property
    def redirected(self) -> list[Delivery]:
        """Those that were answered with a redirect."""
        return [found for name in REDIRECTS if isinstance(found := self.deliveries[name], Delivery)]

    @property
    def of_a_failure(self) -> Delivery:
        """The delivery of a generation that failed. Raises NotTested where none could be provoked."""
        if isinstance(self.unsuccessful, NotTested):
            raise self.unsuccessful
        return self.unsuccessful

    @property
    def of_the_removed(self) -> tuple[Delivery, float]:
        """The delivery at the endpoint REMOVED, and when that was removed. Raises NotApplicable where it stayed."""
        if self.removed_at is None:
            raise NotApplicable("the target does not remove webhooks, which is no part of the documentation")
        return self.of(REMOVED), self.removed_at

    @property
    def all(self) -> tuple[Delivery, ...]:
        """Every delivery that an endpoint was there for."""
        found = (*self.deliveries.values(), self.unsuccessful)
        return tuple(delivery for delivery in found if isinstance(delivery, Delivery))

    @property
    def most(self) -> int:
        """How many attempts any of them had."""
        return max((len(delivery.attempts) for delivery in self.all), default=0)

    @property
    def steady(self) -> tuple[Delivery, ...]:
        """Those of whose attempts the receiver saw every one."""
        return tuple(d for d in self.all if d.name not in REFUSED)


@pytest.fixture(scope="session")
def retried_under_way(world: World, lab: Laboratory, primary: Api) -> Promise[Retried]:
    return world.begin(lambda: _retry(world, lab, primary), "webhook retries", SHORTEST + SHORT_TAIL, shortest=TIMEOUT)


@pytest.fixture(scope="session")
def retried(retried_under_way: Promise[Retried]) -> Retried:
    """One generation at every failing endpoint at once."""
    return retried_under_way.result()


def _retry(world: World, lab: Laboratory, primary: Api) -> Retried:
    trap = lab.hooks.receiver.open((BAD,))
    with lab.hooks.places.kept("primary", AT_ONCE) as places:
        made = _endpoints(lab, trap.url, lab.hooks.receiver.open((BAD,)).url)
        opened = lab.hooks.open_all({name: made.pop(name) for name in FIRST})
        failing = _failing(lab)
        opened |= lab.hooks.open_beyond(made, "primary")
        try:
            return _observe(world, lab, primary, opened, failing, made, trap, places)
        finally:
            lab.hooks.close([hook for hook in (*opened.values(), failing) if isinstance(hook, Hook)])


def _observe(  # noqa: PLR0917 - the parts of one scenario
    world: World, lab: Laboratory, primary: Api, opened: dict[str, Hook | NotTested], failing: Hook | NotTested,
    made: dict[str, Callable[[], Hook]], trap: Endpoint, places: Kept,
) -> Retried:  # fmt: skip
    """The first turn, with all that stay to the end; the others' turns where the target takes few; and then the end."""
    hooks = {name: hook for name, hook in opened.items() if isinstance(hook, Hook)}
    closed = lab.world.clock.reading()
    if REFUSED_FIRST in hooks:
        hooks[REFUSED_FIRST].endpoint.close_port()
    main = lab.cause(
        primary, [h for n, h in hooks.items() if n != REFUSED_FIRST], Cause(a_generation(), probe="retries")
    )[0]
    bad = lab.cause(primary, [failing], _failure(world)) if isinstance(failing, Hook) else []
    removed_at = _disturb(lab, hooks)
    unrelated = {REFUSED_FIRST: _unrelated(hooks, main, since=closed)}
    unrelated[REFUSED_LATER] = _refuse_a_retry(lab, hooks, main)
    caused = dict.fromkeys((*opened, *made), main)
    _take_turns(lab, primary, opened, caused, made)
    left = {name: hook for name, hook in hooks.items() if hook in lab.hooks.opened}
    places.keep_only(min(len(left) + bool(bad), AT_ONCE))
    _await(lab, main, left, bad, failing)
    seen_out = _sees_out(world)
    lab.wait(lambda: False, TAIL if seen_out else SHORT_TAIL)
    some = {one.id for name, one in caused.items() if isinstance(h := opened[name], Hook) and h.attempts(one.id)}
    deliveries: dict[str, Delivery | NotTested] = {
        # What else came where connections were refused is of other generations: it stands for none of these.
        name: lab.read(
            caused[name], found, root="HOOK-14" if caused[name].id in some else "HOOK-11",
            planned=_planned(found), wanted=name not in REFUSED,
        ) if isinstance(found, Hook) else found
        for name, found in opened.items()
    }  # fmt: skip
    unsuccessful = replace(lab.read(bad[0], failing), planned=MOST_ATTEMPTS) if isinstance(failing, Hook) else failing
    followed = (*(a.path for a in trap.attempts()), *(f"{r.method} {r.path}" for r in trap.refused()))
    return Retried(deliveries, unsuccessful, followed, removed_at, seen_out, unrelated)


def _planned(hook: Hook) -> int:
    return 1 if hook.name == REMOVED else len(hook.script)


def _take_turns(
    lab: Laboratory, primary: Api, opened: dict[str, Hook | NotTested], caused: dict[str, Caused],
    made: dict[str, Callable[[], Hook]],
) -> None:  # fmt: skip
    """A few endpoints at a time, with a generation for each few, in the places of those that are done."""
    if not made:
        return
    try:
        lab.world.must_wait(IN_TURNS)
    except NotTested as reason:
        opened |= dict.fromkeys(made, reason)
        return
    _await_turn(lab, opened, caused)
    while made:
        done = [hook for name, hook in opened.items() if isinstance(hook, Hook) and name not in STAYING]
        lab.hooks.close([hook for hook in done if hook in lab.hooks.opened])
        names = list(made)[:PLACES_IN_TURN]
        turn = lab.hooks.open_all({name: made.pop(name) for name in names})
        opened |= turn
        hooks = [hook for hook in turn.values() if isinstance(hook, Hook)]
        probe = f"retries, {len(made)} endpoints left"
        caused |= dict.fromkeys(turn, lab.cause(primary, hooks, Cause(a_generation(), probe=probe))[0])
        _await_turn(lab, turn, caused)


def _await_turn(lab: Laboratory, turn: Mapping[str, Hook | NotTested], caused: Mapping[str, Caused]) -> None:
    """Wait until each endpoint that does not stay has had what is due, and no retry that is not due may come."""
    hooks = {n: h for n, h in turn.items() if isinstance(h, Hook) and n not in STAYING and n not in FREE}

    def over(name: str, hook: Hook) -> bool:
        attempts = hook.attempts(caused[name].id)
        if len(attempts) < _planned(hook):
            return False
        quiet = lab.world.clock.reading() - attempts[-1].arrived.target
        return len(attempts) >= LAST_IN_TURN or quiet > Bounds(GAPS[len(attempts) - 1]).most

    lab.wait(lambda: all(over(name, hook) for name, hook in hooks.items()), TURN)


def _endpoints(lab: Laboratory, trap: str, created: str) -> dict[str, Callable[[], Hook]]:
    """Those that are watched longest after their last attempt are the last."""
    scripts: dict[str, tuple[Answer, ...]] = {**SLOW, **SERVER_ERRORS, **SUCCESSES, **CLIENT_ERRORS}
    scripts |= {name: (*(Redirect(f"{trap}?{code}", code) for code in codes), OK) for name, codes in REDIRECTS.items()}
    scripts["201"] = (Status(201, b"{}", (("Location", created),)),)
    scripts |= {**SECOND_THOUGHTS, **RESETS, REMOVED: (BAD,), **FREE}
    made = {name: _opener(lab, name, script) for name, script in scripts.items()}
    made[REFUSED_LATER] = _opener(lab, REFUSED_LATER, (BAD, OK), own_port=True)
    made[REFUSED_FIRST] = _opener(lab, REFUSED_FIRST, (OK,), own_port=True)
    return made | {name: made.pop(name) for name in WATCHED_LONGEST}


def _opener(lab: Laboratory, name: str, script: Sequence[Answer], *, own_port: bool = False) -> Callable[[], Hook]:
    return lambda: lab.hooks.open("primary", name, script, [SUCCEEDED], own_port=own_port, own_place=False)


def _failing(lab: Laboratory) -> Hook | NotTested:
    try:
        lab.world.prompt("failed")
        return lab.hooks.open("primary", "a failed generation at 500", (BAD,), [FAILED], own_place=False)
    except NotTested as reason:
        return reason


def _failure(world: World) -> Cause:
    return Cause(a_generation(prompt=world.prompt("failed")), FAILED, "retries: failed")


def _disturb(lab: Laboratory, hooks: Mapping[str, Hook]) -> float | None:
    """Remove one endpoint between its first attempt and the retry; open the closed port. When it was removed."""
    lab.wait(lambda: False, RESERVE / 2)
    removed_at = None
    if REMOVED in hooks and 200 <= lab.hooks.registrar.remove("primary", hooks[REMOVED].id).status < 300:
        removed_at = lab.world.clock.reading()
    if REFUSED_FIRST in hooks:
        hooks[REFUSED_FIRST].endpoint.admit_unknown()
        hooks[REFUSED_FIRST].endpoint.open_port()
    return removed_at


def _refuse_a_retry(lab: Laboratory, hooks: Mapping[str, Hook], main: Caused) -> int:
    """Have the first retry at one endpoint meet a closed port; how many deliveries of other tests may have met it."""
    hook = hooks.get(REFUSED_LATER)
    first = hook.attempts(main.id)[:1] if hook else ()
    if not hook or not first:
        return 0
    lab.wait(lambda: False, first[0].arrived.target + BEFORE_A_RETRY - lab.world.clock.reading())
    closed = lab.world.clock.reading()
    hook.endpoint.close_port()
    lab.wait(lambda: len(hooks[CONTROL].attempts(main.id)) > 1, Bounds(GAPS[0]).most)
    lab.wait(lambda: False, AFTER_A_RETRY)
    hook.endpoint.open_port()
    return _unrelated(hooks, main, since=closed)


def _unrelated(hooks: Mapping[str, Hook], main: Caused, *, since: float) -> int:
    """How many deliveries of other generations came to the control since then."""
    if CONTROL not in hooks:
        return 0
    came = (a for a in hooks[CONTROL].endpoint.attempts() if a.arrived.target >= since)
    return len({attempt.generation for attempt in came} - {main.id})


def _await(
    lab: Laboratory, main: Caused, left: Mapping[str, Hook], bad: Sequence[Caused], failing: Hook | NotTested
) -> None:
    """Wait until every endpoint that is left has had the attempts that are due, or has none to expect any more."""
    if (main.life.polls[-1:] and main.life.polls[-1].member("status") in {"queued", "running"}) or not main.id:
        _ = main.life.end

    def complete() -> bool:
        counts = (len(hook.attempts(main.id)) >= _planned(hook) for name, hook in left.items() if name not in FREE)
        last = not isinstance(failing, Hook) or len(failing.attempts(bad[0].id)) >= MOST_ATTEMPTS
        return all(counts) and last

    lab.wait(complete, LONGEST + RESERVE)


def _sees_out(world: World) -> bool:
    """Whether the run may wait until a fifth attempt would have come."""
    try:
        world.must_wait(SHORTEST + TAIL)
    except NotTested:
        return False
    return True
