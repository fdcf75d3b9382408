"""Senders that take an interim answer (RFC 9110, 15.2) for the answer."""

import asyncio
from urllib.parse import SplitResult

from conformance.faults.verbs import Proper, around
from conformance.reference import Service


def interim_becomes(service: Service, status: int) -> None:
    """A 100 before the answer is read as the answer, with this status."""

    async def connect(proper: Proper, where: SplitResult) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await proper(where)

        async def read(proper: Proper, size: int) -> bytes:
            chunk: bytes = await proper(size)
            interim = chunk.startswith(b"HTTP/1.1 100 ")
            return f"HTTP/1.1 {status} Read\r\nContent-Length: 0\r\n\r\n".encode() if interim else chunk

        around(reader, "read", read)
        return reader, writer

    around(service.parts.sender, "_connect", connect)
