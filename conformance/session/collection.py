"""Which tests run, and in which order."""

import pytest

from conformance.requirements import load
from conformance.world.marks import PROFILES, Profile


def requirements_of(item: pytest.Item) -> tuple[str, ...]:
    """The registry ids that a test names. Raises UsageError when it names none, or one that does not exist."""
    mark = item.get_closest_marker("requirement")
    if mark is None or not mark.args:
        raise pytest.UsageError(f'{item.nodeid} names no requirement; add @requirement("ID")')
    known = {row.id for row in load()}
    for name in mark.args:
        if name not in known:
            raise pytest.UsageError(f"{item.nodeid} names the requirement {name!r}, which the registry does not have")
    return tuple(str(name) for name in mark.args)


def least_profile(item: pytest.Item) -> Profile:
    """The smallest profile that includes the test."""
    mark = item.get_closest_marker("runs_in")
    return mark.args[0] if mark else "gate"


def select(config: pytest.Config, items: list[pytest.Item], profile: Profile) -> None:
    """Keep what the profile and the section include, in place; what waits comes last."""
    for item in items:
        requirements_of(item)
    rank, section = PROFILES.index(profile), config.getoption("--gimg-section")

    def included(item: pytest.Item) -> bool:
        apart = section and item.path.stem != f"test_{section}"
        return PROFILES.index(least_profile(item)) <= (0 if apart else rank)

    kept = [item for item in items if included(item)]
    left_out = [item for item in items if not included(item)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
    items[:] = sorted(kept, key=lambda item: item.get_closest_marker("waits") is not None)
