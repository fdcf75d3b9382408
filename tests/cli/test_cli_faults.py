"""The catalogue as a person reads it, and one entry of it tried."""

import json
import os
import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.cli import faulting
from conformance.cli.campaign import Fate, Result
from conformance.errors import ConfigurationError
from conformance.faults import everything
from conformance.verdict import INTERRUPTED
from tests.cli.conftest import Started, ended

Command = Callable[..., tuple[int, str, str]]


def test_each_entry_is_a_line_in_its_section_in_order(command: Command) -> None:
    status, out, _ = command("faults", "list", COLUMNS="40")
    names = re.findall(r"(?m)^  (\S+)  (?:breaks|permitted by) \S+", out)
    sections = [section.partition("\n")[0] for section in re.split(r"\n\n", out)]

    assert status == 0
    assert sorted(names) == sorted(entry.name for entry in everything())
    assert [re.sub(r"\d+", "N", section) for section in sections[:2]] == ["api  N faults", "authentication  N faults"]
    assert sections[:-1] == sorted(sections[:-1])
    assert re.fullmatch(r"\d+ faults, \d+ permitted variations", sections[-1])
    assert re.findall(r"(?m)^  (\S+)", out)[:3] == [
        "a-get-on-generate-is-a-greeting", "an-unknown-id-is-an-exception", "json-is-sent-as-html",
    ]  # fmt: skip


def test_entries_are_chosen_by_requirement_ruling_and_kind(command: Command) -> None:
    told = command("faults", "list", "--requirement", "gen-21", "--kind", "fault", "-v")[1]
    assert "  at-most-three-images  breaks GEN-21\n      " in told
    assert "permitted by" not in told
    assert set(
        re.findall(r"(?m)^  \S+  permitted by .*(R14)", command("faults", "list", "--requirement", "R14")[1])
    ) == {"R14"}
    assert command("faults", "list", "api", "--kind", "variation")[1].startswith("api  4 permitted variations\n")
    status, out, err = command("faults", "list", "--requirement", "GEN-210")
    assert (status, out) == (2, "")
    assert "no requirement has the id GEN-210" in err


def test_names_and_sections_are_listed_by_themselves(command: Command) -> None:
    status, out, _ = command("faults", "list", "api", "at-most-three-images")
    headings, entries = re.findall(r"(?m)^[a-z]\S*  .*", out), re.findall(r"(?m)^  (\S+)", out)

    assert (status, headings) == (0, ["api  5 faults", "api  4 permitted variations", "validation  1 fault"])
    assert (len(entries), "at-most-three-images" in entries) == (10, True)
    _, _, err = command("faults", "list", "at-most-three-imagse")
    assert err == (
        "Error: unknown fault or section 'at-most-three-imagse'. Did you mean at-most-three-images or "
        "at-most-three-keys? `gimg-conformance faults list` lists them\n"
    )


def test_one_entry_is_tried_and_timed(command: Command, tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("raise RuntimeError('whoever stands here changes no result')")
    status, out, _ = command("faults", "run", "at-most-three-images", "--workers", "1", "--report-dir", "found")

    assert status == 0
    meaning = "           killed: exactly the requirements that the fault names fail"
    assert re.search(
        rf"1 entry: 1 killed\n{meaning}\n\d+ s with 1 process, [\d.]+ s each\nfindings per fault: 1: 1\n", out
    )
    assert [entry["failed"] for entry in json.loads((tmp_path / "found/faults.json").read_text())] == [["GEN-21"]]
    assert "1 / 1 as it should be" in (tmp_path / "found/faults.html").read_text(encoding="utf-8")


def test_a_campaign_that_is_stopped_tells_what_was_run_and_leaves_nobody(
    start: Callable[..., Started], tmp_path: Path
) -> None:
    with start("faults", "run", "authentication", "--workers", "2", "--report-dir", "found") as process:
        assert process.stdout
        first = process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        status, out, err = ended(process)
        with pytest.raises(ProcessLookupError):
            os.killpg(process.pid, 0)
    found = json.loads((tmp_path / "found/faults.json").read_text())

    assert (status, err) == (130, "")
    assert first.startswith("killed ")
    assert re.search(rf"(?m)^Interrupted: {len(found)} of \d+ entries were run: {len(found)} killed$", out)
    assert f"It was interrupted: {len(found)} of " in (tmp_path / "found/faults.html").read_text(encoding="utf-8")


def test_one_that_is_interrupted_at_once_has_no_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def none(*_: object, **__: object) -> Iterator[Result]:
        raise KeyboardInterrupt
        yield

    monkeypatch.setattr(faulting, "run", none)

    assert faulting.run_faults(["at-most-three-images"], 1, tmp_path) == INTERRUPTED
    assert "Interrupted: 0 of 1 entries were run\n" in capsys.readouterr().out
    assert json.loads((tmp_path / "faults.json").read_text()) == []


def test_what_takes_several_findings_is_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def several(*_: object, **__: object) -> Iterator[Result]:
        for name, count in (("one", 1), ("another", 1), ("two", 2), ("scattered", 4), ("a variation", 0)):
            yield Result(name, Fate.KILLED, (), (), (), (), 0.0, findings=count)

    monkeypatch.setattr(faulting, "run", several)
    faulting.run_faults(["at-most-three-images"], 1, tmp_path)

    out = capsys.readouterr().out
    assert "findings per fault: 1: 2, 2: 1, 4: 1\n" in out
    assert re.findall(r"\d findings: .*", out) == ["4 findings: scattered"]


def test_an_unknown_name_is_refused_before_anything_runs(command: Command) -> None:
    status, out, err = command("faults", "run", "at-most-three-imagse")

    assert (status, out) == (2, "")
    assert "unknown fault or section 'at-most-three-imagse'" in err


@pytest.mark.parametrize(("fate", "status"), [(Fate.KILLED, 3), (Fate.SURVIVED, 1)])
def test_a_result_that_cannot_be_written_hides_no_other(
    fate: Fate, status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def one(*_: object, **__: object) -> Iterator[Result]:
        yield Result("at-most-three-images", fate, (), (), (), (), 0.0)

    monkeypatch.setattr(faulting, "run", one)
    (tmp_path / "faults.json").mkdir()

    assert faulting.run_faults(["at-most-three-images"], 1, tmp_path) == status
    assert "faults.json could not be written: Is a directory" in " ".join(capsys.readouterr().out.split())


def test_a_folder_that_cannot_be_made_is_refused_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> Any:
        raise AssertionError("it ran")

    monkeypatch.setattr(faulting, "run", never)
    (tmp_path / "file").touch()

    with pytest.raises(ConfigurationError, match="--report-dir"):
        faulting.run_faults(["at-most-three-images"], 1, tmp_path / "file")
