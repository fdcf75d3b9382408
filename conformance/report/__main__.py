"""`python -m conformance.report` writes report.schema.json anew."""

import json
from pathlib import Path

from conformance.report.model import schema

SCHEMA = Path(__file__).with_name("report.schema.json")


def schema_text() -> str:
    """The text of the shipped file."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SCHEMA.write_text(schema_text(), encoding="utf-8")
