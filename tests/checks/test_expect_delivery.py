"""The words for deliveries reach the judgement that they name. The judgements have tests of their own."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from conformance.checks import expect_deliveries, expect_delivery, expect_endpoint
from conformance.checks.disabling import Endpoint, Offer
from conformance.checks.signatures import ID, SIGNATURE
from conformance.errors import Inconclusive
from conformance.evidence import Exchange, Response
from conformance.evidence.attempt import Attempt, Moment, Refusal
from conformance.evidence.delivery import Delivery
from conformance.evidence.nonconformity import Nonconformity
from tests.checks.test_deliveries import DIGEST
from tests.checks.test_deliveries import delivery as signed
from tests.checks.test_retries import GENERATE, attempt
from tests.checks.test_retries import delivery as tried

NONE = replace(tried([]), generate=Exchange(GENERATE.request, Response(202, (), b""), 0, 0))
ONCE, FAILED = tried([attempt(0, 204)], planned=1), tried([attempt(0)])
ALL = tried([attempt(at) for at in (0, 30, 150, 750)])
OTHER = signed("", "b")
Sentence = Callable[[Delivery], object]
ONE_BY_ONE: tuple[Sentence, ...] = (
    lambda d: expect_deliveries([d]).must_name_their_generation(),
    lambda d: expect_deliveries([d]).to_keep(ID, lambda a: a.header(ID)),
    lambda d: expect_delivery(d).to_stay_within(3),
    lambda d: expect_delivery(d).must_end_at_once("RETRY-1"),
    lambda d: expect_delivery(d).to_end(),
)
"""What nobody can tell of deliveries that are mixed up."""


@pytest.mark.parametrize(
    ("sentence", "right", "wrong"),
    [
        (lambda d: expect_delivery(d).to_be_retried("RETRY-8"), ALL, FAILED),
        (lambda d: expect_delivery(d).to_end(), ONCE, replace(ALL, planned=1, attempts=ONCE.attempts * 2)),
        (lambda d: expect_delivery(d).to_stay_within(3), FAILED, ALL),
        (lambda d: expect_delivery(d).to_come_back(0), ALL, FAILED),
        (lambda d: expect_deliveries([d]).to_keep_the_gap(1), ALL, tried([attempt(0), attempt(1)])),
        (lambda d: expect_deliveries([d]).to_have_come(), ONCE, replace(NONE, record={"status": "succeeded"})),
        (lambda d: expect_deliveries([ONCE, d]).to_have_come_everywhere(), ALL, NONE),
        (lambda d: expect_deliveries([d]).to_go_to_their_url(), replace(ONCE, path="e"), replace(ONCE, path="/x")),
        (lambda d: expect_deliveries([d]).to_be_documented("HOOK-22"), None, signed("")),
        (lambda d: expect_deliveries([d]).to_carry(SIGNATURE), signed("a"), signed("")),
        (lambda d: expect_deliveries([d]).to_have_hexadecimal_signatures(), signed(DIGEST.hex()), signed("x")),
        (lambda d: expect_deliveries([d]).to_be_signed(), signed(DIGEST.hex()), signed("00" * 32)),
        (lambda d: expect_deliveries([d]).to_be_signed(retries=True), signed(DIGEST.hex(), "a", "a"),
         signed("00" * 32, "a", "a")),
        (lambda d: expect_deliveries([d]).to_have_uuids(), signed("", f"{1:08x}-0000-0000-0000-{0:012x}"), signed("")),
        (lambda d: expect_deliveries([d, OTHER]).to_have_ids_of_their_own(), signed("", "a"), signed("", "b")),
        (lambda d: expect_deliveries([d]).to_keep(ID, lambda a: a.header(ID)), signed("", "a"), signed("", "a", "b")),
        (lambda d: expect_deliveries([d]).to_agree_with_polling("API-1", "createdAt"), signed(""),
         replace(signed(""), record={"createdAt": "2026-01-02T00:00:00Z"})),
    ],
)  # fmt: skip
def test_deliveries(sentence: Sentence, right: Delivery | None, wrong: Delivery) -> None:
    if right:
        sentence(right)
    with pytest.raises(Nonconformity):
        sentence(wrong)


@pytest.mark.parametrize(
    ("sentence", "right", "wrong", "root"),
    [
        (lambda d: expect_delivery(d).must_have_come(), ONCE, NONE, "HOOK-11"),
        (lambda d: expect_delivery(d).must_go_on(4), ALL, FAILED, "RETRY-8"),
        (lambda d: expect_delivery(d).must_end_at_once("RETRY-1"), ONCE, replace(ALL, planned=1), "RETRY-1"),
        (lambda d: expect_deliveries([d]).must_name_their_generation(), ONCE, replace(ONCE, unplanned=True), "HOOK-24"),
        *((sentence, ONCE, replace(NONE, attempts=ALL.attempts, unplanned=True), "GEN-41") for sentence in ONE_BY_ONE),
        (lambda d: expect_deliveries([d]).to_have_come(), ONCE, NONE, "LIFE-9"),
        (lambda d: expect_deliveries([d]).to_have_come(), ONCE,
         replace(NONE, record={"status": "blocked"}, event="generation.failed"), "LIFE-12"),
        (lambda d: expect_deliveries([d]).to_have_come_everywhere(), ONCE, NONE, "HOOK-11"),
    ],
)  # fmt: skip
def test_prerequisites(sentence: Sentence, right: Delivery, wrong: Delivery, root: str) -> None:
    sentence(right)
    with pytest.raises(Inconclusive) as caught:
        sentence(wrong)
    assert caught.value.root == root


def test_a_delivery_by_another_method_is_no_missing_one() -> None:
    refused = replace(NONE, refusals=(Refusal("e", "method", "PUT", "/e", Moment(0, 0)),))

    expect_deliveries([ONCE, refused]).to_have_come_everywhere()


def offers(came: Sequence[Sequence[Attempt]]) -> tuple[Offer, ...]:
    return tuple(Offer(1000.0 * number, tuple(attempts)) for number, attempts in enumerate(came))


def endpoint(*came: Sequence[Attempt]) -> Endpoint:
    return Endpoint("an endpoint", offers(came), GENERATE)


ROW = [[attempt(1000.0 * number + at) for at in (0, 1, 2, 3)] for number in range(8)]
EARLY = endpoint(ROW[0], [], ROW[2])


def test_an_endpoint_stays_on_while_few_attempts_have_failed() -> None:
    expect_endpoint(endpoint(ROW[0], ROW[1], [])).must_have_got_some().must_stay_on().to_stay_on()
    with pytest.raises(Nonconformity, match="delivery 2 at an endpoint, where no more than 4"):
        expect_endpoint(EARLY).to_stay_on()
    with pytest.raises(Inconclusive, match="may have missed the timeout"):
        expect_endpoint(replace(EARLY, late_answers=True, doubtful=True)).to_stay_on()
    with pytest.raises(Nonconformity):
        expect_endpoint(replace(EARLY, late_answers=True)).to_stay_on()


def test_a_delivery_may_wait_for_the_one_before_it() -> None:
    first, second = [attempt(at) for at in (0, 30, 150, 750)], [attempt(at) for at in (751, 781, 901)]
    line = Endpoint("an endpoint", tuple(Offer(5.0 * n, tuple(a)) for n, a in enumerate((first, second, []))), GENERATE)

    with pytest.raises(Nonconformity, match="delivery 3 at an endpoint, where no more than 7"):
        expect_endpoint(line).to_stay_on()
    with pytest.raises(Inconclusive, match="may still wait for the one before it"):
        expect_endpoint(replace(line, until=1000.0)).to_stay_on()


def test_what_depends_on_an_endpoint_that_is_on_says_so() -> None:
    with pytest.raises(Inconclusive) as early:
        expect_endpoint(EARLY).must_stay_on()
    with pytest.raises(Inconclusive) as silent:
        expect_endpoint(endpoint([], [])).must_have_got_some()

    assert (early.value.root, silent.value.root) == ("HOOK-30", "HOOK-14")


def test_an_endpoint_that_failed_eight_times_gets_nothing_more() -> None:
    last = [attempt(9000)]
    expect_endpoint(endpoint(*ROW, [])).to_be_switched_off()
    with pytest.raises(Nonconformity, match="one, after 8 deliveries"):
        expect_endpoint(endpoint(*ROW, last)).to_be_switched_off()
    with pytest.raises(Inconclusive, match="only 7 deliveries") as caught:
        expect_endpoint(endpoint(*ROW[1:], last)).to_be_switched_off()
    assert caught.value.root == "RETRY-11"
