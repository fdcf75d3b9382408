"""What an earlier report says of what failed: the tests to run again."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.client.current import AT_THE_END
from conformance.errors import ConfigurationError
from conformance.report.files import JSON_NAME
from conformance.report.model import FORMAT
from conformance.session.choosing import PASSIVE
from conformance.verdict import Verdict

AGAIN = frozenset({Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.ERROR})
"""The verdicts of what is run again: what failed, or came to no verdict."""
Check = Mapping[str, Any]


@dataclass(frozen=True)
class Failed:
    """The ids of checks to run again, and the seed that their names belong to."""

    names: tuple[str, ...]
    seed: int


def failed_in(place: Path) -> Failed:
    """Read a report.json, or that of a report folder.

    Raises ConfigurationError when there is none, when it is something else, and when nothing failed in it.
    """
    path = place / JSON_NAME if place.is_dir() else place
    report = _read(path)
    checks = [check for check in report["checks"] if "::" in check["id"]]
    guilty = [check for check in checks if check["verdict"] in AGAIN]
    if not guilty:
        raise ConfigurationError(
            f"--failed: in {path} nothing failed or was inconclusive", "name what to run with --only, or leave both out"
        )
    return Failed(tuple(names_of(guilty, checks)), int(report["suite"]["seed"]))


def names_of(guilty: Iterable[Check], checks: Sequence[Check]) -> list[str]:
    """The ids of these checks, and of the tests that send again what those of all traffic judge, each once.

    Of each check: "id", "scenarios" and "requests", as in report.json.
    """
    tests = [check for check in checks if not _passive(check)]
    return list(dict.fromkeys(name for check in guilty for name in (*_senders(check, tests), check["id"])))


def _read(path: Path) -> Mapping[str, Any]:
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(
            f"--failed: {path}: {error.strerror}", "name the report.json of an earlier run: --failed FILE"
        ) from None
    except ValueError:
        report = None
    if not isinstance(report, dict) or report.get("format") != FORMAT:
        raise ConfigurationError(f"--failed: {path} is not a report of this suite", f"its format must be {FORMAT}")
    return report


def _senders(check: Check, tests: Sequence[Check]) -> Iterable[str]:
    """Of a check of all traffic: for each scenario at fault, the cheapest test that sends it again."""
    for name in check["scenarios"] if _passive(check) else ():
        scenario = name.removesuffix(AT_THE_END)
        able = [test for test in tests if scenario in test["scenarios"]]
        if able:
            yield min(able, key=lambda test: test["requests"])["id"]


def _passive(check: Check) -> bool:
    return str(check["id"]).startswith(PASSIVE)
