"""What every process that runs tests does: settings, and the outcome of each test on its report."""

import os
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.client.circuit import exceeded
from conformance.errors import ConfigurationError, SuiteError
from conformance.plan.asked import is_of_the_suite
from conformance.plan.choice import CHOICE, Choice
from conformance.plan.estimate import PLAN
from conformance.plan.settings import MAIN, SETTINGS, VAULT, Settings
from conformance.plan.so_far import ALLOWED
from conformance.receiver import must_be_able_to_listen
from conformance.requirements import load
from conformance.session.anew import Anew
from conformance.session.choosing import choice_of, unmatched
from conformance.session.collection import (
    apart,
    begin_waits_first,
    chosen,
    leave_out,
    named,
    receives,
    requirements_of,
    select,
    select_theirs,
)
from conformance.session.disk import NO_RECORD, disk_failure
from conformance.session.extending import is_extensions_test, not_collected, without_tests
from conformance.session.filters import warnings_shown
from conformance.session.options import chosen_words, resolve
from conformance.session.outcomes import PROBLEM, outcome_of
from conformance.session.planned import Allowance, keep_within, plan_of, workers_of
from conformance.session.plugins import register_fixtures
from conformance.session.reasons import index_of_tests, no_room, why_left_out, why_unseen
from conformance.session.repeating import as_given
from conformance.session.scenarios import Found, Scenarios
from conformance.session.sole_use import use_of_a_worker
from conformance.session.spending import SoFar
from conformance.session.termination import terminable
from conformance.session.waits import tell_waits
from conformance.target.lines import where
from conformance.verdict import PROPERTY, Outcome, Verdict
from conformance.world.first_contact import NO_TARGET

QUOTING = ("expected", "received", "message", "curl", "root")
"""The texts of an outcome that quote what came from the target."""

LEFT_OUT, WITHOUT_ROOM = "gimg_left_out", "gimg_without_room"
CHOSEN, OTHERS, REFUSED = "gimg_chosen", "gimg_others", "gimg_refused"
"""Under which xdist carries what was left out, chosen or refused from a worker to the controller."""
NOT_CHOSEN = "not chosen"
JUDGED = "gimg_judged"
"""Under which xdist hands a worker what an earlier part of the run has judged."""
OTHER_NAMES = "--resume: the tests that are complete have other names than those that were collected"


class Worker:
    """Runs tests. Under xdist one lives in every worker process, else the controller is one itself."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.no_record: SuiteError | None = None
        self.left_out: dict[str, str] = {}
        """By requirement id: why none of its tests is to run."""
        self.without_room = Counter[str]()
        """How many tests a larger profile has for want of room in this one, by the reason."""
        self.chosen: dict[str, tuple[str, ...]] = {}
        """The requirements of each chosen test, by its name."""
        self.others = set[str]()
        """The requirements of tests that were collected and not chosen."""
        self.judged: frozenset[str] = frozenset(getattr(config, "workerinput", {}).get(JUDGED, ()))
        """The tests that an earlier part of the run has judged, by their names."""
        self.refusal: ConfigurationError | None = None
        """Why the choice is refused, found when tests were collected and before any request."""
        self.unread: ConfigurationError | None = None
        """What is wrong with a file of an extension that could not be collected."""
        if words := chosen_words(config):
            config.stash[CHOICE] = choice_of(words, index_of_tests())
        with ExitStack() as running:
            running.enter_context(terminable())
            # For what happens between the tests. Around these, pytest puts the caller's filters on top.
            running.enter_context(warnings_shown())
            self.settings = self.resolved(config, running)
            self.prepare(running)
            self.running = running.pop_all()
        config.stash[SETTINGS] = self.settings
        if self.settings.process != MAIN:
            tell_waits(self.settings.journal_directory, self.settings.process)
        register_fixtures(config.pluginmanager)
        self.scenarios = Scenarios(extended=self.settings.extension is not None)
        config.pluginmanager.register(self.scenarios, "gimg-scenarios")
        config.pluginmanager.register(Found(), "gimg-found")
        if self.settings.part > 1:
            config.pluginmanager.register(Anew(), "gimg-anew")
        # Where schemathesis generates, Hypothesis keeps a cache: not in the user's working directory.
        os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(self.settings.journal_directory.parent / "cache"))

    def resolved(self, config: pytest.Config, running: ExitStack) -> Settings:
        """What the run was asked to do. Raises ConfigurationError."""
        return resolve(config, running)

    def prepare(self, running: ExitStack) -> None:
        """What must be had before anything is sent, for as long as the run lasts. Raises ConfigurationError."""
        running.enter_context(use_of_a_worker(self.settings.journal_directory.parent))

    def pytest_ignore_collect(self, collection_path: Path, config: pytest.Config) -> bool | None:
        return apart(config, collection_path) or None

    @pytest.hookimpl(wrapper=True)
    def pytest_collection(self) -> Generator[None, Any, Any]:
        with warnings_shown():
            return (yield)

    def pytest_exception_interact(self, node: Any, call: pytest.CallInfo[Any], report: object) -> None:
        theirs = self.settings.extension and isinstance(report, pytest.CollectReport) and not is_of_the_suite(node.path)
        if theirs and call.excinfo:
            self.unread = self.unread or not_collected(node.path, call.excinfo.value)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(
        self, session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
    ) -> Generator[None, object, object]:
        all_of_them = list(items)
        result = yield  # pytest's own options choose
        theirs = [item for item in items if is_extensions_test(item)]
        every, left = ([item for item in some if not is_extensions_test(item)] for some in (all_of_them, items))
        items[:] = left
        select(config, items, self.settings.profile)
        if choice := config.stash.get(CHOICE, None):
            self._take(choice, every, items, complete=not session.testsfailed)
        else:
            # A file that could not be collected is told as that.
            self.left_out |= {} if session.testsfailed else why_unseen(every, config, self.settings.profile)
            self.left_out |= why_left_out(every, left, items, config, self.settings.profile)
            self.without_room = Counter(why for item in left if (why := no_room(item, self.settings.profile)))
        of_theirs = [item for item in all_of_them if is_extensions_test(item)]
        self._add(theirs, of_theirs, items, complete=not session.testsfailed)
        if not (self.refusal or self.settings.replayed):
            self._plan(items)
        if self.judged and items and self.judged.isdisjoint(map(named, items)):
            self._refuse(items, ConfigurationError(OTHER_NAMES, "go on with the command that began it"))
        leave_out(config, items, self.judged)
        self._must_receive(items)
        self._begin(items)
        begin_waits_first(config, items)
        getattr(config, "workeroutput", {})[LEFT_OUT] = self.left_out
        getattr(config, "workeroutput", {})[WITHOUT_ROOM] = dict(self.without_room)
        getattr(config, "workeroutput", {})[CHOSEN] = self.chosen
        getattr(config, "workeroutput", {})[OTHERS] = sorted(self.others)
        return result

    def _add(
        self, theirs: list[pytest.Item], every: list[pytest.Item], items: list[pytest.Item], *, complete: bool
    ) -> None:
        """Put the tests of an extension before those that wait, or say why some are left out; refuse to have none."""
        if self.refusal or self.settings.extension is None:
            return
        if self.unread:
            self._refuse(items, self.unread)
            return
        if complete and not (every or self.settings.replayed):
            self._refuse(items, without_tests(self.config, self.settings.extension))
        if not every:
            return
        kept = select_theirs(self.config, theirs, self.settings.profile)
        self.left_out |= why_left_out(every, theirs, kept, self.config, self.settings.profile)
        items[:] = sorted([*items, *kept], key=lambda item: item.get_closest_marker("waits") is not None)

    def _take(self, choice: Choice, every: list[pytest.Item], items: list[pytest.Item], *, complete: bool) -> None:
        """Note what was chosen. A choice that is refused leaves nothing to run."""
        self.chosen = {named(item): requirements_of(item) for item in items if chosen(item, choice)}
        self.others = {id_ for item in every if named(item) not in self.chosen for id_ in requirements_of(item)}
        about = choice.ids.union(choice.traffic, *self.chosen.values())
        self.left_out = {row.id: NOT_CHOSEN for row in load() if row.id not in about}
        self.refusal = unmatched(choice, [named(item) for item in every]) if complete else None
        if self.refusal:
            self._refuse(items, self.refusal)

    def _plan(self, items: list[pytest.Item]) -> None:
        """Know what the whole run takes. One that is planned beyond the limits of the target file is refused."""
        limits = self.settings.target.limits
        self.config.stash[PLAN] = plan = plan_of(self.settings, map(named, items), workers_of(self.config))
        if self.config.option.collectonly or not (limits.max_requests or limits.max_credits):
            return
        try:
            keep_within(limits, plan)
        except ConfigurationError as error:
            self._refuse(items, error)
            return
        allowed: Callable[[], str] = Allowance(limits, plan, SoFar(self.settings.journal_directory))
        self.config.stash[ALLOWED] = allowed

    def _must_receive(self, items: list[pytest.Item]) -> None:
        """Refuse the run where the receiver that its tests need cannot listen."""
        if self.config.option.collectonly or self.settings.replayed or not receives(items):
            return
        webhooks = self.settings.target.webhooks
        try:
            must_be_able_to_listen(webhooks.listen, webhooks.certificate, webhooks.private_key, self._listens())
        except ConfigurationError as error:
            self._refuse(items, error)

    def _listens(self) -> str:
        """The line of the target file, where there is one, that says where the receiver listens."""
        file = self.config.getoption("--gimg-target")
        if not file:
            return ""
        text = Path(file).read_text(encoding="utf-8-sig")
        return f"{where(('webhooks', 'listen'), text, as_given(Path(file)))}: "

    def _begin(self, items: list[pytest.Item]) -> None:
        """From here on what is run is known."""
        if self.refusal:
            return
        try:
            self.begin()
        except ConfigurationError as error:
            self._refuse(items, error)

    def begin(self) -> None:
        """Take possession of the report folder: a worker's controller does."""

    def _refuse(self, items: list[pytest.Item], refusal: ConfigurationError) -> None:
        self.refusal = refusal
        items.clear()
        getattr(self.config, "workeroutput", {})[REFUSED] = [refusal.message, refusal.hint]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self) -> Generator[None, Any, Any]:
        with warnings_shown():
            return (yield)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        if self.no_record:
            raise self.no_record
        stopped = getattr(self.config.stash.get(ALLOWED, None), "stopped", "")
        if stopped and item.get_closest_marker("waits"):  # nobody waits for what would send more at its end
            raise exceeded(stopped)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        error = call.excinfo.value if call.excinfo else None
        if failure := disk_failure(error):
            error = self.no_record = failure
        decided = call.when == "call" or error is not None
        outcome = outcome_of(item, error, call.duration)
        if error is not None:
            # Many tests may be told the same error, and each time it is raised its traceback would grow.
            error.__traceback__ = None
        if not decided or isinstance(error, KeyboardInterrupt):
            return report
        outcome = _hidden(item, replace(outcome, scenarios=self.scenarios.behind(item)))
        report.user_properties.append((PROPERTY, {"outcome": outcome.to_json(), "process": self.settings.process}))
        if isinstance(error, SuiteError) and error.code in {NO_TARGET, NO_RECORD}:
            report.user_properties.append((PROBLEM, str(error)))
        report.outcome = _pytest_words(outcome.verdict)
        if outcome.verdict in {Verdict.NOT_TESTED, Verdict.NOT_APPLICABLE}:
            report.longrepr = (str(item.path), item.reportinfo()[1] or 0, f"{outcome.verdict}: {outcome.message}")
        elif error is not None and outcome.verdict is not Verdict.ERROR:
            report.longrepr = f"{outcome.title}\n{outcome.verdict}: {outcome.message}\n{outcome.curl}".rstrip()
        return report

    # Last: before that, pytest looks for what nobody closed, and under the caller's filters that might be an error.
    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        self.running.close()


def _hidden(item: pytest.Item, outcome: Outcome) -> Outcome:
    """Deliveries are judged as they came, so that what is told of them may quote a secret."""
    vault = item.config.stash.get(VAULT, None)
    if vault is None:
        return outcome
    texts: dict[str, Any] = {name: vault.hide(getattr(outcome, name)) for name in QUOTING}
    symptom = outcome.symptom
    hidden = replace(symptom, due=vault.hide(symptom.due), came=vault.hide(symptom.came))
    return replace(outcome, **texts, symptom=hidden)


def _pytest_words(verdict: Verdict) -> Any:
    if verdict is Verdict.PASS:
        return "passed"
    return "skipped" if verdict in {Verdict.NOT_TESTED, Verdict.NOT_APPLICABLE} else "failed"
