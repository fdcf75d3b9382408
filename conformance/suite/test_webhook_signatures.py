"""外送 Webhook, 驗證簽章: the signature over the raw bytes, and the id of a delivery (R28, R29)."""

import pytest

from conformance.checks import expect_deliveries, expect_delivery
from conformance.checks.deliveries import by_endpoint
from conformance.checks.signatures import ID, SIGNATURE
from conformance.plan import along, requirement, runs_in, waits
from conformance.scenarios.webhook_retries import Retried
from conformance.scenarios.webhooks import Delivered, TwoAccounts

every_kind = pytest.mark.parametrize("kind", ["succeeded", "failed", "edit"])


@requirement("SIGN-1")
@along("event", "order")
@every_kind
def test_a_delivery_is_signed(delivered: Delivered, kind: str) -> None:
    """A first attempt carries X-Gptimg-Signature."""
    expect_deliveries(delivered.of(kind)).to_carry(SIGNATURE)


@requirement("SIGN-1")
@along("retry")
@runs_in("certify")
@waits
def test_every_attempt_is_signed(retried: Retried) -> None:
    """Every attempt, retries too, carries X-Gptimg-Signature."""
    expect_deliveries(retried.all).to_carry(SIGNATURE)


@requirement("SIGN-1")
@along("account")
def test_every_customers_deliveries_are_signed(two_accounts: TwoAccounts) -> None:
    """Deliveries to each of two customers carry X-Gptimg-Signature."""
    expect_deliveries(two_accounts.at_the_owners).to_carry(SIGNATURE)


@requirement("SIGN-2")
@along("order")
@every_kind
def test_a_signature_is_hexadecimal(delivered: Delivered, kind: str) -> None:
    """A signature consists of 64 lower-case hexadecimal digits."""
    expect_deliveries(delivered.of(kind)).to_have_hexadecimal_signatures()


@requirement("SIGN-2")
@along("retry")
@runs_in("certify")
@waits
def test_every_signature_is_hexadecimal(retried: Retried) -> None:
    """The signature of every attempt, retries too, consists of 64 lower-case hexadecimal digits."""
    expect_deliveries(retried.all).to_have_hexadecimal_signatures()


@requirement("SIGN-3")
@along("event", "order", "non-ascii")
@every_kind
def test_the_signature_is_right(delivered: Delivered, kind: str) -> None:
    """A first attempt is signed over its raw bytes with the endpoint's whole secret."""
    expect_deliveries(delivered.of(kind)).to_be_signed()


@requirement("SIGN-3")
@runs_in("certify")
@waits
def test_the_signature_is_right_at_every_endpoint(retried: Retried) -> None:
    """First attempts to many endpoints at once are each signed with the endpoint's own secret."""
    expect_deliveries(retried.steady).to_be_signed()


@requirement("SIGN-3")
@along("account")
def test_every_customers_signature_is_right(two_accounts: TwoAccounts) -> None:
    """Deliveries to each of two customers are signed with the secret of the customer's own endpoint."""
    expect_deliveries(two_accounts.at_the_owners).to_be_signed()


@requirement("SIGN-4")
@runs_in("certify")
@waits
def test_the_signature_of_a_retry_is_right(retried: Retried) -> None:
    """Every retry is signed over its raw bytes with the endpoint's whole secret."""
    expect_delivery(retried.of("500")).must_go_on(retried.most)
    expect_deliveries(retried.all).to_be_signed(retries=True)


@requirement("SIGN-5")
@along("order")
@every_kind
def test_a_delivery_has_an_id(delivered: Delivered, kind: str) -> None:
    """A first attempt carries X-Gptimg-Delivery, a UUID."""
    expect_deliveries(delivered.of(kind)).to_have_uuids()


@requirement("SIGN-5")
@along("retry")
@runs_in("certify")
@waits
def test_every_attempt_has_an_id(retried: Retried) -> None:
    """Every attempt, retries too, carries X-Gptimg-Delivery, a UUID."""
    expect_deliveries(retried.all).to_have_uuids()


@requirement("SIGN-6")
@runs_in("certify")
@waits
def test_the_id_stays(retried: Retried) -> None:
    """Every attempt of a delivery has the id of the first."""
    expect_delivery(retried.of("500")).must_go_on(retried.most)
    expect_deliveries(retried.all).to_keep(ID, lambda attempt: attempt.header(ID))


@requirement("SIGN-7")
def test_another_delivery_has_another_id(delivered: Delivered) -> None:
    """Deliveries of different generations to one endpoint have different ids."""
    delivered.control()
    for deliveries in by_endpoint(delivered.all).values():
        expect_deliveries(deliveries).to_have_ids_of_their_own()


@requirement("SIGN-8")
@along("order")
@every_kind
def test_another_endpoint_has_another_id(delivered: Delivered, kind: str) -> None:
    """Deliveries of one event to different endpoints have different ids."""
    expect_deliveries(delivered.of(kind)).to_have_ids_of_their_own()


@requirement("SIGN-8")
@runs_in("certify")
@waits
def test_every_endpoint_has_another_id(retried: Retried) -> None:
    """Deliveries of one event to many endpoints, retries too, have different ids."""
    expect_deliveries(retried.all).to_have_ids_of_their_own()


@requirement("SIGN-9")
@runs_in("certify")
@waits
def test_the_body_stays(retried: Retried) -> None:
    """Every attempt of a delivery has the same body as the first, byte for byte."""
    expect_delivery(retried.of("500")).must_go_on(retried.most)
    expect_deliveries(retried.all).to_keep("the body", lambda attempt: attempt.body)


@requirement("HOOK-22")
@along("retry")
@runs_in("certify")
@waits
def test_every_attempt_names_the_event(retried: Retried) -> None:
    """Every attempt, retries too, names the event in X-Gptimg-Event."""
    expect_deliveries(retried.all).to_be_documented("HOOK-22")


@requirement("HOOK-21")
@along("retry")
@runs_in("certify")
@waits
def test_every_attempt_is_json(retried: Retried) -> None:
    """Every attempt, retries too, has the media type application/json."""
    expect_deliveries(retried.all).to_be_documented("HOOK-21")
