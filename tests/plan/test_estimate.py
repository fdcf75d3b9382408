"""What a run is planned to take: the sum over the scenarios that its tests need."""

from typing import Any

import pytest

from conformance.plan.amount import Amount, of_all, total
from conformance.plan.cost_table import Case, CostTable, Measured, Scenario, Wait, from_json, load, to_json
from conformance.plan.estimate import Planned, Terms, Untested, planned
from conformance.plan.lacks import PARTS, lacking, lines_for
from conformance.target import minimal, parse
from conformance.target.config import TargetFile

WHOLE, NO_OTHER, NO_COOKIE = (Measured("certify", frozenset(some)) for some in ((), {"other"}, {"primary.cookie"}))
GATE = Measured("gate")
ONE = {"primary": Amount(1)}
TABLE = CostTable(
    (WHOLE, NO_OTHER, NO_COOKIE, GATE),
    {
        "order": Scenario({WHOLE: {"primary": Amount(4, 1, 2, 1)}, GATE: {"primary": Amount(3, 1, 2, 1)}}, "GEN", 6.0),
        "uploads": Scenario({WHOLE: {"other": Amount(9)}, NO_OTHER: {"primary": Amount(9)}}, "UP", 2.0),
        "hooks": Scenario({WHOLE: {"primary": Amount(2, 1)}, NO_COOKIE: {}, NO_OTHER: {"primary": Amount(3)}}, "HOOK"),
        "hooks/at the end": Scenario({WHOLE: ONE}),
        "reset": Scenario({WHOLE: ONE}, "RATE"),
    },
    {"reset": Wait("the reset", 1800.0)},
    {
        "suite/test_a.py::test_order": Case(("GEN-1",), frozenset({"order"})),
        "suite/test_a.py::test_drawn[x]": Case(("GEN-2",), frozenset({"order", "uploads"})),
        "suite/test_b.py::test_hook": Case(("HOOK-1",), frozenset({"hooks"}), frozenset({"primary.cookie"})),
        "suite/test_b.py::test_owner": Case(
            ("HOOK-1", "HOOK-2"), frozenset({"hooks"}), frozenset({"primary.cookie", "other"})
        ),
        "suite/test_c.py::test_reset": Case(("RATE-1",), frozenset({"reset"})),
    },
)
EVERY = list(TABLE.tests)
TARGET = '[target]\nbase_url = "http://h"\n[accounts.primary]\nkey = "gimg_p"\ncookie = "s=1"\n'
OTHER = '[accounts.other]\nkey = "gimg_o"\ncookie = "s=2"\n'


def target(more: str = OTHER) -> TargetFile:
    return parse(TARGET + more, "t.toml")


def plan(*tests: str, table: CostTable = TABLE, **terms: Any) -> Planned:
    return planned(tests or EVERY, Terms(**{"profile": "certify", "target": target(), **terms}), table)


def test_a_scenario_that_several_tests_need_counts_once() -> None:
    assert plan(*EVERY[:2]).bill == {"other": Amount(9), "primary": Amount(4, 1, 2, 1)}
    assert plan(*EVERY[:2]).areas == {"GEN": Amount(13, 1, 2, 1)}
    assert plan(*EVERY[:2]).tests == 2


def test_a_shared_scenario_is_of_the_area_of_most_of_the_tests_that_were_chosen() -> None:
    needs = {"a": "AUTH-1", "b": "IDEM-1", "c": "IDEM-2"}
    scenarios = {
        "story": Scenario({WHOLE: ONE}, "IDEM"), "story/at the end": Scenario({WHOLE: ONE}, "IDEM"),
        "first_contact": Scenario({WHOLE: ONE}),
    }  # fmt: skip
    tests = {test: Case((id_,), frozenset({"story", "first_contact"})) for test, id_ in needs.items()}
    table = CostTable((WHOLE,), scenarios, {}, tests)

    assert plan("a", table=table).areas == {"": Amount(1), "AUTH": Amount(2)}
    assert plan(*tests, table=table).areas == {"": Amount(1), "IDEM": Amount(2)}


def test_what_is_torn_down_counts_with_what_was_set_up() -> None:
    assert plan("suite/test_b.py::test_hook").bill == {"primary": Amount(3, 1)}


def test_a_profile_has_what_was_measured_in_it() -> None:
    assert plan(*EVERY[:1], profile="gate").bill == {"primary": Amount(3, 1, 2, 1)}
    assert plan("suite/test_c.py::test_reset", profile="gate").bill == ONE


def test_what_moves_to_another_account_is_planned_there() -> None:
    alone = plan(*EVERY[:2], target=target(""))

    assert alone.bill == {"primary": Amount(13, 1, 2, 1)}
    assert plan("suite/test_b.py::test_hook", target=target("")).bill == {"primary": Amount(4)}


def test_nothing_is_planned_for_what_cannot_be_sent_for_want_of_one_of_two_parts() -> None:
    assert plan("suite/test_b.py::test_hook", target=minimal("http://h", "gimg_x")).bill == ONE


def test_what_stays_untested_is_told_with_the_lines_that_would_change_it() -> None:
    missing = plan(target=minimal("http://h", "gimg_x")).untested

    assert missing == (
        Untested(('[accounts.primary] cookie = "…"',), 1, ("HOOK-1",)),
        Untested(('[accounts.other] key = "…"', '[accounts.primary] cookie = "…"'), 1, ("HOOK-1", "HOOK-2")),
    )
    assert plan(target=target("")).untested == (Untested(('[accounts.other] key = "…"',), 1, ("HOOK-2",)),)
    assert plan().untested == ()


def test_waits_are_as_long_as_the_targets_clock_makes_them() -> None:
    assert (plan().waits, plan().seconds) == ((("the reset", 1800.0),), 1800.0)
    assert plan(target=target("[clock]\nscale = 60\n")).waits == (("the reset", 30.0),)
    moved = plan(target=target('[clock]\ncontrol = "/clock"\n'))
    assert (moved.waits, moved.seconds) == ((), 0.0)
    assert plan(*EVERY[:2]).seconds == 8.0


def test_a_wait_that_is_too_long_is_left_out_and_told() -> None:
    short = plan("suite/test_c.py::test_reset", max_wait=60)

    assert (short.bill, short.waits) == ({}, ())
    assert short.untested == (Untested(("--max-wait 1800",), 1, ("RATE-1",)),)


def test_each_worker_provokes_what_files_share() -> None:
    table = CostTable(
        TABLE.runs, TABLE.scenarios, TABLE.waits,
        {f"suite/test_{name}.py::test_x": Case((), frozenset({"order"})) for name in "abc"},
    )  # fmt: skip
    tests, scope = list(table.tests), lambda test: str(test).partition("::")[0]

    assert plan(*tests, table=table, scope=scope, workers=2).bill["primary"].requests == 8
    assert plan(*tests, table=table, scope=scope, workers=5).bill["primary"].requests == 12
    assert plan(*tests, table=table, scope=scope).bill["primary"].requests == 4


def test_a_file_stays_with_the_worker_who_has_what_it_needs() -> None:
    heavy = {name: Scenario({WHOLE: {"primary": Amount(20)}}, "GEN") for name in ("one", "two")}
    needs = {"a::x": "one", "a::y": "one", "b::x": "two", "c::x": "one", "d::x": "two"}
    table = CostTable((WHOLE,), heavy, {}, {test: Case((), frozenset({needs[test]})) for test in needs})

    shares = plan(*needs, table=table, scope=lambda test: test[0], workers=2).shares
    assert sorted(map(sorted, shares)) == [["a::x", "a::y", "c::x"], ["b::x", "d::x"]]


def test_more_than_the_profile_promises_is_told() -> None:
    large = {"order": Scenario({WHOLE: {"primary": Amount(60)}}, "GEN")}
    tests = {f"suite/test_{name}.py::test_x": Case((), frozenset({"order"})) for name in "ab"}
    table = CostTable((WHOLE,), large, {}, tests)

    assert plan(*tests, table=table, profile="gate").beyond == 0
    assert plan(*tests, table=table, profile="gate", workers=2).beyond == 20


def test_a_test_that_another_seed_draws_takes_the_place_of_one_like_it() -> None:
    drawn = plan("suite/test_a.py::test_drawn[y]", "suite/test_a.py::test_drawn[z]")

    assert drawn.bill == plan("suite/test_a.py::test_drawn[x]").bill
    assert drawn.unknown == ("suite/test_a.py::test_drawn[z]",)


def test_what_nobody_measured_is_told() -> None:
    assert plan("suite/test_a.py::test_new").unknown == ("suite/test_a.py::test_new",)


def test_the_table_is_read_as_it_was_written() -> None:
    assert from_json(to_json(TABLE)) == TABLE
    assert from_json(to_json(load())) == load()


def test_amounts_are_added_and_never_fall_below_nothing() -> None:
    assert total([{"b": Amount(1)}, {"a": Amount(2)}, {"b": Amount(3, 1)}]) == {"a": Amount(2), "b": Amount(4, 1)}
    assert list(total([{"b": Amount(1)}, {"a": Amount(2)}])) == ["a", "b"]
    assert of_all({}) == Amount()
    assert Amount(1, 2).less(Amount(3, 1)) == Amount(0, 1)


@pytest.mark.parametrize("part", PARTS)
def test_a_line_that_is_added_is_not_lacking_any_more(part: str) -> None:
    alone = minimal("http://h", "gimg_x")

    assert part in lacking(alone)
    assert len(lines_for([part], alone)) == 1


def test_a_metered_account_of_unknown_balance_lacks_its_credits() -> None:
    known = target('[accounts.metered]\nkey = "gimg_m"\n')

    assert "metered" in lacking(known)
    assert lines_for(["metered"], known) == ("[accounts.metered] credits = 3",)
    assert "metered" not in lacking(target('[accounts.metered]\nkey = "gimg_m"\ncredits = 3\n'))
