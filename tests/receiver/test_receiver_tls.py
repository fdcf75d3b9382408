"""Over TLS: the same, the version written down, and handshakes that fail counted with their reason."""

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import trustme

from conformance.errors import ConfigurationError
from conformance.receiver import Receiver, Reset, Stall, Trickle
from tests.receiver.raw_sender import PATIENCE, Sender, Steps, eventually_refused, payload, request


class Pems(NamedTuple):
    certificate: str
    private_key: str
    trusting: ssl.SSLContext


@pytest.fixture(scope="module")
def pems(tmp_path_factory: pytest.TempPathFactory) -> Pems:
    folder = tmp_path_factory.mktemp("pems")
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    issued.private_key_pem.write_to_path(str(folder / "key.pem"))
    for blob in issued.cert_chain_pems:
        blob.write_to_path(str(folder / "certificate.pem"), append=True)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    return Pems(str(folder / "certificate.pem"), str(folder / "key.pem"), trusting)


@pytest.fixture
def secure(pems: Pems, clock: Steps) -> Iterator[Receiver]:
    with Receiver(now=clock, sleep=None, certificate=pems.certificate, private_key=pems.private_key) as receiver:
        yield receiver
        receiver.drain()


def test_the_protocol_version_is_written_down(secure: Receiver, pems: Pems) -> None:
    endpoint = secure.open()
    assert endpoint.url.startswith("https://127.0.0.1:")
    with Sender(endpoint.url, pems.trusting) as sender:
        assert [sender.post(payload("a")), sender.post(payload("b"))] == [200, 200]

    assert [attempt.tls for attempt in endpoint.attempts()] == ["TLSv1.3", "TLSv1.3"]
    assert secure.refusals == {}


def test_an_older_version_is_written_down_as_itself(secure: Receiver, pems: Pems) -> None:
    endpoint = secure.open()
    pems.trusting.maximum_version = ssl.TLSVersion.TLSv1_2
    try:
        with Sender(endpoint.url, pems.trusting) as sender:
            assert sender.post() == 200
    finally:
        pems.trusting.maximum_version = ssl.TLSVersion.MAXIMUM_SUPPORTED
    assert endpoint.attempts()[0].tls == "TLSv1.2"


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_sender_that_does_not_trust_the_certificate_is_counted(secure: Receiver, version: ssl.TLSVersion) -> None:
    endpoint = secure.open()
    distrusting = ssl.create_default_context()
    distrusting.maximum_version = version
    with pytest.raises(ssl.SSLCertVerificationError):
        Sender(endpoint.url, distrusting)
    eventually_refused(secure, {"TLS handshake: TLSV1_ALERT_UNKNOWN_CA": 1})


def test_plain_http_on_a_tls_port_is_counted(secure: Receiver) -> None:
    endpoint = secure.open()
    with Sender(endpoint.url) as sender:
        sender.send(request(endpoint.url))
        eventually_refused(secure, {"TLS handshake: HTTP_REQUEST": 1})


def test_leaving_in_the_handshake_is_counted(secure: Receiver) -> None:
    Sender(secure.canary_url).close()
    eventually_refused(secure, {"TLS handshake: the peer closed the connection": 1})


def test_leaving_after_the_handshake_is_counted(secure: Receiver, pems: Pems) -> None:
    with Sender(secure.canary_url, pems.trusting) as sender:
        sender.socket.shutdown(socket.SHUT_RDWR)
    eventually_refused(secure, {"closed without a request after the TLS handshake": 1})


def test_a_slow_handshake_is_counted(pems: Pems) -> None:
    with (
        Receiver(now=Steps(), certificate=pems.certificate, private_key=pems.private_key, patience=0.02) as receiver,
        Sender(receiver.canary_url) as sender,
    ):
        assert sender.rest() == b""
        assert receiver.refusals == {"TLS handshake: not in time": 1}


def test_garbage_within_tls_is_counted(secure: Receiver, pems: Pems) -> None:
    with Sender(secure.canary_url, pems.trusting) as sender:
        sender.send(b"garbage\r\n\r\n")
        assert sender.answer().status == 400
    assert secure.refusals == {"not HTTP": 1}


def test_a_broken_record_after_the_handshake_is_counted_with_its_reason(secure: Receiver, pems: Pems) -> None:
    with Sender(secure.canary_url, pems.trusting) as sender, socket.socket(fileno=sender.socket.detach()) as bare:
        bare.sendall(b"\x17\x03\x03\x00\x20" + b"x" * 32)
        reason = "closed without a request after the TLS handshake: DECRYPTION_FAILED_OR_BAD_RECORD_MAC"
        eventually_refused(secure, {reason: 1})


def test_a_reset_is_a_reset(secure: Receiver, pems: Pems) -> None:
    endpoint = secure.open([Reset()])
    with Sender(endpoint.url, pems.trusting) as sender:
        sender.send(request(endpoint.url))
        # Below TLS, where Python does not take a reset for an end of file.
        with socket.socket(fileno=sender.socket.detach()) as sender.socket:
            sender.socket.settimeout(PATIENCE)
            with pytest.raises(ConnectionResetError):
                sender.rest()
    assert secure.refusals == {}


def test_a_sender_that_leaves_a_stall_is_noticed(secure: Receiver, pems: Pems) -> None:
    endpoint = secure.open([Stall()])
    with Sender(endpoint.url, pems.trusting) as sender:
        sender.send(request(endpoint.url))
        endpoint.wait_for(1)
        assert secure.held() == 1
    (attempt,) = endpoint.wait_for(1, ended=True)
    assert attempt.ended is not None
    assert attempt.ended.how == "hung up"


def test_a_trickle_is_readable_when_drained(secure: Receiver, pems: Pems) -> None:
    endpoint = secure.open([Trickle("headers", gap=1.0)])
    with Sender(endpoint.url, pems.trusting) as sender:
        sender.send(request(endpoint.url))
        endpoint.wait_for(1)
        endpoint.drain()
        assert sender.answer().status == 200


def test_one_pem_file_without_the_other_is_a_configuration_error(pems: Pems) -> None:
    with pytest.raises(ConfigurationError, match="belong together"):
        Receiver(now=Steps(), certificate=pems.certificate)


def test_pem_files_that_cannot_be_used_are_a_configuration_error(pems: Pems, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="one of them is no PEM file of its kind"):
        Receiver(now=Steps(), certificate=pems.private_key, private_key=pems.private_key)
    with pytest.raises(ConfigurationError, match=r"there is no file \S+none.pem"):
        Receiver(now=Steps(), certificate=str(tmp_path / "none.pem"), private_key=pems.private_key)


def test_an_encrypted_key_is_a_configuration_error_and_no_question_at_the_terminal(pems: Pems, tmp_path: Path) -> None:
    from cryptography.hazmat.primitives import serialization as pem  # noqa: PLC0415 - slow, and only needed here

    key = pem.load_pem_private_key(Path(pems.private_key).read_bytes(), None)
    encrypted = tmp_path / "encrypted.pem"
    encryption = pem.BestAvailableEncryption(b"secret")
    encrypted.write_bytes(key.private_bytes(pem.Encoding.PEM, pem.PrivateFormat.PKCS8, encryption))
    with pytest.raises(ConfigurationError, match="encrypted"):
        Receiver(now=Steps(), certificate=pems.certificate, private_key=str(encrypted))
