"""What stands where the suite looks: somebody else's server, or one of theirs before or behind the reference."""

import os
import re
import tomllib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from conformance import Target, reference
from conformance.reference import RunningClock, Service
from conformance.reference.remote_storage import stored_in
from conformance.reference.sender import Sender
from tests.servers.programs import (
    HOST,
    caddy,
    caddy_program,
    free_port,
    nanio_program,
    nginx,
    nginx_before,
    nginx_program,
    prism,
    started,
)

CONTRACT = Path(__file__).parents[2] / "openapi.yaml"
KEY = "gimg_" + "0" * 32


@dataclass(frozen=True)
class Setup:
    """`status` is the exit status that is right, and `why` says why it is."""

    name: str
    programs: tuple[Callable[[], tuple[str, str]], ...]
    made: Callable[[Path], AbstractContextManager[Target]]
    profile: Any
    status: int
    why: str


@contextmanager
def mocked(folder: Path) -> Iterator[Target]:
    path, _ = prism()
    port = free_port()
    # Its examples name hosts of others, which the suite would ask for images.
    contract = folder / "openapi.yaml"
    contract.write_text(re.sub(r"https://[\w.-]+", f"http://{HOST}:9", CONTRACT.read_text(encoding="utf-8")))
    with started([path, "mock", str(contract), "-h", HOST, "-p", str(port)], folder, port):
        tables = {
            "target": {"name": "Prism", "base_url": f"http://{HOST}:{port}"},
            "accounts": {"primary": {"key": KEY}},
        }
        yield Target.from_mapping(tables | {"limits": {"generation_seconds": 10}})


@contextmanager
def plain_nginx(folder: Path) -> Iterator[Target]:
    port = free_port()
    (folder / "html").mkdir()
    (folder / "html" / "index.html").write_text("<h1>Welcome to nginx!</h1>")
    with nginx(folder, f"  server {{ listen {HOST}:{port}; root {folder}/html; }}", port):
        yield Target.from_url(f"http://{HOST}:{port}", KEY)


@contextmanager
def with_nanio(folder: Path) -> Iterator[Target]:
    """The reference on the real clock, whose uploads nanio signs for, checks and keeps."""
    path, _ = nanio_program()
    port = free_port()
    (folder / "objects" / "uploads").mkdir(parents=True)
    keys = {"NANIO_ACCESS_KEY": "an-access-key", "NANIO_SECRET_KEY": "a-secret-key-of-some-length"}
    aws = {
        "AWS_ENDPOINT_URL_S3": f"http://{HOST}:{port}", "AWS_ACCESS_KEY_ID": keys["NANIO_ACCESS_KEY"],
        "AWS_SECRET_ACCESS_KEY": keys["NANIO_SECRET_KEY"], "AWS_DEFAULT_REGION": "us-east-1",
    }  # fmt: skip
    command = [path, "serve", "--data-dir", str(folder / "objects"), "--host", HOST, "--port", str(port)]
    with ExitStack() as stack:
        stack.enter_context(started(command, folder, port, keys))
        stack.enter_context(mock.patch.dict(os.environ, aws))
        server = stack.enter_context(reference.start(clock=RunningClock(), alter=stored_in("s3://uploads")))
        yield _of(server.target_toml(), folder)


@contextmanager
def behind_caddy(folder: Path) -> Iterator[Target]:
    """TLS before the target and before the receiver; the target's sender and the suite trust Caddy's authority."""
    front, hooks, receiver = free_port(), free_port(), free_port()
    authority = folder / "data" / "caddy" / "pki" / "authorities" / "local" / "root.crt"

    def trusting(service: Service) -> None:
        service.parts.sender = Sender(authority)

    with reference.start(alter=trusting) as server:
        backend = server.base_url.removeprefix("http://")
        with caddy(folder, {front: backend, hooks: f"{HOST}:{receiver}"}) as file:
            (folder / "ca.pem").write_bytes(file.read_bytes())
            text = server.target_toml().replace(server.base_url, f"https://{HOST}:{front}")
            tables = tomllib.loads(text)
            tables["webhooks"] = {"listen": f"{HOST}:{receiver}", "public_url": f"https://{HOST}:{hooks}"}
            yield Target.from_mapping(tables)


def proxied(*, http: str = "", server: str = "") -> Callable[[Path], AbstractContextManager[Target]]:
    """The reference behind nginx, with these lines more than nginx's defaults."""

    @contextmanager
    def made(folder: Path) -> Iterator[Target]:
        with reference.start() as running, nginx_before(running.base_url, folder, http=http, server=server) as url:
            yield _of(running.target_toml().replace(running.base_url, url), folder)

    return made


def _of(text: str, folder: Path) -> Target:
    (folder / "target.toml").write_text(text)
    return Target.from_file(folder / "target.toml")


def limit(status: int) -> tuple[str, str]:
    """nginx's own rate limit, as its manual shows it: ten requests a second, with a burst of twenty."""
    zone = "  limit_req_zone $binary_remote_addr zone=one:1m rate=10r/s;"
    return zone, f"limit_req zone=one burst=20 nodelay; limit_req_status {status};"


NGINX_LIMIT = {status: limit(status) for status in (503, 429)}

SETUPS = (
    Setup(
        "Prism mocks the contract", (prism,), mocked, "gate", 1,
        "A mock answers with examples and keeps nothing: it lets any key in, answers 422 in place of 400, has a time "
        "of its own in `X-RateLimit-Reset`, and hands out one upload key again and again. All of that is broken, and "
        "told; its 2xx bodies are as documented, and nothing is said of those.",
    ),
    Setup(
        "a plain nginx", (nginx_program,), plain_nginx, "gate", 3,
        "Nothing there answers like this API (R38): three requests, and the sentence says so. A wrong address is no "
        "deviation.",
    ),
    Setup(
        "nanio signs for, checks and keeps the uploads", (nanio_program,), with_nanio, "gate", 0,
        "Another implementation of presigned URLs keeps what is documented, on the real clock: that of boto3 and an S3 "
        "server, and not only our own.",
    ),
    Setup(
        "Caddy has TLS before target and receiver", (caddy_program,), behind_caddy, "gate", 0,
        "A proxy that passes on what comes changes nothing; `--ca` trusts its authority.",
    ),
    Setup(
        "the same, certify", (caddy_program,), behind_caddy, "certify", 3,
        "RETRY-9 is not tested: an endpoint that refuses connections has a port of its own, which no proxy passes on. "
        "Everything else passes, and what certify does not test leaves it undecided.",
    ),
    Setup(
        "nginx before the target, as Debian has it", (nginx_program,), proxied(), "certify", 1,
        "Its `client_max_body_size` of 1 MB has it answer an order of 2 MB by itself: a page, without the headers that "
        "every response to a key has (R2), where generate refuses in JSON (R15). Clients see the two together, so the "
        "deployment deviates. Both findings name the 413, which only nginx sends.",
    ),
    Setup(
        "nginx buffers, and takes bodies of 20 MB", (nginx_program,), proxied(server="client_max_body_size 20m;"),
        "certify", 0,
        "Buffered bodies are no deviation. Held calls do not overlap behind it; five at once are shown by generations "
        "at work instead (R8).",
    ),
    Setup(
        "nginx limits the rate (10 a second, burst 20): 503", (nginx_program,),
        proxied(http=NGINX_LIMIT[503][0], server=NGINX_LIMIT[503][1]), "gate", 3,
        "A 503 may come from infrastructure (R35), and controls beside it draw one as well (R44): the target is not to "
        "blame, and what was throttled is inconclusive.",
    ),
    Setup(
        "nginx limits the rate (10 a second, burst 20): 429", (nginx_program,),
        proxied(http=NGINX_LIMIT[429][0], server=NGINX_LIMIT[429][1]), "gate", 1,
        "That a call is throttled is no deviation (R44), and what was throttled is inconclusive. But a 429 is "
        "documented, in JSON and with four headers, of which `Retry-After` is one (R2, R7): nginx sends a page without "
        "any, and clients that wait as documented cannot.",
    ),
)  # fmt: skip
