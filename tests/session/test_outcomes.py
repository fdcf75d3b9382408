"""Whose fault it is: every kind of error has its verdict, and pytest's word for it follows."""

import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance import plugin
from conformance.checks import passive
from conformance.cli.running import RunRequest, environment
from conformance.errors import (
    ConfigurationError,
    Inconclusive,
    NotApplicable,
    NotTested,
    SuiteError,
    Throttled,
    Unreachable,
)
from conformance.evidence import Exchange, Request, Response
from conformance.evidence.nonconformity import Nonconformity
from conformance.plan.asked import SUITE
from conformance.session import Controller
from conformance.session.all_traffic import outcomes_of_traffic
from conformance.session.collection import scope_of
from conformance.session.options import MOST_WORKERS, language_of, resolve
from conformance.session.outcomes import OUR_FAULT, PROBLEM, outcome_of
from conformance.session.worker import Worker
from conformance.verdict import PROPERTY, Outcome, Verdict

EXCHANGE = Exchange(Request("GET", "http://h/"), Response(500), 0.0, 1.0, number=7, process="gw1")


def item(*requirements: str) -> pytest.Item:
    def judge() -> None:
        """What conformance means.

        And more.
        """

    mark = pytest.mark.requirement(*(requirements or ("API-1",))).mark
    return cast(
        "pytest.Item",
        SimpleNamespace(
            nodeid="a.py::b", name="b", config=SimpleNamespace(stash={}), obj=judge, path=Path("a.py"),
            get_closest_marker=lambda _: mark,
            reportinfo=lambda: ("a.py", 3, "b"),
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("error", "verdict", "word"),
    [
        (None, Verdict.PASS, "passed"),
        (Nonconformity("a", "b"), Verdict.FAIL, "failed"),
        (NotTested("a", "b"), Verdict.NOT_TESTED, "skipped"),
        (NotApplicable("a"), Verdict.NOT_APPLICABLE, "skipped"),
        (Inconclusive("a", root="API-2"), Verdict.INCONCLUSIVE, "failed"),
        (Unreachable("a"), Verdict.INCONCLUSIVE, "failed"),
        (Throttled("a"), Verdict.INCONCLUSIVE, "failed"),
        (ConfigurationError("a", "b"), Verdict.INCONCLUSIVE, "failed"),
        (SuiteError("a"), Verdict.ERROR, "failed"),
        (AssertionError("a"), Verdict.ERROR, "failed"),
        (RecursionError("a"), Verdict.ERROR, "failed"),
        (KeyboardInterrupt(), Verdict.ERROR, "failed"),
    ],
)
@pytest.mark.parametrize("when", ["setup", "call", "teardown"])
def test_every_kind_of_error_has_its_verdict(
    error: BaseException | None, verdict: Verdict, word: str, when: str
) -> None:
    outcome = outcome_of(item(), error, 1.5)
    report = made(error, when)

    assert (outcome.verdict, outcome.seconds, outcome.title) == (verdict, 1.5, "What conformance means.")
    if isinstance(error, KeyboardInterrupt) or (error is None and when != "call"):
        assert report.user_properties == []
    else:
        assert report.outcome == word
        kept: dict[str, Any] = dict(report.user_properties)
        told = kept[PROPERTY]
        assert (told["outcome"]["verdict"], told["outcome"]["scenarios"]) == (verdict, ["a.py::b", "story"])
        assert told["process"] == "gw1"


def made(error: BaseException | None, when: str) -> pytest.TestReport:
    """The report that the session makes of a phase."""
    excinfo = None if error is None else SimpleNamespace(value=error)
    call = cast("pytest.CallInfo[None]", SimpleNamespace(excinfo=excinfo, when=when, duration=0.0))
    report = cast("pytest.TestReport", SimpleNamespace(user_properties=[], outcome="passed", longrepr=None))
    scenarios = SimpleNamespace(behind=lambda item: (item.nodeid, "story"))
    worker = cast("Worker", SimpleNamespace(scenarios=scenarios, settings=SimpleNamespace(process="gw1")))
    steps = Worker.pytest_runtest_makereport(worker, item(), call)
    next(steps)
    with pytest.raises(StopIteration) as ended:
        steps.send(report)
    return cast("pytest.TestReport", ended.value.value)


def test_a_deviation_may_be_charged_elsewhere_and_names_its_exchange() -> None:
    outcome = outcome_of(item("API-1"), Nonconformity("a", "b", EXCHANGE, ("API-2", "API-3")), 0)

    assert outcome.requirements == ("API-2", "API-3")
    assert (outcome.expected, outcome.received, outcome.message) == ("a", "b", "expected a; received b")
    assert outcome.curl == "curl -i -g --path-as-is -X GET http://h/"
    assert outcome.decided_by == 7
    assert outcome_of(item("API-1"), Nonconformity("a", "b"), 0).requirements == ("API-1",)
    assert outcome_of(item("API-1"), Nonconformity("a", "b"), 0).decided_by == -1


def test_a_cause_is_a_requirement_or_the_words_themselves() -> None:
    assert outcome_of(item(), Inconclusive("a", "b", root="API-2"), 0).root == "API-2"
    assert outcome_of(item(), Unreachable("a", "b"), 0).root == "a"
    assert outcome_of(item(), NotTested("a", "add b"), 0).hint == "add b"


def test_a_fault_of_ours_says_so() -> None:
    outcome = outcome_of(item(), ValueError("out of order"), 0)

    assert outcome.hint == OUR_FAULT
    assert "ValueError: out of order" in outcome.message


def test_a_fault_names_the_line_that_raised_it() -> None:
    with pytest.raises(IndexError) as raised:
        list[int]().pop()
    outcome = cast("dict[str, Any]", dict(made(raised.value, "call").user_properties)[PROPERTY])["outcome"]

    assert re.fullmatch(r"IndexError: pop from empty list \(test_outcomes\.py, line \d+\)", outcome["message"])
    assert raised.value.__traceback__ is None


def test_a_problem_of_the_whole_run_rides_on_the_report() -> None:
    report = made(Inconclusive("nobody answers", "look there", "no-target"), "setup")

    assert dict(report.user_properties)[PROBLEM] == "nobody answers. Look there"


@pytest.mark.parametrize("name", ["", "API-0"])
def test_a_test_must_name_a_requirement_that_exists(name: str) -> None:
    with pytest.raises(pytest.UsageError, match=r"names no requirement|names the unknown requirement"):
        outcome_of(item(*[name]) if name else _unmarked(), None, 0)


def _unmarked() -> pytest.Item:
    nothing = item()
    nothing.get_closest_marker = lambda _: None  # type: ignore[method-assign,assignment]
    return nothing


@pytest.fixture
def controller() -> Controller:
    """One that has only its books."""
    found = object.__new__(Controller)
    found.outcomes, found.observations, found.problems = {}, {}, {}
    return found


def phase(verdict: Verdict | None, *, failed: bool) -> pytest.TestReport:
    outcome = verdict and Outcome("a", ("API-1",), verdict)
    told = [(PROPERTY, {"outcome": outcome.to_json(), "process": "main"})] if outcome else []
    return cast(
        "pytest.TestReport",
        SimpleNamespace(nodeid="a", user_properties=told, failed=failed, longreprtext="worker 'gw0' crashed"),
    )


def test_what_a_test_found_outlives_its_teardown(controller: Controller) -> None:
    controller.pytest_runtest_logreport(phase(Verdict.FAIL, failed=True))
    controller.pytest_runtest_logreport(phase(Verdict.INCONCLUSIVE, failed=True))

    assert controller.outcomes["a"][0].verdict is Verdict.FAIL


def test_a_teardown_that_breaks_spoils_a_pass(controller: Controller) -> None:
    controller.pytest_runtest_logreport(phase(Verdict.PASS, failed=False))
    controller.pytest_runtest_logreport(phase(Verdict.ERROR, failed=True))

    assert controller.outcomes["a"][0].verdict is Verdict.ERROR


def test_a_worker_that_died_is_a_problem_of_the_run(controller: Controller) -> None:
    controller.pytest_runtest_logreport(phase(None, failed=True))

    assert list(controller.problems) == ["a did not end: worker 'gw0' crashed"]


def test_a_check_that_breaks_does_not_take_the_others_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(evidence: object) -> Any:
        raise RecursionError("too deep")

    broken_check = replace(passive.CHECKS["scheme_is_named"], judge=breaks)
    monkeypatch.setitem(passive.CHECKS, "scheme_is_named", broken_check)

    outcomes = outcomes_of_traffic([EXCHANGE], {}, a_server_each=False)

    broken = [outcome for outcome in outcomes if outcome.verdict is Verdict.ERROR]
    assert [(o.id, o.requirements, o.message) for o in broken] == [
        ("passive::scheme_is_named", ("AUTH-14",), "the check broke: RecursionError: too deep")
    ]


def test_files_whose_tests_wait_share_a_worker() -> None:
    assert scope_of("suite/test_webhooks.py::a") == scope_of("suite/test_uploads.py::b[x::y]")
    assert scope_of("suite/test_api.py::a") != scope_of("suite/test_plans.py::a")


def options(worker: dict[str, Any] | None = None, **values: str) -> pytest.Config:
    plain = {f"--gimg-{name}": default for name, (default, _) in plugin.OPTIONS.items()}
    given = plain | {f"--gimg-{name.replace('_', '-')}": value for name, value in values.items()}
    config = SimpleNamespace(
        getoption=given.get, option=SimpleNamespace(numprocesses=2, keyword="", markexpr="", collectonly=False)
    )
    if worker is not None:
        config.workerinput = worker
    return cast("pytest.Config", config)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"target": "a.toml", "base_url": "http://h"}, "both a target file and a base URL"),
        ({"base_url": "http://h"}, "without a key"),
        ({"profile": "all"}, "unknown profile 'all' in --gimg-profile"),
        ({"seed": "x"}, "--gimg-seed 'x' must be a whole number"),
        ({"seed": "1.5"}, "--gimg-seed '1.5' must be a whole number"),
        ({"max_wait": "nan"}, "--gimg-max-wait 'nan' must be a number, 0 or more"),
        ({"max_wait": "-1"}, "--gimg-max-wait '-1' must be a number, 0 or more"),
        ({"wait_for_target": "soon"}, "--gimg-wait-for-target 'soon' must be a number, 0 or more"),
        ({"report_dir": ""}, "--gimg-report-dir is empty"),
        ({"section": "nonsense"}, "unknown section 'nonsense' in --gimg-section"),
        ({"api_key": "gimg_x"}, "--gimg-api-key needs --gimg-base-url"),
        ({"api_key": "gimg_x", "target": "a.toml"}, "--gimg-api-key needs --gimg-base-url"),
        ({"fault": "x", "base_url": "http://h", "api_key": "gimg_x"}, "--gimg-fault works on the embedded server only"),
        ({"target": "absent.toml"}, "absent.toml: there is no such file"),
    ],
)
def test_options_that_cannot_be_meant_are_refused(
    values: dict[str, Any], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GIMG_API_KEY", raising=False)
    with pytest.raises(ConfigurationError) as caught:
        resolve(options(**values), cast("Any", None))
    assert said in caught.value.message
    assert caught.value.hint


def test_a_language_that_the_page_lacks_is_refused() -> None:
    assert [language_of(options(lang=lang)) for lang in ("", "en", "zh-TW")] == ["en", "en", "zh-TW"]
    with pytest.raises(ConfigurationError, match="unknown language 'fr' in --gimg-lang"):
        language_of(options(lang="fr"))


@pytest.mark.parametrize("worker", [None, {}])
def test_an_unknown_fault_is_refused_with_the_nearest(worker: dict[str, Any] | None) -> None:
    with pytest.raises(ConfigurationError, match="did you mean upload-is-not-there"):
        resolve(options(worker, fault="upload-is-not-their"), cast("Any", None))


def test_more_processes_than_a_key_bears_are_refused() -> None:
    given = options(base_url="http://h", api_key="gimg_x")
    for number in (5, 6):
        given.option.numprocesses = number
        if number > MOST_WORKERS:
            with pytest.raises(ConfigurationError, match="-n 6 is too many: a key may have 5 requests in progress"):
                resolve(given, cast("Any", None))
        else:
            assert resolve(given, cast("Any", None)).workers == number


def test_the_key_may_be_held_by_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIMG_API_KEY", "gimg_held")

    assert resolve(options(base_url="http://h"), cast("Any", None)).target.accounts.primary.key == "gimg_held"
    # One that happens to be set does not stand in the way of anything else.
    assert resolve(options(seed="-7"), cast("Any", None)).seed == -7


@pytest.mark.parametrize(("given", "shown"), [("env:STAGING_KEY", "STAGING_KEY"), ("gimg_plain", "GIMG_API_KEY")])
def test_what_repeats_a_call_names_the_variable_that_the_user_gave(
    given: str, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAGING_KEY", "gimg_held")
    order = RunRequest(base_url="http://h", api_key=given)
    for name, value in environment(order).items():
        monkeypatch.setenv(name, value)

    found = resolve(options(base_url="http://h"), cast("Any", None))

    assert found.variables["primary"] == shown
    assert found.called[-2:] == ("--api-key", f"env:{shown}")


def test_the_seconds_of_a_run_count_from_when_its_process_began() -> None:
    given = options(base_url="http://h", api_key="k", max_seconds="20", began=cast("Any", 1000.0))
    worker = options({"gimg_ends": 1020.0}, base_url="http://h", api_key="k", max_seconds="20")

    assert resolve(given, cast("Any", None)).ends == resolve(worker, cast("Any", None)).ends == 1020.0


def test_at_most_five_workers_share_a_key() -> None:
    settings = resolve(options({"workercount": 9}, base_url="http://h", api_key="k"), cast("Any", None))

    assert (settings.workers, settings.profile, settings.embedded) == (5, "gate", False)


@pytest.mark.parametrize(
    ("arguments", "worker", "ours"),
    [
        (["conformance.suite"], None, True),
        ([str(SUITE / "test_api.py") + "::a"], None, True),
        (["tests"], None, False),
        (["tests"], {"workerid": "gw0"}, False),
        (["conformance.suite"], {"workerid": "gw0", "gimg_journal": "/x"}, True),
    ],
)
def test_only_runs_of_the_suite_are_ours(arguments: list[str], worker: dict[str, str] | None, ours: bool) -> None:
    config = SimpleNamespace(args=arguments, getoption=lambda _: "", **({"workerinput": worker} if worker else {}))

    assert plugin._runs_the_suite(cast("pytest.Config", config)) is ours
