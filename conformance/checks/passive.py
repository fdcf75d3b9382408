"""The passive checks: they judge all traffic of a run at no extra request."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from conformance.checks import generate, lifecycle, outputs, rate, traffic, uploads
from conformance.checks.finding import Check, Evidence, Finding, Ruled
from conformance.evidence.blame import spoilt

CHECKS: dict[str, Check] = {
    "as_documented": traffic.as_documented,
    "no_server_error": traffic.no_server_error,
    "key_is_not_echoed": traffic.key_is_not_echoed,
    "scheme_is_named": traffic.scheme_is_named,
    "plan_gives_access": traffic.plan_gives_access,
    "answers_at_once": traffic.answers_at_once,
    "secret_shown_once": traffic.secret_shown_once,
    "reset_is_near": rate.reset_is_near,
    "reset_does_not_move": rate.reset_does_not_move,
    "remaining_counts": rate.remaining_counts,
    "windows_follow": rate.windows_follow,
    "retry_after_only_on_429": rate.retry_after_only_on_429,
    "headers_on_401": rate.headers_on_401,
    "never_back": lifecycle.never_back,
    "terminal_for_ever": lifecycle.terminal_for_ever,
    "record_for_ever": lifecycle.record_for_ever,
    "created_once": lifecycle.created_once,
    "echoes_the_id": lifecycle.echoes_the_id,
    "echoes_the_type": lifecycle.echoes_the_type,
    "found_by_its_owner": lifecycle.found_by_its_owner,
    "ends_after_it_began": lifecycle.ends_after_it_began,
    "created_when_accepted": lifecycle.created_when_accepted,
    "days_exist": lifecycle.days_exist,
    "there_for_everybody": outputs.there_for_everybody,
    "the_same_for_ever": outputs.the_same_for_ever,
    "keys_are_fresh": uploads.keys_are_fresh,
    "keys_are_free_of_filenames": uploads.keys_are_free_of_filenames,
    "names_the_field": generate.names_the_field,
    "accepted_with_202": generate.accepted_with_202,
    "makes_its_own": generate.makes_its_own,
    "low_costs_one": generate.low_costs_one,
    "dearer_costs_more": generate.dearer_costs_more,
}

REQUIREMENTS: dict[str, frozenset[str]] = {
    "no_server_error": frozenset({"API-2"}),
    "key_is_not_echoed": frozenset({"AUTH-15"}),
    "scheme_is_named": frozenset({"AUTH-14"}),
    "plan_gives_access": frozenset({"PLAN-1"}),
    "answers_at_once": frozenset({"GEN-3", "LIFE-2"}),
    "secret_shown_once": frozenset({"HOOK-5"}),
    "reset_is_near": frozenset({"RATE-12"}),
    "reset_does_not_move": frozenset({"RATE-8", "RATE-13"}),
    "remaining_counts": frozenset({"RATE-8", "RATE-9", "RATE-10"}),
    "windows_follow": frozenset({"RATE-14", "RATE-15"}),
    "retry_after_only_on_429": frozenset({"RATE-17"}),
    "headers_on_401": frozenset({"RATE-29"}),
    "never_back": frozenset({"LIFE-6"}),
    "terminal_for_ever": frozenset({"LIFE-7"}),
    "record_for_ever": frozenset({"LIFE-8"}),
    "created_once": frozenset({"LIFE-20"}),
    "echoes_the_id": frozenset({"LIFE-4"}),
    "echoes_the_type": frozenset({"LIFE-11"}),
    "found_by_its_owner": frozenset({"LIFE-1"}),
    "ends_after_it_began": frozenset({"LIFE-23"}),
    "created_when_accepted": frozenset({"LIFE-28"}),
    "days_exist": frozenset({"LIFE-19", "LIFE-22"}),
    "there_for_everybody": frozenset({"OUT-7"}),
    "the_same_for_ever": frozenset({"OUT-11"}),
    "keys_are_fresh": frozenset({"UP-33"}),
    "keys_are_free_of_filenames": frozenset({"UP-34"}),
    "names_the_field": frozenset({"GEN-44"}),
    "accepted_with_202": frozenset({"GEN-1", "GEN-2"}),
    "makes_its_own": frozenset({"IDEM-13"}),
    "low_costs_one": frozenset({"PLAN-9"}),
    "dearer_costs_more": frozenset({"PLAN-10"}),
}
"""What each check may rule on; `as_documented` rules on what the contract's `x-requirements` name."""


OF_ALL_TRAFFIC = frozenset({
    "as_documented", "no_server_error", "reset_is_near", "reset_does_not_move", "remaining_counts", "windows_follow",
    "retry_after_only_on_429", "headers_on_401",
})  # fmt: skip
"""Checks that count calls, or that say themselves what of a spoilt exchange is judged; the others see none (R44)."""


@dataclass(frozen=True)
class Traffic:
    """All exchanges with one server, in the order in which they began."""

    every: Evidence

    @cached_property
    def unspoilt(self) -> Evidence:
        return [exchange for exchange in self.every if not spoilt(exchange)]


def rule(check: str, servers: Iterable[Traffic]) -> Ruled:
    """The ruling of the check of this name on the traffic of each server."""
    judge, every = CHECKS[check], check in OF_ALL_TRAFFIC
    return sum((judge(traffic.every if every else traffic.unspoilt) for traffic in servers), Ruled(frozenset()))


__all__ = ["CHECKS", "REQUIREMENTS", "Finding", "Ruled", "Traffic", "rule"]
