"""Long bodies: kept once, beside the journal, and given back only as they were."""

import gzip
import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.client import Journal
from conformance.client.bodies import Bodies
from conformance.client.journal import (
    ATTEMPTS,
    EXCHANGES,
    AttemptJournal,
    files_of,
    join,
    lines_of,
    read,
    read_attempts,
    read_lines,
)
from conformance.evidence import Exchange, Request, Response, Vault
from conformance.evidence.attempt import Attempt, Ending, Moment
from conformance.evidence.members import digest
from conformance.limits import LINE_BODY_BYTES

LONG, NOT_TEXT = b"x" * (LINE_BODY_BYTES + 1), b"\xff" * 9000
ONE = Exchange(Request("POST", "http://h/", (), LONG), Response(200, (), NOT_TEXT), 1.0, 2.0)
PATH = f"main.{EXCHANGES}.jsonl"


def kept(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "bodies").iterdir())


def names(*bodies: bytes) -> list[str]:
    return sorted(f"{digest(body)}.gz" for body in bodies)


def test_a_long_body_is_kept_once_for_all_threads_and_comes_back(tmp_path: Path) -> None:
    with closing(Journal(tmp_path / PATH)) as journal, ThreadPoolExecutor(8) as pool:
        written = list(pool.map(journal.append, [replace(ONE, number=number) for number in range(20)]))

    found = read([tmp_path / PATH])
    assert found == written
    assert len({id(exchange.request.body) for exchange in found}) == 1
    assert kept(tmp_path) == names(LONG, NOT_TEXT)
    assert (tmp_path / PATH).stat().st_size < 12_000


def test_a_body_that_fits_stands_in_its_line(tmp_path: Path) -> None:
    with closing(Journal(tmp_path / PATH)) as journal:
        journal.append(replace(ONE, request=Request("PUT", "/", (), LONG[1:]), response=None))

    assert not (tmp_path / "bodies").exists()
    assert json.loads(lines_of(tmp_path / PATH)[0])["request"]["body"] == LONG[1:].decode()


def test_an_attempt_comes_back_with_its_bytes(tmp_path: Path) -> None:
    one = Attempt("e", "g", 1, Moment(1.0, 2.0, "u"), "POST", "/", (("a", "b"),), NOT_TEXT, serial=3, late=True)
    two = replace(one, serial=4, body=b"{}", ended=Ending("reset", 0, Moment(3.0, 4.0)))
    with closing(AttemptJournal(tmp_path, "gw1", Vault("salt"))) as journal:
        journal.append([two, one, one])

    (path,) = files_of(tmp_path, ATTEMPTS)
    assert [found for found, _ in read_attempts([path])] == [replace(a, process="gw1") for a in (one, two)]
    assert kept(tmp_path) == names(NOT_TEXT)


def test_there_is_a_limit_for_bodies_as_well(tmp_path: Path) -> None:
    noise = b"".join(digest(str(number).encode()).encode() for number in range(300))
    with closing(Journal(tmp_path / PATH, most_bytes=2000)) as journal:
        told = journal.append(replace(ONE, response=Response(200, (), noise)))

    assert (told.request.body, told.limit) == (b"", True)
    assert read([tmp_path / PATH]) == [told]
    assert not (tmp_path / "bodies").exists()


@pytest.mark.parametrize(
    "content",
    [None, gzip.compress(b"another"), b"no gzip", gzip.compress(LONG)[:20]],
    ids=["missing", "another", "no gzip", "cut off"],
)
def test_a_body_that_is_missing_or_another_is_refused_by_its_place(tmp_path: Path, content: bytes | None) -> None:
    with closing(Journal(tmp_path / PATH)) as journal:
        journal.append(ONE)
    path = tmp_path / "bodies" / names(LONG)[0]
    path.unlink()
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ValueError, match=rf"{PATH}, line 1: .*{digest(LONG)}"):
        read([tmp_path / PATH])


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "0" * 63, ""])
def test_nothing_but_a_hash_is_looked_up(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="is not there"):
        Bodies(tmp_path)(name)


def test_joining_takes_the_place_of_the_journals(tmp_path: Path) -> None:
    for process in ("gw0", "gw1"):
        with closing(Journal(tmp_path / f"{process}.{EXCHANGES}.jsonl", process)) as journal:
            journal.append(replace(ONE, probe="\ud800", number=journal.next_number()))
    found = read_lines(files_of(tmp_path, EXCHANGES))
    join(tmp_path, EXCHANGES, [line for _, line in found])

    assert [path.name for path in files_of(tmp_path, EXCHANGES)] == ["exchanges.jsonl.gz"]
    assert read_lines(files_of(tmp_path, EXCHANGES)) == found


def test_what_was_joined_when_the_process_was_killed_is_not_there_twice(tmp_path: Path) -> None:
    with closing(Journal(tmp_path / PATH)) as journal:
        journal.append(ONE)
    line, before = lines_of(tmp_path / PATH)[0], (tmp_path / PATH).read_bytes()
    join(tmp_path, EXCHANGES, [line])
    (tmp_path / PATH).write_bytes(before + b'{"started": 1')

    assert [told for _, told in read_lines(files_of(tmp_path, EXCHANGES))] == [line]


def test_what_cannot_be_joined_stays_where_it_is(tmp_path: Path) -> None:
    with closing(Journal(tmp_path / PATH)) as journal:
        journal.append(ONE)
    (tmp_path / "exchanges.jsonl.gz" / "x").mkdir(parents=True)

    with pytest.raises(OSError, match="directory"):
        join(tmp_path, EXCHANGES, lines_of(tmp_path / PATH))
    assert (tmp_path / PATH).exists()


@pytest.mark.parametrize(("line", "why"), [("{}", "KeyError"), ("[]", "TypeError"), ("{", "JSONDecodeError")])
def test_a_line_that_is_no_exchange_is_named(tmp_path: Path, line: str, why: str) -> None:
    (tmp_path / PATH).write_text(f"\n{line}\n")

    with pytest.raises(ValueError, match=f"{PATH}, line 2: {why}"):
        read([tmp_path / PATH])


def test_a_joined_file_that_was_cut_off_is_named(tmp_path: Path) -> None:
    path = tmp_path / "exchanges.jsonl.gz"
    path.write_bytes(gzip.compress(b"x" * 5000, mtime=0)[:20])

    with pytest.raises(ValueError, match=r"exchanges\.jsonl\.gz is not a gzip file, or it is cut off"):
        read([path])
