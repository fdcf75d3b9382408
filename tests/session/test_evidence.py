"""Whose evidence is whose: by process and scenario for each check, by scenario alone for what the areas cost."""

from conformance.evidence import Exchange, Request
from conformance.evidence.attempt import Attempt, Moment
from conformance.session.evidence import NOTHING_SENT, costs, outcomes_with_evidence
from conformance.verdict import Outcome, Verdict

AREAS = {"A-1": "A", "B-1": "B"}


def sent(number: int, scenario: str, process: str = "main", *, account: str = "primary") -> Exchange:
    began = float(number % 1_000_000)
    return Exchange(
        Request("GET", "http://h/"), None, began, began + 0.5, account=account, scenario=scenario, number=number,
        process=process,
    )  # fmt: skip


def arrived(serial: int, scenario: str, at: float, process: str = "main") -> Attempt:
    moment = Moment(at, at)
    return Attempt("e", "g", 1, moment, "POST", "/", (), b"", scenario=scenario, serial=serial, process=process)


def check(id_: str, requirement: str, *scenarios: str, **more: object) -> Outcome:
    return Outcome(id_, (requirement,), Verdict.PASS, scenarios=scenarios, **more)  # type: ignore[arg-type]


def test_a_check_has_its_own_evidence_and_that_of_what_it_was_given_in_order_of_time() -> None:
    evidence = [sent(0, "story"), sent(1, "t::a"), sent(2, "other"), sent(3, "story", account="")]
    attempts = [arrived(1, "story", 1.0), arrived(0, "story", 2.0), arrived(2, "other", 3.0)]

    (found,) = outcomes_with_evidence([(check("t::a", "A-1", "t::a", "lives", "story"), "main")], evidence, attempts)

    assert (found.exchanges, found.attempts, found.requests) == ((0, 1, 3), (1, 0), 2)
    assert (found.scenarios, found.no_evidence) == (("t::a", "story"), "")


def test_a_check_has_nothing_of_another_process() -> None:
    evidence = [sent(0, "story", "gw0"), sent(1_000_000, "story", "gw1")]
    attempts = [arrived(0, "story", 1.0, "gw0"), arrived(1_000_000, "story", 2.0, "gw1")]

    (found,) = outcomes_with_evidence([(check("t::a", "A-1", "story"), "gw1")], evidence, attempts)

    assert (found.exchanges, found.attempts) == ((1_000_000,), (1_000_000,))


def test_what_decided_a_check_is_among_its_exchanges_whosoever_sent_it() -> None:
    evidence = [sent(0, "other"), sent(1, "t::a")]

    (found,) = outcomes_with_evidence([(check("t::a", "A-1", "t::a", decided_by=0), "main")], evidence, ())

    assert found.exchanges == (0, 1)


def test_a_check_without_evidence_has_a_reason() -> None:
    passed = check("t::a", "A-1")
    missing = Outcome("t::b", ("A-1",), Verdict.NOT_TESTED, message="needs the account 'free'")

    found = outcomes_with_evidence([(passed, "main"), (missing, "main")], [], [])

    assert [outcome.no_evidence for outcome in found] == [NOTHING_SENT, "needs the account 'free'"]


def test_a_scenario_counts_for_the_area_of_most_of_its_checks() -> None:
    evidence = [sent(0, "story"), sent(1, "t::a"), sent(2, "story", account=""), sent(3, "story/at the end")]
    outcomes = [check("t::a", "A-1", "t::a", "story"), *(check(f"t::{n}", "B-1", "story") for n in "bc")]

    found = costs(evidence, [arrived(5, "story", 1.0), arrived(6, "silent", 1.0)], outcomes, AREAS)

    assert [(c.scenario, c.area, c.requests, c.exchanges, c.attempts) for c in found] == [
        ("story", "B", 1, (0, 2), (5,)), ("t::a", "A", 1, (1,), ()), ("story/at the end", "B", 1, (3,), ()),
        ("silent", "", 0, (), (6,)),
    ]  # fmt: skip
    assert found[0].seconds == 2.5


def test_what_every_run_begins_with_is_no_areas_own() -> None:
    evidence = [sent(0, "first_contact"), sent(1, "controls"), sent(2, "nobody's/at the end")]
    outcomes = [check("t::a", "A-1", "first_contact", "controls")]

    assert [cost.area for cost in costs(evidence, [], outcomes, AREAS)] == ["", "", ""]


def test_the_same_scenario_of_several_processes_is_one() -> None:
    (found,) = costs([sent(0, "story", "gw0"), sent(1_000_000, "story", "gw1")], [], [], AREAS)

    assert (found.requests, found.exchanges) == (2, (0, 1_000_000))
