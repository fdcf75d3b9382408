"""`report`: the reports of an earlier run from its folder alone, and its tests over what was recorded."""

import gzip
import hashlib
import json
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Started, ended

Command = Callable[..., tuple[int, str, str]]
NO_NETWORK = """
import socket

def refused(*_):
    raise RuntimeError("a socket was used")

socket.socket.connect = socket.socket.connect_ex = socket.socket.bind = refused
"""
"""For `sitecustomize`, which Python imports before anything else."""
FILES = ("report.json", "junit.xml", "report.html")
JUDGE = ("--judge", "--to", "json,junit,html", "--output", "again")


def same(folder: Path, other: Path) -> bool:
    """Whether the reports are alike, byte for byte."""
    return all((folder / name).read_bytes() == (other / name).read_bytes() for name in FILES)


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        ("--workers", "2"),
        ("--profile", "gate", "--strict", "--seed", "7"),
        ("--only", "AUTH,IDEM", "--profile", "gate"),
        ("--profile", "gate", "--", "--gimg-fault=a-missing-key-is-a-bad-request"),
        ("--", "--gimg-fault=secret-without-whsec-as-key"),
    ],
    ids=" ".join,
)
def test_a_run_is_told_and_judged_again_without_a_socket(
    command: Command, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    status, _, _ = command("run", *arguments)
    (tmp_path / "sitecustomize.py").write_text(NO_NETWORK)
    told = command("report", "reports", "--to", "json,junit,html", "--output", "told")
    judged = command("report", "reports", *JUDGE)

    assert told == judged == (status, "", "")
    assert same(tmp_path / "reports", tmp_path / "told")
    assert same(tmp_path / "reports", tmp_path / "again")


def test_a_socket_would_be_noticed(command: Command, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(NO_NETWORK)
    status, _, err = command("run", "--only", "AUTH-4")
    assert (status, "a socket was used" in err) == (3, True)


def test_a_killed_run_is_told_as_far_as_it_came(
    start: Callable[..., Started], command: Command, tmp_path: Path
) -> None:
    log = tmp_path / "reports" / "evidence" / "run.jsonl"
    with start("run") as process:
        while not log.exists() or log.read_bytes().count(b'{"outcome"') < 40:
            assert process.poll() is None
            time.sleep(0.01)
        process.kill()
        ended(process)
    status, out, err = command("report", "reports")
    again, told, _ = command("report", "reports", "--judge")

    assert (status, again, err) == (130, 130, "")
    assert "the run was killed before it ended" in out
    assert "the run was killed before it ended" in told


@pytest.fixture
def finished(command: Command, tmp_path: Path) -> Path:
    """The folder of a short run."""
    command("run", "--only", "AUTH-4")
    return tmp_path / "reports"


def test_altered_evidence_is_refused(command: Command, finished: Path) -> None:
    exchanges = finished / "evidence" / "exchanges.jsonl.gz"
    content = gzip.decompress(exchanges.read_bytes()).replace(b'"status":401', b'"status":403')
    exchanges.write_bytes(gzip.compress(content.replace(b'"status": 401', b'"status": 403')))

    status, _, err = command("report", "reports")

    assert status == 2
    assert err.startswith(
        "Error: reports/evidence was altered since the run ended: exchanges.jsonl.gz. Take the folder"
    )


@pytest.mark.parametrize("name", ["exchanges.jsonl.gz", "values.jsonl.gz"])
def test_missing_evidence_is_refused(command: Command, finished: Path, name: str) -> None:
    (finished / "evidence" / name).unlink()
    status, _, err = command("report", "reports", "--judge")

    assert status == 2
    assert f"altered since the run ended: {name}" in err


@pytest.mark.parametrize("again", [(), ("--judge",)])
def test_a_body_that_is_missing_or_another_is_refused(command: Command, tmp_path: Path, again: tuple[str, ...]) -> None:
    command("run", "--only", "GEN-10")
    (body,) = (tmp_path / "reports" / "evidence" / "bodies").iterdir()
    body.write_bytes(gzip.compress(b"another"))
    status, _, other = command("report", "reports", *again)
    body.unlink()
    _, out, missing = command("report", "reports", *again)

    assert (status, out) == (2, "")
    assert "reports/evidence was altered since the run: " in other
    assert f"{body.name} holds another body than its name says. Take the folder" in other
    assert f"the body with the SHA-256 {body.stem} is not there. Take the folder" in missing


def test_an_altered_outcome_is_refused(command: Command, finished: Path) -> None:
    log = finished / "evidence" / "run.jsonl"
    log.write_text(log.read_text().replace('"verdict": "pass"', '"verdict": "fail"', 1))
    assert "altered since the run ended: run.jsonl" in command("report", "reports")[2]


def test_what_is_no_report_folder_is_refused(command: Command, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    status, _, err = command("report", "empty")

    assert status == 2
    assert err == (
        "Error: empty/evidence/run.jsonl: there is no such file. Name the report folder of a run, such as reports\n"
    )


def test_a_report_that_cannot_be_written_is_no_fault_of_the_suite(
    command: Command, finished: Path, tmp_path: Path
) -> None:
    (tmp_path / "taken" / "report.json").mkdir(parents=True)
    status, out, err = command("report", str(finished), "--to", "terminal,json,junit", "--output", "taken")

    assert (status, (tmp_path / "taken" / "junit.xml").exists(), "PARTIAL" in out) == (3, True, True)
    assert err == (
        "Error: taken: json could not be written: Is a directory. Name a folder that can be written with --output\n"
    )
    (tmp_path / "file").touch()
    status, _, err = command("report", str(finished), "--to", "json", "--output", "file/folder")
    assert (status, err) == (2, "Error: --output file/folder: Not a directory. Name a folder that can be written\n")


def test_an_unknown_format_is_refused(command: Command, finished: Path) -> None:
    status, _, err = command("report", str(finished), "--to", "pdf")
    assert (status, err) == (
        2,
        "Error: unknown format 'pdf' in --to. Choose from terminal, json, junit, html, ctrf, md, har\n",
    )


def test_every_format_is_made_anew_as_the_run_wrote_it(command: Command, tmp_path: Path) -> None:
    every = "junit,md,ctrf,har"
    _, out, _ = command("run", "--only", "AUTH-4", "--report", every, COLUMNS="300")
    status, told, err = command(
        "report", "reports", "--to", f"{every},json,terminal", "--output", "told", COLUMNS="300"
    )
    judged = command("report", "reports", "--judge", "--to", every, "--output", "judged")
    names = ["report.json", "junit.xml", "ctrf.json", "report.md", "evidence.har"]

    assert (status, err, judged) == (0, "", (0, "", ""))
    assert f"Files: {', '.join(f'reports/{name}' for name in names)}, reports/evidence" in out
    assert sorted(path.name for path in (tmp_path / "told").iterdir()) == sorted(names)
    for name in names:
        assert f"told/{name}" in told
        for folder in ("told", "judged") if name != "report.json" else ("told",):
            assert (tmp_path / folder / name).read_bytes() == (tmp_path / "reports" / name).read_bytes()


def test_what_was_not_asked_for_is_not_written_and_what_an_earlier_run_wrote_is_removed(
    command: Command, tmp_path: Path
) -> None:
    command("run", "--only", "AUTH-4", "--report", "md,har")
    first = {path.name for path in (tmp_path / "reports").iterdir()}
    _, out, _ = command("run", "--only", "AUTH-4", "--report", "json")

    assert {"report.json", "report.md", "evidence.har"} <= first
    assert "junit.xml" not in first
    assert {path.name for path in (tmp_path / "reports").iterdir()} & {
        "report.md",
        "evidence.har",
        "junit.xml",
    } == set()
    assert "Files: reports/report.json, reports/evidence" in out


def test_signatures_are_judged_again_with_the_secrets_that_were_kept(command: Command, tmp_path: Path) -> None:
    command("run", "--only", "SIGN-3", "--keep-secrets")
    _, _, err = command("report", "reports", "--judge")
    assert re.fullmatch(r"Signatures: judged again with the secrets of [1-9]\d* endpoints?\.\n", err)

    place = tmp_path / "reports" / "evidence" / "secrets.jsonl.gz"
    other = re.sub(rb'"secret": "whsec_', b'"secret": "whsec_0', gzip.decompress(place.read_bytes()))
    place.write_bytes(gzip.compress(other))
    sealed_again(tmp_path / "reports" / "evidence")
    status, out, _ = command("report", "reports", "--judge")
    assert (status, "SIGN-3" in out) == (1, True)


def sealed_again(evidence: Path) -> None:
    """As a forger would do it: the sums of the log fit what was altered."""
    log = evidence / "run.jsonl"
    *lines, last = log.read_text().splitlines()
    sums = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in evidence.glob("*.jsonl.gz")}
    log.write_text("\n".join([*lines, json.dumps(json.loads(last) | {"files": sums})]) + "\n")


def test_without_secrets_signatures_are_as_recorded(command: Command) -> None:
    command("run", "--only", "SIGN-3")
    _, _, err = command("report", "reports", "--judge")
    assert err == "Signatures: recorded, not re-checkable. `run --keep-secrets` keeps what that takes.\n"


def test_what_was_observed_is_told_to_who_asks(command: Command) -> None:
    status, out, _ = command("run", "--only", "AUTH-16,AUTH-9")
    asked = command("report", "reports", "-v")

    assert (status, asked[0]) == (0, 0)
    assert "(no verdict): `gimg-conformance report reports -v` shows" in out
    assert "Observed where the documentation leaves it open" not in out
    assert "Observed where the documentation leaves it open\n   R9 the scheme in lower case is recognised\n" in asked[1]
    assert out.splitlines()[-1] == "PARTIAL  no deviation found: 1 of 1 chosen requirement"
