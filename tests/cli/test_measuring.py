"""The table of costs is that of today's suite, and is made of what runs left."""

import json
import re
from pathlib import Path

import pytest

from conformance.cli.measuring import A_COOKIE, A_KEY_ALONE, RUNS, name_of, without, written
from conformance.cli.testing import _tests
from conformance.plan.cost_table import PLACE, WHOLE, CostTable, Measured, load
from conformance.plan.lacks import PARTS, lacking
from conformance.session.embedded import unserved
from conformance.target import parse
from tests.cli.test_cli_plan import NOBODY

STALE = "run `python -m conformance.cli.measuring`"


def stale(table: CostTable, tests: set[str]) -> list[str]:
    """Tests that the table does not have, or has and nobody else."""
    return sorted(tests ^ table.tests.keys())


def test_the_table_has_the_tests_of_the_suite() -> None:
    assert stale(load(), {row.name for row in _tests((), None)}) == [], STALE


def test_a_test_that_is_new_or_gone_makes_it_stale() -> None:
    some = {*load().tests} - {min(load().tests)} | {"suite/test_x.py::test_new"}

    assert stale(load(), some) == sorted({min(load().tests), "suite/test_x.py::test_new"})


def test_the_table_is_of_all_runs_and_written_as_the_measurement_writes_it() -> None:
    assert set(load().runs) == set(RUNS), STALE
    assert written(load()) == PLACE.read_text(encoding="utf-8")


def test_every_scenario_of_a_test_is_in_the_table() -> None:
    used = {name for case in load().tests.values() for name in case.scenarios}

    assert used <= load().scenarios.keys()
    assert load().waits.keys() <= load().scenarios.keys()


@pytest.mark.parametrize("lacks", [frozenset({part}) for part in PARTS] + [A_KEY_ALONE, A_COOKIE])
def test_a_target_file_is_measured_without_the_parts_that_it_is_to_lack(lacks: frozenset[str]) -> None:
    from conformance import reference  # noqa: PLC0415 - loads the server

    toml = reference.target_toml(
        unserved().target.base_url, reference.accounts_from(), reference.Rules(), reference.SteppedClock()
    )
    gone = {f"{part}.cookie" for part in lacks if part == "other"}
    assert lacking(parse(without(toml, sorted(lacks, key=PARTS.index)), "t.toml")) == lacks | gone


def test_whoever_has_nothing_but_a_key_was_measured(tmp_path: Path) -> None:
    del tmp_path
    assert Measured(WHOLE, lacking(parse(NOBODY, "t.toml"))) in load().runs


def test_names_have_nothing_that_every_run_has_anew() -> None:
    assert name_of('submissions/type "edit", inputImageKeys ["uploads/d67e55fd-642b (33b264)') == (
        'submissions/type "edit", inputImageKeys ["'
    )
    assert name_of("submissions/n 4 (f3e4db)") == "submissions/n 4"
    assert name_of("suite/test_x.py::test_y[z (abcdef) w]") == "suite/test_x.py::test_y[z (abcdef) w]"


def test_the_file_has_a_line_for_each_entry() -> None:
    lines = PLACE.read_text(encoding="utf-8").splitlines()

    assert len(lines) > len(load().tests) + len(load().scenarios)
    assert max(len(line) for line in lines if not re.search("bills", line)) < 1000
    assert json.loads(PLACE.read_text(encoding="utf-8"))["waits"]


def test_an_upload_is_called_by_its_body() -> None:
    assert name_of("uploads/size 0 (f3e4db)") == "uploads/size 0"
