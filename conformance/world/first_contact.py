"""First contact with the target: asked once by each process, waited for where the user says so (R38)."""

from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as until
from contextlib import contextmanager, nullcontext
from contextvars import copy_context
from dataclasses import replace
from typing import Any

from conformance.checks.contact import NO_TARGET, FirstContact, seconds_to_reset
from conformance.checks.windows import UNAUTHORIZED
from conformance.client import Api, Recorder
from conformance.client.sender import Sender
from conformance.contract import Operation, load
from conformance.errors import Inconclusive, NotTested, Throttled, TimeIsOver
from conformance.evidence import Exchange
from conformance.target import ACCOUNTS
from conformance.world.overlap import waiting
from conformance.world.world import World

UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"
LOOK_SECONDS = 2.0
"""Real seconds between two looks at a target that is starting."""
SOON_SECONDS = 5.0
"""Real seconds: an answer that takes longer is not waited for before the next call is sent."""
LONGEST_LOOK = 2
"""Times the seconds of one exchange: the test clock is asked, and then all calls are sent at once."""
MARGIN_SECONDS = 2.0
"""Of the target's time: after the reset, whatever the rounding."""
ANY_ANSWER: dict[str, Any] = {"expects_429": True, "allow_unreachable": True}


def make_contact(world: World, *, needed: int, wait: bool, wait_for_target: float) -> FirstContact:
    """What answered. Raises Inconclusive with the code NO_TARGET when nothing can be judged.

    `needed`: the most calls of the primary key that the run may take; where fewer are left it is not begun, unless it
    may `wait` for the reset. On a clock that is moved, waiting costs nothing and is always done.
    """
    contact, clockless = _started(world, wait_for_target)
    reason = contact.trouble(wait_for_target) or clockless or contact.lacks(needed)
    seconds = seconds_to_reset(contact.unknown)
    if isinstance(reason, Throttled) and seconds is not None and (wait or world.clock.stepped):
        with waiting("the reset of the quota", world.clock.real_seconds(seconds + MARGIN_SECONDS)):
            world.clock.sleep(seconds + MARGIN_SECONDS)
        contact = look(world)
        reason = contact.trouble() or contact.lacks(needed)
    if reason:
        raise reason
    if contact.refuses_the_key:
        raise _refused(world)
    return contact


def _started(world: World, seconds: float) -> tuple[FirstContact, Inconclusive | None]:
    """What answered, and why the test clock does not."""
    (contact, clockless), waited = _tried(world), 0.0
    with waiting("the target to start, at the latest", seconds) if contact.is_starting else nullcontext():
        while contact.is_starting and waited < seconds:
            world.pause(LOOK_SECONDS)
            waited += LOOK_SECONDS
            contact, clockless = _tried(world)
    return contact, clockless


def _tried(world: World) -> tuple[FirstContact, Inconclusive | None]:
    """Where the test clock does not answer, the calls tell whether anything does."""
    with waiting("the target's first answer", LONGEST_LOOK * world.recorder.patience.seconds):
        if clockless := _clockless(world):
            with _without_time(world.recorder):
                return _asked(world, Sender(world.recorder), at_once=True), clockless
        return look(world), None


def _clockless(world: World) -> Inconclusive | None:
    """Why the test clock does not answer; None: it does, or there is none."""
    try:
        if world.clock.stepped:
            world.clock.reading()
    except TimeIsOver:
        raise
    except Inconclusive as error:
        return Inconclusive(error.message, error.hint, NO_TARGET)
    return None


@contextmanager
def _without_time(recorder: Recorder) -> Iterator[None]:
    before, recorder.clock = recorder.clock, lambda: None
    try:
        yield
    finally:
        recorder.clock = before


def look(world: World, *, but: Collection[str] = ()) -> FirstContact:
    """One call of each operation `but` these, one after the other; at the same time where the first is not answered
    soon.
    """
    return _asked(world, _once(world.sender), but=but)


def _asked(world: World, sender: Sender, *, at_once: bool = False, but: Collection[str] = ()) -> FirstContact:
    primary = replace(world.account("primary"), sender=sender)
    calls = {name: _call(primary, operation) for name, operation in load().keyed.items() if name not in but}
    with ThreadPoolExecutor(len(calls)) as pool:
        asked = list[Future[Exchange]]()
        for call in calls.values():
            asked.append(pool.submit(copy_context().run, call))
            if not at_once and (len(asked) == 1 or _answered(asked[0])):
                until(asked, SOON_SECONDS)
        return FirstContact(world.base_url, {name: call.result() for name, call in zip(calls, asked, strict=True)})


def _answered(call: Future[Exchange]) -> bool:
    return call.done() and call.result().response is not None


def _call(primary: Api, operation: Operation) -> Callable[[], Exchange]:
    """A call that costs nothing and changes nothing."""
    body: object = {} if operation.charged else None
    probe = "first contact" if body is None else "first contact, an empty object"
    probe = "an unknown id" if operation.takes_id else probe
    return lambda: primary.call(operation.id, UNKNOWN_ID, body=body, probe=probe, **ANY_ANSWER)


def without_retries(api: Api) -> Api:
    """The same, but nothing is tried again."""
    return replace(api, sender=_once(api.sender))


def _once(sender: Sender) -> Sender:
    return Sender(sender.recorder, remaining=sender.remaining)


def _refused(world: World) -> Inconclusive:
    """The primary key is let in nowhere; whose is tells a wrong key from a wrong server."""
    let_in = [name for name in ACCOUNTS[1:] if _let_in(world, name)]
    others = f"; it lets in {', '.join(let_in)}" if let_in else ""
    return Inconclusive(
        f"the target refuses the key of account 'primary' on every operation ({UNAUTHORIZED}){others}",
        "check accounts.primary.key in the target file, or --api-key: it may have a typo or have expired",
        NO_TARGET,
    )


def _let_in(world: World, name: str) -> bool:
    try:
        api = without_retries(world.account(name))
    except NotTested:
        return False
    answer = api.generation(UNKNOWN_ID, probe="whether another key is let in", **ANY_ANSWER)
    return answer.response is not None and answer.status < 500 and answer.status != UNAUTHORIZED


__all__ = ["NO_TARGET", "UNKNOWN_ID", "FirstContact", "make_contact", "without_retries"]
