"""Signatures in every notation, and what is told of a wrong one."""

import base64
import hashlib
import hmac
import json
from contextlib import suppress
from dataclasses import replace

import pytest

from conformance.checks.deliveries import (
    agree_with_polling,
    are_signed,
    have_hex_signatures,
    have_ids_of_their_own,
    stay_the_same,
)
from conformance.checks.signatures import digest_in, signing
from conformance.errors import Inconclusive
from conformance.evidence import Exchange, Request
from conformance.evidence.attempt import Attempt, Moment
from conformance.evidence.delivery import Delivery
from conformance.evidence.nonconformity import Nonconformity

BODY = json.dumps(
    {"event": "generation.succeeded", "data": {"createdAt": "2026-01-01T00:00:00Z"}}, separators=(",", ":")
)
SECRET = "whsec_s"
DIGEST = hmac.new(SECRET.encode(), BODY.encode(), hashlib.sha256).digest()
GENERATE = Exchange(Request("POST", "http://target/api/v1/generate"), None, 0, 0)


def delivery(signature: str, *ids: str) -> Delivery:
    attempts = tuple(
        Attempt("e", "g", number, Moment(number, number), "POST", "/e",
                (("X-Gptimg-Signature", signature), ("X-Gptimg-Delivery", name)), BODY.encode())
        for number, name in enumerate(ids or ("a",), 1)
    )  # fmt: skip
    return Delivery(
        "e",
        "generation.succeeded",
        SECRET,
        attempts,
        GENERATE,
        record={"createdAt": "2026-01-01T00:00:00.000+00:00"},
        signings=tuple(signing(SECRET, attempt) for attempt in attempts),
    )


@pytest.mark.parametrize(
    "written",
    [DIGEST.hex(), DIGEST.hex().upper(), f"sha256={DIGEST.hex()}", base64.b64encode(DIGEST).decode(),
     f"sha256={base64.b64encode(DIGEST).decode()}", base64.urlsafe_b64encode(DIGEST).decode().rstrip("=")],
)  # fmt: skip
def test_a_digest_is_read_in_every_notation(written: str) -> None:
    assert digest_in(written) == DIGEST


@pytest.mark.parametrize("written", ["", "x", DIGEST[:20].hex(), "sha256=", "=" * 64])
def test_what_is_no_digest_of_32_bytes_is_none(written: str) -> None:
    assert digest_in(written) is None


def test_a_right_signature_is_right_and_a_wrong_one_is_explained() -> None:
    def judge(signature: str) -> None:
        one = delivery(signature)
        are_signed([(one, one.first)])

    judge(DIGEST.hex())
    with pytest.raises(Nonconformity, match="without whsec_"):
        judge(hmac.new(b"s", BODY.encode(), hashlib.sha256).hexdigest())
    with pytest.raises(Nonconformity, match="with blanks"):
        judge(hmac.new(SECRET.encode(), json.dumps(json.loads(BODY)).encode(), hashlib.sha256).hexdigest())
    with pytest.raises(Inconclusive):
        judge("no signature")


def test_nothing_is_signed_without_a_secret() -> None:
    one = replace(delivery("00" * 32), secret="")
    with pytest.raises(Inconclusive) as raised:
        are_signed([(one, one.first)])
    assert raised.value.root == "HOOK-3"


@pytest.mark.parametrize(
    "written",
    [DIGEST.hex().upper(), DIGEST.hex()[:-1], f"{DIGEST.hex()}0", f"{DIGEST.hex()}g", f"{DIGEST.hex()[:-1]}G",
     f" {DIGEST.hex()}", f"{DIGEST.hex()}\n", DIGEST.hex(" "), f"0x{DIGEST.hex()}", f"sha256={DIGEST.hex()}",
     base64.b64encode(DIGEST).decode(), DIGEST.hex()[:2], "", "a" * 100_000, "é" * 64, "\N{FULLWIDTH DIGIT ONE}" * 64],
)  # fmt: skip
def test_a_notation_is_judged_as_text_whatever_it_decodes_to(written: str) -> None:
    have_hex_signatures([delivery(DIGEST.hex())])
    with pytest.raises(Nonconformity, match="64 lower-case hexadecimal digits"):
        have_hex_signatures([delivery(written)])
    with suppress(Nonconformity, Inconclusive):  # and no other error
        one = delivery(written)
        are_signed([(one, one.first)])


def test_times_agree_as_instants() -> None:
    agree_with_polling([delivery("")], "createdAt")
    with pytest.raises(Nonconformity):
        agree_with_polling([delivery("")], "type", "createdAt")


def test_where_polling_shows_no_time_the_delivery_is_not_to_blame() -> None:
    unclear = replace(delivery(""), record={"createdAt": "2026-01-01T00:00:00"})

    with pytest.raises(Inconclusive) as raised:
        agree_with_polling([unclear], "createdAt")
    assert raised.value.root == "LIFE-19"


def test_ids_stay_within_a_delivery_and_differ_between_deliveries() -> None:
    stay_the_same([delivery("", "a", "a")], lambda attempt: attempt.header("X-Gptimg-Delivery"), "the id")
    with pytest.raises(Nonconformity):
        stay_the_same([delivery("", "a", "b")], lambda attempt: attempt.header("X-Gptimg-Delivery"), "the id")
    have_ids_of_their_own([delivery("", "a", "a"), delivery("", "b")])
    with pytest.raises(Nonconformity):
        have_ids_of_their_own([delivery("", "a"), delivery("", "A")])
