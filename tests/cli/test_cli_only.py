"""`run --only` and `run --failed`: what is sent, what is said, and how it ends."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from conformance import reference
from conformance.cli import _beside
from conformance.cli.passed_on import check_passed_on
from conformance.errors import ConfigurationError

Command = Callable[..., tuple[int, str, str]]
BARE = "suite/test_authentication.py::test_a_bare_key_is_refused"
FAULT = ("--", "--gimg-fault=polling-needs-no-key")


def report(folder: Path, place: str = "reports") -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / place / "report.json").read_text(encoding="utf-8"))
    return found


def ids_of(found: dict[str, Any]) -> set[str]:
    return {check["id"] for check in found["checks"] if not check["id"].startswith("passive::")}


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_requirement_runs_its_tests_whatever_the_profile(command: Command, tmp_path: Path, workers: str) -> None:
    status, out, err = command("run", "--only", "AUTH-4", "--profile", "smoke", "--workers", workers)
    found = report(tmp_path)

    assert (status, err) == (0, "")
    assert "only AUTH-4: 3 tests, whatever the profile" in out
    assert out.splitlines()[-1] == "PARTIAL  no deviation found: 1 of 1 chosen requirement"
    assert ids_of(found) == {f"{BARE}[{name}]" for name in ("generate", "upload", "generation")}
    assert found["suite"]["selection"] == {"words": ["AUTH-4"], "requirements": ["AUTH-4"], "tests": 3}
    assert found["cost"]["requests"] <= 8
    assert {row["reason"] for row in found["requirements"] if row["id"] == "RATE-6"} == {"not chosen"}
    properties = ET.parse(tmp_path / "reports" / "junit.xml").findall("testsuite/properties/property")  # noqa: S314 - our own
    assert {(one.get("name"), one.get("value")) for one in properties} == {("chosen", "AUTH-4")}


def test_one_test_of_several_says_that_it_is_one(command: Command, tmp_path: Path) -> None:
    status, out, _ = command("run", "--only", f"{BARE}[generate]")

    assert status == 0
    assert "PARTIAL no deviation found: 1 of 1 chosen requirement, by some of its tests" in " ".join(out.split())
    assert ids_of(report(tmp_path)) == {f"{BARE}[generate]"}


@pytest.mark.parametrize("workers", ["1", "2"])
def test_parameters_that_no_test_has_are_refused_before_any_request(command: Command, workers: str) -> None:
    status, out, err = command("run", "--only", f"{BARE}[generat]", "--workers", workers)

    assert (status, out) == (2, "")
    assert err.startswith(f"Error: --only {BARE}[generat]: nothing is called so. Did you mean {BARE}[generate]")


def test_what_fails_decides_only_where_it_was_chosen(command: Command, tmp_path: Path) -> None:
    status, out, _ = command("run", "--only", "AUTH-4", "--only", "AUTH-1", *FAULT)
    (advice,) = (line for line in out.splitlines() if line.startswith("again: "))
    assert advice == f"again: gimg-conformance run --failed {' '.join(FAULT)}"
    full = (tmp_path / "reports" / "report.json").read_bytes()
    again, told, _ = command("run", "--failed", "--workers", "2", *FAULT)

    assert (status, again) == (1, 1)
    assert "NONCONFORMANT  1 deviation found: 2 of 2 chosen requirements, 1 broken" in out
    assert "only what failed in reports: 4 tests, whatever the profile" in told
    assert "suite/test_authentication.py::test_no_credential_is_refused[generation]" in ids_of(
        report(tmp_path, "reports/again")
    )
    assert f"\nagain: gimg-conformance run --failed reports/again {' '.join(FAULT)}\n" in told
    assert f"\nagain, all that failed in reports: gimg-conformance run --failed {' '.join(FAULT)}\n" in told

    fixed, told, _ = command("run", "--failed", "--report-dir", "reports")
    done, _, err = command("run", "--failed", "reports/again")

    assert fixed == 0
    assert "PARTIAL no deviation found: 1 of 1 chosen requirement, by some of its tests" in " ".join(told.split())
    assert done == 2
    assert "reports/again/report.json nothing failed or was inconclusive" in err
    assert (tmp_path / "reports" / "report.json").read_bytes() == full
    assert not (tmp_path / "reports" / "again" / "again").exists()


@pytest.mark.parametrize(
    ("failed", "named", "folder"),
    [
        ("reports", None, "reports/again"),
        ("reports/report.json", "reports", "reports/again"),
        ("reports/again", None, "reports/again-2"),
        ("reports/again-2", "reports/again-2", "reports/again-3"),
        ("reports/again", "left", "left"),
    ],
)
def test_what_fails_still_is_repeated_beside(
    failed: str, named: str | None, folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("again", "again-2"):
        (tmp_path / "reports" / name).mkdir(parents=True)

    assert _beside(Path(failed), Path(named) if named else None) == Path(folder)


def test_a_run_that_is_refused_leaves_the_last_report(command: Command, tmp_path: Path) -> None:
    command("run", "--only", "AUTH-4")
    status, _, _ = command("run", "--only", "AUTH-44")

    assert status == 2
    assert report(tmp_path)["verdict"] == "undecided"


def test_what_was_named_and_could_not_be_tested_leaves_the_run_undecided(command: Command, tmp_path: Path) -> None:
    with reference.start() as server:
        key = server.accounts["primary"].key
        target = ("--base-url", server.base_url, "--api-key", "env:SOME_KEY", "--only")
        status, out, _ = command(
            "run", *target, "suite/test_isolation.py::test_another_accounts_generation_is_always_refused", SOME_KEY=key
        )

    assert (status, report(tmp_path)["verdict"]) == (3, "undecided")
    assert "[accounts.other]" in out


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [
        ((f"{BARE}[generate]",), f"--only '{BARE}[generate]'"),
        (("--pyargs", "conformance.suite.test_api::test_x"), "`--only`"),
        (("conformance.suite.test_api",), "--only 'conformance.suite.test_api'"),
        (("-x", "test_api.py"), "--only 'test_api.py'"),
        (("--lf",), "`--failed`"),
        (("--last-failed-no-failures=none", "--ff"), "`--failed`"),
    ],
)
def test_what_pytest_would_not_choose_by_is_refused_with_the_remedy(arguments: tuple[str, ...], remedy: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        check_passed_on(arguments)

    assert remedy in caught.value.hint


@pytest.mark.parametrize("arguments", [("-k", "a::b"), ("--deselect", f"{BARE}[generate]"), ("-x", "--maxfail=2")])
def test_other_arguments_are_passed_on(arguments: tuple[str, ...]) -> None:
    check_passed_on(arguments)
