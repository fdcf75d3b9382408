"""`python -m conformance.report` writes the shipped schemas anew."""

import json
from pathlib import Path
from typing import Any

from conformance.report.evidence_schema import evidence_schemas
from conformance.report.model import schema

FOLDER = Path(__file__).parent


def schema_texts() -> dict[Path, str]:
    """The texts of the shipped files: of report.json, and of each kind of evidence."""
    every = {"report": schema(), **evidence_schemas()}
    return {FOLDER / f"{name}.schema.json": _text(found) for name, found in every.items()}


def _text(found: dict[str, Any]) -> str:
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for path, text in schema_texts().items():
        path.write_text(text, encoding="utf-8")
