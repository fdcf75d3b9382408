"""A run judged again from its journal: the tests run over what its scenarios returned, and nothing is sent."""

from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

import pytest

from conformance.client.journaled import target_of
from conformance.plan.choice import CHOICE, Choice, above
from conformance.plan.settings import EVIDENCE, SETTINGS, Settings
from conformance.report import Report
from conformance.session.collection import named
from conformance.session.controller import Controller
from conformance.session.journals import Recorded, recorded
from conformance.session.outcomes import out_of_time
from conformance.session.rebuild import readable, settings_of
from conformance.session.run_log import RunLog, read_log
from conformance.verdict import Outcome, RunFacts

WHOLE = frozenset({"suite", "conformance.suite"})
"""What pytest is told to collect where nobody names files."""
K = TypeVar("K")
V = TypeVar("V")


class Replay(Controller):
    """Judges the run of a journal."""

    log_of_run: RunLog
    known: Recorded

    def resolved(self, config: pytest.Config, running: ExitStack) -> Settings:
        """The settings of the run."""
        del running
        evidence = Path(str(config.getoption("--gimg-replay"))) / EVIDENCE
        self.log_of_run = read_log(evidence)
        with readable(evidence):
            self.known = recorded(evidence)  # all of it, before the first test asks for some
        if words := self.log_of_run.chosen[0]:
            files = frozenset(above(test)[1] for test in self.log_of_run.outcomes)
            config.stash[CHOICE] = Choice(words, files=files)  # so that what only a larger profile has is collected
        return settings_of(self.log_of_run, evidence)

    def asked_for(self, config: pytest.Config) -> tuple[str, ...]:
        """None: who asked for the reports writes them."""
        del config
        return ()

    def prepare(self, running: ExitStack) -> None:
        """Nothing is written."""

    def begin(self) -> None:
        """What is judged again is no new run."""

    def recorded(self, *, join: bool) -> Recorded:
        """As it was read; what is judged again is not written again."""
        del join
        return self.known

    def sealed(self) -> Mapping[str, str]:
        """As they were found."""
        return self.log_of_run.files

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(
        self, session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
    ) -> Generator[None, object, object]:
        """Where tests or files were chosen, those that were; else all of the profile."""
        if not self._chosen:
            return (yield from super().pytest_collection_modifyitems(session, config, items))
        result = yield
        items[:] = [item for item in items if named(item) in self.log_of_run.outcomes]
        return result

    @property
    def _chosen(self) -> bool:
        return bool(self.log_of_run.facts.selection or {*self.log_of_run.chosen[1]} - WHOLE)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:  # type: ignore[override]  # in its place
        """The tests of each process together: its scenarios are torn down before those of the next begin."""
        if session.config.option.collectonly or session.testsfailed:
            return None
        for process, items in self._by_process(session.items):
            target = target_of(self.settings.journal_directory, process) or self.settings.target
            self.settings = session.config.stash[SETTINGS] = replace(self.settings, process=process, target=target)
            for item, following in zip(items, [*items[1:], None], strict=True):
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        return True

    def _by_process(self, items: list[pytest.Item]) -> Iterator[tuple[str, list[pytest.Item]]]:
        known, first = self.log_of_run.outcomes, self.log_of_run.processes
        process = {item: known[name][1] if (name := named(item)) in known else first[0] for item in items}
        ordered = sorted(items, key=lambda item: first.index(process[item]))
        return ((name, list(few)) for name, few in groupby(ordered, key=process.__getitem__))

    def _keep(self, outcome: Outcome, process: str) -> None:
        """As long as it took then. What the run had no time for has nothing to be judged again."""
        if known := self.log_of_run.outcomes.get(outcome.id):
            kept = replace(outcome, seconds=known[0].seconds, again=known[0].again)
            outcome = known[0] if out_of_time(known[0]) else kept
        super()._keep(outcome, process)

    def report(self) -> Report:
        """In the order in which the run came to its outcomes. Those of an extension stay: its tests are elsewhere."""
        known = self.log_of_run.outcomes
        self.outcomes |= {id_: one for id_, one in known.items() if self.settings.are_extensions(one[0].requirements)}
        self.outcomes = in_the_order_of(self.log_of_run.outcomes, self.outcomes)
        self.observations = in_the_order_of(self.log_of_run.observations, self.observations)
        return super().report()

    def _facts(self, cost: dict[str, Any]) -> RunFacts:
        facts = self.log_of_run.facts_with(cost, self.evidence)
        return replace(facts, problems=tuple(dict.fromkeys((*facts.problems, *self.problems))))

    @property
    def strict(self) -> bool:
        return self.log_of_run.strict


def in_the_order_of(known: Iterable[K], found: Mapping[K, V]) -> dict[K, V]:
    """The same, those that were known first, in their order."""
    return {key: found[key] for key in dict.fromkeys([*known, *found]) if key in found}
