"""What workers wait for, told to their controller: xdist lets a worker speak only when a test ends."""

import json
from contextlib import suppress
from functools import partial
from pathlib import Path

from conformance.whole_file import write_whole
from conformance.world.overlap import Wait, on_change

_KIND = "waits.json"


def tell_waits(evidence: Path, process: str) -> None:
    """Keep a file of what this process waits for, as long as it waits."""
    on_change(partial(_write, evidence / f"{process}.{_KIND}"))


def waits_in(evidence: Path) -> list[Wait]:
    """What all workers wait for."""
    found: list[Wait] = []
    for path in evidence.glob(f"*.{_KIND}"):
        with suppress(OSError, TypeError, ValueError):  # it is gone, or was left by a run that was killed
            found += [(float(due), str(what)) for due, what in json.loads(path.read_text(encoding="utf-8"))]
    return found


def _write(path: Path, waits: list[Wait]) -> None:
    with suppress(OSError):  # whoever reads the progress misses a line; the verdict misses nothing
        if waits:
            write_whole(path, json.dumps(waits).encode())
        else:
            path.unlink(missing_ok=True)
