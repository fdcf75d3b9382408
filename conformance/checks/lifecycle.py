"""What all polls of a generation say together: transitions are judged, not samples (R19, R23, R37)."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from conformance.checks.expect import shown, told
from conformance.checks.finding import Evidence, Finding, Ruled
from conformance.checks.table import judges
from conformance.checks.times import before as earlier
from conformance.checks.times import instant
from conformance.checks.windows import now
from conformance.evidence import Exchange
from conformance.evidence.differences import differences
from conformance.evidence.symptom import STATUS, Symptom

APART = 300.0
"""Seconds that clocks of one target may differ by."""
TERMINAL = frozenset({"succeeded", "failed", "blocked"})
ORDER = {"queued": 0, "running": 1, "succeeded": 2, "failed": 2, "blocked": 2}

Pair = tuple[Exchange, Exchange]
Told = tuple[str, str]
"""Expected, received."""


def asked_for(poll: Exchange) -> str:
    """The id in the path of a poll."""
    return unquote(poll.request.url.rpartition("/")[2])


def calls_by_generation(evidence: Evidence) -> dict[str, Exchange]:
    """The calls that were accepted with a generationId, by it: of several, the first."""
    found: dict[str, Exchange] = {}
    for exchange in evidence:
        if exchange.operation == "generate" and 200 <= exchange.status < 300:
            made = exchange.member("generationId")
            if isinstance(made, str) and made:
                found.setdefault(made, exchange)
    return found


def owners_polls(evidence: Evidence) -> Iterator[tuple[Exchange, Exchange]]:
    """Every poll by the generation's owner, and the call that made the generation."""
    calls = calls_by_generation(evidence)
    for exchange in evidence:
        call = calls.get(asked_for(exchange)) if exchange.operation == "generation" else None
        if call and call.account == exchange.account:
            yield exchange, call


def polls_by_generation(evidence: Evidence) -> dict[str, list[Exchange]]:
    """The owner's polls answered 200 with a JSON object, by the id that was asked for, in order."""
    found: dict[str, list[Exchange]] = defaultdict(list)
    for poll, _ in owners_polls(evidence):
        if poll.status == 200 and isinstance(poll.json, dict):
            found[asked_for(poll)].append(poll)
    return found


def _successive(evidence: Evidence) -> Iterator[Pair]:
    """Each poll with the latest one that was answered before it was sent."""
    for polls in polls_by_generation(evidence).values():
        for place, after in enumerate(polls):
            earlier_ones = (polls[i] for i in range(place - 1, -1, -1))
            if before := next((poll for poll in earlier_ones if poll.ended <= after.started), None):
                yield before, after


def _ruled(
    evidence: Evidence,
    requirement: str,
    *,
    when: Callable[[Pair], bool],
    wrong: Callable[[Pair], Told | None],
    about: str = "",
) -> Ruled:
    """Judge each pair of successive polls to which the requirement applies; `about` is as in a symptom."""
    pairs = [pair for pair in _successive(evidence) if when(pair)]
    findings = tuple(
        Finding(requirement, *told, pair[1], (pair[0],), Symptom(about)) for pair in pairs if (told := wrong(pair))
    )
    return Ruled(frozenset({requirement} if pairs else ()), findings)


@judges("LIFE-6")
def never_back(evidence: Evidence) -> Ruled:
    """queued, running, then one terminal status; what was left is never seen again."""

    def wrong(pair: Pair) -> tuple[str, str] | None:
        old, new = (ORDER[e.member("status")] for e in pair)
        return None if new >= old else (f"no way back from {pair[0].member('status')}", str(pair[1].member("status")))

    def known(pair: Pair) -> bool:
        return all(e.member("status") in ORDER for e in pair) and pair[0].member("status") not in TERMINAL

    return _ruled(evidence, "LIFE-6", when=known, wrong=wrong, about="body.status")


@judges("LIFE-6", "LIFE-21")
def over_at_once(evidence: Evidence) -> Ruled:
    """Where every generation was over at its first poll, sent as soon as it was accepted, none was seen at work."""
    lives = polls_by_generation(evidence)
    if not lives or any(polls[0].member("status") not in TERMINAL for polls in lives.values()):
        return Ruled(frozenset())
    why = f"of {len(lives)} generations, each was over when it was first polled"
    return Ruled(frozenset(), withheld={"LIFE-6": why, "LIFE-21": why})


@judges("LIFE-7")
def terminal_for_ever(evidence: Evidence) -> Ruled:
    """An ended generation keeps its status."""
    return _ruled(evidence, "LIFE-7", when=_was_over, wrong=lambda pair: left_its_end(*pair), about="body.status")


def left_its_end(old: Exchange, new: Exchange) -> Told | None:
    """What two polls of an ended generation say of its status; None when all is well."""
    status = old.member("status")
    return None if new.member("status") == status else (f"status {status} for ever", shown(new.member("status")))


@judges("LIFE-8")
def record_for_ever(evidence: Evidence) -> Ruled:
    """An ended generation keeps every field."""

    def steady(pair: Pair) -> bool:
        return _was_over(pair) and left_its_end(*pair) is None

    return _ruled(evidence, "LIFE-8", when=steady, wrong=lambda pair: changed(*pair))


RECORD = ("outputs", "error", "costCredits", "completedAt")
"""What LIFE-8 alone judges: the status is LIFE-7's, createdAt LIFE-20's, id and type are echoes. Fields that are not
documented are free to change."""
OUTPUT_FIELDS = ("png", "webp", "width", "height")


def changed(old: Exchange, new: Exchange) -> Told | None:
    """What changed between two polls of an ended generation; None when nothing did."""
    one, two = ({name: plain(poll.member(name)) for name in RECORD} for poll in (old, new))
    names = [name for name in RECORD if one[name] != two[name]]
    if not names:
        return None
    told = differences({name: one[name] for name in names}, {name: two[name] for name in names}, ("before", "now"))
    return f"{' and '.join(names)} as before, since it had ended", told or shown([two[name] for name in names])


def plain(value: Any) -> Any:
    """The documented part of a value; null, absent and an empty list are the same."""
    if isinstance(value, list):
        entries = [{k: e.get(k) for k in OUTPUT_FIELDS} if isinstance(e, dict) else e for e in value]
        return entries or None
    return value


@judges("LIFE-20")
def created_once(evidence: Evidence) -> Ruled:
    """createdAt never changes."""

    def wrong(pair: Pair) -> tuple[str, str] | None:
        old, new = (e.member("createdAt") for e in pair)
        return None if old == new else (f"createdAt {old}, as before", shown(new))

    def told_twice(pair: Pair) -> bool:
        return all(isinstance(poll.member("createdAt"), str) for poll in pair)

    return _ruled(evidence, "LIFE-20", when=told_twice, wrong=wrong, about="body.createdAt")


ASKED = "the id that was asked for"


@judges("LIFE-4")
def echoes_the_id(evidence: Evidence) -> Ruled:
    """The id of a record is the id that was asked for."""
    polls = [p for group in polls_by_generation(evidence).values() for p in group if "id" in p.json]
    others = [p for p in polls if p.member("id") != asked_for(p)]
    wrong = tuple(
        Finding(
            "LIFE-4", f"id {asked_for(p)}", came := shown(p.member("id")), p, symptom=Symptom("body.id", ASKED, came)
        )
        for p in others
    )
    return Ruled(frozenset({"LIFE-4"} if polls else ()), wrong)


@judges("LIFE-1")
def found_by_its_owner(evidence: Evidence) -> Ruled:
    """A generation that was announced is found, at any time; 401, 429 and 5xx speak of something else."""
    polls = [p for p, _ in owners_polls(evidence) if p.response and p.status not in {401, 429} and p.status < 500]
    wrong = tuple(
        Finding("LIFE-1", "status 200", told(p), p, symptom=Symptom(STATUS, "200", str(p.status)))
        for p in polls
        if p.status != 200
    )
    return Ruled(frozenset({"LIFE-1"} if polls else ()), wrong)


@judges("LIFE-11")
def echoes_the_type(evidence: Evidence) -> Ruled:
    """Every record shows the type that was asked for; what stands for an omitted one is GEN-14's."""
    judged, findings = False, []
    for poll, call in owners_polls(evidence):
        asked, seen = _type(call), poll.member("type")
        if poll.status == 200 and asked and isinstance(seen, str):
            judged = True
            if seen != asked:
                symptom = Symptom("body.type", asked, shown(seen))
                findings.append(Finding("LIFE-11", f"type {asked}", shown(seen), poll, symptom=symptom))
    return Ruled(frozenset({"LIFE-11"} if judged else ()), tuple(findings))


def _type(call: Exchange) -> str:
    """The type that an accepted call names; empty when it names none, or is a repeat."""
    if "replay" in call.tags:
        return ""
    body = call.request.json
    asked = body.get("type") if isinstance(body, dict) else None
    return asked if isinstance(asked, str) else ""


@judges("LIFE-23")
def ends_after_it_began(evidence: Evidence) -> Ruled:
    """completedAt is not before createdAt."""
    judged, findings = False, []
    for poll in (poll for polls in polls_by_generation(evidence).values() for poll in polls):
        created, completed = poll.member("createdAt"), poll.member("completedAt")
        if instant(created) and instant(completed):
            judged = True
            if earlier(completed, created):
                symptom = Symptom("body.completedAt", "not before createdAt", f"{completed}, before {created}")
                expected = f"completedAt not before {created}"
                findings.append(Finding("LIFE-23", expected, completed, poll, symptom=symptom))
    return Ruled(frozenset({"LIFE-23"} if judged else ()), tuple(findings))


@judges("LIFE-28")
def created_when_accepted(evidence: Evidence) -> Ruled:
    """SHOULD: createdAt is the time of the call, give or take what clocks of several machines may differ by."""
    judged, findings = False, []
    calls = calls_by_generation(evidence)
    for made, polls in polls_by_generation(evidence).items():
        call, created = calls.get(made), instant(polls[0].member("createdAt"))
        time = now(call) if call and "replay" not in call.tags else None
        if created and time is not None:
            judged = True
            if abs(created.timestamp() - time) > APART:
                expected = f"createdAt within {APART:g} s of {datetime.fromtimestamp(time, UTC).isoformat()}"
                seen, symptom = polls[0].member("createdAt"), Symptom("body.createdAt")
                findings.append(Finding("LIFE-28", expected, seen, polls[0], symptom=symptom))
    return Ruled(frozenset({"LIFE-28"} if judged else ()), tuple(findings))


@judges("LIFE-19", "LIFE-22")
def days_exist(evidence: Evidence) -> Ruled:
    """A time has not only the form of one: its day is on the calendar."""
    judged, findings = set(), []
    for poll in (poll for polls in polls_by_generation(evidence).values() for poll in polls):
        for name, requirement in (("createdAt", "LIFE-19"), ("completedAt", "LIFE-22")):
            text = poll.member(name)
            if isinstance(text, str) and (name == "createdAt" or poll.member("status") in TERMINAL):
                judged.add(requirement)
                if instant(text) is None:
                    symptom = Symptom(f"body.{name}", "an ISO 8601 time with a zone", shown(text))
                    findings.append(Finding(requirement, f"{name}, {symptom.due}", symptom.came, poll, symptom=symptom))
    return Ruled(frozenset(judged), tuple(findings))


def _was_over(pair: Pair) -> bool:
    return pair[0].member("status") in TERMINAL
