"""What a run may cost its target, whichever accounts there are; of a certify run see `test_certified`."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance import reference
from conformance.cases.budget import candidates, left_to_certify, place_of, requests_of
from conformance.cases.generated import posts
from conformance.plan.cost import BESIDE, CREDITS, NO_ROOM, PRIMARY, SPARE
from conformance.plan.marks import PROFILES, Profile
from tests.session.conftest import Begin
from tests.session.planned import is_near

ROOT = Path(__file__).parents[2]
POLLS = 2
"""By which what is at work when cases begin or end may change the count; `SPARE` covers them."""
EVERY = "primary|other|burner|free|broke|capped|metered"


def with_accounts(toml: str, names: str) -> str:
    """A target file's text, less the accounts of other names."""
    tables = re.split(r"(?m)^(?=\[)", toml)
    return "".join(
        table for table in tables if not table.startswith("[accounts.") or re.match(rf"\[accounts\.({names})]", table)
    )


def run(begin: Begin, folder: Path, profile: Profile, names: str, *, cookie: bool = True) -> dict[str, Any]:
    """The report of a run against the embedded server, which knew only these accounts."""
    target = folder / "target.toml"
    with reference.start() as server:
        toml = with_accounts(server.target_toml(), names)
        target.write_text(toml if cookie else re.sub(r"(?m)^cookie.*\n", "", toml), encoding="utf-8")
        return begin(f"--gimg-target={target}", f"--gimg-profile={profile}").ended()[2]


def budget_kept(report: dict[str, Any], profile: Profile) -> None:
    assert report["verdict"] in {"conformant", "undecided"}
    assert 0 < report["cost"]["by_account"]["primary"]["requests"] <= PRIMARY[profile]
    assert report["cost"]["credits"] <= CREDITS[profile]
    assert profile != "smoke" or [*report["cost"]["by_account"]] == ["primary"]
    assert is_near(report["cost"], report["planned"])


@pytest.mark.parametrize("names", [EVERY, "primary"])
def test_a_smoke_run_keeps_to_its_budget(begin: Begin, tmp_path: Path, names: str) -> None:
    budget_kept(run(begin, tmp_path, "smoke", names), "smoke")


@pytest.mark.parametrize(
    ("names", "cookie"), [(EVERY, True), ("primary|other", False), ("primary", True), ("primary", False)]
)
def test_a_gate_keeps_to_its_budget_and_has_the_room_for_cases_that_is_stated(
    begin: Begin, tmp_path: Path, names: str, cookie: bool
) -> None:
    other = "other" in names
    report = run(begin, tmp_path, "gate", names, cookie=cookie)
    left = left_to_certify(other=other, cookie=cookie)
    taken = [case for case in candidates(*(["generate"] if other else posts())) if place_of(case) not in left]
    beside = report["cost"]["by_account"]["primary"]["requests"] - requests_of(taken)

    budget_kept(report, "gate")
    assert abs(beside - BESIDE[other, cookie]) <= POLLS, f"state {beside} in plan/cost.py"
    assert report["warnings"] == ([f"{len(left)} tests {NO_ROOM}"] if left else [])
    untested = {row["id"] for row in report["requirements"] if row["reason"] == NO_ROOM}
    assert untested <= {case.requirement for case in candidates(*posts()) if place_of(case) in left}
    assert untested or other or not cookie


def test_what_is_spare_covers_the_polls_that_may_be_more() -> None:
    assert POLLS < SPARE


def test_the_gate_keeps_the_same_budget_with_a_neighbour_alone(begin: Begin, tmp_path: Path) -> None:
    budget_kept(run(begin, tmp_path, "gate", "primary|other"), "gate")


def told_in_the_readme() -> Iterator[tuple[str, str, int, int]]:
    """From its table: profile, whose requests they are, how many, and credits."""
    pattern = r"^\| `(\w+)` \|.*\| at most (\d+) requests( of the primary account)? and (\d+) credits"
    for found in re.finditer(pattern, (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE):
        profile, requests, primary, credit = found.groups()
        yield profile, "primary" if primary else "all", int(requests), int(credit)


def test_what_the_readme_promises_about_cost_is_what_is_kept() -> None:
    assert list(told_in_the_readme()) == [
        (name, "all" if name == "smoke" else "primary", PRIMARY[name], CREDITS[name]) for name in PROFILES
    ]


@pytest.fixture(scope="module")
def with_a_key_alone(begin: Begin) -> tuple[int, str, dict[str, Any]]:
    """How a gate run ended that knew nothing but a URL and a key."""
    with reference.start(clock=reference.RunningClock(100)) as server:
        key = server.accounts["primary"].key
        return begin(f"--gimg-base-url={server.base_url}", f"--gimg-api-key={key}").ended()


def test_a_gate_with_nothing_but_a_key_keeps_to_its_budget(with_a_key_alone: tuple[int, str, dict[str, Any]]) -> None:
    _, _, report = with_a_key_alone

    assert report["profile"] == "gate"
    assert 0 < report["cost"]["by_account"]["primary"]["requests"] <= 100


def test_what_a_gate_with_nothing_but_a_key_cannot_test_is_told_and_fails_nothing(
    with_a_key_alone: tuple[int, str, dict[str, Any]],
) -> None:
    status, _, report = with_a_key_alone
    left = [row for row in report["requirements"] if row["verdict"] in {"not_tested", "not_applicable"}]

    assert (status, report["verdict"], report["because"]) == (0, "conformant", [])
    assert len(left) > 50
    assert [row["id"] for row in left if not row["reason"]] == []
    hints = {row["hint"] for row in left}
    assert {f'add [accounts.{name}] key = "…" to the target file' for name in ("other", "free", "broke")} < hints
    assert 'add cookie = "…" to [accounts.primary] in the target file' in hints
