"""外送 Webhook, 驗證簽章: the signature over the raw bytes, and the id of a delivery (R28, R29)."""

import pytest

from conformance.checks.deliveries import (
    ID,
    SIGNATURE,
    are_signed,
    as_documented,
    by_endpoint,
    carry,
    every_attempt,
    have_hex_signatures,
    have_ids_of_their_own,
    have_uuids,
    keep,
)
from conformance.checks.retries import goes_on
from conformance.plan import requirement, runs_in, waits
from conformance.scenarios.webhook_retries import Retried
from conformance.scenarios.webhooks import Delivered

every_kind = pytest.mark.parametrize("kind", ["succeeded", "failed", "edit"])


@requirement("SIGN-1")
@every_kind
def test_a_delivery_is_signed(delivered: Delivered, kind: str) -> None:
    """A first attempt carries X-Gptimg-Signature."""
    carry(delivered.of(kind), SIGNATURE)


@requirement("SIGN-1")
@runs_in("certify")
@waits
def test_every_attempt_is_signed(retried: Retried) -> None:
    """Every attempt, retries too, carries X-Gptimg-Signature."""
    carry(retried.all, SIGNATURE)


@requirement("SIGN-2")
@every_kind
def test_a_signature_is_hexadecimal(delivered: Delivered, kind: str) -> None:
    """A signature consists of 64 lower-case hexadecimal digits."""
    have_hex_signatures(delivered.of(kind))


@requirement("SIGN-2")
@runs_in("certify")
@waits
def test_every_signature_is_hexadecimal(retried: Retried) -> None:
    """The signature of every attempt, retries too, consists of 64 lower-case hexadecimal digits."""
    have_hex_signatures(retried.all)


@requirement("SIGN-3")
@every_kind
def test_the_signature_is_right(delivered: Delivered, kind: str) -> None:
    """A first attempt is signed over its raw bytes with the endpoint's whole secret."""
    deliveries = delivered.of(kind)
    are_signed([(delivery, attempt) for delivery, attempt in every_attempt(deliveries) if attempt is delivery.first])


@requirement("SIGN-3")
@runs_in("certify")
@waits
def test_the_signature_is_right_at_every_endpoint(retried: Retried) -> None:
    """First attempts to many endpoints at once are each signed with the endpoint's own secret."""
    are_signed(
        [(delivery, attempt) for delivery, attempt in every_attempt(retried.steady) if attempt is delivery.first]
    )


@requirement("SIGN-4")
@runs_in("certify")
@waits
def test_the_signature_of_a_retry_is_right(retried: Retried) -> None:
    """Every retry is signed over its raw bytes with the endpoint's whole secret."""
    goes_on(retried.of("500"), retried.most)
    are_signed([(d, attempt) for d, attempt in every_attempt(retried.all) if attempt is not d.first])


@requirement("SIGN-5")
@every_kind
def test_a_delivery_has_an_id(delivered: Delivered, kind: str) -> None:
    """A first attempt carries X-Gptimg-Delivery, a UUID."""
    have_uuids(delivered.of(kind))


@requirement("SIGN-5")
@runs_in("certify")
@waits
def test_every_attempt_has_an_id(retried: Retried) -> None:
    """Every attempt, retries too, carries X-Gptimg-Delivery, a UUID."""
    have_uuids(retried.all)


@requirement("SIGN-6")
@runs_in("certify")
@waits
def test_the_id_stays(retried: Retried) -> None:
    """Every attempt of a delivery has the id of the first."""
    goes_on(retried.of("500"), retried.most)
    keep(retried.all, lambda attempt: attempt.header(ID), ID)


@requirement("SIGN-7")
def test_another_delivery_has_another_id(delivered: Delivered) -> None:
    """Deliveries of different generations to one endpoint have different ids."""
    delivered.control()
    for deliveries in by_endpoint(delivered.all).values():
        have_ids_of_their_own(deliveries)


@requirement("SIGN-8")
@every_kind
def test_another_endpoint_has_another_id(delivered: Delivered, kind: str) -> None:
    """Deliveries of one event to different endpoints have different ids."""
    have_ids_of_their_own(delivered.of(kind))


@requirement("SIGN-8")
@runs_in("certify")
@waits
def test_every_endpoint_has_another_id(retried: Retried) -> None:
    """Deliveries of one event to many endpoints, retries too, have different ids."""
    have_ids_of_their_own(retried.all)


@requirement("SIGN-9")
@runs_in("certify")
@waits
def test_the_body_stays(retried: Retried) -> None:
    """Every attempt of a delivery has the same body as the first, byte for byte."""
    goes_on(retried.of("500"), retried.most)
    keep(retried.all, lambda attempt: attempt.body, "the body")


@requirement("HOOK-22")
@runs_in("certify")
@waits
def test_every_attempt_names_the_event(retried: Retried) -> None:
    """Every attempt, retries too, names the event in X-Gptimg-Event."""
    as_documented(retried.all, "HOOK-22")


@requirement("HOOK-21")
@runs_in("certify")
@waits
def test_every_attempt_is_json(retried: Retried) -> None:
    """Every attempt, retries too, has the media type application/json."""
    as_documented(retried.all, "HOOK-21")
