"""Removes each expectation of the suite in turn, and names a fault that would then survive; 1 when there is none.

`python tests/faults/remove_expectations.py [--workers N] [MODULE…]`, where a module is test_uploads, deliveries, …

One run of the catalogue records which expectations spoke for which requirement. An expectation is needed only where
all that failed for a requirement spoke through it, so that these faults alone are tried, until one is no longer killed.
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

import expectations
import pytest
from expectations import RUNNING, Expectation
from rich.console import Console

Votes = dict[str, list[frozenset[int]]]
"""By requirement that a fault breaks: the expectations that each failing check spoke through."""


@dataclass(frozen=True)
class Recorded:
    """What a fault ran into. `missing` are requirements that should have failed and did not."""

    fault: str
    missing: tuple[str, ...]
    votes: Votes
    seconds: float

    def depends_on(self, number: int) -> bool:
        """Whether there is a requirement for which nothing failed but through this expectation."""
        return any(votes and all(number in vote for vote in votes) for votes in self.votes.values())


class Witness:
    """Chooses what may kill a fault: smoke, its section, and whatever names what it breaks; and notes who spoke."""

    def __init__(self, section: str, breaks: Iterable[str]) -> None:
        self.section, self.breaks = f"test_{section}", set(breaks)
        self.spoken: dict[str, set[int]] = defaultdict(set)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if self._may_kill(item)]

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
        from conformance.session import passive  # noqa: PLC0415 - after `install`

        rule = passive.rule

        def listened(check: str, servers: Any) -> Any:
            RUNNING.spoken = self.spoken[f"passive::{check}"]
            return rule(check, servers)

        passive.rule = listened

    def through(self, check: str) -> frozenset[int]:
        """The expectations that a failing check spoke through."""
        passive = check.rpartition("::")[0] if check.startswith("passive::") else ""
        return frozenset(self.spoken[passive] if passive else self.spoken[check] | self.spoken[""])


def tried(task: tuple[int, str]) -> tuple[int, Recorded]:
    """In a process of its own: a fault meets the suite without this expectation."""
    from conformance.faults import named  # noqa: PLC0415 - after `install`
    from conformance.faults.campaign import report_on, section_of  # noqa: PLC0415 - as above

    number, name = task
    fault, began = named(name), time.monotonic()
    RUNNING.removed = number
    witness = Witness(section_of(fault), fault.breaks)
    witness.listen_to_traffic()
    report, said = report_on(fault, whole=True, plugins=[witness])
    if report is None:
        raise RuntimeError(f"{name}: {said}")
    votes: Votes = {requirement: [] for requirement in fault.breaks}
    for check in report["checks"]:
        for requirement in votes.keys() & set(check["requirements"]) if check["verdict"] == "fail" else ():
            votes[requirement].append(witness.through(check["id"]))
    missing = tuple(requirement for requirement, found in votes.items() if not found)
    return number, Recorded(name, missing, votes, time.monotonic() - began)


def campaign(tasks: Sequence[tuple[int, str]], workers: int) -> Iterator[tuple[int, Recorded]]:
    with multiprocessing.get_context("fork").Pool(workers, maxtasksperchild=1) as pool:
        yield from pool.imap_unordered(tried, tasks, chunksize=1)


def needs(
    chosen: Sequence[Expectation], recorded: Sequence[Recorded], workers: int
) -> Iterator[tuple[Expectation, str]]:
    """Each expectation with a fault that survives without it, or with none. Tries the quickest first."""
    quickest = sorted(recorded, key=lambda each: each.seconds)
    left = {each: [r.fault for r in quickest if r.depends_on(each.number)] for each in chosen}
    by_number = {each.number: each for each in chosen}
    while left:
        yield from ((each, "") for each, faults in left.items() if not faults)
        tasks = [(each.number, faults.pop(0)) for each, faults in left.items() if faults]
        left = {by_number[number]: left[by_number[number]] for number, _ in tasks}
        for number, result in campaign(tasks, workers):
            if result.missing:
                del left[by_number[number]]
                yield by_number[number], result.fault


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("modules", nargs="*", metavar="MODULE")
    parser.add_argument("--workers", type=int, default=2)
    order, console, began = parser.parse_args(arguments), Console(highlight=False, soft_wrap=True), time.monotonic()
    found = expectations.install()
    chosen = [each for each in found if not order.modules or each.path.stem in order.modules]
    recorded = [result for _, result in campaign([(-1, name) for name in _faults()], order.workers)]
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
    from conformance.faults import FAULTS  # noqa: PLC0415 - after `install`
    from conformance.faults import load as load_catalogue  # noqa: PLC0415 - as above
    from conformance.faults.campaign import import_once  # noqa: PLC0415 - as above

    import_once()
    for name in expectations.modules():
        importlib.import_module(name)
    load_catalogue()
    return list(FAULTS)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
