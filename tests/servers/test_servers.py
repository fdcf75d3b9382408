"""The table of somebody else's servers: what it says of a set-up, and that none is missing in it."""

from dataclasses import replace

from conformance import Report
from tests.servers.bench_servers import TABLE, Row, table
from tests.servers.setups import SETUPS

SAMPLE = TABLE.parent / "sample" / "three-faults"


def test_a_wrong_status_and_what_was_skipped_are_told() -> None:
    report = Report.read(SAMPLE)
    right, wrong = (replace(SETUPS[0], status=status) for status in (report.exit_status, 0))
    rows = [Row(right, ("prism 5.0",), 2.0, report), Row(wrong, (), 2.0, report), Row(SETUPS[1], skipped="no nginx")]

    said = table(rows)

    assert [row.right for row in rows] == [True, False, True]
    assert said.count("**should be 0**") == 1
    assert "skipped: no nginx" in said
    assert f": {report.findings[0].cause}" in said
    assert "and prism 5.0, all on" in said


def test_the_committed_table_has_every_set_up_and_each_report_is_right() -> None:
    said = TABLE.read_text(encoding="utf-8")

    assert [setup.name for setup in SETUPS if f"| {setup.name} | {setup.profile} | {setup.status} |" not in said] == []
    assert [setup.name for setup in SETUPS if setup.why not in said] == []
    assert "**should be" not in said
