"""The webhook receiver: a server in its own thread, used through blocking calls."""

import itertools
import secrets
import ssl
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, nullcontext
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import anyio
from anyio.from_thread import BlockingPortal, start_blocking_portal

from conformance.errors import ConfigurationError
from conformance.receiver.answers import Answer, Script, Status
from conformance.receiver.clocks import Clocks, Sleep
from conformance.receiver.endpoint import Endpoint
from conformance.receiver.holds import Holds
from conformance.receiver.listening import authority, bind, parse_address
from conformance.receiver.orders import Orders
from conformance.receiver.routing import Place, Routes
from conformance.receiver.server import Server
from conformance.receiver.way import FixedWay, OwnPort, Way


def _token() -> str:
    return secrets.token_urlsafe(24)


class Receiver:
    """Receives webhook deliveries at scripted endpoints. A context manager; its methods may be called in any thread.

    `listen` is "HOST:PORT"; `certificate` and `private_key` are PEM files, and empty for plain HTTP; `public_url` is
    how the target reaches the receiver, and empty when that is the listen address, or where a `way` (a relay, a tunnel)
    brings requests here. `ports` are those of endpoints that have their own, at the host of the public URL, and any
    where there is none. `now` tells the target's time in epoch seconds; it is called in any thread at any time and
    must not block. `patience` is how many real seconds a peer may take for a handshake, for a complete request, and to
    read an answer. `token` makes the unguessable last segment of a path; `serials` numbers the attempts; `scenario`
    tells, in any thread, the name of who opens an endpoint there. `wall` tells this machine's time in epoch seconds.

    Time. `sleep` waits by the target's clock (`anyio.sleep`, `scaled(20)`); None stands for a clock that is stepped by
    someone else, the mover, who then has these duties:

    - Before asking the target to move, let `now` tell the time it will reach: what the step causes arrives before the
      target has answered. This is exact because a step never goes beyond the target's next timer.
    - After the step call `release(reached)`, and also, without a step, when `next_due()` is not later than now.
    - Do not step beyond `next_due()`: delays and trickles are timers like the target's own.
    - The target is at rest when its `busy` equals `held()`. More busy: an attempt is under way. Less: the target has
      given up on an attempt, and the end of that connection has not arrived here yet (or the peer is not the target);
      wait for it for a moment of real time, then go on.

    `held()` falls before what was held goes on, and asks the kernel whether each peer is still there, so that the end
    of a connection that has arrived on this machine is counted at once, and stamped with the time told then.
    """

    def __init__(
        self,
        *,
        now: Callable[[], float],
        listen: str = "127.0.0.1:0",
        certificate: str = "",
        private_key: str = "",
        public_url: str = "",
        way: Way | None = None,
        ports: Iterable[int] = (),
        sleep: Sleep | None = anyio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        token: Callable[[], str] = _token,
        serials: Iterator[int] | None = None,
        scenario: Callable[[], str] = str,
        patience: float = 10.0,
    ) -> None:
        """Raises ConfigurationError when the address or the PEM files cannot be used."""
        self._host, self._port = parse_address(listen)
        context = server_context(certificate, private_key)
        self._scheme = "https" if context else "http"
        self._way = way or (FixedWay(public_url) if public_url else None)
        self._given = [*ports] or None
        self._base = ""
        self._token, self._canary = token, token()
        clocks = Clocks(now, monotonic, sleep, wall)
        self._holds = Holds(clocks)
        self._routes = Routes(
            clocks=clocks, holds=self._holds, canary=self._canary, patience=patience,
            serials=itertools.count() if serials is None else serials,
        )  # fmt: skip
        self._scenario = scenario
        self._server = Server(self._routes, context=context, patience=patience)
        self._endpoints: list[Endpoint] = []
        self._numbers = itertools.count(1)
        self._portal: BlockingPortal | None = None
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Start to listen. Raises ConfigurationError when the address cannot be listened on, and Inconclusive when the
        way to it does not come about.
        """
        with ExitStack() as stack:
            listener = stack.enter_context(bind(self._host, self._port))
            own, portal = authority(listener), stack.enter_context(start_blocking_portal())
            running, _ = portal.start_task(self._server.run, listener)
            stack.callback(running.cancel)
            way = self._way.reach(portal, own) if self._way else nullcontext(f"{self._scheme}://{own}")
            self._base, self._portal = stack.enter_context(way), portal
            stack.callback(running.cancel)  # the server first, so that the way carries its last bytes
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop, and break off what is not answered yet: drain first."""
        self._stack.close()

    def open(
        self, script: Sequence[Answer] = (Status(),), *, hold_unknown: bool = False, own_port: bool = False,
        listed: bool = True,
    ) -> Endpoint:  # fmt: skip
        """A new endpoint that answers every generation by `script`; see `Endpoint.expect` for others.

        With `hold_unknown` deliveries of generations that were not announced are held; one that is not `listed` is not
        among the `endpoints`. Raises ConfigurationError for a
        port of its own behind a public URL, and RuntimeError before the receiver was started.
        """
        self._running()
        token = self._token()
        port = self._running().call(self._new_port) if own_port else None
        orders = Orders(Script.of(script), holding=hold_unknown)
        place = Place(f"endpoint-{next(self._numbers)}", orders, port=port, scenario=self._scenario())
        base = port.url if port else self._base
        endpoint = Endpoint(place, url=f"{base}/{token}", path=f"/{token}", review=self._holds.review, run=self._run)
        self._routes.places[token] = place
        if listed:
            self._endpoints.append(endpoint)
        if port is not None:
            endpoint.open_port()
        return endpoint

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """All that were opened, also those that are closed."""
        return tuple(self._endpoints)

    def url(self, endpoint: Endpoint) -> str:
        """Where deliveries to the endpoint are to be sent, as the target reaches it."""
        return endpoint.url

    @property
    def canary_url(self) -> str:
        """Echoes a POST as JSON: `body` in base64, `sha256`, `length`, `headers` (pairs), `method`, `path`, `tls`."""
        return f"{self._base}/{self._canary}"

    @property
    def public(self) -> bool:
        """Whether the target reaches it by way of something else."""
        return self._way is not None

    @property
    def settles(self) -> float:
        """Real seconds until its way leads here, at most."""
        return self._way.settles if self._way else 0.0

    @property
    def outage(self) -> str:
        """Why requests come here no more, in words; empty as long as they do."""
        return self._way.outage if self._way else ""

    @property
    def refusals(self) -> Mapping[str, int]:
        """How many connections and requests were refused or lost, by reason; nothing is left out."""
        return self._server.tally.counts()

    @property
    def late(self) -> int:
        """How many attempts came after their endpoint was closed."""
        return sum(endpoint.late for endpoint in tuple(self._endpoints))

    def held(self) -> int:
        """How many attempts are held back on purpose at this moment, and still have a sender that waits."""
        return self._holds.held()

    def next_due(self) -> float | None:
        """When, on the target's clock, the receiver goes on with something by itself; None: never."""
        return self._holds.next_due()

    def release(self, now: float) -> None:
        """The target's clock has reached `now`: go on with whatever is due by then (1 ms of rounding is forgiven)."""
        self._holds.release(now)

    def drain(self) -> None:
        """Drain every endpoint."""
        for endpoint in tuple(self._endpoints):
            endpoint.drain()

    async def _new_port(self) -> OwnPort:
        port = await (self._way.port() if self._way and self._given is None else self._port_of_this_machine())
        self._stack.callback(port.dispose)
        return port

    async def _port_of_this_machine(self) -> OwnPort:
        host = urlsplit(self._base).hostname or ""
        place = f"{self._scheme}://[{host}]" if ":" in host else f"{self._scheme}://{host}"
        while self._given is None or self._given:
            try:
                return await self._server.port(self._host, place, self._given.pop(0) if self._given else 0)
            except OSError:  # somebody has it
                if self._given is None:
                    raise
        raise ConfigurationError("no port of [webhooks] ports is free (any more)", "give a range of ten")

    def _run(self, action: Callable[[], Awaitable[None]]) -> None:
        self._running().call(action)

    def _running(self) -> BlockingPortal:
        if self._portal is None:
            raise RuntimeError("the receiver has not been started")
        return self._portal


def must_be_able_to_listen(listen: str, certificate: str, private_key: str, place: str = "") -> None:
    """Raises ConfigurationError where no receiver can be started so. Nothing stays open.

    `place` begins what it says of the address.

    Processes that try at the same time are not in each other's way.
    """
    server_context(certificate, private_key)
    bind(*parse_address(listen), shared=True, place=place).close()


def server_context(certificate: str, private_key: str) -> ssl.SSLContext | None:
    """For a server with these PEM files; None where both are empty. Raises ConfigurationError."""
    if not certificate and not private_key:
        return None
    if not (certificate and private_key):
        raise ConfigurationError(
            "webhooks.certificate and webhooks.private_key belong together", "give both PEM files, or none"
        )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(certificate, private_key, password=_no_password)
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"cannot use the certificate {certificate} with the key {private_key}: "
            f"{_why_unusable(error, certificate, private_key)}",
            "give PEM files: the key without a password, the certificate followed by its chain",
        ) from error
    return context


def _why_unusable(error: OSError | ValueError, *files: str) -> str:
    if isinstance(error, ssl.SSLError):
        mismatch = error.reason == "KEY_VALUES_MISMATCH"
        return "the key belongs to another certificate" if mismatch else "one of them is no PEM file of its kind"
    if isinstance(error, OSError):
        lacking = [name for name in files if not Path(name).is_file()]
        return f"there is no file {' or '.join(lacking)}" if lacking else str(error.strerror)
    return str(error)


def _no_password() -> str:
    # Without this OpenSSL would ask at the terminal.
    raise ValueError("the key is encrypted")
