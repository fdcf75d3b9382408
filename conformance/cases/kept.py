"""What takes long to make of the contract's schemas is kept as data, under the digest of the schemas it was made of.

Where the contract differs, nothing is taken from a kept file until all are written again:

    python -m conformance.cases
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from conformance.cases.generated import reduced


def kept(file: Path) -> dict[str, Any] | None:
    """The lists of a kept file by their names; None when it was made of other schemas."""
    content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return content if content.pop("of") == digest() else None


def digest() -> str:
    """Of all that the cases are made of."""
    return hashlib.sha256(json.dumps(reduced()).encode()).hexdigest()


def text_of(lists: Mapping[str, Iterable[str]]) -> str:
    """The JSON of a file as it should be kept; the entries of its lists are given as JSON, and each gets a line."""
    parts = [f'"of": "{digest()}"']
    parts += ['"' + name + '": [\n' + ",\n".join(entries) + "\n]" for name, entries in lists.items()]
    return "{\n" + ",\n".join(parts) + "\n}\n"
