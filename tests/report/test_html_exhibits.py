"""Requests and responses side by side: shortened, and with what matters marked."""

from collections.abc import Iterable
from typing import Any

import pytest

from conformance.evidence import Exchange, Request, Response
from conformance.evidence.attempt import Ending, Moment
from conformance.report.html.exhibits import MOST_CHARACTERS, MOST_LINES, Exhibit, Side, exhibits
from conformance.report.model import CheckPart, StepPart
from conformance.verdict import Mark, Verdict
from tests.report.html_samples import attempt, exchange


def step(number: int, mark: Mark = Mark.DECISIVE, **more: Any) -> StepPart:
    plain: dict[str, Any] = {"exchanges": [number], "attempts": [], "role": "a call", "seconds": 0.0, "status": 400}
    return StepPart(**plain | {"mark": mark} | more)


def check(*story: StepPart, expected: str = "", received: str = "") -> CheckPart:
    return CheckPart(
        id="t::a", requirements=["A-1"], verdict=Verdict.FAIL, expected=expected, received=received, message="",
        curl="", exchanges=[], requests=0, seconds=0.0, story=list(story),
    )  # fmt: skip


def told(check: CheckPart, *sent: Exchange, most: int = 3) -> list[Exhibit]:
    return exhibits(check, {one.number: one for one in sent}, {}, most)


def marked(side: Side) -> list[str]:
    return [line.text.strip() for line in side.lines if line.mark]


def answer(body: bytes, status: int = 200, headers: Iterable[tuple[str, str]] = (), number: int = 1) -> Exchange:
    return exchange(number, request=Request("GET", "http://h/a"), response=Response(status, tuple(headers), body))


def test_what_the_check_speaks_of_is_marked() -> None:
    one = answer(b'{"generationId": 5, "status": "queued"}', 202, [("Retry-After", "x"), ("Date", "y")])
    (shown,) = told(check(step(1), expected="status 400, header Retry-After", received="status 202, body {}"), one)

    assert marked(shown.answered) == ["status 202", "Retry-After: x", '"status": "queued"']


def test_a_value_that_was_received_is_marked_where_it_stands() -> None:
    one = answer(b"", headers=[("x-ratelimit-remaining", "598"), ("x-ratelimit-limit", "9")])
    (shown,) = told(check(step(1), expected="what remains from 599", received="598"), one)

    assert marked(shown.answered) == ["x-ratelimit-remaining: 598"]


def test_what_is_special_about_a_request_is_marked() -> None:
    sent = exchange(1, body=b'{"prompt": "a", "n": 5}')
    (shown,) = told(check(step(1, role="n 5"), expected="status 400", received="status 202"), sent)

    assert marked(shown.sent) == ['"n": 5']


def test_the_id_of_a_delivery_is_marked_where_the_check_speaks_of_it() -> None:
    first, second = (attempt(at, headers=(("X-Gptimg-Delivery", f"d-{at}"),), body=b"") for at in (0, 1))
    steps = (
        step(0, Mark.COMPARED, exchanges=[], attempts=[0]),
        step(0, Mark.DECISIVE, exchanges=[], attempts=[1]),
    )
    for received, wanted in (("X-Gptimg-Delivery d-1", ["X-Gptimg-Delivery: d-1"]), ("something else", [])):
        *_, decisive = exhibits(check(*steps, received=received), {}, {0: first, 1: second})
        assert marked(decisive.sent) == wanted


def test_a_call_that_was_answered_rightly_shows_what_makes_the_difference() -> None:
    def call(number: int, body: bytes, status: int) -> Exchange:
        sent = Request("POST", "http://h/a", (("Idempotency-Key", f"k-{number}"),), body)
        return exchange(number, request=sent, response=Response(status, (("Retry-After", "1"),), b'{"status": "x"}'))

    wrong, right = call(2, b'{"n": 3, "quality": "low"}', 500), call(1, b'{"n": 2, "quality": "low"}', 202)
    story = check(step(2), expected="a 2xx status", received="status 500")
    first, second = exhibits(story, {2: wrong}, {}, beside=right)

    assert (first.number, first.right, second.decisive) == ("#1", True, True)
    assert (marked(first.sent), marked(second.sent)) == (['"n": 2,'], ['"n": 3,'])
    assert (marked(first.answered), marked(second.answered)) == (["status 202"], ["status 500"])


def test_two_exchanges_are_marked_where_they_differ() -> None:
    first = answer(b'{"id": "a", "status": "failed"}', headers=[("Date", "1")])
    second = answer(b'{"id": "a", "status": "running"}', headers=[("Date", "2")], number=2)
    one, two = told(check(step(1, Mark.COMPARED), step(2)), first, second)

    assert (marked(one.answered), marked(two.answered)) == (['"status": "failed"'], ['"status": "running"'])
    assert (one.decisive, two.decisive) == (False, True)
    assert marked(one.sent) == marked(two.sent) == []


@pytest.mark.parametrize(
    ("body", "cut"), [(b"x" * 100_000, 100_000), (b"y\n" * 1000, 2000), (b"short", 0), (b"\xff\xfe\x00", 0), (b"", 0)]
)
def test_a_long_body_is_shortened_and_its_length_told(body: bytes, cut: int) -> None:
    (shown,) = told(check(step(1)), answer(body))

    assert shown.answered.cut == cut
    assert shown.answered.binary == (3 if body.startswith(b"\xff") else 0)
    assert len(shown.answered.lines) <= MOST_LINES + 3
    assert sum(len(line.text) for line in shown.answered.lines) < MOST_CHARACTERS * 1.5


def test_text_is_not_cut_within_a_character() -> None:
    (shown,) = told(check(step(1)), answer("€".encode() * 50_000))
    assert (shown.answered.binary, shown.answered.cut) == (0, 150_000)


def test_no_answer_is_told_with_its_reason() -> None:
    (shown,) = told(check(step(1)), exchange(1, response=None, failure="no answer in 15 s"))
    assert (shown.answered.has_none, shown.answered.absent) == (True, "no answer in 15 s")


def test_an_attempt_is_shown_as_it_arrived_with_what_the_receiver_did() -> None:
    at = Moment(1.5, 99.0)
    came = {0: attempt(0, "e", ended=Ending("hung up", 0, at)), 1: attempt(1, "e")}
    broken, answered = (exhibits(check(step(0, attempts=[serial], exchanges=[])), {}, came)[0] for serial in (0, 1))

    assert broken.arrived
    assert broken.answered.has_none
    assert [line.text for line in answered.answered.lines] == ["status 500"]
    assert (broken.number, answered.number, broken.milliseconds) == ("@0", "@1", 1500)


def test_of_what_was_compared_the_last_are_shown() -> None:
    steps = [*(step(number, Mark.COMPARED) for number in range(1, 7)), step(7)]
    sent = [exchange(number) for number in range(1, 8)]

    assert [one.number for one in told(check(*steps), *sent)] == ["#4", "#5", "#6", "#7"]
    assert [one.number for one in told(check(*steps), *sent, most=0)] == ["#7"]
    assert told(check(*steps)) == []


def test_a_delivery_is_shown_with_the_bytes_that_were_signed() -> None:
    body = '{"data": {"prompt": "a\u2028b"}}'.encode()
    (shown,) = exhibits(check(step(0, attempts=[0], exchanges=[])), {}, {0: attempt(0, "e", body=body)})

    assert shown.sent.lines[-1].text == '{"data": {"prompt": "a\\u2028b"}}'
