"""Long bodies beside the journal: each is kept once, compressed, under its SHA-256."""

import gzip
import re
import threading
import zlib
from collections.abc import Iterable
from pathlib import Path

from conformance.evidence.members import digest, no_bodies
from conformance.limits import FILE_BYTES
from conformance.whole_file import write_whole

FOLDER = "bodies"
LEVEL = 6
"""Of compression: beyond it, files become hardly smaller, and take twice as long."""
_DIGEST = re.compile(r"[0-9a-f]{64}")


class Bodies:
    """The bodies of a folder of evidence, for all processes of a run. Thread-safe."""

    def __init__(self, evidence: Path) -> None:
        self.directory = evidence / FOLDER
        self._read: dict[str, bytes] = {}
        self._lock = threading.Lock()

    def packed(self, bodies: Iterable[bytes]) -> dict[str, bytes]:
        """The files, by name, that are missing for these bodies."""
        missing = {_name(digest(body)): body for body in bodies}
        return {name: gzip.compress(body, LEVEL, mtime=0) for name, body in missing.items() if not self._has(name)}

    def write(self, packed: dict[str, bytes]) -> None:
        """Write these files. Each is complete or absent. Raises OSError."""
        for name, content in packed.items():
            write_whole(self.directory / name, content)

    def __call__(self, sha256: str) -> bytes:
        """The body with this SHA-256; the same object each time. Raises ValueError where it is missing or another."""
        with self._lock:
            if sha256 not in self._read:
                self._read[sha256] = self._unpacked(sha256)
            return self._read[sha256]

    def _has(self, name: str) -> bool:
        return (self.directory / name).exists()

    def _unpacked(self, sha256: str) -> bytes:
        # What a line names may be anything: evidence may come from strangers.
        if not _DIGEST.fullmatch(sha256) or not self._has(_name(sha256)):
            return no_bodies(sha256)
        path = self.directory / _name(sha256)
        try:
            with gzip.open(path) as file:
                body = file.read(FILE_BYTES + 1)
        except (EOFError, zlib.error, OSError) as error:
            raise ValueError(f"{path} could not be read: {error}") from None
        if digest(body) != sha256:
            raise ValueError(f"{path} holds another body than its name says")
        return body


def _name(sha256: str) -> str:
    return f"{sha256}.gz"
