"""The journal: every exchange, appended to a file of this process as it ends. Reports are built from it alone."""

import json
import threading
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import TextIO

from conformance.evidence import Exchange, Vault, from_json, to_json
from conformance.evidence.attempt import Attempt, attempt_to_json
from conformance.evidence.exchange import Pairs
from conformance.limits import EVIDENCE_BYTES

ATTEMPTS_BYTES = EVIDENCE_BYTES // 5
ATTEMPTS = ".attempts.jsonl"
"""How the name of a process's file of attempts ends."""
A_PROCESS = 1_000_000
"""More exchanges, or attempts, than any process of a run has."""
_SHORT, _FEW = 256, 64
"""Characters of a header, and headers, of an exchange that is kept without its body."""


def numbers(process: str) -> Iterator[int]:
    """Numbers that no other process of the run gives: the worker gw2 counts from 2,000,000, all others from 0."""
    return count(int(process.removeprefix("gw") if process.startswith("gw") else 0) * A_PROCESS)


class Journal:
    """Numbers exchanges as they begin, and appends them as they end. Thread-safe; a line is written whole and flushed.

    Beyond `most_bytes` exchanges are kept without their bodies, and come back so: only what is kept is judged.
    """

    def __init__(self, path: Path, process: str = "main", most_bytes: int = EVIDENCE_BYTES) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = _opened(path)
        self._process = process
        self._lock = threading.Lock()
        self._numbers = numbers(process)
        self._room = most_bytes

    def next_number(self) -> int:
        """The number of an exchange that begins: no other one of the run has it."""
        return next(self._numbers)

    def append(self, exchange: Exchange) -> Exchange:
        """The exchange as it was written, with the name of this process."""
        with self._lock:
            kept = replace(exchange, process=self._process)
            line = _line(kept)
            if len(line) > self._room:
                kept = without_body(kept)
                line = _line(kept)
            self._room -= len(line)
            self._file.write(line)
            self._file.flush()
        return kept

    def close(self) -> None:
        self._file.close()


def without_body(exchange: Exchange) -> Exchange:
    """What remains of an exchange for which the evidence has no room: its judgement is cut off like an answer's."""
    response = exchange.response
    return replace(
        exchange,
        request=replace(exchange.request, body=b""),
        response=response and replace(response, headers=_short(response.headers), body=b""),
        failure=exchange.failure or f"not kept: the evidence of the run is longer than {EVIDENCE_BYTES} bytes",
        limit=True,
    )


def _short(headers: Pairs) -> Pairs:
    return tuple((name[:_SHORT], value[:_SHORT]) for name, value in headers[:_FEW])


def _line(exchange: Exchange) -> str:
    return json.dumps(to_json(exchange), ensure_ascii=False) + "\n"


class AttemptJournal:
    """Appends what arrived at the receiver to a file of its own, redacted, within `most_bytes`. Thread-safe.

    Each attempt is written once, as it was when it was first given.
    """

    def __init__(self, directory: Path, process: str, vault: Vault, most_bytes: int = ATTEMPTS_BYTES) -> None:
        self._room = most_bytes
        self._file = _opened(directory / f"{process}{ATTEMPTS}")
        self._vault = vault
        self._lock = threading.Lock()
        self._written = set[int]()
        self.serials = numbers(process)
        """Numbers the attempts of this process."""

    def append(self, attempts: Iterable[Attempt]) -> None:
        with self._lock:
            for attempt in attempts:
                if attempt.serial in self._written:
                    continue
                self._written.add(attempt.serial)
                shown = replace(
                    attempt,
                    generation=self._vault.redact(attempt.generation),
                    path=self._vault.redact(attempt.path),
                    headers=tuple((name, self._vault.redact_header(name, value)) for name, value in attempt.headers),
                    body=self._vault.redact_bytes(attempt.body),
                )
                line = json.dumps(attempt_to_json(shown), ensure_ascii=False) + "\n"
                if len(line) > self._room:
                    short = replace(
                        shown, generation=shown.generation[:_SHORT], headers=_short(shown.headers), body=b""
                    )
                    line = json.dumps(attempt_to_json(short), ensure_ascii=False) + "\n"
                self._room -= len(line)
                self._file.write(line)
            self._file.flush()

    def close(self) -> None:
        self._file.close()


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """A file of JSON lines."""
    with _opened(path) as file:
        file.writelines(f"{line}\n" for line in lines)


def lines_of(path: Path) -> list[str]:
    """The complete lines of a file of JSON lines, which may hold U+2028 and other ends of lines that are none in JSON.

    What follows the last line break was cut off by a crash, perhaps within a character, and is left out.
    """
    return path.read_bytes().rpartition(b"\n")[0].decode().split("\n")


def _opened(path: Path) -> TextIO:
    # A lone surrogate, which a URL out of a JSON body may hold, is written as its escape in JSON.
    return path.open("w", encoding="utf-8", errors="backslashreplace", newline="\n")


def read(paths: Iterable[Path]) -> list[Exchange]:
    """The exchanges of all processes in the order in which they began. A line cut off by a crash is left out."""
    return [exchange for exchange, _ in read_lines(paths)]


def read_lines(paths: Iterable[Path]) -> list[tuple[Exchange, str]]:
    """The same, each with its line."""
    journals = (path for path in paths if not path.name.endswith(ATTEMPTS))
    found = [(from_json(json.loads(line)), line) for path in journals for line in lines_of(path) if line]
    return sorted(found, key=lambda one: (one[0].started, one[0].number))
