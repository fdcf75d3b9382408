"""The report of an earlier run from its report folder alone, whether the run ended or was killed."""

from pathlib import Path

from conformance.client.journal import ATTEMPTS, EXCHANGES, files_of, read, read_attempts
from conformance.client.journaled import journaled, target_of
from conformance.errors import ConfigurationError
from conformance.plan.settings import EVIDENCE, Settings
from conformance.report import Report, report_of
from conformance.requirements import load
from conformance.session.found import found
from conformance.session.run_log import REMEDY, RunLog, read_log
from conformance.verdict import judge


def rebuilt(folder: Path) -> Report:
    """As its tests judged then. Raises ConfigurationError for what is no report folder, or was altered."""
    evidence = folder / EVIDENCE
    log = read_log(evidence)
    try:
        exchanges = read(files_of(evidence, EXCHANGES))
        arrived = [attempt for attempt, _ in read_attempts(files_of(evidence, ATTEMPTS))]
        taken = journaled(evidence).taken
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{evidence} cannot be read: {error}", REMEDY) from None
    outcomes, cost = found(log.outcomes.values(), exchanges, arrived, settings_of(log, evidence), taken)
    facts = log.facts_with(cost, exchanges)
    return report_of(judge(load(), outcomes, list(log.observations.values()), facts, strict=log.strict))


def settings_of(log: RunLog, evidence: Path) -> Settings:
    """What the run was asked to do; `evidence` stands in place of the target."""
    return Settings(
        target=target_of(evidence, log.processes[0]) or log.target, journal_directory=evidence, replayed=True,
        process=log.processes[0], salt=str(evidence), **log.settings,
    )  # fmt: skip
