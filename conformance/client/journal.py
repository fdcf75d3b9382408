"""The journal: every exchange, appended to a file of this process as it ends. Reports are built from it alone."""

import json
import threading
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from conformance.evidence import Exchange, from_json, to_json


class Journal:
    """Appends exchanges and numbers them. Thread-safe; a line is written whole and flushed at once."""

    def __init__(self, path: Path, process: str = "main") -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("w", encoding="utf-8")
        self._process = process
        self._lock = threading.Lock()
        self._count = 0

    def append(self, exchange: Exchange) -> Exchange:
        """The exchange with its number (of this process), after it was written."""
        with self._lock:
            numbered = replace(exchange, number=self._count, process=self._process)
            self._count += 1
            self._file.write(json.dumps(to_json(numbered), ensure_ascii=False) + "\n")
            self._file.flush()
        return numbered

    def close(self) -> None:
        self._file.close()


def read(paths: Iterable[Path]) -> list[Exchange]:
    """The exchanges of all processes in the order in which they began. A line cut off by a crash is left out."""
    found: list[Exchange] = []
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                found.append(from_json(json.loads(line)))
            except ValueError:
                continue
    return sorted(found, key=lambda exchange: (exchange.started, exchange.process, exchange.number))
