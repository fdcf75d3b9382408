"""Secrets of removed endpoints are kept on request, and signatures are judged again with them."""

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.checks.signatures import signing
from conformance.client.endpoint_secrets import SecretsWriter, kept_secrets
from conformance.evidence import Exchange, Request
from conformance.evidence.attempt import Attempt, Moment
from conformance.evidence.delivery import Delivery, Signing

SECRET, TOKEN = "whsec_a1b2c3d4e5f6", "whsec_REDACTED-0123456789ab"
RAW, SHOWN = b'{"url": "https://host/?key=s3cr3t-of-url"}', b'{"url": "https://host/?key=REDACTED-ba9876543210"}'
CAME = Attempt("endpoint-1", "g", 1, Moment(0, 0), "POST", "/x", (), RAW, serial=7)
CALL = Exchange(Request("POST", "http://target/api/v1/generate"), None, 0.0, 0.0)


def written(evidence: Path, *, raw: bytes = RAW) -> Path:
    file = io.StringIO()
    SecretsWriter(file).keep(TOKEN, SECRET, [(replace(CAME, body=raw), replace(CAME, body=SHOWN))])
    (evidence / "main.secrets.jsonl").write_text(file.getvalue())
    return evidence


def delivery(body: bytes = SHOWN, token: str = TOKEN) -> Delivery:
    wrong = Signing("recorded")
    return Delivery("plain", "generation.succeeded", token, (replace(CAME, body=body),), CALL, signings=(wrong,))


def test_a_signature_is_found_anew_over_the_bytes_that_arrived(tmp_path: Path) -> None:
    again = kept_secrets(written(tmp_path)).again(delivery())
    assert again.signings == (signing(SECRET, CAME),)


def test_the_signature_of_another_delivery_is_told_as_that(tmp_path: Path) -> None:
    """A retry that bears what a newer event was signed with."""
    newer = replace(CAME, generation="g2", serial=8, body=b"{}")
    signature = ("X-Gptimg-Signature", signing(SECRET, newer).proper)
    mixed = replace(delivery(), attempts=(replace(CAME, body=SHOWN, headers=(signature,)),))
    elsewhere = replace(newer, endpoint="endpoint-2", generation="g3")
    folder = written(tmp_path)

    (found,) = kept_secrets(folder, [elsewhere, newer]).again(mixed).signings
    (unknown,) = kept_secrets(folder, [elsewhere]).again(mixed).signings

    assert found.mistake == "right for another delivery to the same endpoint: attempt 1 of g2"
    assert unknown.mistake == "matches no known mistake"


def test_a_delivery_whose_secret_was_not_kept_stays_as_recorded(tmp_path: Path) -> None:
    other = delivery(token="whsec_REDACTED-ffffffffffff")
    assert kept_secrets(written(tmp_path)).again(other) is other
    assert kept_secrets(tmp_path / "none").again(other) is other


def test_a_body_that_is_not_the_one_in_the_evidence_is_refused(tmp_path: Path) -> None:
    kept = kept_secrets(written(tmp_path, raw=RAW.replace(b"host", b"evil")))
    with pytest.raises(ValueError, match="attempt 7 has another body in the evidence than was kept"):
        kept.again(delivery())


def test_a_body_without_secrets_is_not_written_twice() -> None:
    file = io.StringIO()
    SecretsWriter(file).keep(TOKEN, SECRET, [(CAME, CAME)])
    assert json.loads(file.getvalue()) == {"token": TOKEN, "secret": SECRET, "bodies": {}}
