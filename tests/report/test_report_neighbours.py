"""The call beside the one that was answered wrongly: near to it, rightly answered, and nobody's fault."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from conformance.evidence import Exchange, Request, Response
from conformance.evidence.symptom import STATUS, Symptom
from conformance.report import Report
from conformance.report.neighbours import neighbour, right_endpoints
from conformance.verdict import Outcome, Verdict
from tests.report.html_samples import exchange

Make = Callable[..., Report]
PASSED = ("suite/a.py::one[2]", ("A-1",), Verdict.PASS)


def call(number: int, status: int, key: str = "k", **body: Any) -> Exchange:
    headers = (("Authorization", f"Bearer {key}"), ("Idempotency-Key", str(number)), ("X-Request-Id", str(number)))
    sent = Request("POST", "http://h/api/v1/generate", headers, json.dumps(body).encode())
    return exchange(number, request=sent, response=Response(status))


def failed(due: str = "2xx", **more: Any) -> Outcome:
    symptom = Symptom(STATUS, due, "400", ("POST /api/v1/generate",), 400)
    plain: dict[str, Any] = {"symptom": symptom, "exchanges": (1,), "decided_by": 1, "expected": "x"}
    return Outcome("suite/a.py::one[3]", ("A-1",), Verdict.FAIL, **plain | more)


def found(report: Make, *sent: Exchange, wrong: Outcome | None = None, passed: tuple[int, ...] = (2, 3, 4)) -> int:
    """The number of the neighbour of call 1; 0: it has none."""
    made = report(wrong or failed(), Outcome(*PASSED, exchanges=passed))
    known = {each.number: each for each in sent}
    chosen = neighbour(made.findings[0], made.checks[0], made, known)
    return chosen.number if chosen else 0


def test_it_is_the_nearest_that_was_answered_as_is_due(report: Make) -> None:
    wrong, far = call(1, 400, prompt="a", n=3), call(2, 202, prompt="b", n=2)
    near, refused = call(3, 202, prompt="a", n=2), call(4, 400, prompt="a", n=4)

    assert found(report, wrong, far, near, refused) == 3
    assert found(report, wrong, far, near, passed=(2,)) == 2
    assert found(report, wrong, refused) == 0
    assert found(report, wrong, near, wrong=failed("2xx", beside=(9,))) == 0
    assert found(report, wrong, near, wrong=failed("no 5xx")) == 0


def test_it_differs_little_and_is_of_the_same_operation(report: Make) -> None:
    wrong = call(1, 400, prompt="a", n=3)

    assert found(report, wrong, call(2, 202, prompt="b", n=2, size="x", quality="y")) == 0
    assert found(report, wrong, call(2, 202, key="another", prompt="a", n=2)) == 2
    assert found(report, wrong, replace(call(2, 202, prompt="a", n=2), operation="upload")) == 0


def test_the_endpoints_at_which_the_same_test_passed_are_told_by_its_parameters(report: Make) -> None:
    passed = [Outcome(f"suite/a.py::{name}", ("A-1",), Verdict.PASS) for name in ("one[400, 401]", "two[500]", "one")]
    made = report(failed(), *passed)

    assert right_endpoints(made.findings[0], made) == {"endpoint that answers 400, then 401"}


def test_what_a_failed_check_speaks_of_is_none(report: Make) -> None:
    wrong, near = call(1, 400, n=3), call(2, 202, n=2)
    other = Outcome("suite/b.py::two", ("A-2",), Verdict.FAIL, decided_by=2, exchanges=(2,), expected="y")
    made = report(failed(), other, Outcome(*PASSED, exchanges=(2,)))

    assert neighbour(made.findings[0], made.checks[0], made, {1: wrong, 2: near}) is None
