"""A request and its response side by side, line by line, with what differs or decides marked."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from json import dumps
from urllib.parse import urlsplit

from conformance.evidence import Exchange, parsed
from conformance.evidence.attempt import Attempt
from conformance.evidence.exchange import REQUEST_ID, Pairs
from conformance.report.model import CheckPart, StepPart
from conformance.verdict import Mark

MOST_LINES, MOST_CHARACTERS, MOST_IN_LINE = 40, 2400, 300
"""Of a body that is shown: of the rest its length is told."""
MOST_HEADERS = 30
MOST_COMPARED = 3
PRETTY_BYTES = 16 * 1024
_SEEN = {code: f"\\u{code:04x}" for code in (0x0B, 0x0C, 0x0D, 0x85, 0x2028, 0x2029)}
"""What would break a line of a text that has none there."""
_ALWAYS_DIFFERENT = {REQUEST_ID.lower(), "date", "content-length", "x-gptimg-delivery", "host"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a message. `mark`: it differs from what it was compared with, or the check speaks of it."""

    text: str
    mark: bool = False

    @property
    def indent(self) -> str:
        """The blanks before it, which bear no mark."""
        return self.text[: len(self.text) - len(self.text.lstrip(" "))]


@dataclass(frozen=True, slots=True)
class Side:
    """A request, or a response. `cut`: bytes of the whole body, where not all of it is shown, else 0."""

    lines: tuple[Line, ...] = ()
    cut: int = 0
    binary: int = 0
    """Bytes of a body that is no text."""
    absent: str = ""
    """Why there is none."""
    has_none: bool = False


@dataclass(frozen=True, slots=True)
class Exhibit:
    """An exchange of the API, or an attempt of a delivery: `sent` by whoever began, and what was `answered`."""

    number: str
    role: str
    at: str
    """Wall-clock time, ISO 8601."""
    milliseconds: float
    decisive: bool
    sent: Side
    answered: Side
    arrived: bool = False
    """It is an attempt: the target sent, and the suite answered."""
    right: bool = False
    """It is a call beside the decisive one, and was answered as it should be."""

    @property
    def has_marks(self) -> bool:
        """Whether any line is marked."""
        return any(line.mark for line in (*self.sent.lines, *self.answered.lines))


def exhibits(
    check: CheckPart, sent: Mapping[int, Exchange], came: Mapping[int, Attempt], most: int = MOST_COMPARED,
    beside: Exchange | None = None,
) -> list[Exhibit]:  # fmt: skip
    """What decided a check, and at most so many of what it was compared with, in order of time.

    `beside` is a call that differs little from the decisive one, and was answered as it should be: it comes first.
    """
    marked = [step for step in check.story if step.mark]
    decisive = [step for step in marked if step.mark is Mark.DECISIVE]
    compared = [step for step in marked if step.mark is Mark.COMPARED]
    chosen = [*compared[-most:], *decisive[:1]] if most else decisive[:1]
    chosen = [step for step in check.story if step in chosen]
    found = [made for step in chosen if (made := _exhibit(step, sent, came))]
    if beside is not None and found:
        found.insert(0, replace(_of_exchange(beside.probe, beside), right=True))
    return _marked(found, check)


def _exhibit(step: StepPart, sent: Mapping[int, Exchange], came: Mapping[int, Attempt]) -> Exhibit | None:
    if step.attempts:
        attempt = came.get(step.attempts[0])
        return _of_attempt(step, attempt) if attempt else None
    exchange = sent.get(step.exchanges[0])
    return replace(_of_exchange(step.role, exchange), decisive=step.mark is Mark.DECISIVE) if exchange else None


def _of_exchange(role: str, exchange: Exchange) -> Exhibit:
    request, response = exchange.request, exchange.response
    parts = urlsplit(request.url)
    target = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    return Exhibit(
        number=f"#{exchange.number}", role=role, at=exchange.started_at, milliseconds=exchange.seconds * 1000,
        decisive=False, sent=_side(f"{request.method} {target}", request.headers, request.body),
        answered=_side(f"status {response.status}", response.headers, response.body, file=_file(exchange))
        if response else Side(absent=exchange.failure, has_none=True),
    )  # fmt: skip


def _file(exchange: Exchange) -> str:
    """What is kept of a download in place of its bytes."""
    kept = exchange.response.file if exchange.response else None
    return f"{kept.size} bytes, SHA-256 {kept.sha256}" if kept else ""


def _of_attempt(step: StepPart, attempt: Attempt) -> Exhibit:
    ended = attempt.ended
    took = (ended.at.monotonic - attempt.arrived.monotonic) * 1000 if ended else 0.0
    answered = Side(absent=attempt.answer, has_none=True)
    if ended and ended.status:
        how = () if ended.how == "answered" else (Line(ended.how),)
        answered = Side((Line(f"status {ended.status}"), *how))
    return Exhibit(
        number=f"@{attempt.serial}", role=step.role, at=attempt.arrived.utc, milliseconds=took,
        decisive=step.mark is Mark.DECISIVE, answered=answered, arrived=True,
        sent=_side(f"{attempt.method} {attempt.path}", attempt.headers, attempt.body, as_it_came=True),
    )  # fmt: skip


def _side(first: str, headers: Pairs, body: bytes, file: str = "", *, as_it_came: bool = False) -> Side:
    """`as_it_came`: the bytes matter, which are signed."""
    lines = [first[:MOST_CHARACTERS]]
    lines += [f"{name[:MOST_IN_LINE]}: {value[:MOST_IN_LINE]}" for name, value in headers[:MOST_HEADERS]]
    if len(headers) > MOST_HEADERS:
        lines.append(f"… {len(headers) - MOST_HEADERS} more headers")
    if file:
        lines += ["", file]
    text = _plain(body) if as_it_came else _text(body)
    if text is None:
        return Side(tuple(map(Line, lines)), binary=len(body))
    every = text.translate(_SEEN).split("\n")
    shown = _within(every)
    cut = len(body) if len(shown) < len(every) or any(len(line) > MOST_IN_LINE for line in every) else 0
    lines += ["", *(line if len(line) <= MOST_IN_LINE else f"{line[:MOST_IN_LINE]}…" for line in shown)] if text else []
    return Side(tuple(map(Line, lines)), cut)


def _within(lines: Sequence[str]) -> list[str]:
    kept, room = list[str](), MOST_CHARACTERS
    for line in lines[:MOST_LINES]:
        if room <= 0:
            break
        kept.append(line)
        room -= min(len(line), MOST_IN_LINE)
    return kept


def _text(body: bytes) -> str | None:
    """JSON with its members on lines of their own; None for what is no text."""
    if len(body) <= PRETTY_BYTES and (value := parsed(body)) is not None and isinstance(value, dict | list):
        return dumps(value, indent=2, ensure_ascii=False)
    return _plain(body)


def _plain(body: bytes) -> str | None:
    try:
        return body[: MOST_LINES * MOST_IN_LINE * 4].decode()
    except UnicodeDecodeError as error:
        return body[: error.start].decode() if error.reason == "unexpected end of data" else None


# Marks.


def _marked(found: Sequence[Exhibit], check: CheckPart) -> list[Exhibit]:
    """Where an exchange was compared with the decisive one, what differs; else what the check speaks of."""
    decisive = next((one for one in found if one.decisive), None)
    others = [one for one in found if not one.decisive and decisive and _alike(one, decisive)]
    right, pair = next((one for one in others if one.right), None), next(reversed(others), None)
    if decisive is None:
        return [*found]
    if right:
        return _beside(found, decisive, right)
    if pair is None:
        spoken, named = _words(f"{check.expected} {_without_body(check.received)}"), _words(decisive.role)
        value = check.received.partition(" ")[0]
        if decisive.arrived:
            done = replace(decisive, sent=_spoken(decisive.sent, spoken, value))
        else:
            answered = _spoken(decisive.answered, spoken, value)
            done = replace(decisive, answered=answered, sent=_spoken(decisive.sent, named))
        return [done if one is decisive else one for one in found]
    spoken = _words(f"{check.expected} {_without_body(check.received)}")
    one, two = _differing(pair, decisive, spoken), _differing(decisive, pair, spoken)
    return [one if each is pair else two if each is decisive else each for each in found]


def _beside(found: Sequence[Exhibit], decisive: Exhibit, right: Exhibit) -> list[Exhibit]:
    """What differs in the requests, less their keys, and the statuses."""

    def marked(one: Exhibit, other: Exhibit) -> Exhibit:
        sent = _unlike(one.sent, other.sent)
        marks = (line.mark and not line.text.lower().startswith("idempotency-key:") for line in sent.lines)
        answered = _with_marks(one.answered, (place == 0 for place in range(len(one.answered.lines))))
        return replace(one, sent=_with_marks(sent, marks), answered=answered)

    both = {right.number: marked(right, decisive), decisive.number: marked(decisive, right)}
    return [both.get(one.number, one) for one in found]


def _alike(one: Exhibit, two: Exhibit) -> bool:
    return one.arrived == two.arrived


def _differing(one: Exhibit, other: Exhibit, spoken: Collection[str]) -> Exhibit:
    sent, answered = _unlike(one.sent, other.sent, spoken), _unlike(one.answered, other.answered, spoken)
    return replace(one, sent=sent, answered=answered)


def _unlike(one: Side, other: Side, spoken: Collection[str] = ()) -> Side:
    """What always differs is no difference, unless the check speaks of it."""
    known, never = {line.text for line in other.lines}, _ALWAYS_DIFFERENT.difference(spoken)
    return _with_marks(one, (line.text not in known and _name_of(line.text) not in never for line in one.lines))


def _spoken(side: Side, words: Collection[str], value: str = "") -> Side:
    """Lines whose name is among the words, or whose value is this one."""
    return _with_marks(
        side, (_name_of(one.text) in words or (value and _value_of(one.text) == value) for one in side.lines)
    )


def _with_marks(side: Side, marks: Iterable[object]) -> Side:
    return replace(
        side, lines=tuple(replace(line, mark=bool(mark)) for line, mark in zip(side.lines, marks, strict=True))
    )


def _name_of(line: str) -> str:
    """Of the header or the member of a line, in lower case; "status" of the first line of a response."""
    if line.startswith("status "):
        return "status"
    found = re.match(r'\s*"([^"]+)":|([\w-]+):', line)
    return (found[1] or found[2]).lower() if found else ""


def _value_of(line: str) -> str:
    """Of the header or the member of a line."""
    return line.partition(": ")[2].strip().removesuffix(",")


def _without_body(received: str) -> str:
    """What was received less the quoted body, which would have all of it marked."""
    return received.partition(", body ")[0]


def _words(text: str) -> set[str]:
    return set(re.findall(r"[a-z_][\w-]*", text[:2000].lower()))
