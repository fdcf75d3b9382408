"""What somebody chose, as the verdict and the report are told it."""

from collections.abc import Mapping, Sequence

import pytest

from conformance.plan.choice import CHOICE, Choice, above
from conformance.plan.settings import SETTINGS
from conformance.requirements.tests_index import by_requirement
from conformance.session.extending import words_of_alone
from conformance.session.reasons import OPTIONS, SUITE, index_of_tests
from conformance.verdict import Selection


def selection_of(
    config: pytest.Config, words: Sequence[str], chosen: Mapping[str, Sequence[str]], others: frozenset[str]
) -> Selection | None:
    """None where nothing was chosen.

    `words` say what was; `chosen` has the requirements of each chosen test by its name, and `others` those of the
    collected tests that were not.
    """
    if choice := config.stash.get(CHOICE, None):
        about = choice.ids.union(choice.traffic, *chosen.values())
        named = choice.named.union(*(ids for test, ids in chosen.items() if _one_by_one(test, choice)))
        in_part = frozenset(id_ for id_ in about - choice.ids if id_ in others or _elsewhere(id_, chosen))
        return Selection(tuple(words), about, named, in_part, frozenset(chosen))
    given = [f"{option} {value}" for option, name in OPTIONS.items() if (value := _given(config, name))]
    if section := str(config.getoption("--gimg-section") or ""):
        given.append(f"--gimg-section {section}")
    given += words_of_alone(config, config.stash[SETTINGS].extension) if SETTINGS in config.stash else []
    return Selection(tuple(given)) if given else None


def _one_by_one(test: str, choice: Choice) -> bool:
    """Whether a test was chosen for itself or with its function, and not with its file or its area."""
    return not choice.tests.isdisjoint({test, above(test)[0]})


def _elsewhere(id_: str, chosen: Mapping[str, Sequence[str]]) -> bool:
    """Whether a test function judges the requirement of which no test was chosen."""
    taken = {test.partition("::")[2].partition("[")[0] for test in chosen}
    judges = by_requirement(index_of_tests()).get(id_, [])
    return any(test.startswith(SUITE.name) and test.partition("::")[2] not in taken for test in judges)


def _given(config: pytest.Config, name: str) -> str:
    value = getattr(config.option, name, None)
    return " ".join(value) if isinstance(value, list) else str(value or "")
