import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from conformance.reference import RunningClock, SteppedClock, clock_named, start
from conformance.reference.clock import START, iso
from tests.reference.caller import Caller, Meet


def run(scenario: Callable[[SteppedClock], Coroutine[Any, Any, None]]) -> None:
    async def live() -> None:
        clock = SteppedClock(grace=0)
        await scenario(clock)
        await clock.close()

    asyncio.run(live())


def test_it_stands_still_and_moves_exactly() -> None:
    async def scenario(clock: SteppedClock) -> None:
        assert clock.now() == START.timestamp()
        for _ in range(10):
            await clock.advance(0.1)
        assert iso(clock.now()) == "2026-01-01T00:00:01.000Z"

    run(scenario)


def test_timers_ring_in_order_of_time_each_at_its_own_time() -> None:
    async def scenario(clock: SteppedClock) -> None:
        heard: list[tuple[str, str]] = []

        async def sleeper(name: str, *naps: float) -> None:
            for nap in naps:
                await clock.sleep(nap)
                heard.append((name, iso(clock.now())[17:23]))

        clock.spawn(sleeper("a", 3, 1))
        clock.spawn(sleeper("b", 1, 2.5))
        await asyncio.sleep(0)
        await clock.advance(10)
        assert heard == [("b", "01.000"), ("a", "03.000"), ("b", "03.500"), ("a", "04.000")]
        assert clock.next() is None

    run(scenario)


def test_a_woken_task_is_busy_before_it_runs() -> None:
    async def scenario(clock: SteppedClock) -> None:
        async def sleeper() -> None:
            await clock.sleep(1)
            await asyncio.Event().wait()

        clock.spawn(sleeper())
        assert clock.busy() == 1
        await asyncio.sleep(0)
        assert clock.busy() == 0
        clock._now += 1000
        clock._ring_due()
        assert clock.busy() == 1
        await clock.advance(5)
        assert clock.busy() == 1

    run(scenario)


def test_a_cancelled_timer_is_never_next() -> None:
    async def scenario(clock: SteppedClock) -> None:
        sooner, later = clock.timer(1), clock.timer(2)
        sooner.cancel()
        assert clock.next() == START.timestamp() + 2
        await clock.advance(2)
        assert later.done()

    run(scenario)


def test_no_wait_at_all_needs_no_advance() -> None:
    async def scenario(clock: SteppedClock) -> None:
        await clock.sleep(0)
        assert clock.timer(-1).done()

    run(scenario)


def test_a_sleep_outside_spawned_work_is_not_counted() -> None:
    async def scenario(clock: SteppedClock) -> None:
        outside = asyncio.ensure_future(clock.sleep(1))
        await asyncio.sleep(0)
        assert clock.busy() == 0
        await clock.advance(1)
        await outside

    run(scenario)


def test_a_scaled_clock_runs_faster() -> None:
    async def scenario() -> None:
        clock = RunningClock(scale=100_000)
        begin = clock.now()
        await clock.sleep(100)
        assert clock.now() - begin >= 99.9
        clock.timer(1e9).cancel()
        clock.spawn(clock.sleep(1e9))
        await clock.close()
        assert not clock.tasks

    asyncio.run(scenario())


def test_clocks_by_name() -> None:
    real, scaled = clock_named("real"), clock_named("20")
    assert isinstance(clock_named("stepped"), SteppedClock)
    assert isinstance(real, RunningClock)
    assert isinstance(scaled, RunningClock)
    assert (real.scale, scaled.scale) == (1, 20)
    for wrong in ("sundial", "0", "-1", "inf", "nan"):
        with pytest.raises(ValueError, match=r".+"):
            clock_named(wrong)


def test_the_control_path(primary: Caller) -> None:
    assert primary.http.get("/__clock").json() == {"now": "2026-01-01T00:00:00.000Z", "next": None, "busy": 0}
    primary.generate()
    assert primary.http.get("/__clock").json()["next"] == "2026-01-01T00:00:01.000Z"
    assert primary.advance(1) == {"now": "2026-01-01T00:00:01.000Z", "next": "2026-01-01T00:00:03.000Z", "busy": 0}
    assert primary.advance(0.5)["now"] == "2026-01-01T00:00:01.500Z"
    answer = primary.http.get("/__clock")
    assert answer.headers["Date"] == "Thu, 01 Jan 2026 00:00:01 GMT"
    assert not [name for name in answer.headers if name.startswith("x-ratelimit")]


@pytest.mark.parametrize("body", ['{"advance": -1}', '{"advance": "1"}', '{"advance": true}', "{}", "[]", "1e999", ""])
def test_the_control_path_refuses_what_is_no_time(primary: Caller, body: str) -> None:
    assert primary.http.post("/__clock", content=body).status_code == 400


def test_a_running_clock_has_no_control_path(meet: Meet) -> None:
    with start(clock=RunningClock()) as server:
        assert meet(server, "primary").http.get("/__clock").status_code == 404
