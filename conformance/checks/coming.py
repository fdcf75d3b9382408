"""Whether a delivery comes, when, and how often (R25, R27, R36). What is wrong is told of the attempt that shows it."""

from collections.abc import Sequence

from conformance.checks.deliveries import Deliveries, deviate, identified
from conformance.checks.expect import shown
from conformance.checks.retries import FIRST_ATTEMPT
from conformance.checks.signatures import ID
from conformance.errors import Inconclusive
from conformance.evidence import Exchange
from conformance.evidence.attempt import Attempt
from conformance.evidence.blame import must_be_whole
from conformance.evidence.delivery import Delivery
from conformance.evidence.nonconformity import Nonconformity
from conformance.evidence.symptom import Symptom


def have_come(deliveries: Deliveries) -> None:
    """One at least; where another method was used than POST, that is another requirement's.

    Raises Inconclusive where the generation was not seen to end as the event says.
    """
    if any(delivery.came for delivery in deliveries):
        return
    first = deliveries[0]
    if first.refusals:
        _ = first.first
    if first.record is None:
        raise Inconclusive("depends on a generation that was seen to end", root="LIFE-9")
    ended, wanted = first.record.get("status"), first.event.rpartition(".")[2]
    if ended != wanted:
        root = "LIFE-12" if wanted == "failed" else "LIFE-9"
        raise Inconclusive(f"depends on a generation that ends {wanted}; this one ended {ended}", root=root)
    raise Nonconformity(
        f"a delivery of {first.event}", f"none at {len(deliveries)} endpoints", first.generate,
        symptom=Symptom(f"the event {first.event}", "delivered", "not delivered"),
    )  # fmt: skip


def come_everywhere(deliveries: Deliveries) -> None:
    """Each came, or was tried with another method. Raises Inconclusive where none came at all."""
    if not any(delivery.came for delivery in deliveries):
        _ = deliveries[0].first
    for delivery in deliveries:
        if not (delivery.came or delivery.refusals):
            must_be_whole(delivery.generate)
            due = f"delivered to {delivery.place}"
            symptom = Symptom(f"the event {delivery.event}", due, f"not {due}")
            raise Nonconformity(f"a delivery at {delivery.place}", "none", delivery.generate, symptom=symptom)


def comes_once(delivery: Delivery) -> None:
    """All attempts of the event bear one id: a second one is of a second delivery."""
    identified([delivery])
    must_be_whole(delivery.generate)
    ids = [attempt.header(ID) for attempt in delivery.attempts]
    another = next((attempt for attempt in delivery.attempts if attempt.header(ID) != ids[0]), None)
    if another is not None:
        came = f"{len({*ids})}, {ID} {shown(ids[0])} and {shown(another.header(ID))}"
        raise deviate(
            delivery, another, "one delivery of an event to an endpoint", came, "the number of deliveries of one event",
            due="1", came=str(len({*ids})),
        )  # fmt: skip


def follows_the_end(delivery: Delivery) -> None:
    """Polling shows that the generation has ended as soon as its first attempt has come."""
    must_be_whole(delivery.generate)
    states = [poll.member("status") for poll in delivery.early]
    if states:
        about = f"the state that polling shows after attempt 1 of {delivery.event}"
        raise deviate(
            delivery, delivery.first, "no delivery before polling shows the end",
            f"{shown(states)}, which polling showed afterwards,", about, due="that of the end", came=shown(states[0]),
        )  # fmt: skip


def comes_soon(delivery: Delivery) -> None:
    """The first attempt comes within a minute of the generation's end."""
    must_be_whole(delivery.generate)
    late = round(max(delivery.lateness - delivery.noise, 0), 3)
    if late > FIRST_ATTEMPT:
        raise deviate(
            delivery, delivery.first, f"the first attempt within {FIRST_ATTEMPT:g} s of the end", f"{late:g} s",
            "the time from the generation's end to the first attempt", due=f"{FIRST_ATTEMPT:g} s at most",
        )  # fmt: skip


def begin_together(deliveries: Sequence[Delivery], most: float) -> None:
    """First attempts come within so many seconds of each other. Raises Inconclusive when one did not come."""
    begun = sorted(deliveries, key=lambda delivery: delivery.first.arrived.target)
    waited = begun[-1].first.arrived.target - begun[0].first.arrived.target if begun else 0.0
    if begun and round(waited, 1) > most + begun[0].noise:
        raise Nonconformity(
            f"first attempts within {most:g} s, however slow an endpoint is",
            f"{waited:.1f} s between that at {begun[0].place} and that at {begun[-1].place}",
            begun[-1].generate, attempt=begun[-1].first,
            symptom=Symptom("the time that slow endpoints delay others", f"{most:g} s at most", f"{waited:.1f} s"),
        )  # fmt: skip


def are_not_followed(deliveries: Sequence[Delivery], came: Sequence[str]) -> None:
    """No request came to the address that redirects name, whose query is the status of the redirect."""
    if came:
        redirects = [(each, attempt) for each in deliveries for attempt in each.attempts if attempt.ended]
        ends = [(f"?{attempt.ended.status}", each, attempt) for each, attempt in redirects if attempt.ended]
        named = ((each, attempt) for end, each, attempt in ends if any(request.endswith(end) for request in came))
        delivery, attempt = next(named, redirects[0])
        raise Nonconformity(
            "no request to the address of a redirect", ", ".join(came), delivery.generate, attempt=attempt,
            symptom=Symptom(f"a redirect {attempt.answer.partition(' ')[0]}", "not followed", "followed"),
        )  # fmt: skip


def are_none(attempts: Sequence[Attempt], what: str, of: Exchange) -> None:
    """None of what should not be delivered came; `what` names it, "an event of another customer"."""
    must_be_whole(of)
    if attempts:
        first, symptom = attempts[0], Symptom(what, "not delivered", "delivered")
        event = first.header("X-Gptimg-Event") or "no event"
        raise Nonconformity(
            f"no attempt to deliver {what}", f"{len(attempts)}; the first is of {event}, at {first.path}", of,
            attempt=first, symptom=symptom,
        )  # fmt: skip
