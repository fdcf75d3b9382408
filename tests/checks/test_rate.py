"""The arithmetic of the rate-limit headers: what it finds, and what it must never say of a right server."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from typing import Any

import pytest

from conformance.checks import rate
from conformance.checks.finding import Check, Ruled
from conformance.checks.passive import Traffic
from conformance.checks.windows import LIMIT, UNANSWERED_SECONDS, WINDOW, integer, now
from conformance.evidence import Exchange, Request, Response
from conformance.evidence.exchange import INTERRUPTED

BEGIN = 1_767_225_600
"""A full hour."""


@dataclass
class Server:
    """What a right server would have told, and when. `time` is the target's, in seconds since BEGIN."""

    stepped: bool = True
    on_the_hour: bool = False
    four_hundreds_count: bool = True
    counts_itself: bool = True
    time: float = 100.0
    here: float = 0.0
    used: dict[str, int] = field(default_factory=dict)
    ends: dict[str, float] = field(default_factory=dict)
    seen: list[Exchange] = field(default_factory=list)

    def call(self, status: int = 200, operation: str = "generation", account: str = "primary", **change: Any) -> None:
        """One call that overlaps no other. `change` replaces headers (None: leaves them out) or `budget`."""
        self.seen.append(self.answer(self.here, self.here + 0.01, status, operation, account, **change))
        self.here += 0.02

    def answer(  # noqa: PLR0917 - a call has so many sides
        self, started: float, ended: float, status: int, operation: str = "generation", account: str = "primary",
        budget: str = "", **change: Any,
    ) -> Exchange:  # fmt: skip
        told = {**self._count(status, budget or account), **change}
        headers = tuple(
            (f"X-RateLimit-{name.title()}", str(value)) for name, value in told.items() if value is not None
        )
        date = () if self.stepped else (("Date", formatdate(BEGIN + self.time, usegmt=True)),)
        return Exchange(
            Request("GET", "http://t/api/v1/x"), Response(status, headers + date), started, ended, account=account,
            operation=operation, clock=BEGIN + self.time if self.stepped else None,
        )  # fmt: skip

    def _count(self, status: int, budget: str) -> dict[str, Any]:
        if self.time >= self.ends.get(budget, 0):
            hour = (self.time // WINDOW + 1) * WINDOW
            self.ends[budget], self.used[budget] = hour if self.on_the_hour else self.time + WINDOW, 0
        before = self.used[budget]
        self.used[budget] += status < 400 or (self.four_hundreds_count and status != 429)
        remaining = LIMIT - (self.used[budget] if self.counts_itself else before)
        return {"limit": LIMIT, "remaining": remaining, "reset": int(BEGIN + self.ends[budget])}


ALL: tuple[Check, ...] = (
    rate.reset_is_near,
    rate.reset_does_not_move,
    rate.remaining_counts,
    rate.windows_follow,
)


def failed(seen: list[Exchange]) -> set[str]:
    return {finding.requirement for check in ALL for finding in check(seen).findings}


def traffic(server: Server, calls: int = 60, step: float = 7.0) -> Server:
    """Calls of all kinds, seconds apart, over accounts that take turns."""
    chance = random.Random(calls)  # noqa: S311 - repeatable, not secret
    for _ in range(calls):
        operation = chance.choice(["generate", "upload", "generation"])
        status = chance.choice([200, 200, 200, 400, 404, 429]) if operation == "generation" else 200
        server.call(status, operation, chance.choice(["primary", "other"]))
        server.time += step
    return server


VARIETIES: list[dict[str, Any]] = [
    {"stepped": stepped, "on_the_hour": hour, "four_hundreds_count": counted, "counts_itself": itself}
    for stepped in (True, False)
    for hour in (True, False)
    for counted in (True, False)
    for itself in (True, False)
]


@pytest.mark.parametrize("variety", VARIETIES, ids=str)
@pytest.mark.parametrize("step", [0.01, 7.0, 61.0, 500.0, WINDOW - 1.0, WINDOW + 400.0])
def test_nothing_is_said_of_a_right_server(variety: dict[str, Any], step: float) -> None:
    assert failed(traffic(Server(**variety), step=step).seen) == set()


@pytest.mark.parametrize("variety", VARIETIES, ids=str)
def test_calls_that_overlap_are_counted_in_any_order(variety: dict[str, Any]) -> None:
    server, chance = Server(**variety), random.Random(3)  # noqa: S311 - repeatable, not secret
    for _ in range(30):
        server.call()
        base = server.here
        flying = [server.answer(base, base + chance.random(), chance.choice([200, 404])) for _ in range(5)]
        server.seen += chance.sample(flying, 5)
        server.here += 2
        server.time += 130
    assert failed(server.seen) == set()


def overlapped(status: int, *, given_back: int) -> Server:
    """A call of this status that overlaps another one, after which so many calls are given back; then one more."""
    server = Server()
    server.call()
    beside = server.answer(server.here, server.here + 0.5, status)
    server.here += 0.1
    server.call()
    server.here += 1
    server.used["primary"] -= given_back
    server.seen.append(beside)
    server.call()
    return server


def test_a_refused_call_that_overlaps_may_be_given_back() -> None:
    """Counted when the call beside it was answered, refused after that, and given back (R4)."""
    assert failed(overlapped(404, given_back=1).seen) == set()


def test_an_accepted_call_that_overlaps_is_not_given_back() -> None:
    assert failed(overlapped(200, given_back=2).seen) == {"RATE-9"}


def test_calls_of_several_workers_may_come_in_any_order() -> None:
    server = traffic(Server())
    seen = [replace(e, process=f"gw{i % 3}") for i, e in enumerate(server.seen)]
    random.Random(1).shuffle(seen)  # noqa: S311 - repeatable, not secret
    assert failed(seen) == set()


@pytest.mark.parametrize("step", [7.0, WINDOW + 400.0])
def test_others_may_use_the_key_while_a_run_is_interrupted(step: float) -> None:
    server = Server()
    server.call()
    server.time += step
    for _ in range(3):
        server.call()
    first, _, *rest = server.seen

    assert failed([first, *rest])
    assert failed([first, *(replace(call, process="main-2") for call in rest)]) == set()


def test_all_that_was_asked_is_judged() -> None:
    seen = traffic(Server()).seen
    judged = {name for check in ALL for name in check(seen).judged}
    assert judged == {"RATE-8", "RATE-9", "RATE-10", "RATE-12", "RATE-13"}


def test_a_call_across_the_reset_is_no_deviation() -> None:
    """It began before the reset, and was counted and told so; its Date is later than the reset."""
    server = Server(stepped=False)
    server.call()
    slow = server.answer(server.here, server.here + 9, 200)
    server.here += 0.1
    server.time += 3604
    server.call()
    late = replace(slow, response=replace(slow.response or Response(0), headers=(
        *(slow.response.headers[:-1] if slow.response else ()), ("Date", formatdate(BEGIN + server.time, usegmt=True)),
    )))  # fmt: skip
    server.here += 10
    server.seen.append(late)
    server.call()
    assert failed(server.seen) == set()


def test_a_broken_call_may_be_counted_late_or_never() -> None:
    for counted in (0, 1):
        server = Server()
        server.call()
        broken = Exchange(Request("POST", "http://t"), None, server.here, server.here + 0.01, "primary", "upload")
        server.seen.append(broken)
        server.here += 0.02
        server.call()
        server.used["primary"] += counted
        server.call()
        assert failed(server.seen) == set()


def test_a_broken_call_is_not_counted_once_a_test_clock_was_moved_on() -> None:
    server = Server()
    broken = Exchange(Request("POST", "http://t"), None, 0.0, 0.01, "primary", "upload", clock=BEGIN + server.time)
    server.seen.append(broken)
    server.here, server.time = 0.02, server.time + UNANSWERED_SECONDS + 1
    server.call()
    server.used["primary"] -= 1
    server.call()
    assert failed(server.seen) == {"RATE-9"}


def test_calls_whose_end_was_never_seen_may_be_counted() -> None:
    """A run was interrupted while five calls were under way, and one of them was answered, perhaps the last counted."""
    for counted in range(5):
        server = Server()
        server.call()
        begun = Exchange(Request("POST", "http://t"), None, server.here, server.here, "primary", "generate")
        server.seen += [replace(begun, failure=INTERRUPTED, number=number) for number in range(4)]
        server.used["primary"] += counted
        server.here += UNANSWERED_SECONDS + 1
        server.seen.append(server.answer(1.0, server.here, 202, "generate"))
        assert failed(server.seen) == set()


def test_a_preflight_that_is_answered_counts_or_not() -> None:
    server = Server()
    server.call()
    server.seen.append(replace(server.seen[0], operation="", started=server.here, ended=server.here + 0.001))
    server.here += 0.02
    server.call()
    assert failed(server.seen) == set()


def test_without_any_time_windows_are_told_apart_by_their_resets() -> None:
    server = traffic(Server(stepped=False), step=900)
    seen = [replace(e, response=Response(e.status, e.response.headers[:-1])) for e in server.seen if e.response]
    assert failed(seen) == set()
    assert rate.remaining_counts(seen).judged >= {"RATE-9", "RATE-10"}


Wrong = Callable[[Server], object]


POLLED = (("generate", 202), ("generation", 200), ("generation", 200), ("upload", 200), ("generation", 200))


def _weight(status: int, operation: str, by: int) -> Wrong:
    def spoil(server: Server) -> None:
        for _ in range(3):
            for name, answered in POLLED:
                wrong = (answered, name) == (status, operation)
                server.used["primary"] = server.used.get("primary", 0) + (by if wrong else 0)
                server.call(answered, name)

    return spoil


def _headers(**change: Callable[[Server], Any]) -> Wrong:
    def spoil(server: Server) -> None:
        for _ in range(6):
            server.call(**{name: value(server) for name, value in change.items()})
            server.time += 1

    return spoil


def _budgets(*groups: str, accounts: tuple[str, ...] = ("primary",), whole: str = "") -> Wrong:
    def spoil(server: Server) -> None:
        operations = ["generate", "upload", "generation", "generate", "generation", "upload", "upload", "generation"]
        for place, operation in enumerate(operations * 2):
            group = next((group for group in groups if operation in group.split()), "")
            server.call(200, operation, accounts[place // 2 % len(accounts)], budget=whole or group)

    return spoil


def _gives_back(server: Server) -> None:
    for _ in range(3):
        server.call()
        server.used["primary"] -= 3
        server.call(404)


def _loses_under_load(server: Server) -> None:
    server.call()
    base = server.here
    for lost in (0, 1, 0, 1, 0):
        server.used["primary"] -= lost
        server.seen.append(server.answer(base, base + 1, 200))
    server.here += 2
    server.call()


def _half_comes_back(server: Server) -> None:
    traffic(server, 20)
    server.time += WINDOW
    server.call(account="primary", remaining=590)


def _ends_early(server: Server) -> None:
    server.call()
    server.time += 3700
    server.call(reset=BEGIN + int(server.time) + 1800)


def _own_windows(server: Server) -> None:
    for operation in ("upload", "generate", "generation", "upload", "generate", "generation"):
        server.call(200, operation, budget=operation)
        server.time += 9


DEVIATIONS: list[tuple[str, str, Wrong]] = [
    ("RATE-9", "two for each call", _headers(remaining=lambda s: LIMIT - 2 * len(s.seen))),
    ("RATE-9", "two for an upload", _weight(200, "upload", 1)),
    ("RATE-9", "generate is free", _weight(202, "generate", -1)),
    ("RATE-9", "polls are free", _weight(200, "generation", -1)),
    ("RATE-9", "stuck", _headers(remaining=lambda _: LIMIT - 1)),
    ("RATE-9", "lost under load", _loses_under_load),
    ("RATE-10", "given back", _gives_back),
    ("RATE-8", "three budgets", _budgets("generate", "upload", "generation")),
    ("RATE-8", "polls apart", _budgets("generate upload", "generation")),
    ("RATE-8", "uploads apart", _budgets("generate generation", "upload")),
    ("RATE-8", "three windows", _own_windows),
    ("RATE-7", "one for all keys", _budgets(accounts=("primary", "other"), whole="all")),
    ("RATE-12", "milliseconds", _headers(reset=lambda _: (BEGIN + 3700) * 1000)),
    ("RATE-12", "a duration", _headers(reset=lambda _: WINDOW)),
    ("RATE-12", "two hours", _headers(reset=lambda _: BEGIN + 7300)),
    ("RATE-12", "in the past", _headers(reset=lambda _: BEGIN)),
    ("RATE-12", "six seconds more than an hour", _headers(reset=lambda s: BEGIN + int(s.time) + 3606)),
    ("RATE-13", "slides by a second at a time", _headers(reset=lambda s: BEGIN + int(s.time) + WINDOW)),
    ("RATE-14", "half of it comes back", _half_comes_back),
    ("RATE-15", "the next window is shorter", _ends_early),
]


@pytest.mark.parametrize("stepped", [True, False], ids=["stepped", "real"])
@pytest.mark.parametrize(("requirement", "_what", "wrong"), DEVIATIONS, ids=[row[1] for row in DEVIATIONS])
def test_each_deviation_fails_its_own_requirement(requirement: str, _what: str, wrong: Wrong, *, stepped: bool) -> None:
    server = Server(stepped=stepped)
    wrong(server)
    assert failed(server.seen) == {requirement}


def test_an_old_reset_is_no_straddling_when_the_window_was_known_to_be_over() -> None:
    """An answer before the call began was later than the reset already."""
    server = Server(stepped=False)
    server.call()
    server.time += WINDOW + 3
    server.call()
    server.call(reset=int(BEGIN + 100 + WINDOW))
    assert "RATE-12" in failed(server.seen)


def test_a_late_reset_is_no_straddling_when_it_was_never_promised() -> None:
    server = Server(stepped=False)
    server.call(reset=BEGIN + 90)
    assert failed(server.seen) == {"RATE-12"}


def test_a_window_that_is_only_told_wrongly_moves_for_nobody() -> None:
    """RATE-12 is the one deviation: what is judged by such a reset would be judged twice."""
    server = Server()
    for _ in range(3):
        server.call(reset=BEGIN + 9999)
        server.time += 3000
    assert failed(server.seen) == {"RATE-12"}


@pytest.mark.parametrize("status", [200, 202, 400, 401, 404])
def test_retry_after_elsewhere_is_found(status: int) -> None:
    assert _retry_after(status).findings[0].requirement == "RATE-17"


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_at_home_on_a_429_and_nobodys_on_a_503(status: int) -> None:
    assert _retry_after(status) == Ruled(frozenset())


def _retry_after(status: int) -> Ruled:
    response = Response(status, (("retry-after", "1"),))
    return rate.retry_after_only_on_429([Exchange(Request("GET", "http://t"), response, 0, 1, "a", "upload")])


def test_a_401_without_one_of_the_headers_is_found() -> None:
    server = Server()
    server.call(401, account="")
    assert rate.headers_on_401(server.seen) == Ruled(frozenset({"RATE-29"}))
    server.call(401, account="", reset=None)
    assert [finding.expected for finding in rate.headers_on_401(server.seen).findings] == ["X-RateLimit-Reset on a 401"]


@pytest.mark.parametrize("text", [None, "", "5.0", "-1", "٣", "5;w=1", "1e3", "9" * 19, "5, 5"])
def test_what_is_no_decimal_integer_is_no_number(text: str | None) -> None:
    assert integer(text) is None


def test_the_time_is_the_test_clocks_or_the_dates() -> None:
    told = Exchange(Request("GET", "http://t"), Response(200, (("Date", "Thu, 01 Jan 2026 00:00:00 GMT"),)), 0, 1)
    assert now(told) == BEGIN
    assert now(replace(told, clock=5.0)) == 5.0
    assert now(replace(told, response=Response(200, (("Date", "yesterday"),)))) is None
    assert now(replace(told, response=None)) is None


@pytest.mark.parametrize("budget", ["primary", "a budget of its own"])
def test_what_an_extension_sent_may_have_been_counted(budget: str) -> None:
    """It is not judged itself, whatever was answered, and nobody is accused of what it took."""
    server = Server()
    server.call()
    server.call(budget=budget)
    beside = replace(server.seen.pop(), response=Response(500))
    server.call()

    assert failed([*Traffic.of(server.seen, [beside]).every]) == set()
    assert failed(server.seen) == ({"RATE-9"} if budget == "primary" else set())
