"""Makes the page of a run: puts the report and its evidence in the order in which they are read."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from conformance.evidence import Exchange
from conformance.evidence.attempt import Attempt
from conformance.report.html import attempts_drawing, cost_drawing, quota_drawing, states_drawing
from conformance.report.html.endpoints import names_of_endpoints
from conformance.report.html.exhibits import Exhibit, exhibits
from conformance.report.html.phrases import Words
from conformance.report.html.rendering import rendered
from conformance.report.model import CheckPart, ExtensionPart, FindingPart, KnownPart, Report, RequirementPart
from conformance.report.neighbours import neighbour, right_endpoints
from conformance.report.palette import LOOKS
from conformance.report.siblings import passing, short_names
from conformance.report.story import in_the_logs, number_of, shortened, time_of, words_of
from conformance.report.tolerated import entries_of
from conformance.requirements import Level, load
from conformance.verdict import Mark, Verdict

MOST_CHECKS, MOST_WITH_EXHIBITS, MOST_DEPENDENTS, MOST_PASSING = 40, 12, 60, 8
"""Of a finding: further checks, those with their exchange, those that it keeps from a verdict, and passed ones."""
VERDICTS = (
    Verdict.FAIL, Verdict.ERROR, Verdict.INCONCLUSIVE, Verdict.NOT_TESTED, Verdict.NOT_APPLICABLE, Verdict.PASS,
)  # fmt: skip


def html_page(
    report: Report, evidence: Sequence[Exchange] = (), attempts: Sequence[Attempt] = (), lang: str = "en"
) -> str:
    """The whole page, in "en" or "zh-TW". What the report tells and the evidence lacks is told without its messages."""
    return rendered("report.html.jinja", Words(lang), view=_View(report, Words(lang), evidence, attempts))


@dataclass(frozen=True)
class ToldCheck:
    """A failed check of a finding, with the messages that show it."""

    check: CheckPart
    exhibits: Sequence[Exhibit] = ()
    deliveries: attempts_drawing.Deliveries | None = None

    @property
    def logs(self) -> str:
        """Under which ids the target's logs have it."""
        return in_the_logs(self.check)

    @property
    def story(self) -> list[dict[str, Any]]:
        """The shortened story, a row for each step; a row of what was left out has nothing but `words`."""
        return [
            {"words": step}
            if isinstance(step, str)
            else {
                "sign": step.mark and ("▶" if step.mark is Mark.DECISIVE else "•"), "mark": str(step.mark),
                "number": number_of(step), "time": time_of(step), "words": words_of(step),
            }
            for step in shortened(self.check.story)
        ]  # fmt: skip


@dataclass(frozen=True)
class ToldFinding:
    """A finding with its stories. `number` counts from 1."""

    number: int
    part: FindingPart
    first: ToldCheck
    others: Sequence[ToldCheck]
    more: int
    """Further checks that are not told."""
    dependents: Sequence[str]
    dependents_more: int
    quota: Sequence[quota_drawing.Counter] = ()
    states: states_drawing.States | None = None
    passing: Sequence[str] = ()
    """Short names of what passed of its requirement."""
    tolerated: Sequence[KnownPart] = ()
    """The known failures that account for it."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Requirements without a verdict for one reason. `line` would enable them; `words` say why, or what to do."""

    line: str
    words: str
    ids: Sequence[str]
    finding: "ToldFinding | None" = None
    """What keeps them from a verdict, where a finding does."""


@dataclass(frozen=True)
class _View:
    """What the template is given, under the names by which it asks."""

    report: Report
    words: Words
    evidence: Sequence[Exchange] = ()
    attempts: Sequence[Attempt] = ()
    looks: Mapping[Verdict, Any] = field(default_factory=lambda: LOOKS)
    verdicts: Sequence[Verdict] = VERDICTS
    levels: Sequence[Level] = tuple(Level)

    @cached_property
    def sent(self) -> dict[int, Exchange]:
        return {exchange.number: exchange for exchange in self.evidence}

    @cached_property
    def came(self) -> dict[int, Attempt]:
        return {attempt.serial: attempt for attempt in self.attempts}

    @cached_property
    def checks(self) -> dict[str, CheckPart]:
        return {check.id: check for check in self.report.checks}

    @cached_property
    def rows(self) -> dict[str, RequirementPart]:
        return {row.id: row for row in self.report.requirements}

    @cached_property
    def counts(self) -> Mapping[Verdict, int]:
        """Of the requirements that can decide."""
        return Counter(row.verdict for row in self._binding)

    @cached_property
    def counts_by_area(self) -> Mapping[str, Mapping[Verdict, int]]:
        found: dict[str, Counter[Verdict]] = defaultdict(Counter)
        for row in self._binding:
            found[row.area][row.verdict] += 1
        return found

    @property
    def _binding(self) -> list[RequirementPart]:
        return [row for row in self.report.requirements if row.level is not Level.OPEN and self.report.decides(row.id)]

    @property
    def areas(self) -> list[tuple[str, str, list[RequirementPart]]]:
        """Prefix, title and requirements of each area that has some."""
        by_area: dict[str, list[RequirementPart]] = defaultdict(list)
        for row in self.report.requirements:
            by_area[row.area].append(row)
        every = ((area.area, self.area_title(area.area)) for area in self.report.areas)
        return [(prefix, title, by_area[prefix]) for prefix, title in every if by_area[prefix]]

    def area_title(self, prefix: str) -> str:
        title = next((area.title for area in self.report.areas if area.area == prefix), prefix)
        return self.words.of_registry(title)

    @cached_property
    def extensions(self) -> list[tuple[ExtensionPart, list[tuple[FindingPart, CheckPart | None]]]]:
        """Each with its findings, and the check that tells a finding best."""
        found = []
        for part in self.report.extensions:
            checks = {check.id: check for check in part.checks}
            findings = [
                (one, next((checks[id_] for id_ in one.checks if id_ in checks), None)) for one in part.findings
            ]
            found.append((part, findings))
        return found

    @property
    def untested(self) -> int:
        """How many of them have no verdict of their own."""
        return sum(row.verdict not in {Verdict.PASS, Verdict.FAIL} for row in self._binding)

    def told(self, row: RequirementPart) -> str:
        """The verdict in words; what the documentation leaves open is not judged."""
        return self.words("recorded" if (row.level, row.verdict) == (Level.OPEN, Verdict.PASS) else row.verdict.value)

    def sentence(self, row: RequirementPart) -> str:
        return self.words.of_registry(row.sentence)

    def rulings(self, row: RequirementPart) -> list[tuple[str, str, str]]:
        """Id, what it is about, and how it is read; of a ruling that is no longer known its id alone."""
        known = self._rulings
        return [
            (id_, self.words.of_registry(known[id_].where), self.words.of_registry(known[id_].reading))
            if id_ in known
            else (id_, "", "")
            for id_ in row.rulings
        ]

    @cached_property
    def _rulings(self) -> dict[str, Any]:
        return {ruling.id: ruling for ruling in load().rulings}

    @cached_property
    def findings(self) -> list[ToldFinding]:
        return [self._finding(number, part) for number, part in enumerate(self.report.findings, 1)]

    @cached_property
    def finding_of(self) -> dict[str, ToldFinding]:
        """By the id of a requirement, the first finding that breaks it."""
        found: dict[str, ToldFinding] = {}
        for finding in self.findings:
            for id_ in finding.part.requirements:
                found.setdefault(id_, finding)
        return found

    def _finding(self, number: int, part: FindingPart) -> ToldFinding:
        checks = [self.checks[id_] for id_ in part.checks if id_ in self.checks]
        first, others = checks[0], checks[1 : 1 + MOST_CHECKS]
        told_first = self._check(
            first, beside=neighbour(part, first, self.report, self.sent), right=right_endpoints(part, self.report)
        )
        told = [self._check(check, most=0) for check in others[:MOST_WITH_EXHIBITS]]
        told += [ToldCheck(check) for check in others[MOST_WITH_EXHIBITS:]]
        return ToldFinding(
            number=number, part=part, first=told_first, others=told, more=len(checks) - 1 - len(others),
            dependents=part.dependents[:MOST_DEPENDENTS],
            dependents_more=max(0, len(part.dependents) - MOST_DEPENDENTS),
            quota=self._quota(first), states=self._states(first), passing=self._passing(part),
            tolerated=entries_of(part, self.report),
        )  # fmt: skip

    def _passing(self, part: FindingPart) -> list[str]:
        return short_names(check.id for check in passing(part, self.report)[:MOST_PASSING])

    def _check(
        self, check: CheckPart, most: int = 3, beside: Exchange | None = None, right: Collection[str] = ()
    ) -> ToldCheck:
        drawn = attempts_drawing.deliveries(check, self.came, self._endpoints, right)
        return ToldCheck(check, exhibits(check, self.sent, self.came, most, beside), drawn)

    @cached_property
    def _endpoints(self) -> Mapping[str, str]:
        return names_of_endpoints(self.evidence, self.attempts)

    def _quota(self, check: CheckPart) -> list[quota_drawing.Counter]:
        """Of the account whose call decided, for a check of the rate limits."""
        decisive = self.sent.get(check.decided_by)
        if decisive is None or not any(id_.startswith("RATE-") for id_ in check.requirements):
            return []
        return quota_drawing.counters(self._by_account[decisive.account], check.decided_by)

    @cached_property
    def _by_account(self) -> Mapping[str, list[Exchange]]:
        found: dict[str, list[Exchange]] = defaultdict(list)
        for exchange in self.evidence:
            found[exchange.account].append(exchange)
        return found

    def _states(self, check: CheckPart) -> states_drawing.States | None:
        """Of the generation that the decisive step is about, for a check of a generation's life."""
        decisive = next((step for step in check.story if step.mark is Mark.DECISIVE), None)
        if (
            decisive is None
            or not decisive.generation
            or not any(id_.startswith("LIFE-") for id_ in check.requirements)
        ):
            return None
        polls = self._polled.get(decisive.generation)
        return states_drawing.states({decisive.generation: polls}) if polls else None

    @cached_property
    def _polled(self) -> dict[str, states_drawing.Seen]:
        return states_drawing.seen(self.evidence)

    @cached_property
    def gaps(self) -> dict[str, list[Gap]]:
        """By verdict, and of what was not tested by "enable" where a line would, else by "reason"."""
        return {
            "enable": _gaps(row for row in self._open(Verdict.NOT_TESTED) if row.hint),
            "reason": _gaps(row for row in self._open(Verdict.NOT_TESTED) if not row.hint),
            "finding": self._waiting(),
            "inconclusive": self._causes(),
            "not_applicable": _gaps(self._open(Verdict.NOT_APPLICABLE)),
            "error": _gaps(self._open(Verdict.ERROR)),
        }

    def _open(self, verdict: Verdict) -> list[RequirementPart]:
        return [row for row in self.report.requirements if row.verdict is verdict and row.level is not Level.OPEN]

    def _waiting(self) -> list[Gap]:
        """By finding, the requirements that have no verdict since their checks hang below it."""
        order, told = list(self.rows), set[str]()
        found = []
        for finding in self.findings:
            checks = (self.checks[id_] for id_ in finding.part.dependents if id_ in self.checks)
            ids = {id_ for check in checks for id_ in check.requirements if id_ in self._without_verdict} - told
            told |= ids
            if ids:
                found.append(Gap("", finding.part.cause, sorted(ids, key=order.index), finding))
        return found

    def _causes(self) -> list[Gap]:
        """Each cause once, with the requirements that have no verdict for it; not what hangs below a finding."""
        told = {id_ for finding in self.report.findings for id_ in finding.dependents}
        causes: dict[str, tuple[str, dict[str, None]]] = {}
        for check in self.report.checks:
            ids = [id_ for id_ in check.requirements if id_ in self._without_verdict]
            if ids and check.verdict is Verdict.INCONCLUSIVE and check.id not in told:
                causes.setdefault(check.root or check.message, (check.hint, {}))[1].update(dict.fromkeys(ids))
        order = list(self.rows)
        found = [Gap(hint, cause, sorted(ids, key=order.index)) for cause, (hint, ids) in causes.items()]
        return sorted(found, key=lambda gap: -len(gap.ids))

    @cached_property
    def _without_verdict(self) -> frozenset[str]:
        return frozenset(row.id for row in self._open(Verdict.INCONCLUSIVE))

    @cached_property
    def accounts(self) -> list[cost_drawing.Row]:
        return cost_drawing.by_account(self.report)

    @cached_property
    def costs(self) -> list[cost_drawing.Row]:
        return cost_drawing.by_area(self.report)

    @cached_property
    def quota(self) -> list[quota_drawing.Counter]:
        return quota_drawing.counters(self.evidence)

    @cached_property
    def states(self) -> states_drawing.States | None:
        return states_drawing.states(self._polled)


def _gaps(rows: Iterable[RequirementPart]) -> list[Gap]:
    """The most first."""
    found: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        found.setdefault((row.hint, "" if row.hint else row.reason), []).append(row.id)
    gaps = [Gap(line, words, ids) for (line, words), ids in found.items()]
    return sorted(gaps, key=lambda gap: -len(gap.ids))
