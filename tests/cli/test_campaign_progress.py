"""How far a campaign is: in words, in lines where nobody watches, and drawn anew in a terminal."""

import io

import pytest
from rich.console import Console

from conformance.cli.campaign_progress import CampaignProgress


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


def test_a_line_comes_every_thirty_seconds(stream: io.StringIO) -> None:
    clock = [0.0]
    found = CampaignProgress(345, Console(file=stream, width=20), live=False, clock=lambda: clock[0])
    with found.shown():
        for second in range(1, 70):
            clock[0] = second
            found.tick()
            if second % 10 == 0:
                with found.ended(good=second != 20):
                    pass

    assert stream.getvalue() == (
        "0:30, 2 of 345 entries, 1 not as they should be\n1:00, 5 of 345 entries, 1 not as they should be\n"
    )


def test_in_a_terminal_results_stand_above_it(stream: io.StringIO) -> None:
    found = CampaignProgress(2, Console(file=stream, width=80, force_terminal=True), live=True, clock=lambda: 0.0)
    with found.shown():
        with found.ended(good=True):
            assert stream.getvalue().endswith("\x1b[2K")  # the line is gone
        found.tick()
        assert "1 of 2 entries" in stream.getvalue()

    assert stream.getvalue().endswith("\x1b[2K")
    assert stream.getvalue().count("\x1b[?25l") == stream.getvalue().count("\x1b[?25h")
