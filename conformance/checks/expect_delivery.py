"""The words of the tests for deliveries: one, those of one event, and the endpoint that they are offered to.

As in `expect`: `to_` is judged, `must_` is a prerequisite. What is judged, and how, stands in `retries`, `deliveries`
and `disabling`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.checks.coming import (
    are_none,
    are_not_followed,
    begin_together,
    come_everywhere,
    comes_once,
    comes_soon,
    follows_the_end,
    have_come,
)
from conformance.checks.deliveries import (
    agree_with_polling,
    are_documented,
    are_signed,
    carry,
    every_attempt,
    go_to_their_url,
    have_hex_signatures,
    have_ids_of_their_own,
    have_uuids,
    hide_their_secret,
    identified,
    stay_the_same,
)
from conformance.checks.disabling import Endpoint, is_switched_off, stays_enabled
from conformance.checks.expect import blocked_by
from conformance.checks.retries import (
    MOST_ATTEMPTS,
    TIMEOUT,
    comes_back,
    control,
    ends,
    goes_on,
    is_retried,
    keeps_the_gap,
    stays_within,
)
from conformance.evidence import Exchange
from conformance.evidence.attempt import Attempt
from conformance.evidence.delivery import Delivery


def expect_delivery(delivery: Delivery) -> "OfDelivery":
    """Begin a sentence about the attempts of a delivery."""
    return OfDelivery(delivery)


def expect_deliveries(deliveries: Sequence[Delivery]) -> "OfDeliveries":
    """Begin a sentence about every attempt of several deliveries."""
    return OfDeliveries(deliveries)


def expect_attempts(attempts: Sequence[Attempt], what: str, of: Exchange) -> "OfAttempts":
    """Begin a sentence about attempts of `what`, "an event of another customer", and the call that they come of."""
    return OfAttempts(tuple(attempts), what, of)


def expect_endpoint(endpoint: Endpoint) -> "OfEndpoint":
    """Begin a sentence about whether an endpoint is switched off."""
    return OfEndpoint(endpoint)


@dataclass(frozen=True)
class OfDelivery:
    """What the attempts of a delivery must be. Each method returns the sentence, for a further expectation."""

    delivery: Delivery

    def must_have_come(self) -> "OfDelivery":
        _ = self.delivery.first
        return self

    def must_go_on(self, most: int = MOST_ATTEMPTS) -> "OfDelivery":
        """Every failure was followed by another attempt; `most` is what any delivery of the run had."""
        goes_on(self.delivery, most)
        return self

    def must_end_at_once(self, root: str) -> "OfDelivery":
        """The endpoint, which took it, got it no more."""
        control(self.delivery, root)
        return self

    def to_be_the_only_one(self) -> "OfDelivery":
        """Of its event, at its endpoint."""
        comes_once(self.delivery)
        return self

    def to_follow_the_end(self) -> "OfDelivery":
        """Polling showed the generation's end when it had come."""
        follows_the_end(self.delivery)
        return self

    def to_come_soon(self) -> "OfDelivery":
        """Within a minute of the generation's end."""
        comes_soon(self.delivery)
        return self

    def to_be_retried(
        self, requirement: str, most: int = MOST_ATTEMPTS, peers: Sequence[Delivery] = ()
    ) -> "OfDelivery":
        """After every failure that is this requirement's; `most` is what any delivery of the run, `peers`, had."""
        is_retried(self.delivery, requirement, most, peers)
        return self

    def to_end(self, *, margin: float = TIMEOUT, peers: Sequence[Delivery] = ()) -> "OfDelivery":
        """With the 2xx that the endpoint planned, `margin` seconds within the timeout; `peers` are all of the run."""
        ends(self.delivery, margin=margin, peers=peers)
        return self

    def to_stay_within(self, most: int) -> "OfDelivery":
        """At most `most` attempts."""
        stays_within(self.delivery, most)
        return self

    def to_come_back(self, unrelated: int) -> "OfDelivery":
        """To a port that had refused connections, which so many other deliveries may have met."""
        comes_back(self.delivery, unrelated)
        return self


@dataclass(frozen=True)
class OfDeliveries:
    """What every attempt of several deliveries must be; most words raise Inconclusive where there is none at all."""

    deliveries: Sequence[Delivery]

    def must_name_their_generation(self) -> "OfDeliveries":
        identified(self.deliveries)
        return self

    def to_have_come(self) -> "OfDeliveries":
        """At one endpoint at least."""
        have_come(self.deliveries)
        return self

    def to_have_come_everywhere(self) -> "OfDeliveries":
        come_everywhere(self.deliveries)
        return self

    def to_go_to_their_url(self) -> "OfDeliveries":
        go_to_their_url(self.deliveries)
        return self

    def to_be_documented(self, requirement: str) -> "OfDeliveries":
        """In whatever the contract has under this requirement."""
        are_documented(self.deliveries, requirement)
        return self

    def to_agree_with_polling(self, requirement: str, member: str, polled: str = "") -> "OfDeliveries":
        """In a member of `data`, which polling may call `polled`."""
        if member != "generationId":
            identified(self.deliveries)
        are_documented(self.deliveries, requirement)
        agree_with_polling(self.deliveries, member, polled)
        return self

    def to_carry(self, header: str) -> "OfDeliveries":
        carry(self.deliveries, header)
        return self

    def to_have_hexadecimal_signatures(self) -> "OfDeliveries":
        have_hex_signatures(self.deliveries)
        return self

    def to_be_signed(self, *, retries: bool = False) -> "OfDeliveries":
        """The first attempts, or else the retries."""
        are_signed([(d, a) for d, a in every_attempt(self.deliveries) if (a is not d.first) == retries])
        return self

    def not_to_show_their_secret(self) -> "OfDeliveries":
        hide_their_secret(self.deliveries)
        return self

    def to_have_uuids(self) -> "OfDeliveries":
        have_uuids(self.deliveries)
        return self

    def to_have_ids_of_their_own(self) -> "OfDeliveries":
        have_ids_of_their_own(self.deliveries)
        return self

    def to_keep(self, name: str, what: Callable[[Attempt], Any]) -> "OfDeliveries":
        """What each delivery's first attempt had."""
        stay_the_same(self.deliveries, what, name)
        return self

    def not_to_be_followed(self, came: Sequence[str]) -> "OfDeliveries":
        """To the address of a redirect, where these requests came."""
        are_not_followed(self.deliveries, came)
        return self

    def to_begin_within(self, most: float) -> "OfDeliveries":
        """Seconds of each other, whichever answers late; no deliveries wait for none."""
        begin_together(self.deliveries, most)
        return self

    def to_keep_the_gap(self, retry: int) -> "OfDeliveries":
        """Before the retry of this number, 1 to 3."""
        keeps_the_gap(self.deliveries, retry)
        return self


@dataclass(frozen=True)
class OfAttempts:
    """What attempts must be that may not come at all."""

    attempts: Sequence[Attempt]
    what: str
    of: Exchange

    def to_be_none(self) -> None:
        are_none(self.attempts, self.what, self.of)


@dataclass(frozen=True)
class OfEndpoint:
    """Whether an endpoint still gets what it is offered."""

    endpoint: Endpoint

    def must_have_got_some(self) -> "OfEndpoint":
        name, came = self.endpoint.name, any(offer.came for offer in self.endpoint.offers)
        blocked_by("HOOK-14", f"depends on a delivery at {name}; none ever came", when=not came)
        return self

    def must_stay_on(self) -> "OfEndpoint":
        why = "depends on endpoints that are not switched off too early"
        blocked_by("HOOK-30", why, when=bool(self.endpoint.missed))
        return self

    def to_stay_on(self) -> "OfEndpoint":
        """While fewer than eight attempts in a row have failed."""
        stays_enabled(self.endpoint)
        return self

    def to_be_switched_off(self) -> "OfEndpoint":
        """Before the last offer."""
        is_switched_off(self.endpoint)
        return self
