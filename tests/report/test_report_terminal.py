import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from conformance.report import Report
from conformance.report.terminal import MOST_CHECKS, print_report
from conformance.verdict import Cost, Observation, Outcome, Selection, Verdict
from conformance.verdict.judge import NOT_EXERCISED

Make = Callable[..., Report]
FAIL = Outcome("t::fail", ("A-1",), Verdict.FAIL, "Title", "429", "200", "", "curl -i https://staging", requests=3)


def shown(report: Report, width: int = 80, *, colour: bool = False, written: tuple[Path, ...] = ()) -> str:
    stream = io.StringIO()
    console = Console(
        file=stream, width=width, force_terminal=colour, color_system="standard" if colour else None, highlight=False
    )
    print_report(report, console, written)
    return stream.getvalue()


def squeezed(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def test_a_deviation_shows_the_sentence_both_sides_and_the_way_to_repeat_it(report: Make) -> None:
    text = squeezed(shown(report(FAIL)))

    assert "Deviations of the target ✗ A-1 A-1 is kept. Somewhere, paragraph 2, R1" in text
    assert "expected 429 received 200 repeat curl -i https://staging" in text


def test_the_last_line_is_the_verdict_and_of_how_much(report: Make) -> None:
    *_, cost, files, last = shown(report(FAIL), written=(Path("reports/report.json"),)).splitlines()

    assert last == "NONCONFORMANT  1 deviation in 1 of 4 requirements"
    assert cost == "6 requests with an account's key, 2 credits, 10.0 s"
    assert files == "Files: reports/report.json"


def test_a_warning_stands_above_the_verdict_and_decides_nothing(report: Make) -> None:
    made = report(Outcome("t::x", ("A-1",), Verdict.PASS), warnings=("an odd \x1b key",))
    *_, warning, cost, last = shown(made).splitlines()

    assert warning == "warning: an odd \\x1b key"
    assert cost.startswith("6 requests")
    assert last == "CONFORMANT  no deviation in 1 of 4 requirements"
    assert made.exit_status == 0


def test_one_root_cause_with_its_dependents(report: Make) -> None:
    stuck = [
        Outcome(f"t::{id_}", (id_,), Verdict.INCONCLUSIVE, message="no generation", hint="look", root="port closed")
        for id_ in ("A-1", "A-2", "B-2")
    ]
    text = squeezed(shown(report(*stuck, problems=("nothing works",))))

    assert text.count("? port closed no generation Look 3 checks of 3 requirements: A-1, A-2, B-2") == 1
    assert "? nothing works" in text
    assert "Deviations" not in text


def test_a_problem_of_the_run_is_told_once_with_what_depends_on_it(report: Make) -> None:
    told: dict[str, Any] = {"message": "port closed (refused)", "hint": "open it"}
    stuck = [
        Outcome("t::1", ("A-1",), Verdict.INCONCLUSIVE, root="port closed (refused)", **told),
        Outcome("t::2", ("A-2",), Verdict.INCONCLUSIVE, root="B-2", message="no key"),
    ]
    made = report(*stuck, problems=("port closed (refused). Open it", "no key. Look"))
    text = squeezed(shown(made))

    assert "? port closed (refused). Open it 1 check of 1 requirement: A-1" in text
    assert "requirement: A-1 ? no key. Look 1 check of 1 requirement: A-2" in text
    assert (text.count("port closed"), text.count("Open it"), text.count("no key")) == (1, 1, 1)
    assert made.because[:2] == list(made.problems)


def test_a_fault_of_the_suite_is_not_the_targets(report: Make) -> None:
    text = squeezed(shown(report(Outcome("t::x", ("A-1",), Verdict.ERROR, message="KeyError\n  line 2"))))

    assert "Faults of the suite (not of the target: please report them) ! A-1 A-1 is kept." in text
    assert "message KeyError line 2" in text


def test_a_fault_that_concerns_no_requirement_is_shown(report: Make) -> None:
    assert "setup broke" in shown(report(Outcome("t::x", (), Verdict.ERROR, message="setup broke")))


def test_gaps_stand_under_the_line_that_would_close_them(report: Make) -> None:
    gaps = [Outcome("t", (id_,), Verdict.NOT_TESTED, hint="add [accounts.other]") for id_ in ("A-1", "A-2")]
    text = squeezed(shown(report(*gaps)))

    assert f"Requirements not tested 2 add [accounts.other] A-1, A-2 2 {NOT_EXERCISED} A-3, B-2" in text
    assert "B-1" not in text


def test_what_is_not_tested_for_a_problem_of_the_run_points_to_it(report: Make) -> None:
    text = squeezed(shown(report(problems=("port closed",), left_out={"A-2": "deselected by -k"})))

    assert "Requirements not tested 3 the problem below prevented it A-1, A-3, B-2 1 deselected by -k A-2" in text
    assert text.count("port closed") == 1


def test_observations_are_listed(report: Make) -> None:
    assert "R9 lower case is served" in shown(report(seen=(Observation("R9", "lower case is served"),)))


def test_areas_show_their_counts_and_cost(report: Make) -> None:
    costs = (Cost("first_contact", "", 2, 0.5), Cost("story", "A", 3, 2.0), Cost("t::fail", "A", 1, 0.25))
    lines = shown(report(FAIL, costs=costs)).splitlines()
    first, second, shared, total = (line for line in lines if re.match(" (First|Second|Shared|all)", line))

    assert first.split() == ["First", "area", "·", "1", "·", "2", "4", "2.2"]
    assert second.split() == ["Second", "area", "·", "·", "·", "1", "·", "·"]
    assert shared.split() == ["Shared", "by", "all", "·", "·", "·", "·", "2", "0.5"]
    assert total.split() == ["all", "·", "1", "·", "3", "6", "10.0"]


def test_without_scenarios_of_all_areas_there_is_no_row_for_them(report: Make) -> None:
    assert "Shared" not in shown(report(FAIL, costs=(Cost("story", "A", 6, 2.0),)))


def test_columns_of_rare_verdicts_appear_when_needed(report: Make) -> None:
    text = shown(report(Outcome("t", ("A-1",), Verdict.ERROR), Outcome("t", ("A-2",), Verdict.NOT_APPLICABLE)))

    assert "appl." in text
    assert "error" in text
    assert "appl." not in shown(report(FAIL))


def test_what_does_not_apply_is_named_with_its_reason(report: Make) -> None:
    text = squeezed(shown(report(Outcome("t", ("A-2",), Verdict.NOT_APPLICABLE, message="all was over at once"))))

    assert "Requirements that do not apply: the target gives no occasion 1 all was over at once A-2" in text


def test_hostile_text_neither_steers_the_terminal_nor_is_taken_for_markup(report: Make) -> None:
    evil = "\x1b[2J\x07[bold]x[/nonsense]\u202e"
    outcomes = [
        Outcome("t::x" + evil, ("A-1",), Verdict.FAIL, "", evil, evil, evil, evil),
        Outcome("t::y", ("A-2",), Verdict.INCONCLUSIVE, message=evil, hint=evil, root=evil + "r"),
        Outcome("t::z", ("B-2",), Verdict.NOT_TESTED, message=evil, hint=evil),
        Outcome("t::e", (), Verdict.ERROR, message=evil),
    ]
    text = shown(report(*outcomes, seen=(Observation("R1", evil),), target_name=evil, problems=(evil,)))

    assert not {"\x1b", "\x07", "\u202e"} & {*text}
    assert "\\x1b[2J\\x07[bold]x[/nonsense]\\u202e" in text


def test_a_failed_prerequisite_stands_apart_from_other_problems(report: Make) -> None:
    outcomes = [
        Outcome("t::1", ("A-1",), Verdict.INCONCLUSIVE, message="depends on B-2", root="B-2"),
        Outcome("t::2", ("A-2",), Verdict.INCONCLUSIVE, message="a gateway answered", root="a gateway"),
    ]
    text = squeezed(shown(report(*outcomes)))

    assert "Inconclusive: a prerequisite failed ? B-2 B-2 is kept. depends on B-2 1 check of 1 requirement: A-1" in text
    assert "Inconclusive: a problem prevented a verdict ? a gateway a gateway answered" in text


@pytest.mark.parametrize(("width", "cost", "table"), [(80, True, True), (60, False, True), (40, False, False)])
def test_a_narrow_terminal_gets_less_and_nothing_cut(width: int, *, cost: bool, table: bool, report: Make) -> None:
    text = shown(report(FAIL, Outcome("e", ("A-2",), Verdict.ERROR)), width)

    assert ("seconds" in text) is cost
    assert ("requirements by area" in text) is table
    assert ("First area: 1 fail, 1 suite error, 1 not tested" in squeezed(text)) is not table


@pytest.mark.parametrize("width", [40, 80, 120])
def test_lines_fit_unless_they_are_to_be_copied(width: int, report: Make) -> None:
    long = Outcome("t", ("A-1",), Verdict.FAIL, "", "x" * 200, "漢" * 200, "", "curl " + "y" * 400)
    text = shown(
        report(long, Outcome("e", ("A-2",), Verdict.ERROR), Outcome("n", ("B-2",), Verdict.NOT_APPLICABLE)), width
    )

    assert [line for line in text.splitlines() if len(line) > width] == ["    repeat    curl " + "y" * 400]


def test_the_bar_needs_room(report: Make) -> None:
    assert "✗✗✗✗" not in shown(report(FAIL), 80)
    assert "✗✗✗✗" in shown(report(FAIL, Outcome("t", ("A-2",), Verdict.FAIL)), 120)


def test_many_checks_of_one_requirement_are_cut(report: Make) -> None:
    text = shown(report(*(Outcome(f"t::{n}", ("A-1",), Verdict.FAIL, received=f"got {n}") for n in range(5))))

    assert text.count("received  got") == MOST_CHECKS
    assert "and 2 more checks in report.json" in text


def test_blame_has_a_colour(report: Make) -> None:
    text = shown(report(FAIL), colour=True)

    assert "\x1b[1;31m✗ A-1" in text
    assert "\x1b[1;31mNONCONFORMANT" in text
    assert "\x1b" not in shown(report(FAIL))


def test_a_chosen_run_is_told_as_that(report: Make) -> None:
    chosen = Selection(("A-2", "t::\x1b"), frozenset({"A-2"}), tests=frozenset({"t::y"}))
    made = report(FAIL, Outcome("t::y", ("A-2",), Verdict.PASS), selection=chosen, left_out={"B-2": "not chosen"})
    text = shown(made)

    assert "\nonly A-2, t::\\x1b: 1 test, whatever the profile\n" in text
    assert "✗ A-1" in text
    assert "B-2" not in text
    assert "warning: A-1 failed as well: not chosen, so that it decides nothing" in text
    assert text.splitlines()[-1] == "PARTIAL  no deviation in 1 of 1 chosen requirement"
    assert made.exit_status == 0
