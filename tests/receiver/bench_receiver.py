"""How many attempts a second one core receives: python tests/receiver/bench_receiver.py

The receiver keeps to one core and the load, a process of its own on 127.0.0.1, to another where there is one. Every
attempt is answered, found again, and has its own body; a lost one ends the benchmark with an error.
"""

import argparse
import asyncio
import os
import ssl
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import trustme

from conformance.receiver import Receiver

ENDPOINTS, ATTEMPTS, RATE, AT_ONCE = 100, 5000, 500, 20


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        pems = issue(Path(folder))
        keep_to_core(0)
        for secure in (False, True):
            for reuse in (True, False):
                measure(secure=secure, reuse=reuse, rate=0, pems=pems)
        for secure in (False, True):
            measure(secure=secure, reuse=False, rate=RATE, pems=pems)


def issue(folder: Path) -> tuple[str, str, str]:
    """Certificate, key and authority, as PEM files."""
    paths = tuple(str(folder / name) for name in ("certificate.pem", "key.pem", "authority.pem"))
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    issued.cert_chain_pems[0].write_to_path(paths[0])
    issued.private_key_pem.write_to_path(paths[1])
    authority.cert_pem.write_to_path(paths[2])
    return paths[0], paths[1], paths[2]


def keep_to_core(number: int) -> None:
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[number % len(cores)]})


def measure(*, secure: bool, reuse: bool, rate: int, pems: tuple[str, str, str]) -> None:
    certificate, key, authority = pems
    files: dict[str, Any] = {"certificate": certificate, "private_key": key} if secure else {}
    with Receiver(now=time.time, **files) as receiver:
        endpoints = [receiver.open() for _ in range(ENDPOINTS)]
        options = ["--load", authority, str(int(reuse)), str(rate)]
        before, started = time.process_time(), time.perf_counter()
        # The load waits for its addresses, and finds another core: affinity is inherited, so it chooses anew.
        subprocess.run(
            [sys.executable, __file__, *options],
            input="\n".join(endpoint.url for endpoint in endpoints), text=True, check=True, timeout=120,
        )  # fmt: skip
        attempts = [attempt for endpoint in endpoints for attempt in endpoint.attempts()]
        busy = (time.process_time() - before) / (time.perf_counter() - started)
        refusals = receiver.refusals

    bodies = {attempt.body for attempt in attempts}
    first, last = (pick(attempt.arrived.monotonic for attempt in attempts) for pick in (min, max))
    kind = f"{'https' if secure else 'http'}, {'reused' if reuse else 'new'} connections"
    asked = f"{rate} a second asked" if rate else "as fast as it goes"
    received = (
        f"{len(bodies)} of {ATTEMPTS} received at {ENDPOINTS} endpoints, {ATTEMPTS / (last - first):.0f} a second"
    )
    print(f"{kind}, {asked}: {received}, core {busy:.0%} busy")
    if len(bodies) != ATTEMPTS or len(attempts) != ATTEMPTS or refusals:
        sys.exit(f"lost or repeated: {len(attempts)} attempts, {len(bodies)} different, refusals {refusals}")


def load(authority: str, *, reuse: bool, rate: int) -> None:
    """Send every attempt once and insist on its 200."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, range(os.cpu_count() or 1))
        keep_to_core(1)
    urls = sys.stdin.read().split()
    context = ssl.create_default_context(cafile=authority) if urls[0].startswith("https") else None
    asyncio.run(send_all(urls, context, reuse=reuse, rate=rate))


async def send_all(urls: list[str], context: ssl.SSLContext | None, *, reuse: bool, rate: int) -> None:
    numbers = iter(range(ATTEMPTS))
    host, port = urls[0].split("/")[2].split(":")
    start = time.perf_counter()

    async def worker() -> None:
        connection = None
        for number in numbers:
            if rate:
                await asyncio.sleep(max(0.0, start + number / rate - time.perf_counter()))
            reader, writer = connection or await asyncio.open_connection(host, int(port), ssl=context)
            body = b'{"event":"generation.succeeded","data":{"generationId":"g%d"}}' % number
            path = urls[number % len(urls)].rsplit("/", 1)[1]
            head = f"POST /{path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n\r\n"
            writer.write(head.encode() + body)
            answer = await reader.readuntil(b"\r\n\r\n")
            if not answer.startswith(b"HTTP/1.1 200 "):
                sys.exit(f"attempt {number} was answered {answer!r}")
            connection = (reader, writer) if reuse else None
            if not reuse:
                writer.close()

    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--load", nargs=3, metavar=("AUTHORITY", "REUSE", "RATE"), help=argparse.SUPPRESS)
    chosen = parser.parse_args().load
    if chosen:
        load(chosen[0], reuse=chosen[1] == "1", rate=int(chosen[2]))
    else:
        main()
