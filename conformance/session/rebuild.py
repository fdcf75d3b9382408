"""The report of an earlier run from its report folder alone, whether the run ended or was killed."""

from pathlib import Path

from conformance.client.journal import ATTEMPTS, EXCHANGES, files_of, read, read_attempts
from conformance.client.record import target_of
from conformance.errors import ConfigurationError
from conformance.evidence import Exchange
from conformance.evidence.attempt import Attempt
from conformance.plan.settings import EVIDENCE, Settings
from conformance.report import Report, report_of
from conformance.requirements import load
from conformance.session.found import found
from conformance.session.run_log import AS_IT_WAS, RunLog, read_log
from conformance.verdict import judge


def rebuilt(folder: Path) -> Report:
    """As its tests judged then. Raises ConfigurationError for what is no report folder, or was altered."""
    evidence = folder / EVIDENCE
    log = read_log(evidence)
    exchanges, arrived = recorded(evidence)
    outcomes, cost = found(log.outcomes.values(), exchanges, arrived, settings_of(log, evidence))
    facts = log.facts_with(cost, exchanges)
    return report_of(judge(load(), outcomes, list(log.observations.values()), facts, strict=log.strict))


def recorded(evidence: Path) -> tuple[list[Exchange], list[Attempt]]:
    """What was sent and what arrived. Raises ConfigurationError where a line, or a body it names, is not as written."""
    try:
        arrived = [attempt for attempt, _ in read_attempts(files_of(evidence, ATTEMPTS))]
        return read(files_of(evidence, EXCHANGES)), arrived
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{evidence} was altered since the run: {error}", AS_IT_WAS) from None


def settings_of(log: RunLog, evidence: Path) -> Settings:
    """What the run was asked to do; `evidence` stands in place of the target."""
    return Settings(
        target=target_of(evidence, log.processes[0]) or log.target, journal_directory=evidence, replayed=True,
        process=log.processes[0], salt=str(evidence), **log.settings,
    )  # fmt: skip
