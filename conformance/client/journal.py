"""The journal: every exchange, noted in a file of this process as it begins, and appended as it ends.

Reports are built from it alone. What was begun and did not end may have been sent, so that checks which count calls
have to know of it, even where the process was killed.
"""

import gzip
import json
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any, TextIO, TypeVar

from conformance.client.bodies import LEVEL, Bodies
from conformance.evidence import Exchange, Vault, from_json, to_json
from conformance.evidence.attempt import Attempt, attempt_from_json, attempt_to_json
from conformance.evidence.exchange import Pairs, long_bodies
from conformance.evidence.members import is_long
from conformance.limits import EVIDENCE_BYTES
from conformance.whole_file import write_whole

ATTEMPTS_BYTES = EVIDENCE_BYTES // 5
EXCHANGES, ATTEMPTS = "exchanges", "attempts"
"""The kinds of evidence, as the names of files have them."""
ESCAPED = "backslashreplace"
"""A lone surrogate, which a URL out of a JSON body may hold, is written as its escape in JSON."""
A_PROCESS = 1_000_000
"""More exchanges, or attempts, than any process of a run has."""
_MOST = 4 * EVIDENCE_BYTES
"""Bytes of a joined file: evidence is counted in characters, and comes from strangers, too."""
E = TypeVar("E", Exchange, Attempt)
_SHORT, _FEW = 256, 64
"""Characters of a header, and headers, of an exchange that is kept without its body."""


def numbers(process: str, used: Iterable[int] = ()) -> Iterator[int]:
    """Numbers that no other process of the run gives: the worker gw2 counts from 2,000,000, all others from 0.

    Where a run is resumed, from the last one of those `used` before on.
    """
    worker = process.partition("-")[0]
    first = int(worker.removeprefix("gw") if worker.startswith("gw") else 0) * A_PROCESS
    return count(max((one + 1 for one in used if first <= one < first + A_PROCESS), default=first))


class Journal:
    """Numbers and notes exchanges as they begin, and appends them as they end. Thread-safe; lines are written whole.

    A long body is in `bodies` before its line is written. Beyond `most_bytes` exchanges are kept without bodies,
    and come back so: only what is kept is judged.
    """

    def __init__(
        self, path: Path, process: str = "main", most_bytes: int = EVIDENCE_BYTES, used: Iterable[int] = ()
    ) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file, self._bodies = opened(path), Bodies(path.parent)
        self._process = process
        self._lock = threading.Lock()
        self._numbers = numbers(process, used)
        self._room = most_bytes

    def next_number(self) -> int:
        """The number of an exchange that begins: no other one of the run has it."""
        return next(self._numbers)

    def begin(self, exchange: Exchange) -> None:
        """Note, before it is sent, what is read where `append` never replaces it. A long body is left out."""
        request = exchange.request
        short = replace(request, body=b"" if is_long(request.body) else request.body)
        line = _line(to_json(replace(exchange, request=short, process=self._process)))
        with self._lock:
            self._file.write(line)
            self._file.flush()

    def append(self, exchange: Exchange) -> Exchange:
        """The exchange as it was written, with the name of this process."""
        with self._lock:
            kept = replace(exchange, process=self._process)
            line, packed = _line(to_json(kept)), self._bodies.packed(long_bodies(kept))
            if _size(line, packed) > self._room:
                kept, packed = without_body(kept), {}
                line = _line(to_json(kept))
            self._room -= _size(line, packed)
            self._bodies.write(packed)
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


def _line(plain: dict[str, Any]) -> str:
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":")) + "\n"


def _size(line: str, packed: dict[str, bytes]) -> int:
    return len(line) + sum(map(len, packed.values()))


class AttemptJournal:
    """Appends what arrived at the receiver to a file of its own, redacted, within `most_bytes`. Thread-safe.

    Each attempt is written once, as it was when it was first given.
    """

    def __init__(
        self, evidence: Path, process: str, vault: Vault, most_bytes: int = ATTEMPTS_BYTES, used: Iterable[int] = ()
    ) -> None:
        self._room = most_bytes
        self._file, self._bodies = opened(journal_path(evidence, process, ATTEMPTS)), Bodies(evidence)
        self._process, self._vault = process, vault
        self._lock = threading.Lock()
        self._written = set[int]()
        self.serials = numbers(process, used)
        """Numbers the attempts of this process."""

    def append(self, attempts: Iterable[Attempt]) -> None:
        with self._lock:
            for attempt in attempts:
                if attempt.serial not in self._written:
                    self._written.add(attempt.serial)
                    self._write(self._shown(attempt))
            self._file.flush()

    def shown(self, attempts: Iterable[Attempt]) -> tuple[Attempt, ...]:
        """The attempts as they are written, with tokens in place of secrets."""
        return tuple(map(self._shown, attempts))

    def _shown(self, attempt: Attempt) -> Attempt:
        return replace(
            attempt,
            generation=self._vault.redact(attempt.generation),
            path=self._vault.redact(attempt.path),
            headers=tuple((name, self._vault.redact_header(name, value)) for name, value in attempt.headers),
            body=self._vault.redact_bytes(attempt.body),
            process=self._process,
        )

    def _write(self, shown: Attempt) -> None:
        packed = self._bodies.packed([shown.body] if is_long(shown.body) else [])
        line = _line(attempt_to_json(shown))
        if _size(line, packed) > self._room:
            short = replace(shown, generation=shown.generation[:_SHORT], headers=_short(shown.headers), body=b"")
            line, packed = _line(attempt_to_json(short)), {}
        self._room -= _size(line, packed)
        self._bodies.write(packed)
        self._file.write(line)

    def close(self) -> None:
        self._file.close()


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """A file of JSON lines, compressed where its name ends in .gz; it is complete or absent. Raises OSError."""
    text = "".join(f"{line}\n" for line in lines).encode(errors=ESCAPED)
    write_whole(path, gzip.compress(text, LEVEL, mtime=0) if path.suffix == ".gz" else text)


def lines_of(path: Path) -> list[str]:
    """The complete lines of a file of JSON lines, which may hold U+2028 and other ends of lines that are none in JSON.

    What follows the last line break was cut off by a crash, perhaps within a character, and is left out.
    Raises OSError, and ValueError where the file is not as it was written.
    """
    if path.suffix != ".gz":
        return path.read_bytes().rpartition(b"\n")[0].decode().split("\n")
    try:
        with gzip.open(path) as file:
            content = file.read(_MOST + 1)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(f"{path} is not a gzip file, or it is cut off: {error}") from None
    if len(content) > _MOST:
        raise ValueError(f"{path} is longer than any run's evidence")
    return content.rpartition(b"\n")[0].decode().split("\n")


def journal_path(evidence: Path, process: str, kind: str) -> Path:
    """Where a process of a run writes its EXCHANGES or ATTEMPTS while it runs."""
    return evidence / f"{process}.{kind}.jsonl"


def joined_path(evidence: Path, kind: str) -> Path:
    """Where all of them are once the run has ended."""
    return evidence / f"{kind}.jsonl.gz"


def files_of(evidence: Path, kind: str) -> list[Path]:
    """All that the folder of evidence has of a kind, whether its run has ended, was killed, or goes on."""
    joined = joined_path(evidence, kind)
    return [*([joined] if joined.exists() else []), *sorted(evidence.glob(f"*.{kind}.jsonl"))]


def join(evidence: Path, kind: str, lines: Iterable[str]) -> None:
    """Put these lines, all of the kind, into one file in place of those of the processes. Raises OSError."""
    parts = files_of(evidence, kind)
    write_lines(joined_path(evidence, kind), lines)
    for part in parts:
        if part != joined_path(evidence, kind):
            part.unlink()


def opened(path: Path, *, goes_on: bool = False) -> TextIO:
    """A file of JSON lines to write, or to add to. Raises OSError."""
    return path.open("a" if goes_on else "w", encoding="utf-8", errors=ESCAPED, newline="\n")


def read(paths: Iterable[Path]) -> list[Exchange]:
    """The exchanges of all processes in the order in which they began. A line cut off by a crash is left out.

    One that was begun and did not end is `interrupted`.
    """
    return [exchange for exchange, _ in read_lines(paths)]


def read_lines(paths: Iterable[Path]) -> list[tuple[Exchange, str]]:
    """The same, each with its line. Raises OSError, and ValueError where a line or a body is not as it was written."""
    return sorted(settled(_read(paths, from_json)), key=lambda one: (one[0].started, one[0].number))


def settled(lines: Iterable[tuple[Exchange, str]]) -> list[tuple[Exchange, str]]:
    """Without the notes of exchanges that ended."""
    found = list(lines)
    ended = {_begun(exchange) for exchange, _ in found if not exchange.interrupted}
    return [(exchange, line) for exchange, line in found if not (exchange.interrupted and _begun(exchange) in ended)]


def _begun(exchange: Exchange) -> tuple[str, int, float]:
    """What no two exchanges share, of whichever runs."""
    return exchange.process, exchange.number, exchange.started


def read_attempts(paths: Iterable[Path]) -> list[tuple[Attempt, str]]:
    """What arrived at the receivers of all processes, in order of time, each with its line. Raises as `read_lines`."""
    found = list(_read(paths, attempt_from_json))
    return sorted(found, key=lambda one: (one[0].arrived.monotonic, one[0].serial))


def _read(paths: Iterable[Path], parse: Callable[[dict[str, Any], Bodies], E]) -> Iterator[tuple[E, str]]:
    """Each line once, in whichever files it stands: a crash while they are joined may leave it in two."""
    seen, folders = set[str](), dict[Path, Bodies]()
    for path in paths:
        bodies = folders.setdefault(path.parent, Bodies(path.parent))
        for number, line in enumerate(lines_of(path), 1):
            if not line or line in seen:
                continue
            seen.add(line)
            try:
                yield parse(json.loads(line), bodies), line
            except (KeyError, TypeError, AttributeError, ValueError) as error:
                told = str(error) if type(error) is ValueError else f"{type(error).__name__}: {error}"
                raise ValueError(f"{path}, line {number}: {told}") from None
