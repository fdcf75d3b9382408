"""What every attempt of a delivery must be: its form, its signature, its id, and its agreement with polling."""

import operator
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from conformance.checks.expect import shorten, shown
from conformance.checks.lifecycle import plain
from conformance.checks.signatures import ID, SIGNATURE, digest_in
from conformance.checks.times import instant, same_instant
from conformance.contract import load
from conformance.errors import Inconclusive
from conformance.evidence import parsed
from conformance.evidence.attempt import Attempt
from conformance.evidence.delivery import Delivery
from conformance.evidence.differences import differences
from conformance.evidence.nonconformity import Nonconformity
from conformance.evidence.symptom import Symptom

UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
Deliveries = Sequence[Delivery]


def deviate(
    delivery: Delivery, attempt: Attempt, expected: str, received: str, about: str = "", *, due: str = "",
    came: str = "",
) -> Nonconformity:  # fmt: skip
    """The target's deviation in one attempt; `about`, `due` and `came` are as in a symptom."""
    symptom = Symptom(about, due or expected, came or received)
    told = f"{shorten(received, 500)} in {delivery.told(attempt)}"
    return Nonconformity(expected, told, delivery.generate, attempt=attempt, symptom=symptom)


def every_attempt(deliveries: Deliveries) -> Iterator[tuple[Delivery, Attempt]]:
    """Raises Inconclusive when there is none at all."""
    came = [delivery for delivery in deliveries if delivery.came]
    if not came and deliveries:
        _ = deliveries[0].first
    for delivery in came:
        yield from ((delivery, attempt) for attempt in delivery.attempts)


def identified(deliveries: Deliveries) -> None:
    """Raises Inconclusive when a delivery cannot be told from another."""
    for delivery in deliveries:
        delivery.must_be_told_apart()


def each_attempt_is(
    deliveries: Deliveries,
    holds: Callable[[Delivery, Attempt], bool],
    expected: str,
    show: Callable[[Attempt], str],
    about: str,
) -> None:
    """Raises Nonconformity for the first attempt that is otherwise; `show` says what it was, `about` what is wrong."""
    for delivery, attempt in every_attempt(deliveries):
        if not holds(delivery, attempt):
            raise deviate(delivery, attempt, expected, show(attempt), about)


def are_documented(deliveries: Deliveries, requirement: str) -> None:
    """No attempt deviates from the contract in what belongs to this requirement."""
    for delivery, attempt in every_attempt(deliveries):
        judgement = load().judge_delivery(delivery.event, attempt.headers, attempt.body)
        for violation in judgement.violations:
            if requirement in violation.requirements:
                expected = f"{violation.place}: {violation.expected}"
                raise deviate(delivery, attempt, expected, violation.received, violation.place, due=violation.expected)


def go_to_their_url(deliveries: Deliveries) -> None:
    """Every attempt has the path and the query that were registered."""
    each_attempt_is(
        deliveries, lambda d, a: a.path.endswith(d.path), "the registered URL's path and query", lambda a: a.path, "URL"
    )


def carry(deliveries: Deliveries, header: str) -> None:
    """Every attempt has the header, with a value."""
    expected, about = f"the header {header}", f"header {header}"
    each_attempt_is(deliveries, lambda _, a: bool(a.header(header)), expected, lambda _: "nothing", about)


def have_hex_signatures(deliveries: Deliveries) -> None:
    """Every signature that there is consists of 64 lower-case hexadecimal digits."""
    each_attempt_is(
        deliveries,
        lambda _, a: a.header(SIGNATURE) is None or bool(re.fullmatch("[0-9a-f]{64}", a.header(SIGNATURE) or "")),
        f"{SIGNATURE} of 64 lower-case hexadecimal digits and nothing else",
        lambda a: shown(a.header(SIGNATURE)),
        f"header {SIGNATURE}",
    )


SIGNED = "the HMAC-SHA256 of the raw body, keyed with the whole secret"


def are_signed(attempts: Iterable[tuple[Delivery, Attempt]]) -> None:
    """Each signature is the HMAC-SHA256 of the raw bytes. Its notation is another requirement's (SIGN-2).

    Raises Inconclusive when no attempt has a signature that could be one, or there is no secret to sign with.
    """
    read = [(delivery, attempt, digest_in(attempt.header(SIGNATURE) or "")) for delivery, attempt in attempts]
    if any(not delivery.secret for delivery, *_ in read):
        raise Inconclusive("depends on a secret, which the registration did not give", root="HOOK-3")
    if all(digest is None for *_, digest in read):
        raise Inconclusive("depends on a signature of 32 bytes, of which there is none", root="SIGN-2")
    for delivery, attempt, digest in read:
        wanted = delivery.signing(attempt)
        if digest is not None and digest.hex() != wanted.proper:
            mistake, received = wanted.mistake, f"{digest.hex()} ({wanted.mistake})"
            raise deviate(
                delivery, attempt, f"{SIGNATURE} {wanted.proper}", received, f"header {SIGNATURE}", due=SIGNED,
                came=mistake if mistake.startswith("right for ") else received,
            )  # fmt: skip


def hide_their_secret(deliveries: Deliveries) -> None:
    """No body and no header of an attempt has the secret that it is signed with, where that is known."""

    def hidden(delivery: Delivery, attempt: Attempt) -> bool:
        text = attempt.body.decode(errors="replace") + "".join(value for _, value in attempt.headers)
        return not delivery.secret or delivery.secret not in text

    known = [delivery for delivery in deliveries if delivery.came]
    each_attempt_is(known, hidden, "no secret in a delivery", lambda _: "the endpoint's own", "the secret shown")


def have_uuids(deliveries: Deliveries) -> None:
    """Every attempt carries a UUID of any version."""
    each_attempt_is(
        deliveries,
        lambda _, a: bool(UUID.fullmatch(a.header(ID) or "")),
        f"{ID}, a UUID",
        lambda a: shown(a.header(ID)),
        f"header {ID}",
    )


def stay_the_same(deliveries: Deliveries, what: Callable[[Attempt], Any], name: str) -> None:
    """Every attempt of a delivery has the same as its first."""
    identified(deliveries)
    for delivery in deliveries:
        for attempt in delivery.attempts[1:]:
            if what(attempt) != what(delivery.first):
                first, now = (_value(what(each)) for each in (delivery.first, attempt))
                told = differences(first, now, ("the first attempt", "this one")) or BYTES
                due = "the same on every attempt"
                raise deviate(delivery, attempt, f"{name} of the first attempt", told, name, due=due, came=f"not {due}")


BYTES = "the same JSON, but other bytes (order, blanks or escapes)"


def _value(value: Any) -> Any:
    """A body as JSON where it is JSON, else as text."""
    if not isinstance(value, bytes):
        return value
    content = parsed(value)
    return value.decode(errors="replace") if content is None else content


def have_ids_of_their_own(deliveries: Deliveries) -> None:
    """No two of the deliveries share an id, whichever of their attempts it stands on."""
    identified(deliveries)
    owner: dict[str, Delivery] = {}
    for delivery, attempt in every_attempt(deliveries):
        name = (attempt.header(ID) or "").lower()
        if name and (before := owner.setdefault(name, delivery)) is not delivery:
            came = f"{name}, which stands on {before.told(before.first)}"
            raise deviate(delivery, attempt, f"an {ID} of its own", came, f"header {ID}")


def by_endpoint(deliveries: Deliveries) -> dict[str, list[Delivery]]:
    """The deliveries of each endpoint (by its path)."""
    found: dict[str, list[Delivery]] = defaultdict(list)
    for delivery in deliveries:
        found[delivery.path].append(delivery)
    return found


def payload_of(attempt: Attempt) -> Mapping[str, Any]:
    """`data` of the body; empty when there is none."""
    body = parsed(attempt.body)
    inner = body.get("data") if isinstance(body, dict) else None
    return inner if isinstance(inner, dict) else {}


def agree_with_polling(deliveries: Deliveries, member: str, polled: str = "") -> None:
    """A member of `data` is what polling shows: times as instants, outputs entry by entry, extra fields aside."""
    same: Callable[[Any, Any], bool] = SAME.get(member, operator.eq)
    if member != "generationId":
        identified(deliveries)
    for delivery, attempt in every_attempt(deliveries):
        if delivery.record is None:
            raise Inconclusive("depends on a poll that showed the generation's end", root="LIFE-1")
        if not payload_of(attempt):
            raise Inconclusive("depends on a body with data", root="HOOK-23")
        wanted, sent = delivery.record.get(polled or member), payload_of(attempt).get(member)
        if member in TIMES and instant(wanted) is None:
            raise Inconclusive(f"depends on {member}, which polling shows as {shown(wanted)}", root=TIMES[member])
        if not same(sent, wanted):
            names = ("polling", "webhook")
            told = differences(_compared(wanted), _compared(sent), names, polled or member) or shown(sent)
            raise deviate(delivery, attempt, f"data.{member} as polling shows it", told, f"body.data.{member}")


def _compared(value: Any) -> Any:
    """What counts of outputs; any other value as it is."""
    return (plain(value) or []) if isinstance(value, list) else value


def _same_outputs(one: Any, two: Any) -> bool:
    return bool(plain(one or None) == plain(two or None))


TIMES = {"createdAt": "LIFE-19", "completedAt": "LIFE-22"}
"""What says that polling shows a time there."""
SAME: dict[str, Callable[[Any, Any], bool]] = {**dict.fromkeys(TIMES, same_instant), "outputs": _same_outputs}
