"""A story is shown shortly to people, and whole in report.json."""

from typing import Any

from conformance.report.model import CheckPart, StepPart
from conformance.report.story import MOST_STEPS, again, in_the_logs, sent_of, shortened, story_lines
from conformance.verdict import Mark, Verdict

ID = "23a7711a-8133-4876-b7eb-dcd9e87a1613"


def step(number: int, role: str = "poll", **more: Any) -> StepPart:
    plain: dict[str, Any] = {"exchanges": [number], "attempts": [], "seconds": float(number), "status": 200}
    return StepPart(**{**plain, "role": role, "request_id": f"gimg-ab-{number}", **more})


def check(*story: StepPart, curl: str = "") -> CheckPart:
    return CheckPart(
        id="t::a", requirements=["A-1"], verdict=Verdict.FAIL, expected="a", received="b", message="", curl=curl,
        repeat="gimg-conformance run --only t::a", exchanges=[], requests=0, seconds=0.0, story=list(story),
    )  # fmt: skip


def test_a_short_story_is_told_whole() -> None:
    steps = [
        step(1, "the first call", status=202, told=f"generationId {ID}", mark=Mark.COMPARED),
        step(2, told="queued", exchanges=[2, 3, 7], generation=ID),
        step(8, "the same again", status=0, told="no answer in time", mark=Mark.DECISIVE),
        step(
            9,
            "attempt 2",
            exchanges=[],
            attempts=[4],
            status=500,
            told="generation.failed",
            endpoint="endpoint-1",
            generation=ID,
        ),
    ]

    assert list(story_lines(check(*steps))) == [
        "• #1 1.0 s the first call → 202, generationId 23a7711a…",
        "  #2…7 2.0 s 3 polls of 23a7711a… → 200, queued",
        "▶ #8 8.0 s the same again → no answer, no answer in time",
        "  @4 9.0 s attempt 2 of 23a7711a… at endpoint-1: generation.failed; we answer 500",
    ]


def test_a_long_story_keeps_its_beginning_what_decided_and_its_neighbours() -> None:
    steps = [step(number, told=str(number)) for number in range(60)]
    steps[40] = step(40, "the 601st", status=200, mark=Mark.DECISIVE)
    steps[10] = step(10, "the first call", mark=Mark.COMPARED)
    shown = list(shortened(steps))
    numbers = [each.exchanges[0] for each in shown if isinstance(each, StepPart)]

    assert len(numbers) == MOST_STEPS
    assert {0, 10, 38, 39, 40, 41} <= set(numbers)
    assert shown[1] == "… 9 polls"
    assert shown[-1] == "… 18 polls"


def test_a_long_story_keeps_what_was_sent_before_many_probes_of_the_same_kind() -> None:
    """It may have caused what the last of the probes was answered."""
    causes = [step(number, ("OPTIONS", "HEAD", "GET")[number % 3]) for number in range(20, 32)]
    probes = [step(number, f"five at once, call {number % 5} of 5") for number in range(32, 60)]
    probes[-3] = step(57, "five at once, call 2 of 5", mark=Mark.DECISIVE)
    shown = list(shortened([*(step(number) for number in range(20)), *causes, *probes]))
    roles = [each.role if isinstance(each, StepPart) else each for each in shown]

    assert roles == [
        "poll", "… 28 requests", "GET", "OPTIONS", "HEAD", "… 23 requests",
        *(f"five at once, call {number} of 5" for number in (0, 1, 2, 3)), "… 1 request",
    ]  # fmt: skip


def test_what_is_left_out_is_counted() -> None:
    steps = [step(number, "poll" if number % 2 else "download", exchanges=[number, 99]) for number in range(40)]
    steps[5] = step(5, "attempt 1", exchanges=[], attempts=[1])
    steps[0] = step(0, mark=Mark.DECISIVE)

    assert [each for each in shortened(steps) if isinstance(each, str)] == ["… 74 requests, 1 attempt"]


def test_a_story_without_a_decisive_step_keeps_its_end() -> None:
    shown = list(shortened([step(number) for number in range(60)]))

    assert [shown[0], shown[-1]] == [step(0), step(59)]


def test_the_logs_are_searched_for_what_decided_first() -> None:
    told = check(step(1, mark=Mark.COMPARED), step(2, mark=Mark.DECISIVE), step(3))

    assert in_the_logs(told) == "X-Request-Id gimg-ab-2, gimg-ab-1"
    assert in_the_logs(check(step(3))) == ""
    assert in_the_logs(check(*(step(n, mark=Mark.COMPARED) for n in range(9)))).endswith("gimg-ab-2 and 6 more")


def test_what_was_sent_is_told_where_no_line_of_curl_shows_it() -> None:
    decisive = step(1, mark=Mark.DECISIVE, sent="POST /x {}")

    assert (sent_of(check(decisive)), sent_of(check(decisive, curl="curl -i"))) == ("POST /x {}", "")
    assert (again(check()), again(check(curl="curl -i"))) == ("gimg-conformance run --only t::a", "curl -i")


def test_nothing_of_a_target_steers_a_terminal() -> None:
    lines = list(story_lines(check(step(1, "a\x1b[31m", told="\u202e[bold]\n" * 400))))

    assert len(lines) == 1
    assert "\x1b" not in lines[0]
    assert "\u202e" not in lines[0]
    assert len(lines[0]) < 400
