"""What can be known of a target before a run, for twelve requests at most and no credit: lines, each with a remedy."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from conformance.checks.contact import FirstContact, believable, until
from conformance.checks.windows import AHEAD, LIMIT, integer, now
from conformance.counted import counted
from conformance.errors import Inconclusive
from conformance.evidence import Exchange
from conformance.evidence.blame import GATEWAY, PAYMENT_REQUIRED, TOO_MANY
from conformance.plan.cost import PRIMARY
from conformance.target import ACCOUNTS, MovedClock
from conformance.target.clock import read_tick
from conformance.world.first_contact import ANY_ANSWER, UNKNOWN_ID, look
from conformance.world.registrar import LOGIN, Registrar
from conformance.world.world import World

TARGET, CLOCK, PRIMARY_KEY = "target", "clock", "primary"
"""Lines without which others say nothing."""
REQUESTS = 12
"""The most that are sent where no credit may be spent."""
CHARGED = frozenset({"generate"})
"""The operation of the first contact that is left to the accounts that cannot buy."""
UNAUTHORIZED, FORBIDDEN = 401, 403
TURNED_AWAY = {"free": FORBIDDEN, "broke": PAYMENT_REQUIRED, "capped": PAYMENT_REQUIRED}
"""Accounts that cannot buy, and what they are answered."""
WHY = {"free": "no API access", "broke": "no credits", "capped": "its cap used up"}
COOKIE = "cookie {}"
SESSIONS = ("primary", "other")
"""The accounts for which webhooks are registered."""
MOVED, ROUNDED = 5.0, 0.05
"""Seconds by which a test clock is moved, and by which it may tell another time."""
LOOPBACK = ("127.", "localhost", "[::1]", "::1")


class State(StrEnum):
    """Of a line: as it should be, something that does not show or stays untested, or what would spoil a run."""

    FINE = "fine"
    OPEN = "open"
    TROUBLE = "trouble"


@dataclass(frozen=True, slots=True)
class Line:
    """`remedy` is empty where there is nothing to mend."""

    what: str
    state: State
    found: str
    remedy: str = ""


def fine(what: str, found: str) -> Line:
    return Line(what, State.FINE, found)


def still_open(what: str, found: str, remedy: str) -> Line:
    return Line(what, State.OPEN, found, remedy)


def trouble(what: str, found: str, remedy: str) -> Line:
    return Line(what, State.TROUBLE, found, remedy)


def preflight(world: World, *, spend: bool) -> Iterator[Line]:
    """The target, its test clock, accounts and sessions. A target that is not reached is asked no further.

    `spend`: accounts that cannot buy are left to the rehearsal, which asks them with a valid body.
    """
    contact = look(world, but=CHARGED)
    if (reason := contact.trouble(None)) and contact.unknown.status != TOO_MANY:
        yield trouble(TARGET, reason.message, reason.hint)
        return
    yield fine(TARGET, f"answers like this API at {world.base_url}")
    yield _truthful(clock(world), contact.unknown)
    yield _primary(contact)
    left_out = TURNED_AWAY.keys() if spend else ()
    yield from (_other(world, name) for name in ACCOUNTS[1:] if world.target.account(name) and name not in left_out)
    yield from _absent(world)
    yield from (session(world, name) for name in SESSIONS if world.target.account(name))


def _primary(contact: FirstContact) -> Line:
    line, poll = _let_in(PRIMARY_KEY, contact.unknown), contact.unknown
    if line.state is not State.FINE:
        return line
    if contact.upload.status == FORBIDDEN:
        return _let_in(PRIMARY_KEY, contact.upload)
    left = believable(contact.calls)
    if left is not None and left < PRIMARY["gate"]:
        few = f"let in, but {quota(poll)}; a gate takes {PRIMARY['gate']}"
        return trouble(PRIMARY_KEY, few, "wait until then, or run with --wait")
    return line


def _other(world: World, name: str) -> Line:
    api = world.account(name)
    if name not in TURNED_AWAY:
        return _let_in(name, api.generation(UNKNOWN_ID, probe="check", **ANY_ANSWER))
    return turned_away(name, api.call("generate", body={}, probe="check, an empty object", **ANY_ANSWER))


def turned_away(name: str, answer: Exchange) -> Line:
    """The line of an account that cannot buy."""
    wanted = TURNED_AWAY[name]
    if answer.status == wanted:
        return fine(name, f"turned away, as it should be: {WHY[name]} ({wanted})")
    line = _let_in(name, answer, also=(FORBIDDEN,) if name == "free" else ())
    if line.state is not State.FINE:
        return line
    return still_open(name, f"whether it has {WHY[name]} does not show ({answer.status})", "add --spend")


def _let_in(name: str, answer: Exchange, also: Sequence[int] = ()) -> Line:
    refusals: Mapping[int, tuple[str, str]] = {
        UNAUTHORIZED: ("the key is refused (401)", f"check key in [accounts.{name}]: a typo, or it has expired"),
        FORBIDDEN: ("no access (403): its plan has none", f"give [accounts.{name}] a key of a Pro or Max plan"),
        TOO_MANY: (f"throttled (429) until {until(answer)}", "wait until then; nobody else should use the key"),
    }
    if answer.status in refusals and answer.status not in also:
        return trouble(name, *refusals[answer.status])
    if answer.response is None or answer.failure or answer.status in GATEWAY:
        return trouble(name, f"no answer: {answer.failure or answer.told}", "look at the network, and check again")
    return fine(name, f"let in; {quota(answer)}")


def quota(answer: Exchange) -> str:
    """What the headers tell of the hourly quota."""
    left = integer(answer.header("x-ratelimit-remaining"))
    if left is None or left > LIMIT:
        return "its quota does not show"
    return f"{left} of {LIMIT} calls left until {until(answer)}"


def _absent(world: World) -> Iterator[Line]:
    names = [name for name in ACCOUNTS if not world.target.account(name)]
    if names:
        remedy = f'add [accounts.{names[0]}] key = "…"' + (" and so on" if len(names) > 1 else "")
        yield still_open("not given", f"{', '.join(names)}: what needs them stays untested", remedy)
    metered = world.target.accounts.metered
    if metered and metered.credits is not None:
        told = f"no call shows it: that metered holds {counted(metered.credits, 'credit')} is believed"
        yield still_open("balance", told, "look at the dashboard before a certify run")


def session(world: World, name: str) -> Line:
    """Whether the dashboard lets an account's cookie in."""
    what, account = COOKIE.format(name), world.target.account(name)
    if account is None or not account.cookie:
        return still_open(what, "none: webhooks stay untested", f'add cookie = "…" to [accounts.{name}]')
    answer = Registrar(world).ask("GET", name, probe="check")
    if 200 <= answer.status < 300:
        return fine(what, "the dashboard lets the session in")
    if answer.status in LOGIN:
        return trouble(what, f"the session is refused ({answer.status})", f"renew cookie in [accounts.{name}]")
    if answer.response is None or answer.failure or answer.status in GATEWAY:
        return trouble(what, f"no answer: {answer.failure or answer.told}", "look at the dashboard, and check again")
    return still_open(what, f"webhooks are not listed ({answer.status}): it does not show", "add --spend")


Moved = Callable[[], Line] | tuple[float, float] | None
"""Why a test clock is of no use, or its time before and after it was moved; None: there is none."""


def clock(world: World) -> Moved:
    """Move a test clock, with one request before."""
    if not isinstance(world.clock, MovedClock):
        return None
    try:
        before = world.clock.reading()
        return before, read_tick(world.clock.call("POST", {"advance": MOVED})).now
    except Inconclusive as error:
        message, hint = error.message, error.hint
        return lambda: trouble(CLOCK, message, hint)


def _truthful(moved: Moved, poll: Exchange) -> Line:
    if moved is None:
        return _passing(poll)
    if callable(moved):
        return moved()
    before, after = moved
    if abs(after - before - MOVED) > ROUNDED:
        told = f"it was moved by {MOVED:g} s, and tells {after - before:g} s more"
        return trouble(CLOCK, told, 'it must stand still until POST {"advance": seconds} moves it by exactly these')
    reset = integer(poll.header("x-ratelimit-reset"))
    if reset is not None and not -ROUNDED <= reset - before <= AHEAD:
        told = f"X-RateLimit-Reset is {reset - before:.0f} s ahead of what it tells"
        return trouble(CLOCK, told, "rate limits must go by the test clock; or leave [clock] control out")
    return fine(CLOCK, f"stands still, was moved by {MOVED:g} s, agrees with rate limits")


def _passing(poll: Exchange) -> Line:
    reset, time = integer(poll.header("x-ratelimit-reset")), now(poll)
    if reset is not None and time is not None and not -1 <= reset - time <= AHEAD:
        told = f"X-RateLimit-Reset is {reset - time:.0f} s ahead of Date, no hour"
        return still_open(CLOCK, told, "look whether both go by the same clock")
    return still_open(
        CLOCK, "no test clock: a certify run waits over an hour", "offer one, and set control in [clock]",
    )  # fmt: skip


def is_loopback(url: str) -> bool:
    return (urlsplit(url).hostname or "").startswith(LOOPBACK)


def transport(world: World, told: str, protected: Sequence[str]) -> Line:
    """How the target is reached. `told`: what differs from the usual; `protected`: what TLS was seen, if any."""
    beside = f"; {told}" if told else ""
    if world.base_url.startswith("https:"):
        return fine("network", f"{', '.join(protected) or 'no TLS was seen'}{beside}")
    if is_loopback(world.base_url):
        return fine("network", f"plain HTTP on this machine{beside}")
    return still_open("network", f"plain HTTP: keys can be read on the way{beside}", "write https:// in base_url")
