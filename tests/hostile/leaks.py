"""Secrets in files: as they are, as JSON and URLs write them, in base64 at any place, and inside gzip."""

import base64
import json
import mmap
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from urllib.parse import quote

SHORTEST = 12
SEARCHED_MOST = 50_000_000
"""Bytes of a file. It would take minutes to search all that a run without limits leaves; more than this is too much."""
STREAMS_MOST, PACKED_MOST, UNPACKED_MOST = 500, 4_000_000, 16_000_000
_GZIP = re.compile(rb"\x1f\x8b\x08")
_GZIP_IN_BASE64 = re.compile(rb"H4sI[A-Za-z0-9+/]{16,4000000}={0,2}")


def leaks(folder: Path, secrets: Mapping[str, str], ignored: Iterable[Path] = ()) -> list[str]:
    """A line `file: name of the secret` for each that a file below the folder holds."""
    skipped = {path.resolve() for path in ignored}
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.resolve() not in skipped)
    return [f"{path.relative_to(folder)}: {name}" for path in files for name in found_in(path, secrets)]


def found_in(path: Path, secrets: Mapping[str, str]) -> list[str]:
    """The names of the secrets that a file holds, in its first SEARCHED_MOST bytes."""
    size = min(path.stat().st_size, SEARCHED_MOST)
    if not size:
        return []
    with path.open("rb") as file, mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ) as content:
        return sorted(names(content, secrets))


def names(content: bytes | mmap.mmap, secrets: Mapping[str, str]) -> set[str]:
    """The names of the secrets that these bytes hold."""
    parts = [content, *_unpacked(content)]
    wanted = {name: spellings(essence(secret)) for name, secret in secrets.items()}
    # Not one pattern for all: that takes a microsecond and a half for every byte.
    return {name for name, found in wanted.items() if any(part.find(one) >= 0 for part in parts for one in found)}


def essence(secret: str) -> str:
    """What is secret of it: a prefix that tells its kind may stay. Raises ValueError when too little is left."""
    kept = re.sub(r"^(gimg_|whsec_|[a-z]+=)", "", secret)
    if len(kept) < SHORTEST:
        raise ValueError("so short a secret would be found everywhere")
    return kept


def spellings(secret: str) -> set[bytes]:
    """Every way in which it may be written."""
    plain = {secret, json.dumps(secret)[1:-1], quote(secret, safe="")}
    coded = {secret.encode("utf-16-le"), secret.encode("utf-16-be")}
    return {text.encode() for text in plain} | coded | set(_in_base64(secret.encode()))


def _in_base64(secret: bytes) -> Iterator[bytes]:
    """Its base64 after 0, 1 or 2 other bytes, less the characters at either end that depend on its neighbours."""
    for before in range(3):
        text = base64.b64encode(bytes(before) + secret)
        first, end = (0, 2, 3)[before], (before + len(secret)) * 4 // 3
        yield text[first:end]
        yield text[first:end].replace(b"+", b"-").replace(b"/", b"_")


def _unpacked(content: bytes | mmap.mmap) -> Iterator[bytes]:
    """What gzip streams hold, also those in base64."""
    for start in islice(_GZIP.finditer(content), STREAMS_MOST):
        yield _inflated(content[start.start() : start.start() + PACKED_MOST])
    for coded in islice(_GZIP_IN_BASE64.finditer(content), STREAMS_MOST):
        text = coded[0].rstrip(b"=")
        yield _inflated(base64.b64decode(text + b"=" * (-len(text) % 4)))


def _inflated(content: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=16 + zlib.MAX_WBITS).decompress(content, UNPACKED_MOST)
    except zlib.error:
        return b""
