"""Selects and orders the tests."""

from collections.abc import Collection, Iterable
from pathlib import Path, PurePosixPath

import pytest

from conformance.plan.asked import is_of_the_suite
from conformance.plan.choice import CHOICE, Choice
from conformance.plan.marks import PROFILES, Profile
from conformance.plan.settings import EXTENSION, SETTINGS
from conformance.requirements import load
from conformance.session.extending import is_extensions_test

WAITING_FILES = ("test_idempotency", "test_rate_limits", "test_concurrency", "test_uploads", "test_webhook")
"""Their tests may wait for minutes; one worker starts all these waits together."""
WAITS = "waits"
RECEIVING = "hooks"
"""The fixture behind every test that needs the webhook receiver."""
LENT = PROFILES.index("gate")
"""The profile of tests that run for their traffic alone: what only certify has costs hundreds of requests."""
SMOKE_FILES = frozenset({
    "test_api", "test_authentication", "test_generate", "test_lifecycle", "test_outputs", "test_uploads",
})  # fmt: skip
"""Those of which the smoke profile includes a test. A run of one section collects no others but its own."""


def requirements_of(item: pytest.Item) -> tuple[str, ...]:
    """The registry ids that a test names: an extension's test names those of the extension.

    Raises UsageError when it names none, or one that does not exist.
    """
    theirs = item.config.stash[SETTINGS].extension if is_extensions_test(item) else None
    registry, mark = theirs or load(), item.get_closest_marker("requirement")
    if mark is None or not mark.args:
        raise pytest.UsageError(f'{item.nodeid} names no requirement. Add @requirement("ID")')
    for name in mark.args:
        if name not in registry:
            raise pytest.UsageError(f"{item.nodeid} names the unknown requirement {name!r}")
    return tuple(str(name) for name in mark.args)


def least_profile(item: pytest.Item) -> Profile:
    """The smallest profile that includes the test."""
    mark = item.get_closest_marker("runs_in")
    return mark.args[0] if mark else "gate"


def select(config: pytest.Config, items: list[pytest.Item], profile: Profile) -> None:
    """Keep what was chosen, or the tests of the profile and the section, in place; tests that wait come last.

    What was chosen runs in any profile.
    """
    for item in items:
        requirements_of(item)
    rank, section, choice = PROFILES.index(profile), config.getoption("--gimg-section"), config.stash.get(CHOICE, None)

    def included(item: pytest.Item) -> bool:
        if choice and (chosen(item, choice) or not choice.borrows(requirements_of(item))):
            return chosen(item, choice)
        apart = section and item.path.stem != f"test_{section}"
        most = min(rank, LENT) if choice else rank
        return PROFILES.index(least_profile(item)) <= (0 if apart else most)

    kept = [item for item in items if included(item)]
    left_out = [item for item in items if not included(item)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
    items[:] = sorted(kept, key=_waits)


def select_theirs(config: pytest.Config, items: list[pytest.Item], profile: Profile) -> list[pytest.Item]:
    """The tests of an extension that the profile includes. What is chosen of the suite is no matter here."""
    for item in items:
        requirements_of(item)
    rank = PROFILES.index(profile)
    left_out = [item for item in items if PROFILES.index(least_profile(item)) > rank]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
    return [item for item in items if item not in left_out]


def leave_out(config: pytest.Config, items: list[pytest.Item], judged: Collection[str]) -> None:
    """Take out, in place, the tests that an earlier part of the run has judged, by their names."""
    done = [item for item in items if named(item) in judged]
    if done:
        config.hook.pytest_deselected(items=done)
    items[:] = [item for item in items if named(item) not in judged]


def named(item: pytest.Item) -> str:
    """A test as reports print it, wherever pytest has its root: "suite/test_x.py::test_y[z]"; others by node id."""
    return f"suite/{item.path.name}::{item.nodeid.partition('::')[2]}" if is_of_the_suite(item.path) else item.nodeid


def scenario_of(item: pytest.Item) -> str:
    """The name of what the test sends by itself."""
    return f"{EXTENSION if is_extensions_test(item) else ''}{named(item)}"


def name_of(nodeid: str) -> str:
    """The same by its node id, where that has the file: of a single one that pytest was told to collect it does not."""
    file, _, test = nodeid.partition("::")
    return f"suite/{file.rpartition('/')[2]}::{test}"


def chosen(item: pytest.Item, choice: Choice) -> bool:
    """Whether `--only` or `--failed` chose the test."""
    return choice.takes(named(item), requirements_of(item))


def apart(config: pytest.Config, path: Path) -> bool:
    """Whether a file of the suite holds nothing for the run, which is of other tests or of another section."""
    if not is_of_the_suite(path):
        return False
    if choice := config.stash.get(CHOICE, None):
        return path.name.startswith("test_") and f"suite/{path.name}" not in choice.files
    section = config.getoption("--gimg-section")
    return bool(section) and path.name.startswith("test_") and path.stem not in {f"test_{section}", *SMOKE_FILES}


def scope_of(nodeid: str) -> str:
    """What stays on one worker: a file, since its tests share scenarios, and all files with waiting tests."""
    file = nodeid.partition("::")[0]
    return WAITS if PurePosixPath(file).name.startswith(WAITING_FILES) else file


def receives(items: Iterable[pytest.Item]) -> bool:
    """Whether any of these tests needs the webhook receiver."""
    return any(RECEIVING in getattr(item, "fixturenames", ()) for item in items)


def _waits(item: pytest.Item) -> bool:
    return item.get_closest_marker("waits") is not None


def begin_waits_first(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Waiting scenarios start with the first test, or under xdist with the first one of their worker."""
    waiting = [item for item in items if _waits(item)]
    alone = not hasattr(config, "workerinput")
    early = items[:1] if alone else [item for item in items if scope_of(item.nodeid) == WAITS]
    for item in {id(item): item for item in [*early, *waiting]}.values() if waiting else ():
        item.fixturenames.insert(0, "waits_begun")  # type: ignore[attr-defined]
