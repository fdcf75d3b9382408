"""The process of a run that a program asked for: the order comes on stdin, how it ended goes to stdout, both JSON.

`{}`: there is a report. `{"refused": [message, hint, code]}`: the order is wrong, nothing was sent. `{"broken": text}`:
there is no report.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from conformance.cli.running import RunRequest, without_words
from conformance.errors import ConfigurationError

PATHS = ("target", "report_dir", "known_failures", "ca", "extension")
LISTS = ("only", "headers")


def main() -> None:
    """Whatever else is printed goes to stderr."""
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as told:
        os.dup2(2, 1)
        json.dump(_ended(json.load(sys.stdin)), told)


def _ended(order: dict[str, Any]) -> dict[str, Any]:
    given = order | {name: Path(order[name]) for name in PATHS if order[name]}
    try:
        ended = without_words(RunRequest(**given | {name: tuple(order[name]) for name in LISTS}))
    except ConfigurationError as error:
        return {"refused": [error.message, error.hint, error.code]}
    except KeyboardInterrupt:
        return {"broken": "the run was interrupted before it began"}
    # A fault of ours never hides a deviation that was shown.
    if ended.report and (ended.report.exit_status or not ended.broken):
        return {}
    return {"broken": ended.said or "the run was interrupted"}


if __name__ == "__main__":
    main()
