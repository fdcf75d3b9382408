from datetime import UTC, datetime

import pytest

from conformance.checks.times import before, instant, same_instant

MOMENT = datetime(2026, 4, 26, 1, 23, 45, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["2026-04-26T01:23:45Z", "2026-04-26T09:23:45+08:00", "2026-04-26T09:23:45+0800", "2026-04-26T09:23:45+08",
     "2026-04-26T01:23:45,000Z", "2026-04-26T01:23:45.000000000Z", "2026-04-25T19:53:45-05:30"],
)  # fmt: skip
def test_one_moment_has_many_forms(text: str) -> None:
    assert instant(text) == MOMENT


@pytest.mark.parametrize(
    "text", ["2026-04-26T01:23:45", "2026-04-26 01:23:45Z", "2026-02-30T00:00:00Z", "20260426T012345Z", "", None, 7]
)
def test_what_is_no_moment_is_none(text: object) -> None:
    assert instant(text) is None


def test_the_last_moment_of_a_day_may_be_written_as_24() -> None:
    assert instant("2026-04-25T24:00Z") == instant("2026-04-26T00:00:00Z")
    assert instant("2026-12-31T23:59:60Z") == instant("2027-01-01T00:00Z")


def test_earlier_is_earlier_whatever_the_zone() -> None:
    assert before("2026-04-26T09:23:44.9+08:00", "2026-04-26T01:23:45.0Z")
    assert not before("2026-04-26T01:23:45.0Z", "2026-04-26T01:23:45.0Z")


def test_a_time_without_fraction_is_compared_in_whole_seconds() -> None:
    assert not before("2026-04-26T01:23:45Z", "2026-04-26T01:23:45.9Z")
    assert before("2026-04-26T01:23:44Z", "2026-04-26T01:23:45.9Z")


def test_the_same_instant_may_be_told_in_another_zone_and_with_less_precision() -> None:
    assert same_instant("2026-04-26T09:23:45+08:00", "2026-04-26T01:23:45.9Z")
    assert not same_instant("2026-04-26T01:23:45.1Z", "2026-04-26T01:23:45.9Z")
    assert not same_instant("yesterday", "yesterday")


def test_what_is_no_time_is_not_earlier() -> None:
    assert not before("yesterday", "2026-04-26T01:23:45Z")
