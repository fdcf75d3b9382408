"""Runs the reference server: in a thread inside another program, or alone in the foreground."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import uvicorn

from .app import application
from .clock import Clock, RunningClock, SteppedClock
from .model import Account
from .parts import assemble
from .rules import Rules
from .service import Service
from .target import target_toml

HOST = "127.0.0.1"
Alteration = Callable[[Service], object]


@dataclass(frozen=True)
class Running:
    """A server that answers at `base_url`."""

    base_url: str
    service: Service

    @property
    def accounts(self) -> dict[str, Account]:
        """By name; each with its `key`, `cookie` and the `credits` it began with."""
        return self.service.parts.accounts

    @property
    def clock(self) -> Clock:
        return self.service.parts.clock

    def target_toml(self) -> str:
        """The target file of this server."""
        parts = self.service.parts
        return target_toml(self.base_url, parts.accounts, parts.rules, parts.clock)


@contextlib.contextmanager
def start(
    *,
    rules: Rules | None = None,
    clock: Clock | None = None,
    alter: Alteration | None = None,
    seed: int = 0,
    port: int = 0,
) -> Iterator[Running]:
    """Run a server in a background thread, on a free port unless one is given.

    The clock is a new SteppedClock unless one is given. `alter` is called once, before the first request, and may
    replace parts, wrap their methods and add hooks. Leaving the context ends the server, its connections and its work.
    """
    listener = _listen(port)
    running = _running(listener, rules, clock or SteppedClock(), alter, seed)
    server = _Embedded(running.service)
    thread = threading.Thread(target=server.live, args=(listener,), name=f"reference {running.base_url}", daemon=True)
    thread.start()
    server.ready.wait()
    if not server.started:
        raise RuntimeError("the reference server did not start")
    try:
        yield running
    finally:
        server.stop()
        thread.join()


def serve(
    *,
    rules: Rules | None = None,
    clock: Clock | None = None,
    alter: Alteration | None = None,
    seed: int = 0,
    port: int = 8080,
    on_ready: Callable[[Running], object] = lambda _: None,
) -> None:
    """Run a server in the foreground until it is interrupted. The clock is a real one unless another is given.

    `on_ready` is called when the port is bound. Raises OSError when it is taken.
    """
    listener = _listen(port)
    running = _running(listener, rules, clock or RunningClock(), alter, seed)
    on_ready(running)
    with contextlib.suppress(KeyboardInterrupt):
        _Foreground(running.service).run([listener])


def _listen(port: int) -> socket.socket:
    # asyncio sets TCP_NODELAY only where the protocol is named; without it every answer waits 40 ms for an ACK.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(1024)
    except OSError:
        listener.close()
        raise
    return listener


def _running(
    listener: socket.socket, rules: Rules | None, clock: Clock, alter: Alteration | None, seed: int
) -> Running:
    base_url = f"http://{HOST}:{listener.getsockname()[1]}"
    service = Service(assemble(rules or Rules(), clock, base_url, seed))
    if alter is not None:
        alter(service)
    return Running(base_url, service)


class _Foreground(uvicorn.Server):
    def __init__(self, service: Service) -> None:
        self.clock = service.parts.clock
        config = uvicorn.Config(
            application(service),
            loop="asyncio",
            http="h11",
            ws="none",
            lifespan="off",
            access_log=False,
            log_config=None,
            log_level="error",
            date_header=False,
            server_header=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=1,
        )
        super().__init__(config)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self.clock.close()
        await super().shutdown(sockets)


class _Embedded(_Foreground):
    """Ends at once, where uvicorn would look ten times a second whether it may."""

    def __init__(self, service: Service) -> None:
        super().__init__(service)
        self.ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end = asyncio.Event()

    def live(self, listener: socket.socket) -> None:
        """The thread's main function; whatever happens in it, nobody waits forever."""
        try:
            self.run([listener])
        finally:
            self.ready.set()

    def stop(self) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._end.set)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        self.ready.set()

    async def main_loop(self) -> None:
        await self._end.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        await self.clock.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        while self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=0.1)
            for task in self.server_state.tasks:
                task.cancel()
        for server in self.servers:
            await server.wait_closed()
