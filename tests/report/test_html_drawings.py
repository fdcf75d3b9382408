"""The drawings: their numbers, whatever the evidence."""

import json
from dataclasses import replace
from typing import Any

import pytest

from conformance.checks.retries import GAPS
from conformance.contract import documented
from conformance.evidence import Exchange, Request, Response
from conformance.evidence.attempt import Attempt, Ending, Moment
from conformance.report.html import html_page
from conformance.report.html.attempts_drawing import Deliveries, deliveries
from conformance.report.html.axis import Axis, seconds
from conformance.report.html.endpoints import names_of_endpoints
from conformance.report.html.quota_drawing import MOST_POINTS, Counter, counters
from conformance.report.html.states_drawing import Way, seen, states
from conformance.report.model import CheckPart
from conformance.verdict import Verdict
from tests.report.html_samples import ID, Make, attempt, exchange

QUOTA = documented().quota


@pytest.mark.parametrize(
    ("value", "words"),
    [(0, "0 s"), (27.5, "27.5 s"), (60, "1 min"), (150, "2 min 30 s"), (7500, "2 h 5 min"), (7200, "2 h")],
)
def test_times_are_told_as_people_say_them(value: float, words: str) -> None:
    assert seconds(value) == words


@pytest.mark.parametrize("end", [0.0, 0.4, 1.0, 59.0, 1400.0, 1e9])
@pytest.mark.parametrize("by_roots", [True, False])
def test_an_axis_stays_within_the_drawing(end: float, by_roots: bool) -> None:
    axis = Axis(end, by_roots)
    places = [tick.x for tick in axis.ticks(seconds)]

    assert places == sorted({*places})
    assert places[0] == 0
    assert places[-1] <= 100
    assert (axis(-5), axis(end * 2)) == (0, 100 if end else 0)


# Deliveries.


def check(**more: Any) -> CheckPart:
    plain: dict[str, Any] = {"id": "t::a", "requirements": ["RETRY-15"], "verdict": Verdict.FAIL, "expected": ""}
    return CheckPart(
        **plain | {"received": "", "message": "", "curl": "", "exchanges": [], "requests": 0, "seconds": 0.0} | more
    )


def at(serial: int, target: float, status: int = 500, **more: Any) -> Attempt:
    moment = Moment(target, target)
    return attempt(serial, "e", arrived=moment, ended=Ending("answered", status, moment), **more)


def drawn(*attempts: Attempt, decisive: int = -1) -> Deliveries:
    came = {one.serial: one for one in attempts}
    found = deliveries(check(attempts=list(came), attempt=decisive), came)
    assert found
    return found


def test_windows_say_whether_a_retry_came_in_them() -> None:
    times = [0.0, GAPS[0], GAPS[0] + GAPS[1], 5000.0]
    (lane,) = drawn(*(at(place, when) for place, when in enumerate(times)), decisive=3).lanes

    assert [window.kept for window in lane.windows] == [True, True, False]
    assert [shot.decisive for shot in lane.shots] == [False, False, False, True]
    assert all(0 <= window.x < window.until <= 100 for window in lane.windows)
    assert [shot.taken for shot in lane.shots] == [False] * 4


def test_an_endpoint_is_called_what_its_registration_was_told() -> None:
    def registration(probe: str, url: object) -> Exchange:
        return exchange(1, body=b"", probe=probe, request=Request("POST", "/", (), json.dumps({"url": url}).encode()))

    sent = [registration("endpoint that answers 410", "http://r/t0k3n?x=1"), registration("endpoint 'odd'", ["r"])]
    came = replace(at(0, 0.0), path="/moved/t0k3n?x=1")
    names = names_of_endpoints([*sent, registration("no cookie", "http://r/other")], [came, at(1, 0.0)])
    found = deliveries(check(attempts=[0], attempt=0), {0: came}, names)

    assert names == {"e": "endpoint that answers 410"}
    assert found is not None
    assert found.lanes[0].name == "endpoint that answers 410"


def test_the_endpoint_at_which_the_same_test_passed_is_drawn_beside_the_one_that_decides() -> None:
    came = {0: at(0, 0.0), 1: replace(at(1, 0.0), endpoint="f"), 2: replace(at(2, 0.0), endpoint="g")}
    came[3] = replace(at(3, GAPS[0]), endpoint="f")
    names = {"e": "endpoint that answers 410", "f": "endpoint that answers 500", "g": "endpoint that answers 401"}
    found = deliveries(check(attempts=list(came), attempt=0), came, names, {"endpoint that answers 401"})

    assert found is not None
    assert [(lane.endpoint, lane.right) for lane in found.lanes] == [("e", False), ("g", True), ("f", False)]


def test_no_retry_is_awaited_after_a_success() -> None:
    (lane,) = drawn(at(0, 0.0), at(1, GAPS[0], 200)).lanes

    assert [window.number for window in lane.windows] == [1]
    assert [shot.taken for shot in lane.shots] == [False, True]


def test_the_delivery_that_decides_comes_first_and_the_others_are_counted() -> None:
    attempts = [at(serial, float(serial), generation=f"g{serial}") for serial in range(9)]
    found = drawn(*attempts, decisive=7)

    assert found.lanes[0].generation == "g7"
    assert len(found.lanes) + found.more == 9


def test_an_attempt_that_was_never_answered_is_drawn() -> None:
    (lane,) = drawn(attempt(0, "e", ended=None)).lanes
    assert (lane.shots[0].answer, lane.windows) == ("e", ())


def test_what_is_not_about_deliveries_has_no_drawing() -> None:
    assert deliveries(check(requirements=["AUTH-1"], attempts=[0]), {0: at(0, 0.0)}) is None
    assert deliveries(check(), {}) is None


# The counter.


def poll(number: int, **more: Any) -> Exchange:
    headers = (("X-RateLimit-Remaining", str(more.pop("remaining", ""))),)
    body = f'{{"status": "{more.pop("state", "queued")}"}}'.encode()
    plain: dict[str, Any] = {
        "request": Request("GET", f"http://h/api/v1/generations/{ID}"), "operation": "generation",
        "response": Response(more.pop("status", 200), headers, body),
    }  # fmt: skip
    return exchange(number, **plain | more)


def counter(*polls: Exchange, decisive: int = -1) -> Counter:
    (found,) = counters(polls, decisive)
    return found


def test_the_counter_tells_what_each_answer_told() -> None:
    found = counter(*(poll(place, remaining=QUOTA - place) for place in range(3)), poll(3, status=429), decisive=3)

    assert (found.calls, found.highest, found.lowest, found.refusals) == (4, QUOTA, QUOTA - 2, 1)
    assert (found.throttled, found.decisive) == ((100.0,), 100)
    assert found.line.startswith("M0.0 0.0L333.3 ")


def test_a_long_line_is_whole_in_the_page(report: Make) -> None:
    polls = [poll(place, remaining=place % QUOTA) for place in range(MOST_POINTS)]
    assert f'd="{counter(*polls).line}"' in html_page(report(), polls)


def test_a_long_line_keeps_its_extremes() -> None:
    polls = [poll(place, remaining=0 if place == 4321 else QUOTA) for place in range(9000)]
    found = counter(*polls)

    assert found.line.count("L") <= MOST_POINTS
    assert " 100.0" in found.line


@pytest.mark.parametrize("remaining", ["", "-1", "x", "9" * 18])
def test_a_counter_of_nonsense_stays_within_the_drawing(remaining: str) -> None:
    for found in counters([poll(0, remaining=remaining), poll(1, remaining=5)]):
        assert all(0 <= float(y) <= 100 for y in [point.split()[1] for point in found.line[1:].split("L")])


# States.


def ways(*polls: Exchange) -> tuple[Way, ...]:
    found = states(seen(polls))
    return found.ways if found else ()


def test_generations_that_went_the_same_way_are_one_line() -> None:
    other = Request("GET", "http://h/api/v1/generations/other")
    first = [poll(place, state=state) for place, state in enumerate(["queued", "running", "running", "succeeded"])]
    second = [poll(place, state=state, request=other) for place, state in enumerate(["queued", "running", "succeeded"])]
    (way,) = ways(*first, *second)

    assert (way.states, way.count, way.ids) == (("queued", "running", "succeeded"), 2, (ID, "other"))
    assert (way.odd, way.lasted) == (False, "3 s")
    assert [stretch.kind for stretch in way.stretches] == ["queued", "running", "succeeded"]


@pytest.mark.parametrize(
    "path", [["succeeded", "running"], ["running", "queued"], ["failed", "blocked"], ["queued", "moderated"]]
)
def test_a_way_that_is_not_documented_is_odd(path: list[str]) -> None:
    (way,) = ways(*(poll(place, state=state) for place, state in enumerate(path)))
    assert way.odd


def test_where_nothing_was_polled_nothing_is_drawn() -> None:
    assert states(seen([exchange(1)])) is None
