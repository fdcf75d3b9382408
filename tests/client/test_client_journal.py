"""The journal: every line whole, in order, whatever happens to the process."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from conformance.client import Journal
from conformance.client.journal import (
    ATTEMPTS,
    EXCHANGES,
    AttemptJournal,
    files_of,
    join,
    journal_path,
    lines_of,
    read,
    read_attempts,
)
from conformance.evidence import Exchange, Request, Response, Vault
from conformance.evidence.attempt import Attempt, Moment
from conformance.evidence.exchange import INTERRUPTED

ONE = Exchange(Request("GET", "http://h/"), Response(200, (), "日本\u2028\n".encode()), 1.0, 2.0)


def test_appends_from_many_threads_are_whole_and_numbered(tmp_path: Path) -> None:
    with closing(Journal(tmp_path / "a" / "gw0.jsonl", "gw0")) as journal, ThreadPoolExecutor(8) as pool:
        begun = (replace(ONE, number=journal.next_number(), started=float(n)) for n in range(200))
        written = list(pool.map(journal.append, begun))

    assert sorted(exchange.number for exchange in written) == list(range(200))
    assert read([tmp_path / "a" / "gw0.jsonl"]) == sorted(written, key=lambda exchange: exchange.started)


def test_a_line_is_on_disk_at_once(tmp_path: Path) -> None:
    with closing(Journal(tmp_path / "main.jsonl")) as journal:
        told = journal.append(ONE)
        assert read([tmp_path / "main.jsonl"]) == [told]


def test_what_was_begun_is_known_until_its_end_is(tmp_path: Path) -> None:
    """Also where a process is killed, or a crash leaves both lines in different files."""
    path, begun = tmp_path / "main.jsonl", replace(ONE, response=None, ended=1.0, failure=INTERRUPTED, process="main")
    with closing(Journal(path)) as journal:
        journal.begin(replace(begun, request=Request("POST", "http://h/", (), b"x" * 5000)))
        assert read([path]) == [replace(begun, request=Request("POST", "http://h/"))]
        noted = path.read_text("utf-8")
        told = journal.append(ONE)
        assert read([path]) == [told]
        journal.begin(replace(begun, number=1, started=1.5))
        assert [exchange.interrupted for exchange in read([path])] == [False, True]
    (tmp_path / "other.jsonl").write_text(noted, "utf-8")
    assert len(read([tmp_path / "other.jsonl", path])) == 2


def test_a_line_cut_off_within_a_character_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "main.jsonl"
    with closing(Journal(path)) as journal:
        told = journal.append(ONE)
    whole = path.read_bytes()
    cuts = [len(whole) + whole.index("日".encode()) + 1, len(whole) + 1, 2 * len(whole) - 1]
    for cut in cuts:
        path.write_bytes((whole + whole)[:cut])
        assert read([path]) == [told]


def test_exchanges_of_all_processes_stand_in_the_order_in_which_they_began(tmp_path: Path) -> None:
    for process, starts in (("gw0", (1.0, 4.0, 2.0)), ("gw1", (3.0, 1.0))):
        with closing(Journal(journal_path(tmp_path, process, EXCHANGES), process)) as journal:
            for started in starts:
                journal.append(replace(ONE, number=journal.next_number(), started=started))
    (tmp_path / "gw0.attempts.jsonl").write_text("{}\n")

    found = read(files_of(tmp_path, EXCHANGES))

    assert [(e.started, e.process, e.number) for e in found] == [
        (1.0, "gw0", 0), (1.0, "gw1", 1_000_001), (2.0, "gw0", 2), (3.0, "gw1", 1_000_000), (4.0, "gw0", 1)
    ]  # fmt: skip


def test_a_lone_surrogate_is_written_and_read(tmp_path: Path) -> None:
    path = tmp_path / "main.jsonl"
    with closing(Journal(path)) as journal:
        told = journal.append(replace(ONE, probe="\ud800", request=Request("GET", "http://h/\udfff")))

    assert read([path]) == [told]


def test_attempts_are_redacted_and_joined(tmp_path: Path) -> None:
    folder, vault = tmp_path / "journal", Vault("salt")
    folder.mkdir()
    vault.keep("a secret that is known", "primary")
    attempt = Attempt("e", "g", 1, Moment(2.0, 2.0), "POST", "/", (("X", "a secret that is known"),), b"whsec_abcdefgh")
    for process, arrived in (("gw0", 2.0), ("gw1", 1.0)):
        with closing(AttemptJournal(folder, process, vault)) as journal:
            journal.append([replace(attempt, arrived=Moment(arrived, arrived))])
    with (folder / "gw1.attempts.jsonl").open("a") as file:
        file.write('{"arrived": {"mono')

    join(folder, ATTEMPTS, [line for _, line in read_attempts(files_of(folder, ATTEMPTS))])

    (joined,) = files_of(folder, ATTEMPTS)
    lines = [json.loads(line) for line in lines_of(joined) if line]
    assert [line["arrived"]["monotonic"] for line in lines] == [1.0, 2.0]
    assert "known" not in repr(lines)
    assert "abcdefgh" not in repr(lines)


def test_an_attempt_that_names_a_secret_as_its_generation_does_not_show_it(tmp_path: Path) -> None:
    vault = Vault("salt")
    vault.keep("a secret that is known", "primary")
    body = b'{"data":{"generationId":"a secret that is known"}}\xff'
    path = "/token?key=a%20secret%20that%20is%20known"
    attempt = Attempt("e", "a secret that is known", 1, Moment(2.0, 2.0), "POST", path, (), body)
    with closing(AttemptJournal(tmp_path, "main", vault)) as journal:
        journal.append([attempt])

    (line,) = [json.loads(line) for line in lines_of(tmp_path / "main.attempts.jsonl") if line]

    assert line["generation"] == "REDACTED-primary"
    assert line["path"] == "/token?key=REDACTED-primary"
    assert base64.b64decode(line["base64"]) == b'{"data":{"generationId":"REDACTED-primary"}}\xff'
