"""When `certify` makes a bundle, and what it says where it makes none. The run itself is left out."""

from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.certificate.archive import unpacked
from conformance.cli import certifying
from conformance.cli.certifying import CertifyRequest, certify_target
from conformance.errors import ConfigurationError
from conformance.report import Report
from conformance.verdict import RunVerdict, Verdict
from tests.certificate.conftest import folder, made

__all__ = ["folder", "made"]
Made = Callable[..., Report]
Folder = Callable[[Report], Path]
Certify = Callable[..., int]


@pytest.fixture
def certify(tmp_path: Path, folder: Folder, monkeypatch: pytest.MonkeyPatch) -> Certify:
    """Certify with a run that leaves this report, or none, and ends with this status."""

    def certified(report: Report | None, status: int, **how: Path) -> int:
        def execute(_: object) -> int:
            if report:
                folder(report)
            return status

        monkeypatch.setattr(certifying, "execute", execute)
        return certify_target(CertifyRequest(report_dir=tmp_path / "reports", vendor="Acme", **how))  # type: ignore[arg-type]

    return certified


@pytest.mark.parametrize("failed", [(), ("A-1",)])
def test_a_run_that_decided_is_bundled(
    certify: Certify, made: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str], failed: tuple[str, ...]
) -> None:
    place, status = tmp_path / "new" / "acme.zip", len(failed)

    assert certify(made(*failed), status, output=place) == status
    assert capsys.readouterr().out.startswith(f"Bundle: {place}, ")
    assert {"report.json", "CERTIFICATE.md", "attestation.json"} <= unpacked(place).keys()


def test_a_run_that_left_rows_open_names_them_in_place_of_a_bundle(
    certify: Certify, made: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second, *others = made().requirements
    rows = [first, second.model_copy(update={"verdict": Verdict.NOT_TESTED}), *others]
    told = {"verdict": RunVerdict.UNDECIDED, "because": ["1 MUST requirement not tested"], "requirements": rows}

    assert certify(made().model_copy(update=told), 3) == 3
    out = capsys.readouterr().out
    assert out == "No bundle: the run is undecided: 1 MUST requirement not tested (A-2).\n"
    assert not (tmp_path / "reports" / "bundle.zip").exists()


@pytest.mark.parametrize("status", [3, 130])
def test_a_run_that_left_no_report_makes_no_bundle(
    certify: Certify, capsys: pytest.CaptureFixture[str], status: int
) -> None:
    assert certify(None, status) == status
    assert capsys.readouterr().out == "No bundle: the run left no report.\n"


def test_a_report_that_could_not_be_written_whole_makes_no_bundle(
    certify: Certify, made: Made, capsys: pytest.CaptureFixture[str]
) -> None:
    assert certify(made(), 3) == 3
    assert capsys.readouterr().out == "No bundle: not all of it could be written.\n"


def test_where_the_bundle_goes_is_looked_at_before_the_run(certify: Certify, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="--output "):
        certify(None, 0, output=tmp_path / "file" / "acme.zip")
