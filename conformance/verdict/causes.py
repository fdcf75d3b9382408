"""Joins failed checks that one deviation broke, and keeps apart what only looks alike.

What joins two of them: the requirement, broken in the same way; a refusal with the same wrong status, whatever it was
for; the same wrong success of an operation; the same member or header; an answer whose status is wrong, which explains
what else is wrong with it; and so does an event that is delivered anew although it was taken.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from conformance.evidence.symptom import MISSING, NOT, STATUS
from conformance.verdict.kin import KIN
from conformance.verdict.outcome import Outcome

Key = tuple[str, ...]
"""Two failed checks that have one in common show the same deviation. It is the same in every run."""
ALL_TRAFFIC = "passive::"
DRAWN = ("suite/test_traces.py::", "suite/test_examples.py::")
"""How the names of tests begin that were drawn at random: what they send is plain to nobody."""
CALL = "POST /api/v1/generate"
UNCHECKED = 4
"""As many requirements of a credential, each broken by an answer 2xx, are one: no credential is looked at."""
_CODES = re.compile(r"4\d\d( or 4\d\d)*")
_SERVED = re.compile(r"2\d\d")
_OF_WHOM = frozenset({"401", "402", "403", "404", "429"})
"""Refusals that one place of a server decides on; a 400 may have any reason."""
_AT_THE_DOOR = frozenset({"401", "403", "404", "405"})
"""Refusals of a valid request that are not about its body, nor about what the account has left."""


@dataclass(frozen=True)
class Seen:
    """What all failed checks of a run show together."""

    misled: frozenset[int]
    """Numbers of exchanges with a status of another class than was due, or with one that the operation has not."""
    shown: frozenset[int]
    """Numbers of exchanges that decided a test."""
    suspect: frozenset[str]
    """Ids of the generations that tests found to be wrong in the answer to their call."""
    unchecked: frozenset[str]
    """Operations at which no credential is looked at."""
    anew: bool
    """An event that had been taken was delivered anew, under another id."""

    @classmethod
    def of(cls, failed: Sequence[Outcome]) -> "Seen":
        misled = {number for outcome in failed if misleads(outcome) for number in _at_fault(outcome)}
        shown = {outcome.decided_by for outcome in failed if not of_all_traffic(outcome)}
        suspect = {id_ for outcome in failed if _is_a_call(outcome) for id_ in outcome.symptom.generations}
        anew = any(outcome.symptom.taken for outcome in failed)
        return cls(frozenset(misled), frozenset(shown - {-1}), frozenset(suspect), frozenset(_unchecked(failed)), anew)


@dataclass
class _Groups:
    """Sets of checks, by place in the list of failed ones, that are joined step by step."""

    above: dict[int, int] = field(default_factory=dict)

    def head(self, place: int) -> int:
        while (higher := self.above.get(place, place)) != place:
            place = higher
        return place

    def alone(self, place: int, of: int) -> bool:
        return not any(self.head(other) == self.head(place) for other in range(of) if other != place)

    def join(self, one: int, other: int) -> None:
        first, second = sorted((self.head(one), self.head(other)))
        if first != second:
            self.above[second] = first


def joined(failed: Sequence[Outcome]) -> list[list[Outcome]]:
    """The failed checks by deviation, in the order in which they were seen. Each is in just one."""
    seen, groups, known = Seen.of(failed), _Groups(), dict[Key, int]()
    for place, outcome in enumerate(failed):
        for key in keys(outcome, seen):
            groups.join(known.setdefault(key, place), place)
    for within, whole in _nested(failed):
        groups.join(within, whole)
    _adopt(failed, groups)
    found: dict[int, list[Outcome]] = defaultdict(list)
    for place, outcome in enumerate(failed):
        found[groups.head(place)].append(outcome)
    return list(found.values())


def keys(outcome: Outcome, seen: Seen) -> Iterator[Key]:
    """What it has in common with others of its deviation. The first is in every run of the same deviation."""
    symptom = outcome.symptom
    if symptom.about == STATUS:
        yield from _of_status(outcome, seen)
    elif place := _place(outcome):
        yield ("place", *place)
        yield from _of_member(outcome)
    yield from _of_promise(outcome)
    if symptom.about == STATUS and symptom.probe:
        yield ("request", *symptom.where, symptom.probe, str(symptom.status))
    if symptom.about != STATUS and symptom.about:
        yield ("about", symptom.about, str(outcome.decided_by), str(outcome.attempt))
    if symptom.generations and {*symptom.generations} <= seen.suspect:
        yield from (("generation", id_) for id_ in symptom.generations)
    if seen.anew and symptom.deliveries and not symptom.about.startswith(("header ", "body")):
        yield ("anew",)  # how many attempts came, when, and under which ids; what they say is another matter
    if _explained(outcome, seen):
        yield ("answer", str(outcome.decided_by), str(symptom.status))
    if of_all_traffic(outcome) and misleads(outcome) and symptom.status < 500:
        yield from (("answer", str(number), str(symptom.status)) for number in _at_fault(outcome))


def of_all_traffic(outcome: Outcome) -> bool:
    return outcome.id.startswith(ALL_TRAFFIC)


def drawn(outcome: Outcome) -> bool:
    return outcome.id.startswith(DRAWN)


def misleads(outcome: Outcome) -> bool:
    """Whether the answer is of another class than was due, so that nothing else about it can be right."""
    symptom = outcome.symptom
    if symptom.about != STATUS or outcome.attempt >= 0 or not symptom.status:
        return False
    return (
        forbids(outcome)
        or not re.search(rf"\b{symptom.status // 100}(\d\d|xx)\b", symptom.due)
        or undocumented(outcome)
    )


def forbids(outcome: Outcome) -> bool:
    """Whether it says what the status must not be, and nothing else."""
    return outcome.symptom.about == STATUS and outcome.symptom.due.startswith(NOT)


def undocumented(outcome: Outcome) -> bool:
    """Whether the operation has no such status at all."""
    return outcome.symptom.about == STATUS and outcome.symptom.due.startswith("one of the statuses")


def _of_status(outcome: Outcome, seen: Seen) -> Iterator[Key]:
    symptom, came = outcome.symptom, str(outcome.symptom.status)
    refused, asked = came[0] in "34", bool(_CODES.fullmatch(symptom.due))
    if asked and (refused or (came[0] == "5" and symptom.due in _OF_WHOM)):
        yield "status", symptom.due, came
    elif _SERVED.fullmatch(symptom.due) and _SERVED.fullmatch(came):
        yield "served", symptom.due, came, *symptom.where[:1]  # one place writes the answer, whatever was asked for
    elif asked and symptom.due == "401" and seen.unchecked & {*symptom.where}:
        yield "unchecked", *sorted(seen.unchecked & {*symptom.where})
    if came in _AT_THE_DOOR:
        yield "refused", came, *(symptom.where[:1] if came in {"404", "405"} else ())


def _of_member(outcome: Outcome) -> Iterator[Key]:
    """The same member with the same rule, in a record and a delivery; headers missing in the same answers."""
    symptom = outcome.symptom
    name = re.sub(r"\[\d+\]", "[]", symptom.about.removeprefix("body.").removeprefix("data."))
    if symptom.about.startswith("body."):
        yield "member", name, symptom.due
    elif symptom.about.startswith("header ") and symptom.came == MISSING and outcome.exchanges:
        yield "missing", *map(str, outcome.exchanges)


def _manner(outcome: Outcome) -> str:
    """In what way a requirement is broken: by the status of what came, where that is no success and matters."""
    symptom = outcome.symptom
    if symptom.about.startswith(("header ", "body")):
        return ""
    if symptom.status >= 500:
        return f"5xx {''.join(symptom.where[:1])}"
    return str(symptom.status) if symptom.status >= 300 else ""


def _place(outcome: Outcome) -> Key:
    """The member or header that is wrong, and in which answers; empty where it is none of the contract's."""
    symptom = outcome.symptom
    if outcome.beside:
        return ()
    if symptom.about.startswith("header "):
        return symptom.about, "missing" if symptom.came == MISSING else "wrong"
    if symptom.about.startswith("body"):
        return re.sub(r"\[\d+\]", "[]", symptom.about), *symptom.where[:1], str(symptom.status)
    return ()


def _explained(outcome: Outcome, seen: Seen) -> bool:
    """Whether what decided it was wrong as a whole, or decided tests wherever it was seen."""
    if outcome.decided_by < 0 or outcome.attempt >= 0:
        return False
    if not of_all_traffic(outcome):
        return outcome.decided_by in seen.misled or outcome.symptom.about == "body"
    return {*outcome.exchanges} <= seen.misled or {*outcome.exchanges} <= seen.shown


def _of_promise(outcome: Outcome) -> Iterator[Key]:
    """The requirement, broken in this way, and those that say the same of other circumstances."""
    for id_ in outcome.requirements[:1]:
        yield "requirement", id_, _manner(outcome)
        if id_ in KIN:
            yield "kin", str(KIN[id_]), _manner(outcome)


def _is_a_call(outcome: Outcome) -> bool:
    """Whether a test found the answer to a call of generate wrong."""
    return not of_all_traffic(outcome) and outcome.symptom.where[:1] == (CALL,) and outcome.attempt < 0


def _at_fault(outcome: Outcome) -> Iterable[int]:
    return outcome.exchanges if of_all_traffic(outcome) else (outcome.decided_by,)


def _unchecked(failed: Iterable[Outcome]) -> Iterator[str]:
    accepted: dict[str, set[str]] = defaultdict(set)
    for outcome in failed:
        if outcome.symptom.about == STATUS and outcome.symptom.due == "401" and outcome.symptom.status // 100 == 2:
            for where in outcome.symptom.where:
                accepted[where] |= {*outcome.requirements}
    return (where for where, requirements in accepted.items() if len(requirements) >= UNCHECKED)


def _nested(failed: Sequence[Outcome]) -> Iterator[tuple[int, int]]:
    """Pairs of which the second is wrong about the whole that holds what the first is wrong about."""
    places = {place: found for place, outcome in enumerate(failed) if len(found := _place(outcome)) > 2}
    first = {found: place for place, found in reversed(places.items())}
    for within, (path, *answers) in places.items():
        for end in re.finditer(r"[.\[]", path):
            whole = first.get((path[: end.start()], *answers))
            if whole is not None:
                yield within, whole


def _adopt(failed: Sequence[Outcome], groups: _Groups) -> None:
    """A check of all traffic that stands alone belongs to the first test that its answers decided."""
    deciding: dict[int, int] = {}
    for place, outcome in enumerate(failed):
        if not of_all_traffic(outcome) and outcome.attempt < 0 and outcome.symptom.about == STATUS:
            deciding.setdefault(outcome.decided_by, place)
    for place, outcome in enumerate(failed):
        if of_all_traffic(outcome) and outcome.symptom.about == STATUS and groups.alone(place, len(failed)):
            tests = (deciding[number] for number in outcome.exchanges if number in deciding)
            groups.join(next(tests, place), place)
