import asyncio
import contextlib
import ssl
from pathlib import Path

import h11
import pytest
import trustme

from conformance.reference.sender import Reply, Sender
from tests.reference.receiver import Receiver


def post(sender: Sender, url: str) -> Reply:
    async def send() -> Reply:
        reply: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        await sender.post(url, (("X-One", "1"),), b"{}", reply)
        return reply.result()

    return asyncio.run(send())


def answered(*chunks: bytes) -> Reply:
    """What a server is understood to say."""

    async def scene() -> Reply:
        async def speak(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            for chunk in chunks:
                writer.write(chunk)
                await asyncio.sleep(0)
            writer.close()

        server = await asyncio.start_server(speak, "127.0.0.1", 0)
        async with server:
            url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            reply: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
            await Sender().post(url, (), b"{}", reply)
            return reply.result()

    return asyncio.run(scene())


def test_certificates_are_verified_and_an_authority_can_be_added(tmp_path: Path) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    receiver = Receiver(lambda: 0, tls=context)
    with contextlib.closing(receiver):
        url = f"https://localhost:{receiver.port}/hook?a=1"
        assert post(Sender(tmp_path / "ca.pem"), url).status == 200
        with pytest.raises(ssl.SSLCertVerificationError):
            post(Sender(), url)
        with pytest.raises(ssl.SSLCertVerificationError):
            post(Sender(tmp_path / "ca.pem"), url.replace("localhost", "127.0.0.1"))
    assert [each.path for each in receiver.posts] == ["/hook?a=1"]


def test_interim_answers_are_passed_over() -> None:
    assert answered(b"HTTP/1.1 103 Early Hints\r\n\r\n", b"HTTP/1.1 204 Fine\r\nX-A: b\r\n\r\n").status == 204


def test_a_body_that_breaks_off_or_is_long_leaves_the_status() -> None:
    assert answered(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n12").status == 200
    assert answered(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 200_000).status == 200


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200", b"HTTP/1.1 200 OK\r\nX: y\r\n"])
def test_no_complete_header_block_is_no_answer(answer: bytes) -> None:
    with pytest.raises((OSError, h11.ProtocolError)):
        answered(answer)


def test_what_is_not_http_is_no_answer() -> None:
    for answer in (b"220 mail.example.com ESMTP\r\n\r\n", b"HTTP/1.1 101 Switching Protocols\r\n\r\n"):
        with pytest.raises((OSError, h11.ProtocolError)):
            answered(answer)
