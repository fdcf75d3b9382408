"""The committed table of the coverage is what the command prints now."""

from difflib import unified_diff
from pathlib import Path

from click.testing import CliRunner

from conformance.cli import main
from conformance.cli.coverage_table import tests_by_requirement as by_requirement

TABLE = Path(__file__).parents[2] / "reports" / "coverage.md"
REMEDY = "gimg-conformance requirements --coverage > reports/coverage.md"


def staleness(committed: str, fresh: str) -> str:
    """Where the two part ways and the command that mends it; empty when they are the same."""
    changes = list(unified_diff(committed.splitlines(), fresh.splitlines(), "committed", "fresh", n=0, lineterm=""))
    return "\n".join([f"{TABLE.name} is stale; write it anew: {REMEDY}", *changes[:12]]) if changes else ""


def printed() -> str:
    result = CliRunner().invoke(main, ["requirements", "--coverage"])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_committed_table_is_fresh() -> None:
    assert staleness(TABLE.read_text(encoding="utf-8"), printed()) == ""


def test_the_command_in_the_table_is_the_remedy() -> None:
    assert f"`{REMEDY}`" in TABLE.read_text(encoding="utf-8")


def test_a_stale_table_is_found_and_the_remedy_told() -> None:
    fresh = TABLE.read_text(encoding="utf-8")
    stale = fresh.replace("| RATE-6 | MUST |", "| RATE-6 | SHOULD |")

    told = staleness(stale, fresh)

    assert told.splitlines()[0] == f"coverage.md is stale; write it anew: {REMEDY}"
    assert "-| RATE-6 | SHOULD |" in told
    assert "+| RATE-6 | MUST |" in told


def test_all_links_lead_to_files() -> None:
    targets = [line.partition("]: ")[2] for line in TABLE.read_text(encoding="utf-8").splitlines() if "]: .." in line]

    assert targets
    assert [target for target in targets if not (TABLE.parent / target).is_file()] == []


def test_what_the_contract_brings_in_counts() -> None:
    """Cases that are made of its schemas, and its judgement of every response; not what it only mentions."""
    tests = by_requirement()

    assert "suite/test_validation.py::test_an_invalid_upload_is_refused" in tests["UP-8"]
    assert tests["RATE-1"] == ["passive::as_documented"]
    assert "passive::as_documented" not in tests["API-1"]


def test_one_requirement_and_all_of_them_are_two_commands() -> None:
    result = CliRunner().invoke(main, ["requirements", "RATE-6", "--coverage"])

    assert result.exit_code == 2
    assert "leave the ID out" in result.stderr


def test_the_table_is_in_english_alone() -> None:
    result = CliRunner().invoke(main, ["requirements", "--coverage", "--lang", "zh-TW"])

    assert result.exit_code == 2
    assert "leave --lang out" in result.stderr
