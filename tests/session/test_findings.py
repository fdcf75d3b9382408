"""A deviation on its way from the wire to the report: nothing that a developer needs is lost, and no secret told."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from conformance.cases.bodies import a_generation
from conformance.checks import expect
from conformance.client import Api, Journal, Quota, Recorder
from conformance.client.journal import read
from conformance.client.sender import Sender
from conformance.evidence import Exchange, Vault
from conformance.evidence.nonconformity import Nonconformity
from conformance.plan.settings import SETTINGS, Settings
from conformance.report import report_of, write, write_json
from conformance.requirements import load
from conformance.session.evidence import outcomes_with_evidence
from conformance.session.outcomes import outcome_of
from conformance.verdict import RunFacts, judge
from tests.session.test_outcomes import item

KEY, FOUND = "0123456789abcdef" * 2, "fedcba9876543210" * 2
ANSWER = f'{{"error": "try later", "key": "gimg_{KEY}", "debug": "https://h/?X-Amz-Signature={FOUND}"}}'
FACTS = RunFacts("gate", "staging", "http://target.example", 0, "", "", 0.0, "1", "c", "r")


class Target:
    """Answers everything with a 409, and remembers what it was sent."""

    def __init__(self) -> None:
        self.requests = list[httpx.Request]()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(409, stream=httpx.ByteStream(ANSWER.encode()))


@pytest.fixture
def target() -> Target:
    return Target()


@pytest.fixture
def api(target: Target, tmp_path: Path) -> Iterator[Api]:
    with closing(Journal(tmp_path / "main.jsonl")) as journal:
        recorder = Recorder(journal, Vault("salt"), transport=httpx.MockTransport(target))
        sender = Sender(recorder, lambda _: recorder.capture("GET", "http://target.example/control"))
        with closing(recorder):
            token = recorder.vault.keep(KEY, "primary")
            yield Api(sender, "http://target.example", "primary", f"gimg_{token}", Quota())


@pytest.fixture
def deviation(api: Api) -> Nonconformity:
    with pytest.raises(Nonconformity) as caught:
        expect(api.generate(a_generation(n=2), probe="two images")).to_be_accepted()
    return caught.value


def test_the_answer_of_the_one_call_is_reported_as_it_came(deviation: Nonconformity, target: Target) -> None:
    assert deviation.received.startswith('status 409, body {"error": "try later"')
    assert deviation.exchange is not None
    assert (deviation.exchange.status, deviation.exchange.member("error")) == (409, "try later")
    assert [request.method for request in target.requests] == ["POST"]


def reported(deviation: Nonconformity, folder: Path) -> tuple[dict[str, Any], list[Exchange]]:
    """The report of a run that found nothing else, and its evidence."""
    evidence = read([folder / "main.jsonl"])
    judging = item("GEN-21")
    settings = SimpleNamespace(variables={"primary": "GIMG_KEY"}, extension=None, are_extensions=lambda _: False)
    judging.config.stash[SETTINGS] = cast("Settings", settings)
    outcomes = outcomes_with_evidence([(outcome_of(judging, deviation, 0.5), "main")], evidence, ())
    report = report_of(judge(load(), outcomes, (), FACTS))
    write("junit", report, folder)
    plain: dict[str, Any] = json.loads(write_json(report, folder).read_text(encoding="utf-8"))
    return plain, evidence


def test_a_finding_has_all_that_is_needed_to_understand_it(deviation: Nonconformity, tmp_path: Path) -> None:
    report, evidence = reported(deviation, tmp_path)
    (check,) = report["checks"]
    row = next(row for row in report["requirements"] if row["id"] == "GEN-21")

    assert (row["verdict"], row["sentence"], row["rulings"]) == ("fail", load()["GEN-21"].sentence, ["R15"])
    assert row["source"] == load()["GEN-21"].source
    assert (check["requirements"], check["expected"]) == (["GEN-21"], "a 2xx status")
    assert check["received"].startswith("status 409, body ")
    assert (check["exchanges"], check["decided_by"], check["no_evidence"]) == ([0], 0, "")
    assert evidence[0].request.json == a_generation(n=2)
    assert evidence[0].probe == "two images"


def test_a_finding_can_be_repeated_and_tells_no_secret(deviation: Nonconformity, tmp_path: Path) -> None:
    (check,) = reported(deviation, tmp_path)[0]["checks"]

    assert check["curl"].startswith("curl -i -g --path-as-is -X POST http://target.example/api/v1/generate -H ")
    assert '"Authorization: Bearer $GIMG_KEY"' in check["curl"]
    assert json.dumps(a_generation(n=2)) in check["curl"]
    everything = "".join(path.read_text(encoding="utf-8") for path in tmp_path.iterdir()) + str(deviation)
    assert KEY not in everything
    assert FOUND not in everything
