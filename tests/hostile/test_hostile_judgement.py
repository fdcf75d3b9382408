from dataclasses import replace
from typing import Any

import pytest

from tests.hostile.catalogue import Behaviour
from tests.hostile.judgement import Row, complaints
from tests.hostile.peer import pass_on

ROW = Row(
    status=3, killed="", seconds=10.0, own_seconds=0.0, peak_mib=300.0, disk_mb=1.0, left=0, output=b"UNDECIDED",
    sentence="", has_report=True, failed=(), leaks=(), notes=(),
)  # fmt: skip
ALONE = Behaviour("x", "X.", pass_on, frozenset({1, 3}))
FRONTS = replace(ALONE, fronts=True, own_seconds=5.0)


def test_a_run_that_ended_as_wanted_is_no_reason_to_complain() -> None:
    assert complaints(ALONE, ROW, 0.0) == []


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"status": 0}, "status 0"),
        ({"status": None, "killed": "no end", "has_report": False}, "killed: no end"),
        ({"has_report": False}, "no report"),
        ({"left": 2}, "2 webhooks left"),
        ({"left": None}, "the dashboard does not answer"),
        ({"seconds": 60.5}, "60 s beyond the target's own delays"),
        ({"peak_mib": 501.0}, "501 MiB"),
        ({"disk_mb": 51.0}, "51 MB of files"),
        ({"output": b"Traceback (most recent call last)"}, "a traceback"),
        ({"output": b"\x1b[31mred"}, "control characters on the terminal"),
        ({"output": "\x9b31mred".encode()}, "control characters on the terminal"),
        ({"leaks": tuple("abcde")}, "leaked: a, b, c, d and 1 more"),
        ({"notes": ("the key was followed",)}, "the key was followed"),
    ],
)
def test_each_thing_that_is_wrong_is_told(change: dict[str, Any], complaint: str) -> None:
    assert complaints(ALONE, replace(ROW, **change), 0.0) == [complaint]


def test_the_targets_own_delays_are_no_fault_of_the_run() -> None:
    slow = replace(ROW, seconds=170.0, own_seconds=5.0)

    assert complaints(FRONTS, slow, 100.0) == []
    assert complaints(FRONTS, slow, 99.0) == ["61 s beyond the target's own delays"]
    assert complaints(ALONE, slow, 100.0) == ["165 s beyond the target's own delays"]


def test_only_the_rows_concerned_may_fail() -> None:
    one, broken = replace(ALONE, may_fail=("LIFE", "GEN-3")), replace(ROW, status=1, failed=("LIFE-9", "GEN-3"))

    assert complaints(one, broken, 0.0) == []
    assert complaints(one, replace(broken, failed=("GEN-31", "LIFE-9")), 0.0) == ["failed besides: GEN-31"]
    assert complaints(one, replace(broken, status=3, failed=("AUTH-1",)), 0.0) == []


def test_webhooks_that_nobody_could_remove_may_stay() -> None:
    assert complaints(replace(ALONE, may_leave=True), replace(ROW, left=4), 0.0) == []


def test_an_undecided_run_says_what_helps() -> None:
    one = replace(ALONE, says="--wait-for")

    assert complaints(one, ROW, 0.0) == ["does not say --wait-for"]
    assert complaints(one, replace(ROW, output=b"try --wait-for-target 60"), 0.0) == []
    assert complaints(one, replace(ROW, status=1), 0.0) == []


def test_a_cause_is_told_once() -> None:
    one = replace(ALONE, once="(?i)no answer")

    assert complaints(one, replace(ROW, output=b"No answer.\nUNDECIDED"), 0.0) == []
    assert complaints(one, replace(ROW, output=b"No answer.\nno answer"), 0.0) == ["its cause told 2 times"]
