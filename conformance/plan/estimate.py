"""What a run is going to take, told before it sends anything: the sum over the scenarios that its tests need."""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from conformance.plan.amount import NOTHING, Amount, Bill, of_all, total
from conformance.plan.cost import PRIMARY
from conformance.plan.cost_table import AT_THE_END, Case, CostTable, Wait, load
from conformance.plan.lacks import lacking, lines_for
from conformance.plan.marks import Profile
from conformance.target import TargetFile

PER_TEST = 0.25
"""What a test takes of a worker's time beside its requests, in requests."""


@dataclass(frozen=True)
class Terms:
    """What decides what a run takes. `max_wait`: real seconds, 0 for any; `scope` tells which tests share a worker."""

    profile: Profile
    target: TargetFile
    max_wait: float = 0
    workers: int = 1
    scope: Callable[[str], str] = str

    def real(self, seconds: float) -> float:
        """Real seconds of so many of the target's time."""
        return 0.0 if self.target.clock.control else seconds / self.target.clock.scale


@dataclass(frozen=True)
class Untested:
    """What is not tested for want of something: all of these lines, or a longer `--max-wait`."""

    lines: tuple[str, ...]
    tests: int
    requirements: tuple[str, ...]
    """Those that no other test of the run judges either."""


@dataclass(frozen=True)
class Planned:
    """What a run is going to take, as far as it is known."""

    profile: Profile
    tests: int
    bill: Bill
    """By account."""
    areas: Mapping[str, Amount]
    """The same over all accounts, by area of the registry; "" is what all areas share.

    What several share counts once, with the area of most of these tests that need it.
    """
    untested: tuple[Untested, ...] = ()
    waits: tuple[tuple[str, float], ...] = ()
    """What it waits for, and real seconds, the longest first; none where time is moved."""
    seconds: float = 0.0
    """Real seconds that it lasts at least."""
    unknown: tuple[str, ...] = ()
    """Tests of which nobody knows what they take."""
    beyond: int = 0
    """How many requests of the primary account are more than the profile promises."""
    shares: tuple[tuple[str, ...], ...] = ()
    """The tests of each worker."""

    @property
    def workers(self) -> int:
        """How many processes have tests to run."""
        return len(self.shares)

    @property
    def all(self) -> Amount:
        """Over all accounts."""
        return of_all(self.bill)


PLAN = pytest.StashKey[Planned]()
"""What the run is going to take, once its tests are collected."""


@dataclass
class _Plan:
    terms: Terms
    table: CostTable
    cases: Mapping[str, Case]
    lacks: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self.lacks = lacking(self.terms.target)

    def why_not(self, case: Case) -> tuple[str, ...]:
        """The lines that it would take to test it; none where it is tested."""
        if missing := case.needs & self.lacks:
            return lines_for(missing, self.terms.target)
        longest = max((self.terms.real(wait.seconds) for wait in self.waits_of(case)), default=0.0)
        return (f"--max-wait {math.ceil(longest)}",) if 0 < self.terms.max_wait < longest else ()

    def waits_of(self, case: Case) -> list[Wait]:
        return [self.table.waits[name] for name in case.scenarios & self.table.waits.keys()]

    def needed(self, tests: Iterable[str]) -> set[str]:
        """The scenarios of these tests. What a test sends before it learns that it lacks something counts as well."""
        names = {name for test in tests if test in self.cases for name in self.cases[test].scenarios}
        late = {name for name, wait in self.table.waits.items() if self._too_long(wait)}
        ends = {name.partition("/")[0] + AT_THE_END for name in names}
        return (names | ends) - late

    def _too_long(self, wait: Wait) -> bool:
        return 0 < self.terms.max_wait < self.terms.real(wait.seconds)

    def work(self, tests: Collection[str]) -> float:
        """What a worker has to do for these tests, in requests."""
        return of_all(self.bill(self.needed(tests))).requests + PER_TEST * len(tests)

    def bill(self, names: Iterable[str]) -> dict[str, Amount]:
        return total(self.table.bill(name, self.terms.profile, self.lacks) for name in names)


def planned(tests: Sequence[str], terms: Terms, table: CostTable | None = None) -> Planned:
    """What these tests take, by their names as reports print them."""
    table = table or load()
    plan = _Plan(terms, table, table.cases(tests))
    handed_out = _shares(tests, plan)
    shares = [plan.needed(share) for share in handed_out]
    bill = {name: amount.rounded for name, amount in total(map(plan.bill, shares)).items()}
    tested = [case for case in plan.cases.values() if not plan.why_not(case)]
    waits = {wait.what: terms.real(wait.seconds) for case in tested for wait in plan.waits_of(case)}
    longest_first = tuple(sorted(((what, s) for what, s in waits.items() if s), key=lambda wait: -wait[1]))
    return Planned(
        terms.profile,
        len(tests),
        bill,
        _areas(shares, plan),
        tuple(_untested(plan)),
        longest_first,
        _seconds(plan, shares, [seconds for _, seconds in longest_first]),
        tuple(test for test in tests if test not in plan.cases),
        max(0, bill.get("primary", NOTHING).requests - PRIMARY[terms.profile]),
        tuple(map(tuple, handed_out)),
    )


def _areas(shares: Iterable[Iterable[str]], plan: _Plan) -> dict[str, Amount]:
    given = _given(plan.cases.values())
    bills = [
        {_area(name, plan.table.scenarios[name].area, given): of_all(plan.bill([name]))}
        for share in shares
        for name in share
        if name in plan.table.scenarios
    ]
    return {area: amount.rounded for area, amount in total(bills).items() if any(amount)}


def _given(cases: Iterable[Case]) -> Mapping[str, Counter[str]]:
    """How many tests of each area are given a scenario, and those that are torn down with it."""
    given = defaultdict[str, Counter[str]](Counter)
    for case in cases:
        areas = [id_.partition("-")[0] for id_ in case.requirements[:1]]
        for name in {*case.scenarios, *(name.partition("/")[0] + AT_THE_END for name in case.scenarios)}:
            given[name].update(areas)
    return given


def _area(scenario: str, measured: str, given: Mapping[str, Counter[str]]) -> str:
    """That of most of the tests that are given it, as in a report; what was shared when it was measured stays so."""
    areas = given[scenario].most_common(1) if measured else ()
    return next((area for area, _ in areas), measured)


def _untested(plan: _Plan) -> Iterable[Untested]:
    """By the lines that would change it, those first that the most tests lack."""
    why = {test: plan.why_not(case) for test, case in plan.cases.items()}
    judged = {id_ for test, case in plan.cases.items() if not why[test] for id_ in case.requirements}
    for lines, count in Counter(filter(None, why.values())).most_common():
        ids = (id_ for test, case in plan.cases.items() if why[test] == lines for id_ in case.requirements)
        yield Untested(lines, count, tuple(dict.fromkeys(id_ for id_ in ids if id_ not in judged)))


def _seconds(plan: _Plan, shares: Iterable[Iterable[str]], waits: Sequence[float]) -> float:
    """Waits overlap, with each other and with what is done meanwhile, which the slowest worker does one by one."""
    known = plan.table.scenarios
    one_by_one = (sum(known[name].seconds for name in share if name in known) for share in shares)
    return max(plan.terms.real(max(one_by_one, default=0.0)), *waits, 0.0)


def _shares(tests: Sequence[str], plan: _Plan) -> list[list[str]]:
    """The tests of each worker: file by file, to whoever has the least to do with it."""
    terms = plan.terms
    if terms.workers == 1:
        return [list(tests)]
    scopes: dict[str, list[str]] = {}
    for test in tests:
        scopes.setdefault(terms.scope(test), []).append(test)
    shares = [list[str]() for _ in range(terms.workers)]
    for scope in sorted(scopes.values(), key=len, reverse=True):
        least = min(shares, key=lambda share: plan.work([*share, *scope]))
        least += scope
    return [share for share in shares if share]
