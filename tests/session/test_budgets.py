"""What a run may cost its target, whichever accounts there are; of a certify run see `test_certified`."""

import re
from pathlib import Path
from typing import Any

import pytest

from conformance import reference
from conformance.plan.marks import Profile
from tests.session.conftest import Begin

EVERY = "primary|other|burner|free|broke|capped|metered"


def with_accounts(toml: str, names: str) -> str:
    """A target file's text, less the accounts of other names."""
    tables = re.split(r"(?m)^(?=\[)", toml)
    return "".join(
        table for table in tables if not table.startswith("[accounts.") or re.match(rf"\[accounts\.({names})]", table)
    )


@pytest.mark.parametrize(
    ("profile", "names", "most"),
    [
        ("gate", EVERY, 100),
        ("gate", "primary|other", 100),
        ("gate", "primary", 100),
        ("smoke", EVERY, 40),
        ("smoke", "primary", 40),
    ],
)
def test_a_run_keeps_to_its_budget_on_the_primary_account(
    begin: Begin, tmp_path: Path, profile: Profile, names: str, most: int
) -> None:
    target = tmp_path / "target.toml"
    with reference.start() as server:
        target.write_text(with_accounts(server.target_toml(), names), encoding="utf-8")
        _, _, report = begin(f"--gimg-target={target}", f"--gimg-profile={profile}").ended()

    assert report["verdict"] in {"conformant", "undecided"}
    assert 0 < report["cost"]["by_account"]["primary"]["requests"] <= most
    if profile == "smoke":
        assert report["cost"]["requests"] <= 40
        assert report["cost"]["credits"] <= 5


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
