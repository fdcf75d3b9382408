"""A whole certify run: what it costs, and that every check leads to what was sent and received for it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from rich.console import Console, Group
from rich.table import Table

from conformance import reference
from conformance.client.journal import ATTEMPTS, EXCHANGES, files_of, lines_of, read, read_attempts
from conformance.contract import documented
from conformance.evidence import Exchange
from conformance.evidence.attempt import attempt_to_json
from conformance.evidence.exchange import long_bodies
from conformance.evidence.members import digest
from conformance.report import Report
from conformance.report.areas import SHARED, area_table
from conformance.report.evidence_schema import evidence_schemas
from tests.session.conftest import Begin
from tests.session.planned import is_near


@pytest.fixture(scope="module")
def ended(begin: Begin, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The folder of the run and its report."""
    target = tmp_path_factory.mktemp("target") / "target.toml"
    with reference.start() as server:
        target.write_text(server.target_toml(), encoding="utf-8")
        run = begin(f"--gimg-target={target}", "--gimg-profile=certify")
        _, _, found = run.ended()
    return run.folder, found


@pytest.fixture(scope="module")
def report(ended: tuple[Path, dict[str, Any]]) -> dict[str, Any]:
    return ended[1]


@pytest.fixture(scope="module")
def evidence(ended: tuple[Path, dict[str, Any]]) -> list[Exchange]:
    return read(files_of(ended[0] / "evidence", EXCHANGES))


@pytest.fixture(scope="module")
def attempts(ended: tuple[Path, dict[str, Any]]) -> list[dict[str, Any]]:
    (joined,) = files_of(ended[0] / "evidence", ATTEMPTS)
    return [json.loads(line) for line in lines_of(joined) if line]


def numbers(ranges: list[list[int]]) -> Iterator[int]:
    for first, last in ranges:
        yield from range(first, last + 1)


def check(report: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any]
    (found,) = (check for check in report["checks"] if check["id"].partition("::")[2] == name)
    return found


def test_it_keeps_to_its_budget(report: dict[str, Any]) -> None:
    assert report["verdict"] in {"conformant", "undecided"}
    assert 0 < report["cost"]["by_account"]["primary"]["requests"] <= 300
    # To use up a quota takes a key of its own.
    assert report["cost"]["by_account"]["burner"]["requests"] > documented().quota


def test_it_takes_what_was_planned(report: dict[str, Any]) -> None:
    assert is_near(report["cost"], report["planned"]), "run `python -m conformance.cli.measuring`"


def test_every_check_has_evidence_or_the_reason_why_not(report: dict[str, Any]) -> None:
    without = [check for check in report["checks"] if not check["exchanges"] and not check["attempts"]]

    assert [check["id"] for check in without if not check["no_evidence"]] == []
    assert [check["id"] for check in report["checks"] if check not in without and check["no_evidence"]] == []
    tests = [check for check in without if not check["id"].startswith("passive::")]
    assert {check["id"].partition("::")[2] for check in tests} == {"test_the_key_begins_with_gimg"}


def test_a_check_has_all_that_its_scenarios_sent_and_received(report: dict[str, Any]) -> None:
    rows = {row["name"]: row for row in report["scenarios"]}
    for found in report["checks"]:
        if not found["id"].startswith("passive::"):
            for what in ("exchanges", "attempts"):
                owned = [number for name in found["scenarios"] for number in numbers(rows[name][what])]
                assert sorted(found[what]) == sorted(owned), found["id"]


def test_every_exchange_and_attempt_is_in_one_scenario(
    report: dict[str, Any], evidence: list[Exchange], attempts: list[dict[str, Any]]
) -> None:
    rows = report["scenarios"]

    assert sorted(n for row in rows for n in numbers(row["exchanges"])) == sorted(e.number for e in evidence)
    assert sorted(n for row in rows for n in numbers(row["attempts"])) == sorted(a["serial"] for a in attempts)
    assert len({exchange.number for exchange in evidence}) == len(evidence) > 1000
    assert [exchange.told for exchange in evidence if not exchange.scenario] == []
    assert [attempt["path"] for attempt in attempts if not attempt["scenario"]] == []


def test_what_the_areas_cost_is_what_the_run_cost(report: dict[str, Any]) -> None:
    assert sum(row["requests"] for row in report["scenarios"]) == report["cost"]["requests"]
    areas = {row["name"]: row["area"] for row in report["scenarios"]}
    assert (areas["spent"], areas["concurrency"], areas["story"], areas["retried"]) == ("RATE", "RATE", "IDEM", "RETRY")
    assert (areas["first_contact"], areas["submitted"]) == ("", "")
    assert {area["area"] for area in report["areas"]} >= set(areas.values()) - {""}


def test_the_table_of_areas_adds_up_to_the_cost(report: dict[str, Any]) -> None:
    table = area_table(Report.model_validate(report), Console(width=100))
    if isinstance(table, Group):  # with a note beneath
        table = table.renderables[0]
    assert isinstance(table, Table)
    (requests,) = (column for column in table.columns if "quests" in str(column.header))
    shown = [str(cell) for cell in requests.cells]

    assert str(requests.footer) == str(report["cost"]["requests"])
    assert sum(int(cell) for cell in shown if cell != "·") == report["cost"]["requests"]
    assert str(list(table.columns[0].cells)[-1]) == SHARED


def test_no_scenario_owns_what_others_sent(report: dict[str, Any]) -> None:
    """The rate limits' quota is the largest by far; nothing else has a tenth of a run."""
    sizes = {row["name"]: len(list(numbers(row["exchanges"]))) for row in report["scenarios"]}

    assert {name for name, size in sizes.items() if size * 10 > sum(sizes.values())} == {"spent"}


def test_waiting_scenarios_have_one_name_for_beginning_and_end(report: dict[str, Any]) -> None:
    names = {row["name"] for row in report["scenarios"]}

    assert {"retried", "disabled", "expiry", "next_window", "much_later_repeat"} <= names
    assert [name for name in names if "under_way" in name or "waits_begun" in name] == []


def test_values_made_when_asked_for_belong_to_whoever_was_given_them(report: dict[str, Any]) -> None:
    refused = check(report, "test_another_quality_is_refused")
    missing = check(report, "test_no_credential_is_refused[upload]")
    edited = check(report, "test_it_comes_to_an_end[edit]")

    assert [name.partition(" (")[0] for name in refused["scenarios"]] == ['submissions/quality "hd"']
    assert missing["scenarios"][-1] == "prober/upload, no Authorization header"
    assert {"gallery/edit", "inputs/image/webp", "inputs/put/image/webp"} <= set(edited["scenarios"])
    assert "gallery/large" not in edited["scenarios"]


def test_what_is_removed_at_the_end_is_no_tests_own(report: dict[str, Any]) -> None:
    names = {row["name"] for row in report["scenarios"]}

    assert {"polled_later/at the end", "gallery/at the end"} <= names
    assert [found["id"] for found in report["checks"] for name in found["scenarios"] if "at the end" in name] == []


def test_checks_of_deliveries_lead_to_attempts(report: dict[str, Any], attempts: list[dict[str, Any]]) -> None:
    found = check(report, "test_every_attempt_is_signed")
    chosen = [attempt for attempt in attempts if attempt["serial"] in found["attempts"]]

    assert len(chosen) > 10
    assert {attempt["scenario"] for attempt in chosen} <= set(found["scenarios"])
    times = {attempt["serial"]: attempt["arrived"]["monotonic"] for attempt in attempts}
    assert [times[serial] for serial in found["attempts"]] == sorted(times[serial] for serial in found["attempts"])


def test_all_that_happened_has_the_time_of_day(
    report: dict[str, Any], evidence: list[Exchange], attempts: list[dict[str, Any]]
) -> None:
    moments = [*(exchange.started_at for exchange in evidence), *(attempt["arrived"]["utc"] for attempt in attempts)]

    assert {re.sub(r"\d", "0", moment) for moment in moments} == {"0000-00-00T00:00:00.000Z"}
    assert report["started_at"][:23] <= min(moments) < max(moments)
    assert max(moments)[:23] <= report["finished_at"][:23]


def test_every_request_to_the_api_has_an_id_of_its_own(evidence: list[Exchange]) -> None:
    ids = {exchange.number: exchange.request.header("x-request-id") for exchange in evidence}
    elsewhere = [e for e in evidence if "storage" in e.tags or "of an output" in e.probe or e.probe == "the bytes"]

    assert {exchange.number for exchange in evidence if not ids[exchange.number]} == {e.number for e in elsewhere}
    given = [id_ for id_ in ids.values() if id_]
    assert len(set(given)) == len(given)
    assert len({id_.rpartition("-")[0] for id_ in given}) == 1
    assert all(id_.endswith(f"-{number}") for number, id_ in ids.items() if id_)


def test_the_folder_has_one_copy_of_everything_and_is_small(ended: tuple[Path, dict[str, Any]]) -> None:
    files = {path.relative_to(ended[0]): path.stat().st_blocks * 512 for path in ended[0].rglob("*") if path.is_file()}

    assert {str(path) for path in files if path.parts[:2] != ("evidence", "bodies")} == {
        ".lock", "report.json", "junit.xml", "report.html", "evidence/exchanges.jsonl.gz", "evidence/attempts.jsonl.gz",
        "evidence/values.jsonl.gz", "evidence/run.jsonl",
    }  # fmt: skip
    assert sum(files.values()) < 4_000_000


def test_long_bodies_are_kept_once_and_come_back(ended: tuple[Path, dict[str, Any]], evidence: list[Exchange]) -> None:
    long = [body for exchange in evidence for body in long_bodies(exchange)]
    kept = [path.name for path in (ended[0] / "evidence" / "bodies").iterdir()]

    assert sorted(kept) == sorted({f"{digest(body)}.gz" for body in long})
    assert len(kept) > 5
    assert max(map(len, long)) == documented().upload_bytes


def test_every_line_is_as_its_schema_says(ended: tuple[Path, dict[str, Any]]) -> None:
    for kind, schema in evidence_schemas().items():
        valid = jsonschema_rs.validator_for(schema)
        lines = [line for path in files_of(ended[0] / "evidence", kind) for line in lines_of(path) if line]

        assert len(lines) > 100
        assert [line for line in lines if not valid.is_valid(json.loads(line))] == []


def test_attempts_come_back_from_the_journal(
    ended: tuple[Path, dict[str, Any]], attempts: list[dict[str, Any]]
) -> None:
    found = read_attempts(files_of(ended[0] / "evidence", ATTEMPTS))

    assert [json.loads(json.dumps(attempt_to_json(attempt))) for attempt, _ in found] == attempts
