"""A tunnel command of the user's: it is started, its public URL is read from what it prints, and it ends with us."""

import os
import re
import shlex
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from urllib.parse import urlsplit

from anyio.from_thread import BlockingPortal

from conformance.errors import Inconclusive
from conformance.receiver.way import OwnPort, no_ports
from conformance.target.config import PORT

PATIENCE = 30.0
"""Real seconds in which a tunnel must tell its URL, and as many again until that leads here."""
_LAST = 12
"""Lines of its output that are shown when it fails."""
_LONGEST = 200
_ENDING = 3.0
"""Real seconds that it has to end in order."""
_URL = re.compile(r"https?://[^\s\"'<>|\\^`{}]+")
_PAINT = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def public_url_in(line: str) -> str:
    """The first URL in a line that may be a tunnel's: of another machine, and of no page there. Empty: none."""
    for found in _URL.findall(_PAINT.sub("", line)):
        url = found.rstrip(".,;:)]/")
        with suppress(ValueError):
            parts = urlsplit(url)
            if parts.hostname and not (parts.path or parts.query or parts.fragment) and not _is_here(parts.hostname):
                return str(url)
    return ""


def _is_here(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


class TunnelWay:
    """By way of a command with `{port}`. `patience`: real seconds in which it must tell its URL."""

    def __init__(self, command: str, *, patience: float = PATIENCE) -> None:
        self._command, self._patience = command, patience
        self.settles = patience
        self._process: subprocess.Popen[str] | None = None
        self._said = deque[str](maxlen=_LAST)
        self._url = ""
        self._news = threading.Event()

    @property
    def outage(self) -> str:
        process = self._process
        if process is None or process.poll() is None:
            return ""
        return f"the tunnel ended by itself (status {process.returncode}); its last lines: {self.last}"

    @property
    def last(self) -> str:
        """The last lines that it printed."""
        return " | ".join(tuple(self._said)) or "none"

    @contextmanager
    def reach(self, portal: BlockingPortal, authority: str) -> Iterator[str]:  # noqa: ARG002 - it needs none
        """The URL that the command tells. Raises Inconclusive, with its last lines, where it tells none."""
        words = shlex.split(self._command.replace(PORT, authority.rpartition(":")[2]))
        try:
            # A group of its own, so that all it starts ends with it, and not by a Ctrl-C before the last delivery.
            process = subprocess.Popen(  # noqa: S603 - the user's own command, without a shell
                words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                errors="replace", start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise self._failed(f"it cannot be started: {error.strerror}: {words[0]}") from error
        listener = threading.Thread(target=self._listen, args=(process,), daemon=True)
        try:
            listener.start()
            self._news.wait(self._patience)
            if not self._url:
                over = process.poll() is not None
                raise self._failed(
                    f"it ended with status {process.returncode}" if over else f"no public URL in {self._patience:g} s"
                )
            self._process = process
            yield self._url
        finally:
            self._process = None
            _end(process)
            listener.join(_ENDING)
            if process.stdout and not listener.is_alive():
                process.stdout.close()

    async def port(self) -> OwnPort:
        raise no_ports("a tunnel leads to one port; only [webhooks] relay has more")

    def _listen(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None  # noqa: S101 - asked for when it was started
        with suppress(ValueError, OSError):  # closed under it
            for line in process.stdout:
                self._said.append(line.strip()[:_LONGEST])
                if not self._url and (found := public_url_in(line)):
                    self._url = found
                    self._news.set()
        process.wait()
        self._news.set()

    def _failed(self, why: str) -> Inconclusive:
        return Inconclusive(
            f"the tunnel does not come up: {why}; its last lines: {self.last}",
            "try the command by itself; it must stay in the foreground and print its public URL",
        )


def _end(process: "subprocess.Popen[str]") -> None:
    """With all that it started, whatever they do with a SIGTERM."""
    for by in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, by)
        until = time.monotonic() + (_ENDING if by == signal.SIGTERM else 1.0)
        while time.monotonic() < until and (process.poll() is None or _is_there(process.pid)):
            time.sleep(0.01)
        if not _is_there(process.pid):
            break
    with suppress(subprocess.TimeoutExpired):
        process.wait(1.0)


def _is_there(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True
