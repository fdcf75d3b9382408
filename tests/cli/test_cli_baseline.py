"""The findings of a report become a file of known failures, which tolerates them for a while."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from conformance.cli.comparing import baseline, compare
from conformance.errors import ConfigurationError
from conformance.report import Report
from conformance.target.known_failures import read_known
from conformance.verdict import Outcome, Verdict
from tests.facts import FACTS
from tests.report.conftest import report

__all__ = ["report"]
BROKEN = Outcome("t::1", ("A-1",), Verdict.FAIL, "", "401", 'a "quoted" \\ answer')


@pytest.fixture
def kept(tmp_path: Path, report: Callable[..., Report]) -> Path:
    path = tmp_path / "report.json"
    path.write_text(report(BROKEN).model_dump_json(), encoding="utf-8")
    return path


def test_the_day_that_it_offers_is_not_over_tomorrow(tmp_path: Path, kept: Path) -> None:
    assert FACTS["finished_at"].startswith("2026-01-01")
    known = tmp_path / "known.toml"
    text = baseline(kept).replace("# expires", "expires").replace("A-1", "AUTH-1")  # one that the registry has
    known.write_text(text, encoding="utf-8")
    (failure,) = read_known(known, date(2026, 3, 1))

    assert (failure.expires, failure.expired, failure.breaks) == ("2026-04-01", False, ("AUTH-1",))
    assert 'a "quoted" \\ answer' in failure.reason


def test_where_nothing_failed_there_is_nothing_to_list(kept: Path, report: Callable[..., Report]) -> None:
    kept.write_text(report().model_dump_json(), encoding="utf-8")

    assert baseline(kept) == "# Nothing failed on 2026-01-01 (staging), so there is nothing to list.\n"


def test_a_report_without_a_day_is_refused(kept: Path) -> None:
    plain = json.loads(kept.read_text(encoding="utf-8")) | {"finished_at": "yesterday"}
    kept.write_text(json.dumps(plain), encoding="utf-8")

    with pytest.raises(ConfigurationError, match="finished_at is 'yesterday'"):
        baseline(kept)


def test_a_run_that_judged_nothing_shows_no_regression(
    tmp_path: Path, kept: Path, report: Callable[..., Report]
) -> None:
    nothing = tmp_path / "nothing.json"
    nothing.write_text(report().model_dump_json(), encoding="utf-8")

    with pytest.raises(ConfigurationError, match=r"nothing\.json judged nothing: "):
        compare(kept, nothing, "text")
