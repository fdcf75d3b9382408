"""Removes each expectation of the suite in turn, and names a fault that would then survive; 1 when there is none.

`python -m tests.faults.remove_expectations [--workers N] [MODULE…]`, where a module is test_uploads, deliveries, …

One run of the catalogue records which expectations spoke for which requirement. An expectation is needed only where
all that failed for a requirement spoke through it, so that these faults alone are tried, until one is no longer killed.
Each profile has to kill by itself what its tests can kill: what only a larger one would notice is a survivor. Examples
are drawn at random, so that they stand in for nothing but each other.
"""

import argparse
import importlib
import multiprocessing
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from rich.console import Console

from tests.faults import expectations
from tests.faults.expectations import RUNNING, Expectation

PROFILES = ("certify", "gate", "smoke")
PASSIVE, EXAMPLES = "passive", "examples"
"""Where a vote may come from beside a profile's tests."""


@dataclass(frozen=True)
class Vote:
    """A failing check: the expectations it spoke through, and the least profile it is in, PASSIVE or EXAMPLES."""

    spoke: frozenset[int]
    place: str


@dataclass(frozen=True)
class Recorded:
    """What a fault ran into: by requirement that it breaks, the votes."""

    fault: str
    votes: dict[str, list[Vote]]
    seconds: float

    @property
    def missing(self) -> tuple[str, ...]:
        """The requirements that should have failed and did not."""
        return tuple(requirement for requirement, votes in self.votes.items() if not votes)

    def depends_on(self, number: int, order: "Order") -> set[str]:
        """The requirements for which nothing failed there but through this expectation."""
        voted = {requirement: order.counted(votes) for requirement, votes in self.votes.items()}
        return {
            requirement for requirement, votes in voted.items() if votes and all(number in vote.spoke for vote in votes)
        }


@dataclass(frozen=True)
class Order:
    """Whose votes count: those of a profile's tests, and the examples' only where `examples`."""

    profile: str = "certify"
    examples: bool = True

    def includes(self, place: str) -> bool:
        return self.examples if place == EXAMPLES else PROFILES.index(place) >= PROFILES.index(self.profile)

    def counted(self, votes: Iterable[Vote]) -> list[Vote]:
        """Passive checks see the traffic of whichever tests run: only in the largest profile is it known beforehand."""
        passive = self.profile == "certify"
        return [vote for vote in votes if (passive if vote.place == PASSIVE else self.includes(vote.place))]


def place_of(item: pytest.Item) -> str:
    from conformance.session.collection import least_profile  # noqa: PLC0415 - after `install`

    return EXAMPLES if item.path.stem == "test_examples" else least_profile(item)


class Witness:
    """Chooses what may kill a fault: smoke, its section, and whatever names what it breaks; and notes who spoke."""

    def __init__(self, section: str, breaks: Iterable[str], order: Order) -> None:
        self.section, self.breaks, self.order = f"test_{section}", set(breaks), order
        self.places: dict[str, str] = {}
        self.spoken: dict[str, set[int]] = defaultdict(set)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        self.places = {item.nodeid: place_of(item) for item in items}
        items[:] = [item for item in items if self._may_kill(item) and self.order.includes(self.places[item.nodeid])]

    def _may_kill(self, item: pytest.Item) -> bool:
        from conformance.session.collection import least_profile, requirements_of  # noqa: PLC0415 - after `install`

        named = self.breaks & set(requirements_of(item))
        return bool(named) or item.path.stem == self.section or least_profile(item) == "smoke"

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        if call.excinfo:
            self.spoken[item.nodeid] |= getattr(call.excinfo.value, "expectations", set())
        # A description of a change, made for whichever test.
        self.spoken[""] |= RUNNING.spoken

    def listen_to_traffic(self) -> None:
        """The passive checks are asked one by one, at the end."""
        from conformance.checks import passive  # noqa: PLC0415 - after `install`
        from conformance.session import all_traffic  # noqa: PLC0415 - as above

        rule = passive.rule

        def listened(check: str, servers: Any) -> Any:
            RUNNING.spoken = self.spoken[f"passive::{check}"]
            return rule(check, servers)

        setattr(all_traffic, "rule", listened)  # noqa: B010 - the type checker would take it for a mistake

    def vote(self, check: str) -> Vote:
        """What a failing check says."""
        if check.startswith("passive::"):
            return Vote(frozenset(self.spoken[check.rpartition("::")[0]]), PASSIVE)
        return Vote(frozenset(self.spoken[check] | self.spoken[""]), self.places[check])


@dataclass(frozen=True)
class Task:
    """A fault, the number of the expectation that is off, and whose votes count."""

    fault: str
    removed: int = -1
    order: Order = Order()


def tried(task: Task) -> tuple[Task, Recorded]:
    """In a process of its own: the fault meets the suite without the expectation."""
    from conformance.cli.campaign import report_on, section_of  # noqa: PLC0415 - as above
    from conformance.faults import Fault, named  # noqa: PLC0415 - after `install`

    fault, began = named(task.fault), time.monotonic()
    if not isinstance(fault, Fault):
        raise TypeError(f"{task.fault} is a permitted variation, which breaks nothing")
    RUNNING.removed = task.removed
    witness = Witness(section_of(fault), fault.breaks, task.order)
    witness.listen_to_traffic()
    report, said = report_on(fault, whole=True, plugins=[witness])
    if report is None:
        raise RuntimeError(f"{task.fault}: {said}")
    votes: dict[str, list[Vote]] = {requirement: [] for requirement in fault.breaks}
    for check in report["checks"]:
        for requirement in votes.keys() & set(check["requirements"]) if check["verdict"] == "fail" else ():
            votes[requirement].append(witness.vote(check["id"]))
    return task, Recorded(task.fault, votes, time.monotonic() - began)


def campaign(tasks: Sequence[Task], workers: int) -> Iterator[tuple[Task, Recorded]]:
    with multiprocessing.get_context("fork").Pool(workers, maxtasksperchild=1) as pool:
        yield from pool.imap_unordered(tried, tasks, chunksize=1)


def needs(
    chosen: Sequence[Expectation], recorded: Sequence[Recorded], workers: int
) -> Iterator[tuple[Expectation, str]]:
    """Each expectation with a fault that survives without it, or with none. Tries the quickest first."""
    quickest = sorted(recorded, key=lambda each: each.seconds)
    by_name, by_number = {each.fault: each for each in recorded}, {each.number: each for each in chosen}
    left = {each: list(_candidates(each, quickest)) for each in chosen}
    while left:
        yield from ((each, "") for each, tasks in left.items() if not tasks)
        tasks = [tasks.pop(0) for tasks in left.values() if tasks]
        left = {by_number[task.removed]: left[by_number[task.removed]] for task in tasks}
        for task, result in campaign(tasks, workers):
            if by_name[task.fault].depends_on(task.removed, task.order) & set(result.missing):
                expectation = by_number[task.removed]
                del left[expectation]
                yield expectation, task.fault


def _candidates(expectation: Expectation, recorded: Sequence[Recorded]) -> Iterator[Task]:
    """What may survive without it, the likeliest first: where nothing at all helps, then where a profile is alone."""
    examples = expectation.path.stem == "test_examples"
    for profile in PROFILES:
        order = Order(profile, examples)
        yield from (
            Task(each.fault, expectation.number, order)
            for each in recorded
            if each.depends_on(expectation.number, order)
        )


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("modules", nargs="*", metavar="MODULE")
    parser.add_argument("--workers", type=int, default=2)
    order, console, began = parser.parse_args(arguments), Console(highlight=False, soft_wrap=True), time.monotonic()
    found = expectations.install()
    chosen = [each for each in found if not order.modules or each.path.stem in order.modules]
    recorded = [result for _, result in campaign([Task(name) for name in _faults()], order.workers)]
    console.print(f"{len(chosen)} expectations, {len(recorded)} faults; recorded in {time.monotonic() - began:.0f} s")
    idle = [each for each, fault in _shown(needs(chosen, recorded, order.workers), console) if not fault]
    alive = [each for each in recorded if each.missing]
    for each in sorted(idle, key=lambda each: each.number):
        console.print(f"idle: {each}", markup=False)
    for survivor in alive:
        console.print(f"{survivor.fault} survives with every expectation in place: {', '.join(survivor.missing)}")
    console.print(f"{len(idle)} of {len(chosen)} expectations are idle; {time.monotonic() - began:.0f} s")
    return int(bool(idle or alive))


def _shown(results: Iterable[tuple[Expectation, str]], console: Console) -> Iterator[tuple[Expectation, str]]:
    for each, fault in results:
        console.print(f"{fault or 'IDLE':50} {each}", markup=False)
        yield each, fault


def _faults() -> list[str]:
    """Everything that the forked processes need is loaded here, once; the suite's modules before pytest does."""
    from conformance.cli.campaign import import_once  # noqa: PLC0415 - as above
    from conformance.faults import FAULTS  # noqa: PLC0415 - after `install`
    from conformance.faults import load as load_catalogue  # noqa: PLC0415 - as above

    import_once()
    for name in expectations.modules():
        importlib.import_module(name)
    load_catalogue()
    return list(FAULTS)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
