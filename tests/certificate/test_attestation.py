"""The attestation is read by other people's readers: of in-toto, and of DSSE by its specification alone."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import in_toto_attestation.predicates.test_result.v0.test_result_pb2 as test_result  # type: ignore[import-untyped]
import in_toto_attestation.v1.statement_pb2 as statement_v1  # type: ignore[import-untyped]
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from google.protobuf.json_format import ParseDict
from in_toto_attestation.v1.statement import Statement  # type: ignore[import-untyped]
from securesystemslib.signer import CryptoSigner

from conformance.certificate.bundle import bundle
from conformance.certificate.sums import ATTESTATION
from conformance.report import Report


@pytest.fixture
def envelope(made: Callable[..., Report], folder: Callable[[Report], Path]) -> dict[str, Any]:
    report = made("A-3")
    files = bundle(folder(report), report, CryptoSigner.generate_ed25519())
    read: dict[str, Any] = json.loads(files[ATTESTATION])
    return read


def stated(envelope: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.b64decode(str(envelope["payload"])))
    return found


def test_in_toto_reads_the_statement(envelope: dict[str, Any]) -> None:
    read = ParseDict(stated(envelope), statement_v1.Statement())
    Statement.copy_from_pb(read).validate()
    assert [subject.name for subject in read.subject] == ["SHA256SUMS", "report.json"]


def test_in_toto_reads_the_test_result(envelope: dict[str, Any]) -> None:
    read = ParseDict(stated(envelope)["predicate"], test_result.TestResult(), ignore_unknown_fields=True)

    assert read.result == "WARNED"
    assert (list(read.passed_tests), list(read.warned_tests), list(read.failed_tests)) == (["A-1", "A-2"], ["A-3"], [])
    assert read.configuration[0].name == "openapi.yaml"


def pae(kind: bytes, body: bytes) -> bytes:
    """PAE of the DSSE protocol, version 1."""
    return b" ".join((b"DSSEv1", str(len(kind)).encode(), kind, str(len(body)).encode(), body))


def test_the_signature_is_that_of_dsse(envelope: dict[str, Any]) -> None:
    (signature,) = envelope["signatures"]
    key = load_pem_public_key(signature["publicKey"].encode())
    assert isinstance(key, Ed25519PublicKey)
    kind, body = str(envelope["payloadType"]).encode(), base64.b64decode(str(envelope["payload"]))

    key.verify(base64.b64decode(signature["sig"]), pae(kind, body))
    with pytest.raises(InvalidSignature):
        key.verify(base64.b64decode(signature["sig"]), pae(kind, body + b" "))
