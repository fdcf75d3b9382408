"""The report of an earlier run from its report folder alone, whether the run ended or was killed."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conformance.client.journaled import target_of
from conformance.errors import ConfigurationError
from conformance.evidence import Exchange
from conformance.evidence.attempt import Attempt
from conformance.plan.settings import EVIDENCE, Settings
from conformance.report import Report, report_of
from conformance.requirements import load
from conformance.session.found import found
from conformance.session.journals import recorded
from conformance.session.run_log import AS_IT_WAS, RunLog, read_log
from conformance.verdict import judge

Evidence = tuple[list[Exchange], list[Attempt]]
"""What a run sent and what arrived, in order of time."""


def rebuilt(folder: Path) -> tuple[Report, Evidence]:
    """As its tests judged, with its evidence. Raises ConfigurationError for what is no report folder, or altered."""
    log = read_log(folder / EVIDENCE)
    with readable(folder / EVIDENCE):
        known, settings = recorded(folder / EVIDENCE), settings_of(log, folder / EVIDENCE)
    outcomes, cost = found(log.outcomes.values(), known, settings, log.files)
    facts = log.facts_with(cost, known.exchanges)
    report = report_of(judge(load(), outcomes, list(log.observations.values()), facts, strict=log.strict))
    return report, (known.exchanges, known.attempts)


@contextmanager
def readable(evidence: Path) -> Iterator[None]:
    """Inside, what cannot be read raises ConfigurationError."""
    try:
        yield
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{evidence} was altered since the run: {error}", AS_IT_WAS) from None


def settings_of(log: RunLog, evidence: Path) -> Settings:
    """What the run was asked to do; `evidence` stands in place of the target."""
    return Settings(
        target=target_of(evidence, log.processes[0]) or log.target, journal_directory=evidence, replayed=True,
        process=log.processes[0], salt=str(evidence), extension=log.facts.extension, **log.settings,
    )  # fmt: skip
