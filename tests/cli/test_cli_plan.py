"""`gimg-conformance plan`: what a run would take, without a request."""

import re
from collections.abc import Callable
from pathlib import Path

Command = Callable[..., tuple[int, str, str]]
NOBODY = '[target]\nname = "staging"\nbase_url = "http://127.0.0.1:1"\n[accounts.primary]\nkey = "gimg_x"\n'
"""Nothing listens there: whoever sent something would notice."""


def target(folder: Path, more: str = "") -> Path:
    place = folder / "staging.toml"
    place.write_text(NOBODY + more, encoding="utf-8")
    return place


def numbers(said: str, row: str) -> list[int]:
    """Requests, generations, credits and images of the first row of this name."""
    found = re.search(rf"(?m)^{row} +(\d+) +(\d+) +(\d+) +(\d+)$", said)
    assert found, said
    return list(map(int, found.groups()))


def test_a_target_is_planned_by_account_and_area_with_what_stays_untested(command: Command, tmp_path: Path) -> None:
    ended = command("plan", str(target(tmp_path)))
    said = ended[1]

    assert ended[0] == 0
    assert re.match(r"gate: \d+ tests, at least \d:\d\d\n", said)
    requests, generations, credit, images = numbers(said, "primary")
    assert 80 < requests <= 100
    assert 10 < generations <= images <= credit <= 80
    assert numbers(said, "GEN")[0] > 10
    assert '    add [accounts.other] key = "…"\n' in said
    assert '    add [accounts.primary] cookie = "…"\n' in said
    assert "deselected by the gate profile; tested with `--profile certify`" in said
    assert not [*tmp_path.glob("reports")]


def test_the_embedded_server_is_planned_without_one(command: Command) -> None:
    said = command("plan", "--profile", "smoke")[1]

    assert said.startswith("smoke: ")
    assert 0 < numbers(said, "primary")[0] <= 40


def test_what_is_chosen_is_planned(command: Command, tmp_path: Path) -> None:
    said = command("plan", str(target(tmp_path)), "--only", "AUTH-4")[1]

    assert "gate: 3 tests" in said
    assert numbers(said, "primary")[0] <= 10


def test_what_is_chosen_of_an_area_is_planned_as_its_own(command: Command) -> None:
    said = command("plan", "--only", "test_a_repeat_needs_a_credential")[1]

    assert numbers(said, "AUTH")[0] > 0
    assert not re.search("(?m)^IDEM ", said)


def test_a_wait_that_is_too_long_is_told_as_untested(command: Command, tmp_path: Path) -> None:
    said = command("plan", str(target(tmp_path)), "--only", "IDEM", "--profile", "certify", "--max-wait", "60")[1]

    assert "    add --max-wait 700\n" in said
    assert "waits, all at the same time" not in said


def test_a_plan_beyond_the_limits_is_shown_and_refused(command: Command, tmp_path: Path) -> None:
    ended = command("plan", str(target(tmp_path, "[limits]\nmax_requests = 10\n")))

    assert ended[0] == 2
    assert numbers(ended[1], "primary")[0] > 10
    assert "limits.max_requests is 10, but this run is planned to take" in ended[2]
    assert "; the table tells what each takes" in ended[2]
    assert "gimg-conformance plan" not in ended[2]


def test_what_matches_nothing_is_refused(command: Command) -> None:
    ended = command("plan", "--only", "AUTH-99")

    assert ended[0] == 2
    assert "nothing is called so" in ended[2]
