"""The process that sees every outcome: at the end it judges all traffic and writes the report."""

import platform
import time
from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from conformance import __version__
from conformance.client.journal import EXCHANGES, files_of
from conformance.client.remaining import FILE as QUOTAS
from conformance.contract import load as load_contract
from conformance.errors import ConfigurationError
from conformance.evidence import Exchange
from conformance.evidence.attempt import Attempt
from conformance.plan.estimate import PLAN
from conformance.plan.refusal import REFUSAL
from conformance.plan.settings import Settings
from conformance.plan.so_far import SPENT, WAITS
from conformance.report import Report, report_of, write, written_files
from conformance.report.files import ALWAYS, FORMATS, USUAL, formats_of, places
from conformance.requirements import load
from conformance.session.again import in_its_own_process, provoke, to_provoke
from conformance.session.collection import name_of
from conformance.session.disk import Keeper, told
from conformance.session.ending import EVIDENCE, FILES, REPORT, Summary, status_of, stopped_by
from conformance.session.failed import failed_in
from conformance.session.found import found
from conformance.session.journals import Recorded, join_all, recorded
from conformance.session.left_behind import left_behind
from conformance.session.options import chosen_words, language_of, target_of_controller
from conformance.session.outcomes import PROBLEM, out_of_time
from conformance.session.planned import amounts
from conformance.session.repeating import as_given
from conformance.session.resuming import Earlier, arguments_of, earlier, go_on_as_it_began
from conformance.session.run_log import Writer as RunLogWriter
from conformance.session.run_log import digests
from conformance.session.selected import selection_of
from conformance.session.sharing import Sharing
from conformance.session.sole_use import cannot_be_written, clear, must_be_writable, sole_use, traceless
from conformance.session.spending import SoFar
from conformance.session.waits import waits_in
from conformance.session.worker import Worker
from conformance.target import doubts
from conformance.verdict import PROPERTY, Observation, Outcome, RunFacts, Verdict, judge
from conformance.world.overlap import Wait


class Controller(Worker):
    """A worker that also collects and reports."""

    log: RunLogWriter | None = None
    """Where outcomes are written as they come; nowhere where nothing is run."""
    left_behind: Sequence[str] = ()
    """What is to be said of webhooks that an earlier run left."""
    again: dict[str, Outcome] | None = None
    """By name what failed tests came to when they were provoked once more; None: that was not begun."""

    def __init__(self, config: pytest.Config) -> None:
        self.words = _read_what_failed(config)
        self.earlier = self.resumed(config)
        self.words = self.words or chosen_words(config)
        self.formats, self.lang = self.asked_for(config), language_of(config)
        super().__init__(config)
        self.evidence: list[Exchange] = []
        self.attempts: list[Attempt] = []
        """All exchanges and attempts, once the run has ended."""
        self.files: Mapping[str, str] = {}
        """The SHA-256 of each file of evidence then."""
        self.outcomes: dict[str, tuple[Outcome, str]] = {}
        """By the test's name, with the process that came to it."""
        self.observations: dict[tuple[str, str], Observation] = {}
        self.interrupted, self.stopped = False, ""
        self.problems: dict[str, None] = {}
        """Sentences, each once, in their order."""
        self.keeper, self.directory = Keeper(), self.settings.journal_directory.parent
        self.started_at, self._began = datetime.now(UTC), time.monotonic()
        if self.earlier:
            self.outcomes |= self.earlier.log.outcomes
            self.observations |= self.earlier.log.observations
            self.judged = frozenset(name for name, (one, _) in self.outcomes.items() if not out_of_time(one))
        self._spent = SoFar(self.settings.journal_directory)
        config.stash[SPENT], config.stash[WAITS] = self.so_far, self.waits
        config.pluginmanager.register(Sharing(self, self.begin), "gimg-sharing")
        config.pluginmanager.register(Summary(), "gimg-summary")

    def resumed(self, config: pytest.Config) -> Earlier | None:
        """What this run goes on with; None where it begins. Raises ConfigurationError."""
        found = earlier(config)
        if found:
            go_on_as_it_began(config, found.log)
            self.words = list(found.log.facts.selection.words if found.log.facts.selection else ())
        return found

    def resolved(self, config: pytest.Config, running: ExitStack) -> Settings:
        settings = super().resolved(config, running)
        return self.earlier.settings(settings) if self.earlier else settings

    def asked_for(self, config: pytest.Config) -> tuple[str, ...]:
        """The formats to write: report.json always and last, so that it says what could not be written.

        Raises ConfigurationError for what is no format.
        """
        asked = formats_of(str(config.getoption("--gimg-report") or USUAL), "--gimg-report")
        return (*(name for name in asked if name != ALWAYS), ALWAYS)

    def so_far(self) -> tuple[int, int]:
        """Requests and credits, once the evidence is that of this run."""
        return self._spent() if self.log else (0, 0)

    def waits(self) -> list[Wait]:
        """What all processes of this run wait for."""
        return waits_in(self.settings.journal_directory) if self.log else []

    def opened_log(self) -> RunLogWriter | None:
        """Where outcomes are written as they come. Raises ConfigurationError when it cannot be created."""
        try:
            if self.earlier:
                return RunLogWriter.resumed(self.settings, self._facts({}), self.earlier.seconds)
            chosen = [chosen_words(self.config), arguments_of(self.config)]
            asked = selection_of(self.config, self.words, {}, frozenset())
            facts = replace(self._facts({}), left_out={}, selection=asked)  # the end tells of all that was chosen
            return RunLogWriter.begun(self.settings, facts, strict=self.strict, chosen=chosen)
        except OSError as error:
            raise cannot_be_written(error) from None

    def _log(self, write: Callable[[RunLogWriter], object]) -> None:
        """Without a word where the disk is full: the report, which comes last, tells."""
        if self.log:
            with suppress(OSError):
                write(self.log)

    def prepare(self, running: ExitStack) -> None:
        """Take the report folder for this run alone. It stays as it was where the run is refused."""
        journal = self.settings.journal_directory
        running.enter_context(traceless(journal.parent, lambda: self.log is None))
        running.enter_context(sole_use(journal.parent))
        must_be_writable(journal)
        running.callback((journal / QUOTAS).unlink, missing_ok=True)
        if self.earlier:
            (journal / QUOTAS).unlink(missing_ok=True)  # it was killed, perhaps before the machine started anew
            selection = selection_of(self.config, self.words, {}, frozenset())
            self.earlier.refuse_others(self.settings, selection, arguments_of(self.config))

    def begin(self) -> None:
        """Empty the report folder, unless the run goes on there, and open the log: the run is not refused any more.

        Raises ConfigurationError where that cannot be written.
        """
        if self.log or self.config.option.collectonly:
            return
        journal = self.settings.journal_directory
        if not self.earlier:
            target = str(self.config.getoption("--gimg-target") or "")
            self.left_behind = left_behind(journal.parent, self.settings, target)
            clear(journal, [*places(journal.parent)])
        self.log = self.opened_log()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, Any, Any]:
        result = yield
        if self.config.getoption("--gimg-again") and not self.refusal:
            self._provoke_again(session)
        return result

    def _provoke_again(self, session: pytest.Session) -> None:
        """What failed, once more. What comes of it is noted, and decides nothing."""
        names = to_provoke(self._found(join=False)[0])
        if not names:
            return
        self.again, own = {}, self.settings
        target = target_of_controller(self.config, self.running, own)
        try:
            with in_its_own_process(self.config, target) as self.settings:
                provoke(session, names)
        finally:
            self.settings = own
            for name, seen in self.again.items():
                self._note_again(name, seen.verdict)

    def _note_again(self, name: str, verdict: Verdict) -> None:
        outcome, process = self.outcomes.get(name, (None, ""))
        if outcome and outcome.verdict is Verdict.FAIL:
            self.outcomes[name] = noted, _ = replace(outcome, again=verdict.value), process
            self._log(lambda log: log.outcome(noted, process))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if self.again is not None:
            for name, value in report.user_properties:
                if name == PROPERTY and isinstance(value, dict):
                    once_more = Outcome.from_json(value["outcome"])
                    self.again.setdefault(once_more.id, once_more)
            return
        judged = False
        for name, value in report.user_properties:
            if name == PROPERTY and isinstance(value, dict):
                judged = True
                self._keep(Outcome.from_json(value["outcome"]), str(value["process"]))
            elif name == PROBLEM:
                self.problems[str(value)] = None
            elif name == "gimg_observation" and isinstance(value, list | tuple):
                ruling, text = value
                self.observations[ruling, text] = seen = Observation(ruling, text)
                self._log(lambda log, seen=seen: log.observation(seen))  # type: ignore[misc]
        known = {report.nodeid, name_of(report.nodeid)} & self.outcomes.keys()
        if report.failed and not judged and not known:
            # xdist reports so for a worker that died.
            self.problems[f"{report.nodeid} did not end: {_last_line(report.longreprtext)}"] = None

    def _keep(self, outcome: Outcome, process: str) -> None:
        """What a test found stays found, whatever goes wrong when its fixtures are torn down."""
        before = self.outcomes.get(outcome.id)
        if before is None or before[0].verdict is not Verdict.FAIL:
            self.outcomes[outcome.id] = (outcome, process)
            self._log(lambda log: log.outcome(outcome, process))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.problems[f"{report.nodeid} could not be collected: {_last_line(report.longreprtext)}"] = None

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        # pytest's own reasons to stop (under xdist -x is one, and a file that cannot be collected) are subclasses.
        if excinfo.type is KeyboardInterrupt:
            self.interrupted = True
        else:
            self.stopped = str(excinfo.value)

    def pytest_internalerror(self, excrepr: object) -> None:
        self.problems[f"the suite broke: {_last_line(str(excrepr))}"] = None

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.refusal:
            self.config.stash[REFUSAL] = self.refusal
            session.exitstatus = pytest.ExitCode.USAGE_ERROR
            return
        if self.config.option.collectonly or (session.exitstatus == pytest.ExitCode.USAGE_ERROR and not self.log):
            return
        self.begin()
        stopped = stopped_by(self.config, str(self.stopped or session.shouldfail or session.shouldstop or ""))
        self.stopped = stopped or next((one.root for one, _ in self.outcomes.values() if out_of_time(one)), "")
        self.config.stash[REPORT] = report = self.report()
        self.config.stash[FILES] = self.written
        self.config.stash[EVIDENCE] = self.evidence, self.attempts
        session.exitstatus = status_of(
            report, session.exitstatus, interrupted=self.interrupted, resumed=self.earlier is not None
        )

    def report(self) -> Report:
        """Judge what is known, and write all that can be written: report.json last, so that it says what is missing."""
        found = self._found()
        report = self._judged(*found)
        for name in self.formats:
            writing = partial(write, name, report, self.directory, self.evidence, self.attempts, self.lang)
            if not self.keeper.keep(self.directory / FORMATS[name].file, writing):
                report = self._judged(*found)
        self._log(lambda log: log.end(self.facts, self.files))
        return report

    @property
    def written(self) -> tuple[Path, ...]:
        evidence = self.settings.journal_directory
        found = (*written_files(self.directory), *([evidence] if any(files_of(evidence, EXCHANGES)) else ()))
        return tuple(path for path in found if path not in self.keeper.failures)

    def _found(self, *, join: bool = True) -> tuple[list[Outcome], dict[str, Any]]:
        """All outcomes, those of all traffic included, and what the run cost. Joins the journals of all processes."""
        known = self.recorded(join=join)
        self.evidence, self.attempts = known.exchanges, known.attempts
        self.files = self.sealed()
        return found(self.outcomes.values(), known, self.settings, self.files)

    def recorded(self, *, join: bool) -> Recorded:
        """The evidence of all processes, whose journals are joined; none where one cannot be read."""
        place = self.settings.journal_directory
        try:
            known = recorded(place)
        except (OSError, ValueError) as error:
            self.problems[f"{place} could not be read: {told(error)}"] = None
            return Recorded()
        if join:
            join_all(place, known, self.keeper)
        return known

    def sealed(self) -> Mapping[str, str]:
        """The SHA-256 of each file of evidence."""
        return digests(self.settings.journal_directory)

    def _judged(self, outcomes: list[Outcome], cost: dict[str, Any]) -> Report:
        self.facts = self._facts(cost)
        return report_of(judge(load(), outcomes, list(self.observations.values()), self.facts, strict=self.strict))

    @property
    def strict(self) -> bool:
        return bool(self.config.getoption("--gimg-strict"))

    def _facts(self, cost: dict[str, Any]) -> RunFacts:
        settings, before = self.settings, self.earlier
        told = (*before.log.facts.warnings, *before.sentences) if before else ()
        without_room = _without_room(self.without_room)
        return RunFacts(
            profile=settings.profile,
            target_name="reference" if settings.embedded else settings.target.target.name,
            base_url="embedded" if settings.embedded else settings.target.target.base_url,
            seed=settings.seed,
            started_at=before.log.facts.started_at if before else self.started_at.isoformat(timespec="milliseconds"),
            finished_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
            wall_seconds=round(time.monotonic() - self._began + (before.seconds if before else 0), 3),
            **cost,
            suite_version=__version__,
            contract_sha256=load_contract().sha256,
            requirements_sha256=load().sha256,
            interrupted=self.interrupted,
            stopped=self.stopped,
            left_out=self.left_out,
            selection=selection_of(self.config, self.words, self.chosen, frozenset(self.others)),
            problems=tuple(self.problems),
            unwritten=tuple(self.keeper.failures.values()),
            known=settings.known,
            environment={
                "python": platform.python_version(),
                "platform": platform.platform(),
                "network": settings.network.told,
            },
            vendor=settings.target.vendor.model_dump() if settings.target.vendor else {},
            extension=settings.extension,
            planned=amounts(plan) if (plan := self.config.stash.get(PLAN, None)) else {},
            warnings=tuple(dict.fromkeys((*self.left_behind, *doubts(settings.target), *without_room, *told))),
        )


def _read_what_failed(config: pytest.Config) -> list[str]:
    """--gimg-failed as --gimg-only and --gimg-seed; what to call it, empty without it."""
    if not (place := str(config.getoption("--gimg-failed") or "")):
        return []
    if chosen_words(config):
        raise ConfigurationError("--gimg-failed and --gimg-only both choose tests", "give one of them")
    failed = failed_in(Path(place))
    config.option.gimg_only, config.option.gimg_failed = list(failed.names), ""
    config.option.gimg_seed = config.option.gimg_seed or str(failed.seed)
    return [f"what failed in {as_given(Path(place))}"]


def _without_room(counted: Counter[str]) -> list[str]:
    return [f"{count} test{'s' if count > 1 else ''} {why}" for why, count in counted.items()]


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["nothing is known"])[-1]
