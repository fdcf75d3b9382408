"""Which values of an earlier run are used again, and what of it is of no use."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from conformance.client.codec import Codec
from conformance.client.current import Scenario
from conformance.client.journal import journal_path, numbers, write_lines
from conformance.client.journaled import VALUES, Journaled, journaled
from conformance.client.lost import LostError
from conformance.client.past import Past
from conformance.client.record import KEPT, Record, recorded
from conformance.client.recorder import Recorder
from conformance.client.tape import NoJournal
from conformance.evidence import Exchange, Request, Response, Vault
from conformance.world.once_table import OnceTable

TOKEN = "REDACTED-0123456789ab"
LOST = LostError("gone", token=TOKEN)


def line(process: str, scenario: str, value: object, *given: str) -> dict[str, Any]:
    return {"process": process, "scenario": scenario, "given": list(given), "value": value}


def exchange(number: int, scenario: str, body: bytes = b"", process: str = "main") -> Exchange:
    request = Request("GET", "http://t/", ())
    return Exchange(
        request=request, response=Response(200, (), body), started=float(number), ended=number + 0.5, account="primary",
        number=number, scenario=scenario, process=process, started_at="2026-01-01T00:00:00.000Z",
    )  # fmt: skip


def no_evidence(number: int) -> Any:
    raise KeyError(number)


def no_account(name: str, key: str) -> Any:
    raise KeyError(name, key)


def record_of(*lines: dict[str, Any], sent: tuple[Exchange, ...] = ()) -> Record:
    known = Journaled()
    for one in lines:
        known.add(one)
    codec = Codec(None, no_account, str, no_evidence, no_evidence)
    return Record("main-2", codec, io.StringIO(), known.all(), sent)


def written(record: Record) -> list[dict[str, Any]]:
    assert isinstance(record.file, io.StringIO)
    return [json.loads(text) for text in record.file.getvalue().splitlines()]


def value(record: Record, name: str) -> Any:
    found = record.find(name)
    return found and found.value


def test_a_value_is_used_beside_those_of_its_own_process_only() -> None:
    record = record_of(
        line("gw0", "story", 1),
        line("gw1", "story", 2),
        line("gw1", "again", 3, "story"),
        line("gw0", "late", 4, "story"),
    )

    assert value(record, "story") == 1
    assert value(record, "again") is None
    assert value(record, "late") == 4
    assert [(each["scenario"], each["taken_from"]) for each in written(record)] == [("story", "gw0"), ("late", "gw0")]


def test_what_was_given_is_taken_with_a_value() -> None:
    record = record_of(line("gw0", "story", 1), line("gw1", "story", 2), line("gw1", "again", 3, "story"))

    assert (value(record, "again"), value(record, "story")) == (3, 2)


def test_a_value_whose_evidence_is_missing_is_provoked_anew() -> None:
    assert value(record_of(line("main", "story", {"$": "exchange", "number": 7})), "story") is None


def test_what_had_a_lost_secret_is_provoked_anew_with_what_was_made_of_it() -> None:
    sent = (exchange(0, "slot", TOKEN.encode()), exchange(1, "put"))
    record = record_of(line("main", "slot", 1), line("main", "put", 2, "slot"), line("main", "other", 3), sent=sent)
    for name in ("slot", "put", "other"):
        value(record, name)

    assert record.spoil(LOST)
    assert record.spoilt == {"slot", "put"}
    assert (value(record, "slot"), value(record, "put"), value(record, "other")) == (None, None, 3)
    assert not record.spoil(LOST)


def test_what_a_scenario_had_alive_is_made_anew_with_what_was_made_of_it() -> None:
    record = record_of(line("main", "slot", 1), line("main", "put", 2, "slot"))
    for name in ("slot", "put"):
        value(record, name)

    assert record.spoil(LostError("gone", scenario="slot"))
    assert record.spoilt == {"slot", "put"}


def test_what_was_used_already_is_not_replaced() -> None:
    record = record_of(line("main", "slot", 1), sent=(exchange(0, "slot", TOKEN.encode()),))
    value(record, "slot")
    record.keep(Scenario("made here", {Scenario("slot"): None}), 2)

    assert not record.spoil(LOST)


def test_a_table_forgets_what_is_of_no_use() -> None:
    record = record_of(line("main", "inputs/png", 1), sent=(exchange(0, "inputs/png", TOKEN.encode()),))
    token = KEPT.set(record)
    try:
        table = OnceTable[str, int]("inputs")
        assert table.once("png", "png", lambda: 2) == 1
        assert record.spoil(LOST)
        assert [table.once("png", "png", lambda: 2) for _ in range(2)] == [2, 2]
    finally:
        KEPT.reset(token)


def test_what_began_and_returned_nothing_is_interrupted(tmp_path: Path) -> None:
    lines = [{"process": "main", "began": "ledger"}, {"process": "main", "began": "story"}, line("main", "story", 1)]
    lines.append({"process": "main", "began": "expiry", "waits": True})
    write_lines(journal_path(tmp_path, "main", VALUES), map(json.dumps, lines))
    found = Past({0: exchange(0, "ledger"), 1: exchange(1, "story"), 2: exchange(2, "test_x")}, {}, journaled(tmp_path))

    assert found.interrupted == {"ledger", "expiry"}
    assert found.values.waits == {"expiry"}
    assert [one.number for one in found.unused(["test_x"])] == [0]


def test_a_scenario_is_noted_before_it_sends() -> None:
    record = record_of()
    token = KEPT.set(record)
    try:
        recorded(Scenario("story"), lambda: len(written(record)))
    finally:
        KEPT.reset(token)

    assert [each.get("value", each.get("began")) for each in written(record)] == ["story", 1]


def test_numbers_go_on_where_they_ended() -> None:
    used = [3, 7, 1_000_004]

    assert next(numbers("main-2", used)) == 8
    assert next(numbers("gw1-2", used)) == 1_000_005
    assert next(numbers("gw2-2", used)) == 2_000_000


@pytest.mark.parametrize(
    ("monotonic", "wall", "later"),
    [(100.0, 1_767_225_700.0, 0.0), (5.0, 1_767_225_700.0, 95.0), (0.2, 0.0, 0.3)],
    ids=["the same machine", "another one, or started anew", "its clock was set back, too"],
)
def test_the_clock_goes_on_where_the_past_ended(monotonic: float, wall: float, later: float) -> None:
    found = Past({0: exchange(0, "story")})
    difference = found.going_on(lambda: monotonic, lambda: wall)

    assert difference == pytest.approx(later, abs=0.1)


def test_a_lost_secret_is_not_sent() -> None:
    recorder = Recorder(NoJournal(), Vault("salt"), resumed=True)  # type: ignore[arg-type]
    try:
        known = recorder.vault.keep("s3cret-of-this-process")
        assert recorder.reveal(f"http://t/?signature={known}").endswith("s3cret-of-this-process")
        with pytest.raises(LostError, match=TOKEN):
            recorder.reveal(f"http://t/?signature={TOKEN}")
        with pytest.raises(LostError):
            recorder.capture("PUT", f"http://t/?signature={TOKEN}")
    finally:
        recorder.close()
