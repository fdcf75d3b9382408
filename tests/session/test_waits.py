"""A controller knows what its workers wait for while they wait."""

from pathlib import Path

from conformance.session.waits import tell_waits, waits_in
from conformance.world import overlap


def test_what_a_worker_waits_for_is_told_until_it_is_over(tmp_path: Path) -> None:
    tell_waits(tmp_path, "gw1")
    try:
        with overlap.waiting("the reset", 60), overlap.waiting("a retry", 30):
            assert [what for _, what in waits_in(tmp_path)] == ["a retry", "the reset"]
            assert waits_in(tmp_path) == overlap.waits()
    finally:
        overlap.on_change(lambda _: None)

    assert waits_in(tmp_path) == []
    assert [*tmp_path.iterdir()] == []


def test_a_file_that_cannot_be_read_tells_nothing(tmp_path: Path) -> None:
    (tmp_path / "gw0.waits.json").write_text("[[1")
    (tmp_path / "gw1.waits.json").write_text("[[1]]")
    (tmp_path / "gw2.waits.json").write_text("[1]")

    assert waits_in(tmp_path) == []


def test_a_folder_that_is_gone_stops_nobody(tmp_path: Path) -> None:
    tell_waits(tmp_path / "gone", "gw1")
    try:
        with overlap.waiting("the reset", 60):
            assert waits_in(tmp_path / "gone") in ([], overlap.waits())
    finally:
        overlap.on_change(lambda _: None)
