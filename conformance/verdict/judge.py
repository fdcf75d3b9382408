"""Verdicts: the most serious outcome of its checks decides a requirement; the binding requirements decide the run."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from conformance.counted import counted
from conformance.requirements import Area, Level, Registry, Requirement
from conformance.verdict.findings import Finding, findings
from conformance.verdict.outcome import CERTIFY, Observation, Outcome, RunFacts, Selection, Verdict
from conformance.verdict.tolerance import Known, State, known_of

DECISIVE_FIRST = (
    Verdict.FAIL,
    Verdict.ERROR,
    Verdict.INCONCLUSIVE,
    Verdict.NOT_TESTED,
    Verdict.PASS,
    Verdict.NOT_APPLICABLE,
)
INTERRUPTED = 130
"""Exit status of an interrupted run, as shells have it for SIGINT."""
NOT_REACHED = "the run was interrupted before this was tested"
STOPPED_EARLY = "the run stopped early"
STOPPED = "the run stopped before this was tested: {}"
NOTHING_PASSED = "no check passed"
NOT_EXERCISED = "no request of this run exercised it"
NO_TEST = "no test was found that names it: a function test_… in a file test_….py, marked @requirement with its id"
"""Of a requirement of somebody's own."""
OUR_FAULT, THEIR_FAULT = "a fault of the suite", "a fault of the tests"
NO_LICENCE = "the registry names no occasion that a target may withhold here, but: {}"


class RunVerdict(StrEnum):
    """The verdict of a whole run."""

    CONFORMANT = "conformant"
    PARTIAL = "partial"
    """Somebody chose a part of the suite, and no MUST is broken in it. What was not chosen may be."""
    NONCONFORMANT = "nonconformant"
    UNDECIDED = "undecided"


DECISIVE_STATUS = (1, 3, 0)
_EXIT = {RunVerdict.CONFORMANT: 0, RunVerdict.PARTIAL: 0, RunVerdict.NONCONFORMANT: 1, RunVerdict.UNDECIDED: 3}


@dataclass(frozen=True, slots=True)
class Judged:
    """A requirement and its verdict. `hint` is the line that would enable what was not tested, where one would."""

    requirement: Requirement
    verdict: Verdict
    reason: str
    hint: str
    checks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JudgedRun:
    """A judged run. `because` says in sentences why the verdict is what it is; empty when it is conformant."""

    verdict: RunVerdict
    because: tuple[str, ...]
    areas: tuple[Area, ...]
    rows: tuple[Judged, ...]
    outcomes: tuple[Outcome, ...]
    observations: tuple[Observation, ...]
    facts: RunFacts
    strict: bool
    selection: Selection | None = None
    findings: tuple[Finding, ...] = ()
    known: Known | None = None
    """None: the run was given no known failures."""
    problems: tuple[str, ...] = ()
    """Why the run as a whole cannot be conformant, whatever the verdicts of its requirements."""
    deciding: tuple[Judged, ...] = ()
    """The rows that its verdict rests on."""
    extension: "JudgedRun | None" = None
    """The same of somebody's own tests, beside the documentation's."""

    @property
    def exit_status(self) -> int:
        """What was shown broken comes first, whoever promised it."""
        if self.facts.interrupted:
            return INTERRUPTED
        own = self._status_with(self.known) if self.known else _EXIT[self.verdict]
        both = {own, self.extension.exit_status} if self.extension else {own}
        return next(status for status in DECISIVE_STATUS if status in both)

    def _status_with(self, known: Known) -> int:
        """0 where what fails is known, and nothing else is open."""
        if known.unknown:
            return _EXIT[RunVerdict.NONCONFORMANT]
        if known.to_be_removed or self.problems or any(self._is_open(row, known) for row in self.deciding):
            return _EXIT[RunVerdict.UNDECIDED]
        return 0

    def _is_open(self, row: Judged, known: Known) -> bool:
        """Whether it came to no verdict, and for another reason than a known failure."""
        if row.verdict is Verdict.NOT_TESTED:
            return self.facts.profile == CERTIFY
        if row.verdict not in {Verdict.INCONCLUSIVE, Verdict.ERROR}:
            return False
        decisive = {check.id for check in self.outcomes if check.verdict is row.verdict and check.id in row.checks}
        return not known.explained.issuperset(decisive)

    @property
    def total(self) -> int:
        """How many requirements bind a target, of all or of the chosen ones."""
        return len(self._binding)

    @property
    def tested(self) -> int:
        return sum(row.verdict in {Verdict.PASS, Verdict.FAIL} for row in self._binding)

    @property
    def summary(self) -> str:
        """What was found, and in how much: "no deviation found: smoke, 72 of 249 requirements"."""
        if self._chosen and not self.total:
            return "the documentation leaves open what was chosen: it was recorded, and not judged"
        if not self.tested:
            return (
                f"none of {self._of_how_many} was tested"
                if self._chosen
                else f"none of {counted(self.total, 'requirement')} tested"
            )
        profile = "" if self._chosen else f"{self.facts.profile}, "
        return f"{self._found} found: {profile}{self.tested} of {self._of_how_many}{self._broken}"

    @property
    def _found(self) -> str:
        """Deviations are counted as findings: one may break several requirements."""
        failed = {row.requirement.id for row in self._binding if row.verdict is Verdict.FAIL}
        count = sum(not failed.isdisjoint(finding.requirements) for finding in self.findings)
        return f"{count or 'no'} deviation{'s' if count > 1 else ''}"

    @property
    def _broken(self) -> str:
        failed = [row for row in self._binding if row.verdict is Verdict.FAIL]
        mild = failed and not any(row.requirement.level is Level.MUST for row in failed)
        known = "" if not self.known or self.known.unknown else ", known" if len(failed) == 1 else ", all known"
        return f", {len(failed)} broken{', none a MUST' if mild else ''}{known}" if failed else ""

    @property
    def _chosen(self) -> frozenset[str]:
        return self.selection.requirements if self.selection else frozenset()

    @property
    def _binding(self) -> list[Judged]:
        return [row for row in self.rows if _binds(row) and _in_question(row, self.selection)]

    @property
    def _of_how_many(self) -> str:
        """The number of requirements, and of how many of them only some tests were chosen."""
        words = counted(self.total, "chosen requirement" if self._chosen else "requirement")
        part = sum(row.requirement.id in self.selection.in_part for row in self._binding) if self.selection else 0
        of_them = f"{part} of them " if part < self.total else ""
        return f"{words}, {of_them}by some of {'its' if part == 1 else 'their'} tests" if part else words


def judge(
    registry: Registry,
    outcomes: Iterable[Outcome],
    observations: Iterable[Observation],
    facts: RunFacts,
    *,
    strict: bool = False,
) -> JudgedRun:
    """One verdict for each requirement and one for the run. With `strict`, what a target SHOULD do decides as well.

    The outcomes of an extension are judged by themselves in the same way.
    """
    found, theirs = _by_owner(outcomes, facts.extension)
    rows, selection = _rows(registry, found, facts), _with_the_accused(facts.selection, found)
    levels = {Level.MUST, Level.SHOULD} if strict else {Level.MUST}
    binding = [row for row in rows if row.requirement.level in levels and _decides(row, selection, facts)]
    problems = [*_problems(registry, [*_of_selection(found, selection)], facts)]
    verdict, because = _run_verdict(binding, problems, facts, _roots(registry, found))
    seen = tuple(dict.fromkeys(observations))
    told = findings(found)
    asked = {row.requirement.id: row.verdict for row in rows if _in_question(row, selection)}
    known = _known(facts, asked, binding, told, found) if facts.known else None
    why = (*because, *_of_known(known, selection))
    return JudgedRun(
        verdict, why, registry.areas, rows, found, seen, facts, strict, selection, told, known,
        tuple(problems), tuple(binding), _extension(theirs, facts, strict=strict),
    )  # fmt: skip


def _by_owner(
    outcomes: Iterable[Outcome], extension: Registry | None
) -> tuple[tuple[Outcome, ...], tuple[Outcome, ...]]:
    """Those of the documentation's requirements, and those of an extension's."""
    found, known = tuple(outcomes), {row.id for row in extension or ()}
    theirs = tuple(outcome for outcome in found if not known.isdisjoint(outcome.requirements))
    return tuple(outcome for outcome in found if outcome not in theirs), theirs


def _extension(outcomes: Sequence[Outcome], facts: RunFacts, *, strict: bool) -> JudgedRun | None:
    if facts.extension is None:
        return None
    own = replace(facts, extension=None, selection=None, known=(), unwritten=(), warnings=(), costs=(), cost={})
    judged = judge(facts.extension, outcomes, (), own, strict=strict)
    broken = judged.verdict is RunVerdict.NONCONFORMANT
    whys = (why for why in judged.because if not (broken and why == NOTHING_PASSED))
    rows = (replace(row, reason=NO_TEST) if row.reason == NOT_EXERCISED else row for row in judged.rows)
    return replace(judged, because=tuple(why.replace(OUR_FAULT, THEIR_FAULT) for why in whys), rows=tuple(rows))


def _known(
    facts: RunFacts, verdicts: Mapping[str, Verdict], binding: Iterable[Judged], told: Sequence[Finding],
    outcomes: Iterable[Outcome],
) -> Known:  # fmt: skip
    whole = not (facts.interrupted or facts.stopped or facts.selection or facts.problems)
    return known_of(facts.known, verdicts, {row.requirement.id for row in binding}, told, outcomes, whole=whole)


def _of_known(known: Known | None, selection: Selection | None) -> Iterable[str]:
    """What the known failures add to why the run is what it is."""
    for entry, state in known.states if known else ():
        if state is State.PASSES:
            named = f"{entry.id} ({', '.join(entry.breaks)})" if entry.breaks else entry.id
            in_part = selection and not selection.in_part.isdisjoint(entry.broken)
            where = ", in those of its tests that were chosen" if in_part else ""
            yield f"{named} is known to fail, and does not{where}: remove it from the known failures"
        elif state is State.EXPIRED:
            yield f"{entry.id} was known to fail until {entry.expires}, which is over"


def _with_the_accused(selection: Selection | None, outcomes: Iterable[Outcome]) -> Selection | None:
    """A chosen test may show another requirement broken than it names: that decides as well."""
    if selection is None or not selection.requirements:
        return selection
    failed = [outcome for outcome in outcomes if outcome.verdict is Verdict.FAIL and outcome.id in selection.tests]
    accused = frozenset(id_ for outcome in failed for id_ in outcome.requirements)
    return replace(selection, requirements=selection.requirements | accused)


def _in_question(row: Judged, selection: Selection | None) -> bool:
    """Whether the run is about this requirement."""
    return not (selection and selection.requirements) or row.requirement.id in selection.requirements


def _decides(row: Judged, selection: Selection | None, facts: RunFacts) -> bool:
    """Where somebody chose tests, what none of them judges is missing by choice, also from a certify run."""
    if selection and row.requirement.id in selection.named:
        return True
    return _in_question(row, selection) and (bool(row.checks) or not facts.left_out)


def _of_selection(outcomes: Iterable[Outcome], selection: Selection | None) -> Iterable[Outcome]:
    """Those of the requirements that the run is about, and those of none."""
    about = selection.requirements if selection else frozenset()
    return (outcome for outcome in outcomes if not about or not outcome.requirements or about & {*outcome.requirements})


def _binds(row: Judged) -> bool:
    return row.requirement.level is not Level.OPEN


def _why_not(requirement: Requirement, facts: RunFacts) -> str:
    """Why a requirement has no outcome: tests were chosen, or the run was cut short."""
    if reason := requirement.untested or facts.left_out.get(requirement.id):
        return reason
    if facts.interrupted:
        return NOT_REACHED
    if facts.stopped:
        return STOPPED.format(facts.stopped)
    return facts.problems[0] if facts.problems else NOT_EXERCISED


def _rows(registry: Registry, outcomes: Sequence[Outcome], facts: RunFacts) -> tuple[Judged, ...]:
    checks: Mapping[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        for id_ in outcome.requirements:
            checks[id_].append(outcome)
    return tuple(_judged(row, checks[row.id], facts) for row in registry)


def _judged(requirement: Requirement, checks: Sequence[Outcome], facts: RunFacts) -> Judged:
    ids = tuple(dict.fromkeys(check.id for check in checks))
    if not checks:
        return Judged(requirement, Verdict.NOT_TESTED, _why_not(requirement, facts), "", ids)
    counts = Counter(check.verdict for check in checks)
    verdict = next(verdict for verdict in DECISIVE_FIRST if counts[verdict])
    decisive = [check for check in checks if check.verdict is verdict]
    reason = _reason(decisive)
    if verdict is Verdict.NOT_APPLICABLE:
        verdict, reason = _withheld(requirement, reason, facts)
    if verdict is Verdict.NOT_TESTED and counts[Verdict.PASS]:
        reason = f"partly: {counts[Verdict.PASS]} of {len(checks)} checks passed; {reason}"
    hint = next((check.hint for check in decisive if check.hint), "")
    return Judged(requirement, verdict, reason, hint, ids)


def _withheld(requirement: Requirement, reason: str, facts: RunFacts) -> tuple[Verdict, str]:
    """What a target withheld does not apply where its row says that it may, and the run looked to its end (R43)."""
    if not requirement.occasion:
        return Verdict.NOT_TESTED, NO_LICENCE.format(reason)
    if facts.interrupted or facts.stopped:
        return Verdict.NOT_TESTED, _why_not(requirement, facts)
    return Verdict.NOT_APPLICABLE, reason


def _reason(decisive: Sequence[Outcome]) -> str:
    """What the first decisive check says, and how many others there are; empty for a pass."""
    first = decisive[0]
    if first.verdict is Verdict.PASS:
        return ""
    words = first.message or first.hint or first.root
    if first.verdict is Verdict.FAIL and (first.expected or first.received):
        words = f"expected {first.expected}; received {first.received}"
    others = len(decisive) - 1
    return f"{words} (and {counted(others, 'more check')})" if others else words


def _problems(registry: Registry, outcomes: Sequence[Outcome], facts: RunFacts) -> Iterable[str]:
    """Why the run as a whole cannot be conformant, whatever the verdicts of its requirements."""
    yield from facts.problems
    yield from facts.unwritten
    if facts.interrupted:
        yield "the run was interrupted"
    elif facts.stopped:
        yield f"{STOPPED_EARLY}: {facts.stopped}"
    for outcome in outcomes:
        if not outcome.requirements and outcome.verdict is Verdict.ERROR:
            yield f"{outcome.id}: {outcome.message or 'fault of the suite'}"
        for id_ in outcome.requirements:
            if id_ not in registry:
                yield f"{outcome.id} names {id_}, which the registry does not have"
    found = {outcome.verdict for outcome in outcomes}
    alone = facts.extension is not None and not found  # the tests of an extension, and nothing else
    if Verdict.PASS not in found and not (facts.selection and (Verdict.FAIL in found or alone)):
        yield NOTHING_PASSED


def _run_verdict(
    binding: Sequence[Judged], problems: Sequence[str], facts: RunFacts, roots: str
) -> tuple[RunVerdict, tuple[str, ...]]:
    counts = Counter(row.verdict for row in binding)
    open_ends = [Verdict.ERROR, Verdict.INCONCLUSIVE]
    named = facts.selection.named if facts.selection else frozenset()
    missing = any(row.verdict is Verdict.NOT_TESTED and row.requirement.id in named for row in binding)
    if facts.profile == CERTIFY or missing:
        open_ends.append(Verdict.NOT_TESTED)
    told = {verdict: _counted(verdict, binding) for verdict in open_ends if counts[verdict]}
    if roots and not facts.problems and Verdict.INCONCLUSIVE in told:
        told[Verdict.INCONCLUSIVE] += f": {roots}"
    undecided = [*problems, *told.values()]
    if counts[Verdict.FAIL]:
        return RunVerdict.NONCONFORMANT, (_counted(Verdict.FAIL, binding), *undecided)
    if undecided:
        return RunVerdict.UNDECIDED, tuple(undecided)
    return (RunVerdict.PARTIAL if facts.selection else RunVerdict.CONFORMANT), ()


def _roots(registry: Registry, outcomes: Iterable[Outcome]) -> str:
    """The two causes that most checks are inconclusive for, failed requirements of the target aside."""
    inconclusive = (outcome.root for outcome in outcomes if outcome.verdict is Verdict.INCONCLUSIVE)
    causes = Counter(root for root in inconclusive if root and root not in registry)
    return "; ".join(root for root, _ in causes.most_common(2))


_OF_VERDICT = {
    Verdict.FAIL: "failed",
    Verdict.ERROR: f"not judged because of {OUR_FAULT}",
    Verdict.INCONCLUSIVE: "inconclusive",
    Verdict.NOT_TESTED: "not tested",
}


def _counted(verdict: Verdict, binding: Sequence[Judged]) -> str:
    levels = Counter(row.requirement.level for row in binding if row.verdict is verdict)
    counts = " and ".join(f"{levels[level]} {level}" for level in Level if levels[level])
    one = sum(levels.values()) == 1
    return f"{counts} requirement{'' if one else 's'} {_OF_VERDICT[verdict]}"
