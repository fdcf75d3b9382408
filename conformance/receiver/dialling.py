"""A connection out to a relay, straight or by way of an HTTP proxy."""

import ssl
from urllib.parse import urlsplit

import anyio
import h11
from anyio.abc import ByteStream
from anyio.streams.tls import TLSStream

from conformance.target.network import proxy_authorization


class ProxyRefused(Exception):  # noqa: N818 - an outcome
    """The proxy gives no tunnel; `status` is its answer's."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def host_and_port(url: str) -> tuple[str, int]:
    """Of an http or https URL."""
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


async def dial(url: str, context: ssl.SSLContext | None, proxy: str = "") -> ByteStream:
    """A connection to the origin of a URL; `context` is for those that are https.

    Raises OSError, ssl.SSLError, ProxyRefused, and what `answer_to` raises.
    """
    stream: ByteStream = await anyio.connect_tcp(*host_and_port(proxy or url))
    try:
        if proxy:
            stream = await _secured(stream, proxy, context)
            await _ask_for_tunnel(stream, url, proxy)
        return await _secured(stream, url, context)
    except BaseException:
        await anyio.aclose_forcefully(stream)
        raise


async def _secured(stream: ByteStream, url: str, context: ssl.SSLContext | None) -> ByteStream:
    if not url.startswith("https:"):
        return stream
    host = host_and_port(url)[0]
    return await TLSStream.wrap(stream, hostname=host, ssl_context=context, standard_compatible=False)


async def _ask_for_tunnel(stream: ByteStream, url: str, proxy: str) -> None:
    """CONNECT (RFC 9110, 9.3.6)."""
    host, port = host_and_port(url)
    authority = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    headers = {"Host": authority} | proxy_authorization(proxy)
    status = await answer_to(h11.Request(method="CONNECT", target=authority, headers=[*headers.items()]), stream)
    if not 200 <= status < 300:
        raise ProxyRefused(status)


async def answer_to(request: h11.Request, stream: ByteStream) -> int:
    """Send a request without a body; the status of its answer, of which what follows the head is left in the stream.

    0: there was no answer. Raises anyio.EndOfStream, anyio.BrokenResourceError or h11.RemoteProtocolError.
    """
    http = h11.Connection(h11.CLIENT)
    await stream.send((http.send(request) or b"") + (http.send(h11.EndOfMessage()) or b""))
    while (event := http.next_event()) is h11.NEED_DATA:
        http.receive_data(await stream.receive(1))
    return int(getattr(event, "status_code", 0))
