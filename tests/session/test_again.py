"""--again: what failed is provoked once more, and stays failed."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from conformance import reference
from conformance.cli.rebuilding import rebuild
from conformance.faults.verbs import on_response, status_becomes
from conformance.reference.request import Request
from conformance.reference.response import Response
from conformance.session.again import to_provoke
from conformance.verdict import Again, Outcome, Verdict, findings
from tests.session.conftest import Begin


def outcome(name: str, verdict: Verdict, again: str = "", **more: Any) -> Outcome:
    return Outcome(name, ("AUTH-4",), verdict, again=again, **more)


def test_what_failed_is_provoked_with_what_sends_it() -> None:
    outcomes = [
        outcome("suite/test_x.py::test_a", Verdict.PASS, scenarios=("made", "suite/test_x.py::test_a"), requests=2),
        outcome("suite/test_x.py::test_b", Verdict.PASS, scenarios=("made",), requests=1),
        outcome("suite/test_x.py::test_c", Verdict.INCONCLUSIVE),
        outcome("suite/test_x.py::test_d", Verdict.FAIL),
        outcome("passive::alike::LIFE-1", Verdict.FAIL, scenarios=("made/at the end",)),
    ]

    assert [name for name in to_provoke(outcomes) if "passive" not in name] == [
        "suite/test_x.py::test_d", "suite/test_x.py::test_b",
    ]  # fmt: skip
    assert to_provoke(outcomes[:3]) == []


@pytest.mark.parametrize(
    ("came", "noted"),
    [
        (["", ""], Again.NOT),
        (["pass", "pass"], Again.PASSED),
        (["pass", "fail"], Again.FAILED),
        (["pass", "inconclusive"], Again.OPEN),
    ],
)
def test_a_finding_notes_what_came_of_its_checks(came: list[str], noted: Again) -> None:
    (found,) = findings(outcome(f"t{number}", Verdict.FAIL, again) for number, again in enumerate(came))

    assert found.again is noted


def shaky(service: reference.Service) -> None:
    """A race: the first call without a key is let in. A fault: one with another scheme always is."""
    seen = Counter[str]()

    def is_hit(request: Request, response: Response) -> bool:
        scheme = dict(request.headers).get("authorization", "").partition(" ")[0]
        if response.status != 401 or scheme not in {"", "Basic"}:
            return False
        seen[scheme] += 1
        return scheme == "Basic" or seen[scheme] == 1

    on_response(service, is_hit, status_becomes(418))


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_a_race_stays_a_failure_and_is_noted(begin: Begin, tmp_path: Path, workers: tuple[str, ...]) -> None:
    target = tmp_path / "target.toml"
    with reference.start(alter=shaky) as server:
        target.write_text(server.target_toml(), encoding="utf-8")
        run = begin(f"--gimg-target={target}", "--gimg-again", *workers, sections=("authentication",))
        _, said, report = run.ended()

    assert "INTERNALERROR" not in said
    assert report["verdict"] == "nonconformant"
    noted = {check["id"]: check["again"] for check in report["checks"] if check["verdict"] == "fail"}
    assert {*noted.values()} >= {"pass", "fail"}
    assert {finding["again"] for finding in report["findings"]} & {Again.PASSED, Again.FAILED}
    assert report["cost"]["requests"] == sum(part["requests"] for part in report["scenarios"])
    rebuild(run.folder, "json", tmp_path / "anew", again=False, verbose=False)
    assert json.loads((tmp_path / "anew" / "report.json").read_text(encoding="utf-8")) == report
