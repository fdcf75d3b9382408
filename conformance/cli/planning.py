"""`gimg-conformance plan`: what a run with the same options would take. Nothing is sent."""

import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from rich.text import Text

from conformance.cli.engine import run_pytest
from conformance.cli.running import RunRequest, arguments, check, environment
from conformance.errors import ConfigurationError, SuiteError
from conformance.plan.estimate import Planned
from conformance.plan.settings import SETTINGS
from conformance.program import as_called
from conformance.report.hostile import one_line
from conformance.report.layout import console_for, in_signs_of
from conformance.report.plan_table import whole_lines
from conformance.target.config import Limits


@dataclass
class Collected:
    """A pytest plugin that plans what was collected, for so many workers."""

    workers: int
    plan: Planned | None = None
    limits: Limits | None = None
    left_out: dict[str, str] = field(default_factory=dict)
    """Why a requirement is not to be tested."""
    binding: int = 0
    """How many requirements reports count: those that are not OPEN."""

    def lost(self) -> set[str]:
        """The requirements that are not tested: those that are not to be, and those for want of something."""
        return {*self.left_out} | {id_ for one in (self.plan.untested if self.plan else ()) for id_ in one.requirements}

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        from conformance.requirements import Level, load  # noqa: PLC0415 - loads the registry
        from conformance.session.collection import named  # noqa: PLC0415 - loads the suite's session
        from conformance.session.planned import plan_of  # noqa: PLC0415 - as above

        config, worker = session.config, session.config.pluginmanager.getplugin("gimg-session")
        settings = config.stash.get(SETTINGS, None)
        if settings is None or worker is None or worker.refusal:
            return
        self.plan = plan_of(settings, map(named, session.items), self.workers)
        self.limits = settings.target.limits
        binding = {row.id for row in load() if row.level is not Level.OPEN}  # as reports count them
        self.left_out = {id_: why for id_, why in worker.left_out.items() if id_ in binding}
        self.binding = len(binding)


def show_plan(order: RunRequest) -> None:
    """Print it. Raises ConfigurationError as the run would: for its options, for its limits, before any request."""
    found = collected(order)
    if found.plan:
        _print(found.plan, Counter(found.left_out.values()))
    _refuse_beyond(found)


def collected(order: RunRequest) -> Collected:
    """What a run would take, and what it would not test. Raises ConfigurationError as the run would."""
    found = Collected(order.workers)
    with tempfile.TemporaryDirectory() as folder:
        order = replace(order, report_dir=Path(folder), failed=order.failed and order.failed.absolute(), workers=1)
        check(order)
        ended = run_pytest(["--collect-only", *arguments(order)], environment(order), [found])
    if ended.refusal:
        raise ended.refusal
    if ended.status == pytest.ExitCode.USAGE_ERROR:
        raise ConfigurationError(ended.said, "what follows -- is passed to pytest")
    if ended.broken or found.plan is None:
        raise SuiteError(ended.said, "this is a fault of the suite")
    return found


def _print(plan: Planned, left_out: Any) -> None:
    console = console_for(sys.stdout)
    for line in whole_lines(plan, left_out):
        console.print(in_signs_of(console, Text(as_called(one_line(line, 1000)))), soft_wrap=True)


def _refuse_beyond(found: Collected) -> None:
    from conformance.session.planned import keep_within  # noqa: PLC0415 - as above

    if found.limits and found.plan:
        keep_within(found.limits, found.plan, "the table")
