"""The signed statement of a bundle: an in-toto Statement v1 with a test-result predicate, in a DSSE envelope.

Each signature brings its public key along, so that an intact bundle of an unknown key can be told from a broken one.
Such a key proves nothing by itself: whoever verifies must have it from elsewhere.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import Error as SslibError
from securesystemslib.signer import CryptoSigner, SSlibKey

from conformance.certificate.keys import pem_of, public_key
from conformance.certificate.refused import Refused
from conformance.certificate.sums import ATTESTATION, SUMS
from conformance.report import Report
from conformance.requirements import Level
from conformance.verdict import RunVerdict, Verdict

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://in-toto.io/attestation/test-result/v0.1"
_KEY = "publicKey"
_BROKEN = (KeyError, TypeError, ValueError, AttributeError, SslibError)


@dataclass(frozen=True)
class Signed:
    """Who signed: each key once, in the order of the signatures."""

    envelope: Envelope
    keys: tuple[SSlibKey, ...]


def statement(files: Mapping[str, bytes], report: Report, *, certifier: str) -> dict[str, Any]:
    """What is signed: which files, which target, and how it did. `certifier`: who ran it in the target's place."""
    result = {RunVerdict.CONFORMANT: "PASSED", RunVerdict.NONCONFORMANT: "FAILED"}[report.verdict]
    warned = _named(report, Level.SHOULD, Verdict.FAIL)
    return {
        "_type": STATEMENT,
        "subject": [{"name": name, "digest": _digest(files[name])} for name in (SUMS, "report.json")],
        "predicateType": PREDICATE,
        "predicate": {
            "result": "WARNED" if result == "PASSED" and warned else result,
            "configuration": [
                {"name": "openapi.yaml", "digest": {"sha256": report.suite.contract_sha256}},
                {"name": "requirements", "digest": {"sha256": report.suite.requirements_sha256}},
                {"name": "target.json", "digest": _digest(files["target.json"])},
            ],
            "url": report.target.base_url,
            "passedTests": [row.id for row in report.requirements if row.verdict is Verdict.PASS],
            "warnedTests": warned,
            "failedTests": _named(report, Level.MUST, Verdict.FAIL),
            "certification": {
                "profile": report.profile,
                "verdict": report.verdict,
                "suiteVersion": report.suite.version,
                "vendor": report.vendor.model_dump() if report.vendor else None,
                "certifier": certifier,
            },
        },
    }


def _named(report: Report, level: Level, verdict: Verdict) -> list[str]:
    return [row.id for row in report.requirements if row.level is level and row.verdict is verdict]


def _digest(content: bytes) -> dict[str, str]:
    return {"sha256": sha256(content).hexdigest()}


def payload_of(told: Mapping[str, Any]) -> bytes:
    return json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True).encode()


def unsigned(told: Mapping[str, Any]) -> Envelope:
    """An envelope without a signature yet."""
    return Envelope(payload_of(told), PAYLOAD_TYPE, {})


def sign(envelope: Envelope, key: CryptoSigner) -> None:
    """Add this key's signature, or put it in place of its earlier one."""
    envelope.sign(key).unrecognized_fields[_KEY] = pem_of(key.public_key)


def written(envelope: Envelope) -> bytes:
    return json.dumps(envelope.to_dict(), indent=1).encode() + b"\n"


def read(content: bytes) -> Signed:
    """Raises Refused unless every signature is that of the key that it brings along."""
    try:
        plain = json.loads(content)
        envelope = Envelope.from_dict(plain)
        keys = [_key_of(signature) for signature in envelope.signatures.values()]
    except (*_BROKEN, RecursionError) as error:
        raise Refused(f"{ATTESTATION} is no DSSE envelope of this suite: {error}") from None
    if envelope.payload_type != PAYLOAD_TYPE:
        raise Refused(f"{ATTESTATION} holds {envelope.payload_type!r}, not {PAYLOAD_TYPE!r}")
    for signature, key in zip(envelope.signatures.values(), keys, strict=True):
        try:
            key.verify_signature(signature, envelope.pae())
        except SslibError:
            raise Refused(f"the signature of the key {key.keyid[:8]}… is wrong: what it signs was changed") from None
    if written(envelope) != content:
        raise Refused(f"{ATTESTATION} is not written as the suite writes it")
    return Signed(envelope, tuple(keys))


def _key_of(signature: Any) -> SSlibKey:
    key = public_key(str(signature.unrecognized_fields.get(_KEY, "")).encode())
    if key is None or key.keyid != signature.keyid:
        raise ValueError(f"the signature {signature.keyid[:8]}… comes without its key")
    return key


def must_be_stated(envelope: Envelope, wanted: Mapping[str, Any]) -> None:
    """Raises Refused unless the envelope states just this of the bundle."""
    try:
        found = json.loads(envelope.payload)
    except (ValueError, RecursionError):
        raise Refused(f"{ATTESTATION} signs what is no JSON") from None
    if found == dict(wanted):
        return
    parts = [name for name in wanted if not isinstance(found, dict) or found.get(name) != wanted[name]]
    raise Refused(f"{ATTESTATION} states another {', '.join(parts) or 'result'} than the bundle has")


def certifier_in(envelope: Envelope) -> str:
    """Who ran it in the target's place, as the envelope states; empty where nobody did. Raises Refused."""
    try:
        return str(json.loads(envelope.payload)["predicate"]["certification"]["certifier"])
    except (KeyError, TypeError, ValueError, RecursionError):
        raise Refused(f"{ATTESTATION} states nothing about a certification") from None
