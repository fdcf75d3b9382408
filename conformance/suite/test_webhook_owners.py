"""外送 Webhook, 註冊: a customer's endpoints are the customer's alone, judged by what becomes of one (R42)."""

from conformance.checks import blocked_by, expect, expect_attempts, expect_delivery, expect_that, not_applicable
from conformance.plan import along, requirement, runs_in
from conformance.scenarios.webhook_owners import Owned

pytestmark = [runs_in("certify")]


@requirement("HOOK-37")
def test_a_list_shows_no_other_customers_endpoint(owned: Owned) -> None:
    """The list of one customer does not show the URL of another's endpoint."""
    not_applicable(
        "the target does not list webhooks, which is no part of the documentation",
        when=not 200 <= owned.listed.status < 300,
    )
    expect(owned.listed).not_to_show([owned.url], "the URL of another customer's endpoint")


@requirement("HOOK-37")
def test_reading_shows_no_other_customers_endpoint(owned: Owned) -> None:
    """Who reads another customer's endpoint by its id is not shown its URL."""
    expect(owned.read).not_to_show([owned.url], "the URL of another customer's endpoint")


@requirement("HOOK-37")
def test_another_customer_does_not_touch_an_endpoint(owned: Owned) -> None:
    """An endpoint gets its deliveries after another customer tried to change, register and remove it."""
    expect_delivery(owned.before).must_have_come()
    expect(owned.after.generate).must_be_accepted("GEN-1")
    blocked_by("LIFE-9", "depends on a generation that was seen to end", when=owned.after.record is None)
    what = "a delivery at an endpoint that another customer tried to change, register and remove"
    expect_that(owned.after.came, what, owned.after.generate).to_equal(True)


@requirement("HOOK-37")
def test_an_endpoint_stays_in_its_owners_list(owned: Owned) -> None:
    """The owner's list still shows an endpoint that another customer tried to change and remove."""
    listing = owned.own_listing
    expect(listing).must_be_accepted("HOOK-10")
    shown = bool(listing.response) and owned.url.encode() in listing.response.body  # type: ignore[union-attr]
    expect_that(shown, "the endpoint in its owner's list", listing).to_equal(True)


@requirement("HOOK-37")
def test_another_customer_does_not_switch_an_endpoint_on(owned: Owned) -> None:
    """An endpoint that its owner switched off gets nothing after another customer tried to switch it on."""
    later = owned.still_off
    expect_delivery(owned.after).must_have_come()
    expect_attempts(later.attempts, "an event to an endpoint that its owner switched off", later.generate).to_be_none()


@requirement("HOOK-4")
@along("account")
def test_another_customer_has_another_secret(owned: Owned) -> None:
    """Who registers a URL that another customer has registered gets another secret, or is refused."""
    secret = owned.again.member("secret")
    not_applicable("the target lets one customer only register a URL", when=not secret)
    expect_that(secret, "the secret", owned.again).to_differ_from(owned.registration.member("secret"))


@requirement("HOOK-5")
@along("account")
def test_another_customer_is_not_shown_the_secret(owned: Owned) -> None:
    """Neither the list nor the reading of another customer shows the secret."""
    secret = str(owned.registration.member("secret") or "")
    for exchange in (owned.listed, owned.read):
        expect(exchange).not_to_show([secret, secret.removeprefix("whsec_")], "another customer's secret")
