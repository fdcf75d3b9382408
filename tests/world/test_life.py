"""A generation's life, watched on a target whose answers are written down beforehand; each failure names its cause."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx

from conformance.client import Journal, Quota, Recorder
from conformance.client.sender import Sender
from conformance.errors import Inconclusive, NotTested, Unreachable
from conformance.evidence import Vault
from conformance.scenarios.idempotency import made
from conformance.target import PassingClock, parse
from conformance.world.generations import generate, generate_together, pause_after
from conformance.world.life import Life
from conformance.world.world import World

FILE = """
[target]
base_url = "http://h"
[accounts.primary]
key = "gimg_0123456789abcdef"
[limits]
generation_seconds = 60
"""
ID = "4f0c"
Live = Callable[..., Life]


class Real:
    """Real time that passes only by sleeping."""

    seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with ExitStack() as open_ones:
        journal = Journal(tmp_path / "main.jsonl")
        open_ones.callback(journal.close)
        recorder = Recorder(journal, Vault("salt"))
        open_ones.callback(recorder.close)
        yield World(parse(FILE, "t.toml"), Sender(recorder), PassingClock(1, Real()), Quota())


@pytest.fixture
def live(world: World) -> Iterator[Live]:
    """The life of a generation that is answered like this, and polled with these answers, the last one for ever."""
    with respx.mock as mock:

        def lived(status: int = 202, body: Any = None, polls: tuple[Any, ...] = ()) -> Life:
            answers = [httpx.Response(200, json=poll) if isinstance(poll, dict) else poll for poll in polls]
            mock.post("http://h/api/v1/generate").mock(
                return_value=httpx.Response(status, json={"generationId": ID} if body is None else body)
            )
            left = iter(answers)
            last = answers[-1] if answers else httpx.Response(404)
            mock.get(f"http://h/api/v1/generations/{ID}").mock(side_effect=lambda _: next(left, last))
            return generate(world, world.account("primary"), {})

        yield lived


def root(action: Callable[[], object]) -> str:
    with pytest.raises(Inconclusive) as caught:
        action()
    return caught.value.root


def test_a_generation_is_polled_until_it_is_over(live: Live, world: World) -> None:
    over = {"status": "succeeded", "outputs": [{"png": "x"}]}
    life = live(polls=({"status": "queued"}, {"status": "processing"}, over))

    assert [poll.member("status") for poll in life.polls] == ["queued", "processing", "succeeded"]
    assert (life.id, life.status, life.outputs) == (ID, "succeeded", [{"png": "x"}])
    assert world.clock.reading() == 2
    assert world.typical_seconds == 2


def test_polling_backs_off_and_ends_when_the_time_is_up(live: Live, world: World) -> None:
    life = live(polls=({"status": "queued"},))

    assert life.over is None
    assert root(lambda: life.end) == "LIFE-9"
    assert world.clock.reading() == pytest.approx(60.1)
    assert len(life.polls) < 15
    assert world.never_ended
    again = live(polls=({"status": "queued"},))
    assert world.clock.reading() == pytest.approx(65.2)
    assert again.over is None


@pytest.mark.parametrize(
    ("status", "body", "cause"), [(422, {}, "GEN-1"), (500, {}, "GEN-1"), (202, {}, "GEN-41"), (202, [], "GEN-41")]
)
def test_what_was_not_accepted_has_no_id(live: Live, status: int, body: Any, cause: str) -> None:
    life = live(status, body)

    assert life.polls == ()
    assert root(lambda: life.id) == cause
    assert root(lambda: life.outputs) == cause


def test_an_id_that_is_compared_is_there(live: Live) -> None:
    assert made(live().accepted, "IDEM-1") == ID
    assert root(lambda: made(live(202, {}).accepted, "IDEM-1")) == "GEN-41"
    assert root(lambda: made(live(409, {}).accepted, "IDEM-1")) == "IDEM-1"


@pytest.mark.parametrize(("answers", "polled"), [((0, 202), 1), ((202, 503), 1)])
def test_a_call_that_is_lost_takes_no_other_with_it(world: World, answers: tuple[int, ...], polled: int) -> None:
    replies = [httpx.Response(one, json={"generationId": ID}) if one else httpx.ReadError("broke") for one in answers]
    with respx.mock as mock:
        mock.post("http://h/api/v1/generate").mock(side_effect=replies)
        polls = mock.get(f"http://h/api/v1/generations/{ID}").respond(json={"status": "succeeded"})
        lives = generate_together(world, world.account("primary"), [{}, {}])

    assert len(polls.calls) == polled
    missing, there = sorted(lives, key=lambda life: life.over is not None)
    assert there.id == ID
    with pytest.raises(Unreachable):
        _ = missing.id


def test_where_all_are_lost_there_is_nothing_to_go_on_with(world: World) -> None:
    with respx.mock as mock:
        mock.post("http://h/api/v1/generate").mock(side_effect=httpx.ReadError("broke"))
        with pytest.raises(Unreachable):
            generate_together(world, world.account("primary"), [{}])


def test_a_replay_may_call_it_id(live: Live) -> None:
    assert live(200, {"id": ID}, ({"status": "failed"},)).id == ID


def test_what_cannot_be_polled_is_another_requirements(live: Live) -> None:
    assert root(lambda: live(polls=(httpx.Response(404),)).end) == "LIFE-1"


def test_an_end_of_another_kind_names_the_kind_that_was_needed(live: Live) -> None:
    life = live(polls=({"status": "blocked"},))

    assert root(lambda: life.ended("succeeded")) == "LIFE-9"
    assert root(lambda: life.ended("failed")) == "LIFE-12"
    assert life.ended("blocked").member("status") == "blocked"


@pytest.mark.parametrize("outputs", [None, [], "x", ["x"]])
def test_a_success_without_outputs_names_them(live: Live, outputs: Any) -> None:
    assert root(lambda: live(polls=({"status": "succeeded", "outputs": outputs},)).outputs) == "OUT-2"


def test_what_a_target_lacks_is_not_tested_and_the_line_is_told(world: World) -> None:
    lacking: list[tuple[Callable[[], object], str]] = [
        (lambda: world.account("other"), 'add [accounts.other] key = "…" to the target file'),
        (lambda: world.cookie("primary"), 'add cookie = "…" to [accounts.primary] in the target file'),
        (lambda: world.cookie("other"), 'add cookie = "…" to [accounts.other] in the target file'),
        (lambda: world.prompt("blocked"), 'add blocked = "…" to [prompts] in the target file'),
    ]
    for action, hint in lacking:
        with pytest.raises(NotTested) as caught:
            action()
        assert caught.value.hint == hint


def test_a_wait_that_is_too_long_is_not_begun(world: World) -> None:
    world.max_wait = 10

    world.must_wait(10)
    with pytest.raises(NotTested, match="would wait 11 s"):
        world.must_wait(11)


def test_a_key_is_a_token_until_it_is_sent(world: World) -> None:
    primary = world.account("primary")

    assert primary.key == "gimg_REDACTED-primary"
    assert "0123456789abcdef" not in repr(primary)
    assert world.recorder.vault.reveal(primary.key) == "gimg_0123456789abcdef"
    assert world.fresh() != world.fresh()


@pytest.mark.parametrize(("takes", "polls"), [(6, 4), (60, 6), (3, 4)])
def test_a_slow_generation_costs_hardly_more_than_a_fast_one(takes: float, polls: int) -> None:
    waited, sent = 0.0, 1
    while waited < takes:
        waited, sent = waited + pause_after(waited, typical=0), sent + 1

    assert sent == polls
    assert pause_after(0, typical=takes) == takes


def test_a_generation_that_was_seen_late_is_known_to_have_taken_less(live: Live, world: World) -> None:
    times = {"createdAt": "2026-01-01T00:00:00Z", "completedAt": "2026-01-01T00:00:04Z"}
    live(polls=(*[{"status": "queued"}] * 3, {"status": "succeeded", "outputs": [], **times}))

    assert world.clock.reading() == 7
    assert world.typical_seconds == 5
