"""Credits: charged once, given back for blocked and failed generations, and gone when spent (R22)."""

from conformance.checks import expect, expect_that
from conformance.plan import along, requirement, runs_in
from conformance.scenarios.credits import Ledger
from conformance.world.life import generation_id


def must_have_been_paid(ledger: Ledger, requirement: str) -> None:
    """Every purchase that shows the requirement was accepted: the credits for it were still there."""
    for purchase in ledger.showing(requirement):
        before = [each.life.accepted for each in ledger.before(purchase)]
        expect(purchase.life.accepted).since(ledger.sum_for(purchase), before[-2:]).to_be_accepted()


@requirement("IDEM-3")
@runs_in("certify")
@along("at-once")
def test_a_repeat_costs_nothing(ledger: Ledger) -> None:
    """Repeats during and after the generation do not change what the account can buy."""
    must_have_been_paid(ledger, "IDEM-3")


@requirement("IDEM-9")
@runs_in("certify")
def test_a_repeat_with_another_body_costs_nothing(ledger: Ledger) -> None:
    """Repeats with another body do not change what the account can buy."""
    must_have_been_paid(ledger, "IDEM-9")


@requirement("LIFE-16")
@runs_in("certify")
@along("order")
def test_a_blocked_generation_is_given_back(ledger: Ledger) -> None:
    """After each of two blocked generations, the account can buy as much as before."""
    must_have_been_paid(ledger, "LIFE-16")


@requirement("LIFE-17")
@runs_in("certify")
@along("order", "at-once", "late")
def test_a_failed_generation_is_given_back(ledger: Ledger) -> None:
    """After each of two failed generations, the account can buy as much as before."""
    must_have_been_paid(ledger, "LIFE-17")


@requirement("PLAN-12")
@runs_in("certify")
@along("order", "after-429", "at-once", "worker", "late")
def test_credits_buy_so_many_images_and_no_more(ledger: Ledger) -> None:
    """An account with a known balance buys that many images of low quality, and the next call is answered 402."""
    must_have_been_paid(ledger, "PLAN-12")
    for dear in filter(None, [ledger.dear]):
        record = dear.ended("succeeded")
        price = record.member("costCredits")
        what = f"the price of what was sold for the last credit, {ledger.declared}"
        expect_that(price, what, record).to_be_between(0, ledger.balance)
    for beyond in ledger.beyond:
        bought = [purchase.life.accepted for purchase in ledger.purchases]
        expect(beyond).since(f"none is left: {ledger.sum_of(ledger.purchases)}", bought[-2:]).to_be_answered(402)


@requirement("PLAN-12")
@runs_in("certify")
@along("at-once")
def test_the_last_credit_is_spent_once(ledger: Ledger) -> None:
    """Of three images ordered in the same moment for the last credit, one is made at most."""
    ledger.showing("PLAN-12")
    made = [life for life in ledger.last if life.over and life.over.member("status") == "succeeded"]
    of, others = (made[-1].accepted if made else None), [life.accepted for life in made[:-1]]
    what = f"of {len(ledger.last)} images ordered at once for the last credit {ledger.declared}, the number made"
    expect_that(len(made), what, of, others).to_be_between(0, 1)


@requirement("IDEM-2")
@runs_in("certify")
def test_a_repeat_needs_no_credits(ledger: Ledger) -> None:
    """When no credit is left, a repeat is still answered with the first generation's id."""
    ledger.must_be_whole()
    for repeat in ledger.repeats:
        expect_that(generation_id(repeat), "the generation's id", repeat).to_equal(ledger.purchase("A").life.id)
