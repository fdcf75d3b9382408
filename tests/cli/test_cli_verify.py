"""What `verify` prints and writes, with the judging of the evidence left out."""

from collections.abc import Callable
from pathlib import Path

import pytest
from securesystemslib.signer import CryptoSigner

from conformance.certificate.archive import packed
from conformance.certificate.bundle import bundle
from conformance.certificate.keys import generate, signer
from conformance.certificate.verification import KnownSuite
from conformance.cli import verifying
from conformance.errors import ConfigurationError
from conformance.report import Report
from tests.certificate.conftest import folder, made

__all__ = ["folder", "made"]
Write = Callable[..., Path]
Printed = pytest.CaptureFixture[str]


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """A folder with the keys of a vendor and of a laboratory."""
    for name in ("vendor", "lab"):
        generate(tmp_path / name)
    return tmp_path


@pytest.fixture
def bundled(
    keys: Path, made: Callable[..., Report], folder: Callable[[Report], Path], monkeypatch: pytest.MonkeyPatch
) -> Write:
    """Write the bundle of a run that broke these requirements; its evidence leads to just this."""
    monkeypatch.setattr(verifying, "_suite", lambda: KnownSuite("1", "c", "r"))

    def written(*failed: str, key: CryptoSigner | None, **facts: object) -> Path:
        report = made(*failed, **facts)
        monkeypatch.setattr(verifying, "_judged_again", lambda _: (report, (), ()))
        place = keys / "bundle.zip"
        place.write_bytes(packed(bundle(folder(report), report, key)))
        return place

    return written


@pytest.fixture
def signed(bundled: Write, keys: Path) -> Path:
    return bundled(key=signer(str(keys / "vendor")))


def test_a_bundle_of_a_key_that_was_given_is_genuine(signed: Path, keys: Path, capsys: Printed) -> None:
    assert verifying.verify_bundle(signed, [str(keys / "vendor.pub")], None, None) == 0
    first, second, *_ = capsys.readouterr().out.splitlines()

    assert first.startswith("GENUINE   signed by ")
    assert first.endswith(", which you trust")
    assert second.startswith("verdict   conformant: ")


def test_a_key_that_came_along_is_nobody_known(signed: Path, capsys: Printed) -> None:
    assert verifying.verify_bundle(signed, [], None, None) == 3
    out = capsys.readouterr().out

    assert out.startswith("INTACT    signed by an unknown key, ")
    assert "The key came with the bundle, and proves nothing by itself" in out


def test_a_bundle_that_nobody_signed_says_so(bundled: Write, capsys: Printed) -> None:
    assert verifying.verify_bundle(bundled(key=None), [], None, None) == 3
    assert capsys.readouterr().out.startswith("INTACT    not signed\n")


def test_a_second_signature_stands_beside_the_first(signed: Path, keys: Path, capsys: Printed) -> None:
    before, both = signed.read_bytes(), keys / "both.zip"
    assert verifying.verify_bundle(signed, [str(keys / "vendor.pub")], str(keys / "lab"), both) == 0
    assert f"written   {both}, signed by " in capsys.readouterr().out
    assert signed.read_bytes() == before

    assert verifying.verify_bundle(both, [str(keys / "lab.pub")], None, None) == 0
    out = capsys.readouterr().out
    assert "class     counter-signed" in out
    assert "also      signed by " in out


def test_a_signed_bundle_that_cannot_be_written_is_told(signed: Path, keys: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"--output .*both\.zip: "):
        verifying.verify_bundle(signed, [], str(keys / "lab"), keys / "vendor" / "both.zip")


def test_a_record_of_deviations_is_no_certificate(bundled: Write, keys: Path, capsys: Printed) -> None:
    place = bundled("A-1", key=signer(str(keys / "vendor")))
    assert verifying.verify_bundle(place, [str(keys / "vendor.pub")], None, None) == 0

    assert "It is a record of deviations, and no certificate." in capsys.readouterr().out


def test_a_verdict_that_this_suite_does_not_come_to_is_not_genuine(
    signed: Path, keys: Path, capsys: Printed, made: Callable[..., Report], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever names a suite that never was changes nothing of what his evidence leads to."""
    monkeypatch.setattr(verifying, "_suite", lambda: KnownSuite("2", "c", "r"))
    assert verifying.verify_bundle(signed, [str(keys / "vendor.pub")], None, None) == 0

    monkeypatch.setattr(verifying, "_judged_again", lambda _: (made("A-1"), (), ()))
    assert verifying.verify_bundle(signed, [str(keys / "vendor.pub")], None, None) == 3
    out = capsys.readouterr().out.partition("INTACT    signed by ")[2]
    assert "judged its evidence: the run is nonconformant, not conformant; A-1 is fail, not pass" in out
    assert "Suite 1 wrote its pages: they are not compared with the evidence." in out


def test_what_a_bundle_says_of_itself_steers_no_terminal(bundled: Write, capsys: Printed) -> None:
    vendor = {"organisation": "Acme\x1b[2J", "product": "[red]x", "version": "", "contact": ""}
    verifying.verify_bundle(bundled(key=None, vendor=vendor), [], None, None)

    assert "vendor    Acme\\x1b[2J [red]x" in capsys.readouterr().out
