"""Why a requirement was not chosen for testing: the option, the named files, or the profile."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from functools import cache
from pathlib import Path

import pytest

from conformance.contract import load as load_contract
from conformance.plan.marks import PROFILES, Profile
from conformance.requirements import load
from conformance.requirements.tests_index import by_requirement, tests_of
from conformance.session.collection import apart, least_profile

PACKAGE = Path(__file__).parents[1]
SUITE = PACKAGE / "suite"
OPTIONS = {"-k": "keyword", "-m": "markexpr", "--deselect": "deselect"}
BY_SECTION = "deselected by --gimg-section"
BY_FILES = "not judged by the files and tests that were named"


def why_left_out(
    every: Sequence[pytest.Item],
    chosen: Collection[pytest.Item],
    kept: Iterable[pytest.Item],
    config: pytest.Config,
    profile: Profile,
) -> dict[str, str]:
    """The reason by requirement id, for requirements without a test that runs.

    `every`: all collected tests; `chosen`: those that pytest's own options left; `kept`: those that run. If the profile
    includes a test that does not run, the option that deselected it is the reason.
    """
    to_run = {id_ for item in kept for id_ in _ids(item)}
    reasons: dict[str, list[tuple[int, str]]] = defaultdict(list)
    left, options = {*chosen}, _options(config)
    for item in every:
        least = least_profile(item)
        if because := no_room(item, profile):
            why = 2, because
        elif PROFILES.index(least) > PROFILES.index(profile):
            why = 3 + PROFILES.index(least), f"deselected by the {profile} profile; tested with `--profile {least}`"
        else:
            why = (1, BY_SECTION) if item in left else (0, f"deselected by {options}")
        for id_ in {*_ids(item)} - to_run:
            reasons[id_].append(why)
    return {id_: min(whys)[1] for id_, whys in reasons.items()}


def no_room(item: pytest.Item, profile: Profile) -> str:
    """Why a larger profile has the test, where this one would have had it; empty for all others."""
    mark = item.get_closest_marker("runs_in")
    beyond = PROFILES.index(least_profile(item)) > PROFILES.index(profile)
    return str(mark.kwargs.get("because", "")) if mark and beyond and profile != PROFILES[0] else ""


def why_unseen(every: Sequence[pytest.Item], config: pytest.Config, profile: Profile) -> dict[str, str]:
    """The reason by requirement id, for requirements without a collected test.

    Either other files or tests were named, or the section or the profile leaves out the tests made from the contract.
    """
    index = index_of_tests()
    collected = {f"{SUITE.name}/{item.path.name}::{item.name.partition('[')[0]}" for item in every}
    files = {test: Path(test.partition("::")[0]) for test in index if test.startswith(SUITE.name)}
    if not {test for test, file in files.items() if not apart(config, file)} <= collected:
        why = BY_FILES
    elif config.getoption("--gimg-section"):
        why = BY_SECTION
    elif profile != PROFILES[-1]:
        why = f"deselected by the {profile} profile; tested with `--profile {PROFILES[-1]}`"
    else:
        return {}
    seen = {id_ for item in every for id_ in _ids(item)}
    tests = by_requirement(index)
    by_traffic = frozenset().union(*(operation.chargeable() for operation in load_contract().operations.values()))
    return {row.id: why for row in load() if row.id not in seen and not _traffic_alone(row.id, tests, by_traffic)}


@cache
def index_of_tests() -> dict[str, tuple[str, ...]]:
    """The requirement ids of each test of the suite and each passive check, as their source names them."""
    return tests_of(SUITE, PACKAGE / "checks")


def _traffic_alone(id_: str, tests: dict[str, list[str]], by_traffic: Collection[str]) -> bool:
    """Whether only passive checks judge it. Tests made from the contract are not in the index."""
    named = tests.get(id_, [])
    return not any(test.startswith(SUITE.name) for test in named) and (bool(named) or id_ in by_traffic)


def _options(config: pytest.Config) -> str:
    given = [option for option, name in OPTIONS.items() if getattr(config.option, name, None)]
    return " or ".join(given) or "an option of pytest"


def _ids(item: pytest.Item) -> tuple[str, ...]:
    mark = item.get_closest_marker("requirement")
    return mark.args if mark else ()
