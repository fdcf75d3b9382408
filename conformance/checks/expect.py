"""The vocabulary of the tests: every expectation says what was expected, what came, and which exchange shows it.

What begins with `to_` or `not_to_` is judged, and raises Nonconformity. What begins with `must` is a prerequisite that
another requirement judges, and raises Inconclusive, charged to that one. `expect_delivery` has words for deliveries.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from conformance.checks.windows import integer
from conformance.errors import Inconclusive, NotApplicable, NotTested
from conformance.evidence import Exchange
from conformance.evidence.blame import TOO_MANY, must_be_whole
from conformance.evidence.differences import differences
from conformance.evidence.nonconformity import Nonconformity
from conformance.evidence.symptom import STATUS, Symptom

GONE = 404
TELLING = 8
"""Characters of a text that stands in an answer by no accident."""


def expect(exchange: Exchange) -> "Answer":
    """Begin a sentence about the response of an exchange. Raises Inconclusive when somebody else spoilt it (R44)."""
    must_be_whole(exchange)
    return Answer(exchange)


def expect_that(
    value: Any, what: str, of: Exchange | None = None, beside: Sequence[Exchange] = (), *, about: str = ""
) -> "Value":
    """Begin a sentence about a value, named in words, and the exchange it was taken from. Raises as `expect` does.

    `beside` are the other exchanges that it takes to see it. `about` is the member or header, as in a symptom.
    """
    for exchange in (of, *beside):
        must_be_whole(exchange)
    return Value(value, what, of, tuple(beside), about)


def expect_calls(calls: Sequence[Exchange], what: str) -> "Calls":
    """Begin a sentence about calls that belong together; `what` says how they were sent: "simultaneous calls"."""
    return Calls(tuple(calls), what)


def blocked_by(root: str, why: str, hint: str = "", *, when: bool = True) -> None:
    """Raises Inconclusive: what the test depends on failed, and the requirement `root` says so; empty: none does."""
    if when:
        raise Inconclusive(why, hint, root=root)


def not_tested(why: str, hint: str, *, when: bool = True) -> None:
    """Raises NotTested: the run lacks what the hint would add."""
    if when:
        raise NotTested(why, hint)


def not_applicable(why: str, *, when: bool = True) -> None:
    """Raises NotApplicable: the documentation leaves it open, and the target chose what has nothing to test."""
    if when:
        raise NotApplicable(why)


@dataclass(frozen=True)
class Answer:
    """What a response must be. Each method returns the answer for a further expectation."""

    exchange: Exchange
    reason: str = ""
    beside: tuple[Exchange, ...] = ()

    def to_be_answered(self, *statuses: int) -> "Answer":
        """One of these statuses."""
        wanted = " or ".join(str(status) for status in statuses)
        return self._to_have(self.exchange.status in statuses, wanted, f"status {wanted}")

    def to_be_accepted(self) -> "Answer":
        """Any 2xx."""
        return self._to_have(200 <= self.exchange.status < 300, "2xx", "a 2xx status")

    def since(self, why: str, beside: Sequence[Exchange] = ()) -> "Answer":
        """The reason for what follows, in words, and the other exchanges that it takes to see it."""
        return replace(self, reason=f", since {why}", beside=tuple(beside))

    def to_be_refused(self, *statuses: int) -> "Answer":
        """One of these statuses; any 4xx when none is given."""
        if statuses:
            return self.to_be_answered(*statuses)
        return self._to_have(400 <= self.exchange.status < 500, "4xx", "a 4xx status")

    def to_be_throttled(self) -> "Answer":
        return self.to_be_answered(TOO_MANY)

    def not_to_be_throttled(self) -> "Answer":
        due = f"another status than {TOO_MANY}"
        return self._to_have(self.exchange.status != TOO_MANY, due, due)

    def not_to_be_found(self) -> "Answer":
        """Any status but a 2xx and a 5xx."""
        status = self.exchange.status
        due = "a status that is neither 2xx nor 5xx"
        return self._to_have(not 200 <= status < 300 and status < 500, due, due)

    def not_to_show(self, texts: Collection[str], what: str) -> "Answer":
        """None of these texts stands in the body; a short one, which may stand there by accident, as no value."""
        body = self.exchange.response.body.decode(errors="replace") if self.exchange.response else ""
        values = set(strings(self.exchange.json))
        shown = [text for text in texts if text and (text in body if len(text) >= TELLING else text in values)]
        symptom = Symptom("body", f"without {what}", ", ".join(shown[:3]))
        return self._to_hold(
            not shown, symptom, f"a body {symptom.due}", f"{told(self.exchange)}, which shows {shown[:3]}"
        )

    def must_be_answered(self, root: str, status: int) -> "Answer":
        return self.must(self.exchange.status == status, f"status {status}", root)

    def must_be_found(self) -> "Answer":
        """Where it is a poll, its generation is there: LIFE-1 says so of every poll."""
        gone = self.exchange.operation == "generation" and self.exchange.status == GONE
        return self.must(not gone, "a generation that is found", "LIFE-1")

    def must_be_accepted(self, root: str) -> "Answer":
        """Any 2xx."""
        return self.must(200 <= self.exchange.status < 300, "a 2xx status", root)

    def must(self, holds: bool, wanted: str, root: str) -> "Answer":
        blocked_by(root, f"depends on {root}: {wanted} was expected of {self.exchange.told}", when=not holds)
        return self

    def number_in(self, header: str, root: str) -> int:
        """Raises Inconclusive when the header is no number."""
        found = integer(self.exchange.header(header))
        if found is None:
            raise Inconclusive(f"depends on {root}: {header} is no number ({self.exchange.header(header)})", root=root)
        return found

    def _to_have(self, holds: bool, due: str, expected: str) -> "Answer":
        """A status, told twice: as data and in words."""
        return self._to_hold(holds, Symptom(STATUS, due, str(self.exchange.status)), expected)

    def _to_hold(self, holds: bool, symptom: Symptom, expected: str, received: str = "") -> "Answer":
        if not holds:
            raise Nonconformity(
                expected + self.reason, received or told(self.exchange), self.exchange, beside=self.beside,
                symptom=symptom,
            )  # fmt: skip
        return self


@dataclass(frozen=True)
class Calls:
    """What each of several calls must be. Raises as `expect` does for the first that nothing can be said about."""

    calls: tuple[Exchange, ...]
    what: str

    def to_be_accepted(self) -> "Calls":
        """Any 2xx."""
        return self._each(lambda status: 200 <= status < 300, "2xx", "a 2xx status")

    def not_to_be_throttled(self) -> "Calls":
        due = f"another status than {TOO_MANY}"
        return self._each(lambda status: status != TOO_MANY, due, due)

    def _each(self, holds: Callable[[int], bool], due: str, expected: str) -> "Calls":
        for call in self.calls:
            must_be_whole(call)
            if not holds(call.status):
                others = tuple(other for other in self.calls if other is not call)
                whole = f"{len(self.calls)} {self.what}"
                told_all = f"{statuses(self.calls)}; the first of these: {told(call)}"
                symptom = Symptom(STATUS, due, str(call.status))
                raise Nonconformity(f"{expected} for each of {whole}", told_all, call, beside=others, symptom=symptom)
        return self


def statuses(calls: Sequence[Exchange]) -> str:
    """How many were answered what: "3 with 202, 2 with 429"."""
    counted = Counter(call.status or "no status" for call in calls)
    return ", ".join(f"{count} with {status}" for status, count in counted.items())


@dataclass(frozen=True)
class Value:
    """What a value must be. Each method raises Nonconformity, and returns the value for a further expectation."""

    value: Any
    what: str
    of: Exchange | None = None
    beside: tuple[Exchange, ...] = ()
    about: str = ""

    def to_equal(self, wanted: Any, as_in: str = "") -> "Value":
        """`as_in` says where a record or a list was seen before: what differs is told by its path then."""
        if not as_in or not isinstance(wanted, dict | list) or self._same(wanted):
            return self.to_hold(self._same(wanted), f"{self.what} {shown(wanted)}{as_in and f', as {as_in}'}")
        told = differences(wanted, self.value, (as_in, "now"))
        return self.to_hold(False, f"{self.what} as {as_in}", told)

    def to_be_one_of(self, wanted: Collection[Any]) -> "Value":
        return self.to_hold(any(self._same(w) for w in wanted), f"{self.what} one of {shown(list(wanted))}")

    def to_differ_from(self, other: Any) -> "Value":
        return self.to_hold(not self._same(other), f"{self.what} other than {shown(other)}")

    def to_be_a_string(self) -> "Value":
        holds = isinstance(self.value, str) and bool(self.value)
        return self.to_hold(holds, f"{self.what}, a string that is not empty")

    def to_be_absent(self) -> "Value":
        """Null or absent."""
        return self.to_hold(self.value is None, f"{self.what} null or absent")

    def to_match(self, pattern: str, words: str) -> "Value":
        holds = isinstance(self.value, str) and re.fullmatch(pattern, self.value) is not None
        return self.to_hold(holds, f"{self.what}, {words}")

    def to_be_between(self, least: float, most: float) -> "Value":
        number = isinstance(self.value, int | float) and not isinstance(self.value, bool)
        return self.to_hold(number and least <= self.value <= most, f"{self.what} from {least:g} to {most:g}")

    def to_satisfy(self, holds: Callable[[Any], bool], words: str) -> "Value":
        return self.to_hold(holds(self.value), f"{self.what} {words}")

    def to_be_all_different(self) -> "Value":
        repeated = sorted({str(v) for v in self.value if self.value.count(v) > 1})
        return self.to_hold(not repeated, f"{self.what}, no two the same", f"repeated: {shown(repeated)}")

    def to_hold(self, holds: bool, expected: str, received: str = "") -> "Value":
        """Something else, told in full."""
        if not holds:
            came = received or shown(self.value)
            raise Nonconformity(expected, came, self.of, beside=self.beside, symptom=self._symptom(expected, came))
        return self

    def _symptom(self, expected: str, came: str) -> Symptom:
        """A value that there is none of, since the call was refused, is told by its status."""
        if not expected.startswith(self.what):
            return Symptom(self.about)
        due = expected.removeprefix(self.what).lstrip(" ,:")
        if self.of is not None and self.value == self.of.status and self.what.startswith("the status"):
            return Symptom(STATUS, due, came)
        if self.of is not None and self.of.status >= 300 and self.what.startswith("the generation"):
            return Symptom(STATUS, "2xx", str(self.of.status))
        return Symptom(self.about or self.what, due, came)

    def _same(self, other: Any) -> bool:
        return bool(self.value == other) and isinstance(self.value, bool) == isinstance(other, bool)


def strings(value: Any) -> Iterator[str]:
    """The strings in a JSON value, at any depth."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for member in value.values() if isinstance(value, dict) else value:
            yield from strings(member)


def told(exchange: Exchange) -> str:
    """A response in one line: status and the beginning of its body, or why there is none."""
    if exchange.response is None:
        return f"no response: {exchange.failure}"
    body = exchange.response.body.decode(errors="replace").strip()
    if file := exchange.response.file:
        return f"status {exchange.status}, a body of {file.size} bytes"
    return f"status {exchange.status}, body {shorten(body)}" if body else f"status {exchange.status}, no body"


def shown(value: Any) -> str:
    """A value as JSON, cut to a readable length."""
    return shorten(json.dumps(value, ensure_ascii=False, default=str))


def shorten(text: str, most: int = 300) -> str:
    return text if len(text) <= most else f"{text[:most]}… ({len(text)} characters)"
