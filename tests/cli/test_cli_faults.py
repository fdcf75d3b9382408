"""The catalogue as a person reads it, and one entry of it tried."""

import json
import re
from collections.abc import Callable
from pathlib import Path

from conformance.faults import everything

Command = Callable[..., tuple[int, str, str]]


def test_names_are_whole_however_narrow_the_terminal(command: Command) -> None:
    status, out, _ = command("faults", "list", COLUMNS="40")

    assert status == 0
    assert [line.split()[0] for line in out.splitlines() if line[:1].strip()] == [entry.name for entry in everything()]


def test_one_entry_is_tried_and_timed(command: Command, tmp_path: Path) -> None:
    status, out, _ = command("faults", "run", "at-most-three-images", "--workers", "1", "--report-dir", "found")

    assert status == 0
    assert re.search(r"1 entry: 1 killed\n\d+ s with 1 process, [\d.]+ s each\n", out)
    assert [entry["failed"] for entry in json.loads((tmp_path / "found/faults.json").read_text())] == [["GEN-21"]]


def test_an_unknown_name_is_refused_before_anything_runs(command: Command) -> None:
    status, out, err = command("faults", "run", "at-most-three-imagse")

    assert (status, out) == (2, "")
    assert "no fault or section is named 'at-most-three-imagse'" in err
