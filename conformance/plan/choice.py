"""Which tests somebody chose, and what choosing them decides."""

from collections.abc import Collection
from dataclasses import dataclass

import pytest

NONE = frozenset[str]()


@dataclass(frozen=True)
class Choice:
    """What `--only` or `--failed` chose. Tests are named as reports print them: "suite/test_x.py::test_y[z]"."""

    words: tuple[str, ...]
    """As they were given."""
    ids: frozenset[str] = NONE
    """Requirements: whatever test names one of them was chosen."""
    tests: frozenset[str] = NONE
    """Files, test functions, and single tests of a function with parameters."""
    traffic: frozenset[str] = NONE
    """Requirements whose checks of all traffic were chosen: they judge what the chosen tests send."""
    named: frozenset[str] = NONE
    """Requirements that were chosen by their id, and not with their area: not to test one leaves the run undecided."""
    lending: frozenset[str] = NONE
    """Areas whose tests send what is judged, as far as the gate has them, where no test was chosen at all."""
    files: frozenset[str] = NONE
    """The files of the suite that may hold something of it."""

    def takes(self, test: str, ids: Collection[str]) -> bool:
        """Whether the test, which names these requirements, was chosen."""
        return not self.tests.isdisjoint({test, *above(test)}) or not self.ids.isdisjoint(ids)

    def borrows(self, ids: Collection[str]) -> bool:
        """Whether a test that was not chosen may send what is judged."""
        return any(id_.partition("-")[0] in self.lending for id_ in ids)

    @property
    def single(self) -> frozenset[str]:
        """The tests that were chosen with their parameters."""
        return frozenset(test for test in self.tests if "[" in test)


def above(test: str) -> tuple[str, str]:
    """The function and the file of a test."""
    return test.partition("[")[0], test.partition("::")[0]


CHOICE = pytest.StashKey[Choice]()
"""Of a run that somebody chose a part of."""
