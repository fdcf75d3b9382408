"""外送 Webhook, 註冊: who may register an endpoint, what is answered, and who sees the secret (R26)."""

import pytest

from conformance.checks import blocked_by, expect, expect_attempts, expect_deliveries, expect_that
from conformance.evidence import Exchange
from conformance.evidence.attempt import Attempt
from conformance.plan import requirement
from conformance.scenarios.webhook_registration import INSECURE, UNKNOWN_EVENTS, Registrations
from conformance.scenarios.webhooks import Delivered
from conformance.world.fixtures import Observe
from conformance.world.registrar import LOGIN


@requirement("HOOK-1")
def test_the_cookie_registers(registrations: Registrations) -> None:
    """A registration with url, events and label is answered 200 or 201."""
    expect(registrations.first).to_be_answered(200, 201)


@requirement("HOOK-2")
def test_a_registration_has_an_id(registrations: Registrations) -> None:
    """The answer to a registration has an id, a string."""
    for registration in _accepted(registrations):
        expect_that(registration.member("id"), "id", registration).to_be_a_string()


@requirement("HOOK-3")
def test_a_registration_has_a_secret(registrations: Registrations) -> None:
    """The answer to a registration has a secret that begins with whsec_."""
    for registration in _accepted(registrations):
        expect_that(registration.member("secret"), "secret", registration).to_match("whsec_.+", "beginning with whsec_")


@requirement("HOOK-4")
def test_every_secret_is_fresh(registrations: Registrations) -> None:
    """No two registrations have the same secret, not even with the same URL."""
    secrets = [secret for registration in _accepted(registrations) if (secret := registration.member("secret"))]
    others = [registration for registration in _accepted(registrations) if registration is not registrations.second]
    expect_that(secrets, "the secrets of registrations", registrations.second, others).to_be_all_different()


@requirement("HOOK-5")
def test_no_delivery_shows_the_secret(delivered: Delivered) -> None:
    """No body and no header of a delivery contains the secret."""
    _ = delivered.control()
    expect_deliveries(delivered.all).not_to_show_their_secret()


@requirement("HOOK-6")
@pytest.mark.parametrize("cookie", ["no cookie", "an invented session"])
def test_registering_needs_a_session(registrations: Registrations, cookie: str) -> None:
    """A registration without a dashboard session is answered 401, 403 or a redirect."""
    _ = _accepted(registrations)
    expect(registrations.without_cookie[cookie]).to_be_answered(*LOGIN)


@requirement("HOOK-6")
def test_what_was_refused_is_not_listed(registrations: Registrations) -> None:
    """A registration refused for a missing session leaves nothing in the account."""
    expect(registrations.listing).not_to_show(["?no-cookie", "?invented"], "a URL whose registration was refused")


@requirement("HOOK-6")
def test_nothing_is_delivered_to_what_was_refused(spied: tuple[Attempt, ...], delivered: Delivered) -> None:
    """A URL whose registration was refused for a missing session gets no delivery."""
    what = "an event to a URL whose registration was refused"
    expect_attempts(spied, what, delivered.control().generate).to_be_none()


@requirement("HOOK-7")
def test_a_key_does_not_register(registrations: Registrations) -> None:
    """An API key instead of the session does not register a webhook."""
    _ = _accepted(registrations)
    expect(registrations.bearer).to_be_answered(*LOGIN, 400, 404, 405, 422)


@requirement("HOOK-8")
@pytest.mark.parametrize("what", INSECURE)
def test_only_https_is_registered(registrations: Registrations, what: str) -> None:
    """A URL that is neither HTTPS nor on a loopback address is refused with a 4xx."""
    _ = _accepted(registrations)
    expect(registrations.insecure[what]).to_be_refused()


@requirement("HOOK-9")
@pytest.mark.parametrize("what", UNKNOWN_EVENTS)
def test_an_unknown_event_is_refused(registrations: Registrations, what: str) -> None:
    """A registration for an event that does not exist is refused."""
    _ = _accepted(registrations)
    expect(registrations.unknown_events[what]).to_be_refused()


@requirement("HOOK-10")
def test_what_else_the_dashboard_answers(registrations: Registrations, observe: Observe) -> None:
    """Which of the conventional webhook operations work is recorded, not judged."""
    served = [name for name, exchange in registrations.conventional.items() if 200 <= exchange.status < 300]
    observe("R26", f"served beside registering: {', '.join(served) or 'nothing'}")


def _accepted(registrations: Registrations) -> list[Exchange]:
    why = f"depends on a registration that did not succeed: {registrations.first.told}"
    blocked_by("HOOK-1", why, when=not registrations.accepted)
    return registrations.accepted
