"""From outcomes and evidence to what a report tells: every check with its evidence and story, and the cost."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from conformance.evidence import Exchange
from conformance.plan.settings import Settings, is_again
from conformance.requirements import load
from conformance.session.all_traffic import outcomes_of_traffic
from conformance.session.evidence import costs, outcomes_with_evidence
from conformance.session.journals import Recorded
from conformance.session.run_log import evidence_sha256
from conformance.session.spending import cost_by_account
from conformance.session.stories import with_stories
from conformance.session.symptoms import with_deliveries
from conformance.verdict import Outcome, Verdict


def found(
    judged: Collection[tuple[Outcome, str]], known: Recorded, settings: Settings, files: Mapping[str, str]
) -> tuple[list[Outcome], dict[str, Any]]:
    """All outcomes, those of all traffic included, and the facts that rest on the evidence.

    `judged` has the process of each test; `files` are the digests of the files of evidence.
    """
    evidence, arrived = known.exchanges, known.attempts
    own = [exchange for exchange in evidence if not is_again(exchange.process)]
    outcomes = outcomes_with_evidence(judged, evidence, arrived, known.taken)
    # What does not answer like this API is not judged by its traffic (R38).
    if any(outcome.verdict in {Verdict.PASS, Verdict.FAIL} for outcome, _ in judged):
        outcomes += _of_traffic(own, [one for one in evidence if is_again(one.process)], settings)
    areas = {row.id: row.area for row in (*load(), *(settings.extension or ()))}
    by_scenario = costs(evidence, arrived, (outcome for outcome, _ in judged), areas)
    told = with_stories(with_deliveries(outcomes, arrived), evidence, arrived, settings)
    facts = {"cost": cost_by_account(evidence), "costs": by_scenario}
    return told, facts | {"evidence_sha256": evidence_sha256(files)}


def _of_traffic(own: list[Exchange], again: list[Exchange], settings: Settings) -> list[Outcome]:
    """What all traffic shows; of what failed also what that of `again` shows, where it was provoked once more."""
    outcomes, later = (
        outcomes_of_traffic(few, settings.variables, a_server_each=settings.embedded) for few in (own, again)
    )
    shown = {outcome.id: outcome.verdict.value for outcome in later}
    return [replace(one, again=shown.get(one.id, "")) if one.verdict is Verdict.FAIL else one for one in outcomes]
