"""`gimg-conformance tests`: what there is to choose, with its requirement, its profile and what it cost last."""

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from rich.text import Text

from conformance.cli.engine import run_pytest
from conformance.counted import counted
from conformance.errors import ConfigurationError, SuiteError
from conformance.near import did_you_mean, near
from conformance.plan.marks import PROFILES
from conformance.report.files import JSON_NAME
from conformance.report.hostile import one_line
from conformance.requirements import load

HEAD = "requirement"
ALL_TRAFFIC = "any"
"""The profile of a check that judges what others send."""


@dataclass(frozen=True, slots=True)
class Row:
    """A test or a check of all traffic, by the name that reports print and `--only` takes."""

    name: str
    requirements: tuple[str, ...]
    profile: str


@dataclass
class _Collected:
    """A pytest plugin that keeps what was collected."""

    rows: list[Row] = field(default_factory=list)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        from conformance.session.collection import (  # noqa: PLC0415 - loads the suite's session
            least_profile,
            named,
            requirements_of,
        )

        self.rows += [Row(named(item), requirements_of(item), least_profile(item)) for item in session.items]


def list_tests(only: tuple[str, ...], area: str | None, profile: str | None, report_dir: Path) -> None:
    """Print them, one a line. Raises ConfigurationError for a choice that matches nothing."""
    only = (*only, *_known(area))
    rows = [*_tests(only, profile), *_checks(only)]
    known, whence = _last_known(report_dir / JSON_NAME)
    console = Console(highlight=False)
    wide = max(len(HEAD), *(len(_ids(row)) for row in rows)) if rows else len(HEAD)
    console.print(Text(f"{HEAD:{wide}}  profile  requests  test", style="dim"), soft_wrap=True)
    for row in rows:
        requests = known.get(row.name, "-")
        line = Text.assemble((f"{_ids(row):{wide}}", "bold"), f"  {row.profile:7}  {requests:>8}  {one_line(row.name)}")
        console.print(line, soft_wrap=True)
    tests = sum(row.profile != ALL_TRAFFIC for row in rows)
    told = f"{counted(tests, 'test')}, {counted(len(rows) - tests, 'check')} of all traffic"
    console.print(Text(f"{told}. {whence}", style="dim"))


def _known(area: str | None) -> tuple[str, ...]:
    """The area, where one was given. Raises ConfigurationError for one that there is not."""
    areas = [known.prefix for known in load().areas]
    if area is not None and area.upper() not in areas:
        meant = did_you_mean(near(area.upper(), areas)) or f"areas are {', '.join(areas)}"
        raise ConfigurationError(f"--area {area}: no area is called so", meant)
    return (area,) if area else ()


def _ids(row: Row) -> str:
    return " ".join(row.requirements)


def _tests(only: tuple[str, ...], profile: str | None) -> list[Row]:
    """Collected by pytest as for a certify run of the embedded server, which has every account."""
    collected = _Collected()
    with tempfile.TemporaryDirectory() as folder:
        chosen = [f"--gimg-only={word}" for word in only]
        arguments = ["--collect-only", f"--gimg-report-dir={folder}", "--gimg-profile=certify", *chosen]
        ended = run_pytest(arguments, {}, [collected])
    if ended.refusal:
        raise ended.refusal
    if ended.broken:
        raise SuiteError(ended.said, "this is a fault of the suite")
    most = PROFILES.index(profile) if profile else len(PROFILES)
    return [row for row in collected.rows if PROFILES.index(row.profile) <= most]


def _checks(only: tuple[str, ...]) -> list[Row]:
    """The checks of all traffic, of the chosen requirements only where some were chosen."""
    from conformance.session.choosing import choice_of, traffic_checks  # noqa: PLC0415 - as above
    from conformance.session.reasons import index_of_tests  # noqa: PLC0415 - as above

    every = traffic_checks(index_of_tests())
    about = choice_of(only, index_of_tests()).traffic if only else every.values()
    return [Row(name, (id_,), ALL_TRAFFIC) for name, id_ in every.items() if id_ in about]


def _last_known(path: Path) -> tuple[Mapping[str, Any], str]:
    """The requests of each test in the last report, and where they come from. What is not known is not guessed."""
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
        counted = {check["id"]: check["requests"] for check in report["checks"]}
        whence = f"a {report['profile']} run of {report['target']['name']}, {report['started_at'][:10]}"
    except OSError:
        return {}, f"Requests are not known: there is no {path} of an earlier run."
    except (ValueError, KeyError, TypeError):
        raise ConfigurationError(f"{path} is not a report of this suite", "name another folder: --report-dir") from None
    shared = "those of a shared scenario count for each test, and every run adds its first contact"
    return counted, f"Requests under an account's key, as in {path} ({one_line(whence)}): {shared}."
