import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from conformance.report import Report
from conformance.report.layout import console_for
from conformance.report.terminal import MOST_FINDINGS, print_report
from conformance.verdict import Cost, Mark, Observation, Outcome, Selection, Step, Verdict
from conformance.verdict.judge import NOT_EXERCISED

Make = Callable[..., Report]
FAIL = Outcome(
    "t::fail", ("A-1",), Verdict.FAIL, "Title", "429", "200", "", "curl -i https://staging", requests=3,
    repeat="gimg-conformance run staging.toml --only t::fail -- --gimg-fault=x",
)  # fmt: skip


def shown(
    report: Report, width: int = 80, *, colour: bool = False, written: tuple[Path, ...] = (), verbose: bool = False
) -> str:
    stream = io.StringIO()
    console = Console(
        file=stream, width=width, force_terminal=colour, color_system="standard" if colour else None, highlight=False
    )
    print_report(report, console, written, verbose=verbose)
    return stream.getvalue()


def squeezed(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def test_a_finding_says_what_is_wrong_what_it_breaks_and_what_to_do_next(report: Make) -> None:
    text = squeezed(shown(report(FAIL)))

    assert "Finding: a deviation of the target ✗ Received 200, but expected 429 breaks A-1 A-1 is kept." in text
    assert "A-1 is kept. Somewhere, paragraph 2, R1 shown by t::fail explain gimg-conformance requirements A-1" in text
    assert "explain gimg-conformance requirements A-1 repeat curl -i https://staging" in text


def test_findings_come_last_next_to_the_verdict(report: Make) -> None:
    stuck = Outcome("t::stuck", ("B-2",), Verdict.INCONCLUSIVE, root="a gateway")
    broken = Outcome("t::error", ("A-3",), Verdict.ERROR, message="KeyError")
    text = shown(report(FAIL, stuck, broken, seen=(Observation("R9", "x"),)))
    parts = ("by area", "not tested: ", "1 observation", "Inconclusive", "Faults of the suite", "Finding", "again: ")

    assert sorted(parts, key=text.index) == list(parts)


def test_the_last_line_is_the_verdict_and_of_how_much(report: Make) -> None:
    *_, reasons, cost, files, again, last = shown(report(FAIL), written=(Path("reports/report.json"),)).splitlines()

    assert last == "NONCONFORMANT  1 deviation found: gate, 1 of 4 requirements, 1 broken"
    assert again == "again: gimg-conformance run staging.toml --failed -- --gimg-fault=x"
    assert reasons == "1 MUST requirement failed; no check passed"
    assert cost == "6 requests with an account's key, 2 credits, 10.0 s"
    assert files == "Files: reports/report.json"


def test_what_runs_again_is_what_failed_in_this_report_folder(report: Make) -> None:
    text = shown(report(FAIL), written=(Path("else where/report.json"),))

    assert "\nagain: gimg-conformance run staging.toml --failed 'else where' -- --gimg-fault=x\n" in text


def test_what_one_deviation_keeps_open_is_counted_below_it(report: Make) -> None:
    kept = [Outcome(f"t::{n}", (id_,), Verdict.INCONCLUSIVE, root="A-1") for n, id_ in enumerate(("A-2", "B-2", "B-2"))]
    text = squeezed(shown(report(FAIL, *kept)))

    assert "leaves 2 requirements (3 checks) without a verdict: A-2, B-2" in text
    assert "Inconclusive" not in text


def test_several_findings_are_listed_by_name_beneath(report: Make) -> None:
    other = Outcome("t::other", ("A-2",), Verdict.FAIL, expected="a header", received="none " * 40)
    text = shown(report(FAIL, other))

    assert "Finding 1 of 2" in text
    assert "\n2 findings\n✗ A-1 Received 200, but expected 429\n✗ A-2 Received none none" in text
    assert squeezed(text).count("but expected a header") == 2
    assert "2 findings" not in shown(report(FAIL))


def test_what_is_no_finding_in_full_is_named(report: Make) -> None:
    many = [Outcome(f"t::{n}", (f"X-{n}",), Verdict.FAIL, expected=str(n), received="0") for n in range(30)]
    text = shown(report(*many))

    assert text.count("Finding ") == MOST_FINDINGS
    assert "30 findings; `-v` shows all of them in full" in text
    assert "✗ X-29 Received 0, but expected 29" in text
    assert shown(report(*many), verbose=True).count("Finding ") == 30


def test_a_warning_stands_above_the_verdict_and_decides_nothing(report: Make) -> None:
    made = report(Outcome("t::x", ("A-1",), Verdict.PASS), warnings=("an odd \x1b key",))
    *_, warning, cost, last = shown(made).splitlines()

    assert warning == "warning: an odd \\x1b key"
    assert cost.startswith("6 requests")
    assert last == "CONFORMANT  no deviation found: gate, 1 of 4 requirements"
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


def test_what_binds_nobody_is_not_counted(report: Make) -> None:
    stuck = [Outcome(f"t::{id_}", (id_,), Verdict.INCONCLUSIVE, root="no answer") for id_ in ("A-1", "B-1")]

    assert "2 checks of 1 requirement: A-1\n" in shown(report(*stuck))
    assert "    1 check\n" in shown(report(stuck[1]))


def test_a_fault_of_the_suite_is_not_the_targets(report: Make) -> None:
    text = squeezed(shown(report(Outcome("t::x", ("A-1",), Verdict.ERROR, message="KeyError\n  line 2"))))

    assert "Faults of the suite (not of the target: please report them) ! KeyError line 2 t::x: A-1" in text


def test_a_fault_that_concerns_no_requirement_is_shown(report: Make) -> None:
    assert "setup broke" in shown(report(Outcome("t::x", (), Verdict.ERROR, message="setup broke")))


def test_gaps_stand_under_the_line_that_would_close_them(report: Make) -> None:
    gaps = [Outcome("t", (id_,), Verdict.NOT_TESTED, hint="add [accounts.other]") for id_ in ("A-1", "A-2")]
    text = squeezed(shown(report(*gaps)))

    assert f"2 not tested: add [accounts.other] A-1, A-2 2 not tested: {NOT_EXERCISED} A-3, B-2" in text
    assert "B-1" not in text


def test_what_is_not_tested_for_a_problem_of_the_run_points_to_it(report: Make) -> None:
    passed = Outcome("t::pass", ("A-1",), Verdict.PASS)
    text = squeezed(shown(report(passed, problems=("port closed",), left_out={"A-2": "deselected by -k"})))

    assert "2 not tested: the problem below prevented it A-3, B-2 1 not tested: deselected by -k A-2" in text
    assert text.count("port closed") == 1


def test_where_nothing_could_be_judged_the_problem_stands_alone(report: Make) -> None:
    text = shown(report(problems=("port closed",), left_out={"A-2": "deselected by -k"}))

    assert "port closed" in text
    assert "by area" not in text
    assert "not tested:" not in text


def test_a_long_problem_is_not_cut(report: Make) -> None:
    problem = f"the key is refused {'by far ' * 60}and here it ends"
    stuck = Outcome("t::stuck", ("B-2",), Verdict.INCONCLUSIVE, message=problem, hint=problem.title(), root=problem)

    text = squeezed(shown(report(stuck, problems=(problem,)), width=200))

    assert problem in text
    assert problem.title() in text
    assert "…" not in text


def test_observations_are_counted_and_listed_where_they_are_asked_for(report: Make) -> None:
    made = report(seen=(Observation("R9", "lower case is served"),))

    assert "R9" not in shown(made)
    assert "1 observation (no verdict): `gimg-conformance report reports -v` shows it" in shown(made)
    assert "R9 lower case is served" in shown(made, verbose=True)


def test_areas_show_their_counts_and_cost_and_the_columns_add_up(report: Make) -> None:
    costs = (Cost("first_contact", "", 2, 0.54), Cost("story", "A", 3, 2.04), Cost("t::fail", "A", 1, 0.25))
    text = shown(report(FAIL, costs=costs))
    first, second, shared, total = (line for line in text.splitlines() if re.match("(First|Second|Shared|all) ", line))

    assert first.split() == ["First", "area", "·", "1", "·", "2", "4", "2.3"]
    assert second.split() == ["Second", "area", "·", "·", "·", "1", "·", "·"]
    assert shared.split() == ["Shared", "by", "all", "·", "·", "·", "·", "2", "0.5"]
    assert total.split() == ["all", "·", "1", "·", "3", "6", "2.8"]
    assert "Seconds of requests. The run took 10.0, the suite's own work included." in text


def test_scenarios_at_the_same_time_take_more_than_the_run(report: Make) -> None:
    text = shown(report(FAIL, costs=(Cost("story", "A", 6, 12.0),)))

    assert "The run took 10.0, with scenarios at the same time." in text
    assert "The run took" not in shown(report(FAIL, costs=(Cost("story", "A", 6, 10.0),)))


def test_what_other_areas_took_has_its_row(report: Make) -> None:
    chosen = Selection(("B-2",), frozenset({"B-2"}))
    text = shown(report(Outcome("t", ("B-2",), Verdict.PASS), costs=(Cost("x", "A", 6, 1.0),), selection=chosen))

    assert re.search(r"Other areas +· +· +· +· +6 +1\.0", text)


def test_without_scenarios_of_all_areas_there_is_no_row_for_them(report: Make) -> None:
    assert "Shared" not in shown(report(FAIL, costs=(Cost("story", "A", 6, 2.0),)))


def test_columns_of_rare_verdicts_appear_when_needed(report: Make) -> None:
    text = shown(report(Outcome("t", ("A-1",), Verdict.ERROR), Outcome("t", ("A-2",), Verdict.NOT_APPLICABLE)))

    assert "appl." in text
    assert "error" in text
    assert "appl." not in shown(report(FAIL))


def test_what_does_not_apply_is_named_with_its_reason(report: Make) -> None:
    text = squeezed(shown(report(Outcome("t", ("A-2",), Verdict.NOT_APPLICABLE, message="all was over at once"))))

    assert "1 without occasion: all was over at once A-2" in text


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

    assert ("seconds\n" in text) is cost
    assert ("Requests and seconds need a terminal of 7" in text) is (table and not cost)
    assert ("requirements by area" in text) is table
    assert ("First area: 1 fail, 1 suite error, 1 not tested" in squeezed(text)) is not table


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_lines_fit_unless_they_are_to_be_copied(width: int, report: Make) -> None:
    long = Outcome("t", ("A-1",), Verdict.FAIL, "", "x" * 200, "漢" * 200, "", "curl " + "y" * 400)
    text = shown(
        report(long, Outcome("e", ("A-2",), Verdict.ERROR), Outcome("n", ("B-2",), Verdict.NOT_APPLICABLE)), width
    )

    too_long = [line for line in text.splitlines() if cell_len(line) > width]
    assert [line for line in too_long if "explain" not in line and "shown by" not in line] == [
        "  repeat    curl " + "y" * 400
    ]


def test_json_is_broken_between_its_members(report: Make) -> None:
    body = "{" + ",".join(f'"member{number}":"value{number}"' for number in range(20)) + "}"
    outcome = Outcome("t", ("A-1",), Verdict.FAIL, "", "status 200", f"status 400 {body}")
    told = [line.strip() for line in shown(report(outcome)).splitlines() if '":"' in line]

    assert len(told) > 2
    assert all(line.endswith((",", "…", '"}', "…, but expected status 200")) for line in told)


def test_what_is_piped_is_not_wrapped(report: Make) -> None:
    stream = io.StringIO()
    long = Outcome("t", ("A-1",), Verdict.FAIL, "", "a word " * 13 + "a word", "another " * 8 + "another")
    print_report(report(long), console_for(stream))

    assert f"Received {'another ' * 8}another, but expected {'a word ' * 13}a word\n" in stream.getvalue()
    assert "\x1b" not in stream.getvalue()


@pytest.mark.parametrize(("locale", "ascii_only"), [("POSIX", True), ("C", True), ("C.UTF-8", False)])
def test_a_posix_locale_gets_ascii_signs(
    locale: str, ascii_only: bool, report: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", locale)
    stream = io.StringIO()
    print_report(report(FAIL), console_for(stream))
    text = stream.getvalue()

    assert text.isascii() is ascii_only
    assert ("x Received 200" in text) is ascii_only
    assert "?" not in text


def test_a_finding_and_the_verdict_fit_on_one_screen(report: Make) -> None:
    steps = tuple(
        Step("poll", float(number), 200, "queued " * 30, Mark.DECISIVE, (number,), request_id="gimg-1", sent="POST /x")
        for number in range(60)
    )
    long = Outcome(
        "t::" + "x" * 60,
        ("A-1", "A-2", "A-3"),
        Verdict.FAIL,
        "",
        "e " * 500,
        "r " * 500,
        story=steps,
        repeat="x --only t",
    )
    stuck = [Outcome(f"t::{number}", ("B-2",), Verdict.INCONCLUSIVE, root="A-1") for number in range(50)]
    lines = shown(report(long, *stuck)).splitlines()

    assert len(lines) - lines.index("Finding: a deviation of the target") <= 40
    assert len(lines) <= 50


def test_the_bar_needs_room(report: Make) -> None:
    assert "✗✗✗✗" not in shown(report(FAIL), 80)
    assert "✗✗✗✗" in shown(report(FAIL, Outcome("t", ("A-2",), Verdict.FAIL)), 120)


def test_many_checks_of_one_finding_are_counted_or_named(report: Make) -> None:
    made = report(*(Outcome(f"t::{n}", ("A-1",), Verdict.FAIL, received=f"got {n}") for n in range(5)))

    assert "shown by  t::0\n  also      1, 2, 3, 4\n" in shown(made)
    assert "shown by  t::0\n            t::1\n" in shown(made, verbose=True)


def test_blame_has_a_colour(report: Make) -> None:
    text = shown(report(FAIL), colour=True)

    assert "\x1b[1;31m✗ \x1b[0m" in text
    assert "\x1b[1;31mNONCONFORMANT" in text
    assert "\x1b" not in shown(report(FAIL))


def test_a_chosen_run_is_told_as_that(report: Make) -> None:
    chosen = Selection(("A-2", "t::\x1b"), frozenset({"A-2"}), tests=frozenset({"t::y"}))
    made = report(FAIL, Outcome("t::y", ("A-2",), Verdict.PASS), selection=chosen, left_out={"B-2": "not chosen"})
    text = shown(made)

    assert "\nonly A-2, t::\\x1b: 1 test, whatever the profile\n" in text
    assert "✗ Received 200" in text
    assert "B-2" not in text
    assert "warning: A-1 failed as well: not chosen, so that it decides nothing" in text
    assert text.splitlines()[-1] == "PARTIAL  no deviation found: 1 of 1 chosen requirement"
    assert made.exit_status == 0
