"""Tells the story of each failed check: its requests and attempts in order, and what matters of each answer."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import unquote, urlsplit

from conformance.checks.expect import shorten
from conformance.contract import load
from conformance.evidence import Exchange, parsed
from conformance.evidence.attempt import Attempt
from conformance.evidence.exchange import REQUEST_ID
from conformance.plan.settings import Settings
from conformance.session.repeating import repeated
from conformance.verdict import Mark, Outcome, Step, Verdict

REMAINING = "X-RateLimit-Remaining"
HEADERS = (
    "X-RateLimit-Limit", REMAINING, "X-RateLimit-Reset", "Retry-After", "WWW-Authenticate", "Content-Type",
    "Cache-Control",
)  # fmt: skip
"""That matter where the check speaks of them; how often one may call again matters always."""
OURS = "canary"
"""The tag of what went to our own receiver: the target had no part in it."""
MEMBERS = ("generationId", "id", "key", "status", "costCredits")
"""That tell how far a call has come."""
_SENT, _TOLD = 300, 120


def _role(operation: str) -> str:
    """Of a request that nothing is special about."""
    known = load().operations.get(operation)
    if known is None:
        return ""
    return "poll" if known.takes_id else f"a call of {operation}"


@dataclass(frozen=True, slots=True)
class _Event:
    """A step that has not been joined with its like. `at` is of the monotonic clock, `clock` of the target's."""

    at: float
    clock: float | None
    step: Step


def with_stories(
    outcomes: Iterable[Outcome], evidence: Sequence[Exchange], arrived: Sequence[Attempt], settings: Settings
) -> list[Outcome]:
    """Every failed outcome with its story and with how it is repeated; the others as they are."""
    sent = {exchange.number: exchange for exchange in evidence}
    came = {attempt.serial: attempt for attempt in arrived}
    return [
        repeated(replace(outcome, story=_story(outcome, sent, came, settings)), settings)
        if outcome.verdict is Verdict.FAIL
        else outcome
        for outcome in outcomes
    ]


def _story(
    outcome: Outcome, sent: Mapping[int, Exchange], came: Mapping[int, Attempt], settings: Settings
) -> tuple[Step, ...]:
    numbers = dict.fromkeys((*outcome.exchanges, *outcome.beside, outcome.decided_by))
    serials = dict.fromkeys((*outcome.attempts, outcome.attempt))
    before = _before(outcome, came)
    requests = [sent[number] for number in numbers if number in sent and OURS not in sent[number].tags]
    several = len({exchange.account for exchange in requests if exchange.account}) > 1
    events = [_request(exchange, outcome, several=several) for exchange in requests]
    events += [_attempt(came[serial], outcome, before) for serial in serials if serial in came]
    events.sort(key=lambda event: event.at)
    steps = list[Step]()
    for event in events:
        step = replace(event.step, seconds=_seconds(events[0], event, settings.target.clock.scale))
        if steps and _alike(steps[-1], step):
            steps[-1] = replace(steps[-1], exchanges=steps[-1].exchanges + step.exchanges)
        else:
            steps.append(step)
    return tuple(steps)


def _seconds(first: _Event, event: _Event, scale: float) -> float:
    """The target's: read from its test clock, or ours times its speed."""
    if first.clock is not None and event.clock is not None:
        return round(event.clock - first.clock, 3)
    return round((event.at - first.at) * scale, 3)


def _alike(one: Step, two: Step) -> bool:
    """Whether the second is one more of the first, as among polls."""
    if one.mark or one.attempts:
        return False
    return one == replace(two, seconds=one.seconds, exchanges=one.exchanges, request_id=one.request_id)


def _request(exchange: Exchange, outcome: Outcome, *, several: bool) -> _Event:
    """`several`: the story has requests of more than one account."""
    mark = _mark(exchange.number, outcome.decided_by, outcome.beside) if outcome.attempt < 0 else Mark.NONE
    if exchange.number == outcome.decided_by and not mark:
        mark = Mark.COMPARED  # it caused the delivery whose attempt decides
    step = Step(
        role=_said(exchange) if several else _for(exchange),
        seconds=0.0,
        status=exchange.status,
        told=_answer(exchange, _headers_of(outcome)),
        mark=mark,
        exchanges=(exchange.number,),
        generation=_generation(exchange),
        request_id=exchange.request.header(REQUEST_ID) or "",
        sent=_sent(exchange) if mark else "",
    )
    return _Event(exchange.started, exchange.clock, step)


def _for(exchange: Exchange) -> str:
    return exchange.probe or _role(exchange.operation) or _line(exchange)


def _said(exchange: Exchange) -> str:
    """The same and whose request it is; a plain poll is known by its generation."""
    role = _for(exchange)
    return role if role == "poll" or not exchange.account else f"account {exchange.account!r}: {role}"


def _mark(number: int, decisive: int, beside: Sequence[int]) -> Mark:
    if number == decisive:
        return Mark.DECISIVE
    return Mark.COMPARED if number in beside else Mark.NONE


def _generation(exchange: Exchange) -> str:
    if exchange.operation == "generation":
        return shorten(unquote(urlsplit(exchange.request.url).path.rpartition("/")[2]), _TOLD)
    found = exchange.member("generationId") if exchange.operation == "generate" else None
    return shorten(found, _TOLD) if isinstance(found, str) else ""


def _line(exchange: Exchange) -> str:
    parts = urlsplit(exchange.request.url)
    return shorten(f"{exchange.request.method} {parts.path or '/'}", _TOLD)


def _sent(exchange: Exchange) -> str:
    body = exchange.request.body.decode(errors="replace")
    return shorten(f"{_line(exchange)} {body}".strip(), _SENT)


def _headers_of(outcome: Outcome) -> list[str]:
    """The headers that a check speaks of, and the one that all checks of the rate limit are about."""
    words = f"{outcome.expected} {outcome.received}".lower()
    always = {"Retry-After"} | ({REMAINING} if any(id_.startswith("RATE-") for id_ in outcome.requirements) else set())
    return [name for name in HEADERS if name in always or name.lower() in words]


def _answer(exchange: Exchange, headers: Iterable[str]) -> str:
    """What matters of it: members that tell its progress, what it was refused for, and these headers."""
    if exchange.response is None or exchange.failure:
        return shorten(exchange.failure, _TOLD)
    served = 200 <= exchange.status < 300
    told = _progress(exchange) if served else [_refusal(exchange)]
    told += [f"{name} {value}" for name in headers if (value := exchange.header(name)) is not None]
    return ", ".join(shorten(text, _TOLD) for text in told if text)


def _progress(exchange: Exchange) -> list[str]:
    members = ((name, exchange.member(name)) for name in (MEMBERS if exchange.operation else ()))
    found = [(name, value) for name, value in members if isinstance(value, str | int | float)]
    return [str(value) if name == "status" else f"{name} {value}" for name, value in found]


def _refusal(exchange: Exchange) -> str:
    """The code or the words of an error, in whatever shape it has."""
    body = exchange.json
    error = body.get("error", body) if isinstance(body, dict) else body
    if isinstance(error, dict):
        error = error.get("code") or error.get("message")
    return error if isinstance(error, str) else ""


def _before(outcome: Outcome, came: Mapping[int, Attempt]) -> tuple[int, ...]:
    """The attempts before the one that decides, of the same delivery: their answers may be why."""
    decisive = came.get(outcome.attempt)
    if decisive is None:
        return ()
    delivery = decisive.endpoint, decisive.generation
    return tuple(
        each.serial
        for each in came.values()
        if (each.endpoint, each.generation) == delivery and each.number < decisive.number
    )


def _attempt(attempt: Attempt, outcome: Outcome, before: Sequence[int]) -> _Event:
    body, delivery = parsed(attempt.body), attempt.header("X-Gptimg-Delivery")
    event = attempt.header("X-Gptimg-Event") or (body.get("event") if isinstance(body, dict) else "") or "no event"
    told = [str(event), f"delivery {delivery}" if delivery else "", _ending(attempt)]
    step = Step(
        role=f"attempt {attempt.number}",
        seconds=0.0,
        status=attempt.ended.status if attempt.ended else 0,
        told=", ".join(shorten(text, _TOLD) for text in told if text),
        mark=_mark(attempt.serial, outcome.attempt, before),
        attempts=(attempt.serial,),
        generation=shorten(attempt.generation, _TOLD),
        endpoint=attempt.endpoint,
    )
    return _Event(attempt.arrived.monotonic, attempt.arrived.target, step)


def _ending(attempt: Attempt) -> str:
    """What the receiver did with it, where that is no plain answer."""
    how = attempt.ended.how if attempt.ended else "unanswered"
    return "" if how == "answered" else how
