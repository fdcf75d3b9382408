"""What failed, provoked once more at the end of a run: with new scenarios, in a process of its own.

A failure stays a failure, since a race is one: what comes of it is noted beside it.
"""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from conformance.plan.settings import AGAIN, SETTINGS, Settings, process_name
from conformance.session.collection import named
from conformance.session.failed import names_of
from conformance.target import TargetFile
from conformance.verdict import Outcome, Verdict


def to_provoke(outcomes: Iterable[Outcome]) -> list[str]:
    """The ids of what failed, and of the tests that send again what failed as a check of all traffic."""
    checks = [outcome.to_json() for outcome in outcomes]
    return names_of([check for check in checks if check["verdict"] == Verdict.FAIL], checks)


def provoke(session: pytest.Session, names: Collection[str]) -> None:
    """Run these of the session's tests once more; their fixtures were all torn down."""
    if not session.items:  # workers collected them, and this process did not yet
        session.perform_collect()
    session.items[:] = [item for item in session.items if named(item) in names]
    for item, following in zip(session.items, [*session.items[1:], None], strict=True):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)


@contextmanager
def in_its_own_process(config: pytest.Config, target: TargetFile) -> Iterator[Settings]:
    """The settings of what is sent meanwhile: its evidence stands apart."""
    before = config.stash[SETTINGS]
    process = process_name(AGAIN, before.part)
    config.stash[SETTINGS] = replace(before, target=target, process=process, workers=1, primary_requests=0)
    try:
        yield config.stash[SETTINGS]
    finally:
        config.stash[SETTINGS] = before
