"""`gimg-conformance verify`: whether a bundle is genuine, offline."""

import sys
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text
from securesystemslib.signer import CryptoSigner, SSlibKey

from conformance import __version__
from conformance.certificate.archive import packed, unpacked
from conformance.certificate.attestation import sign, written
from conformance.certificate.certificate_page import NOT_COVERED
from conformance.certificate.keys import fingerprint, public_keys, signer
from conformance.certificate.refused import Refused
from conformance.certificate.sums import ATTESTATION
from conformance.certificate.verification import Kind, KnownSuite, Verified, verified
from conformance.cli.rebuilding import judged_again
from conformance.client.endpoint_secrets import kept_secrets
from conformance.contract import load as load_contract
from conformance.counted import counted
from conformance.errors import ConfigurationError
from conformance.evidence import Exchange
from conformance.evidence.attempt import Attempt
from conformance.plan.settings import EVIDENCE
from conformance.report import Report
from conformance.report.hostile import one_line
from conformance.report.layout import Labelled, console_for
from conformance.requirements import load
from conformance.verdict import RunVerdict
from conformance.whole_file import write_whole

GENUINE, REFUSED, UNKNOWN = 0, 1, 3
_LONGEST = 1000
RAISES = {
    Kind.UNSIGNED: "Nobody stands for it: a signed bundle says at least who does.",
    Kind.SELF_ATTESTED: "The vendor itself ran it. A certifier that runs it, or signs as well (--sign), raises trust.",
    Kind.COUNTER_SIGNED: "A second key stands for it. A run by a certifier would show where the evidence came from.",
    Kind.BY_CERTIFIER: "",
}


def verify_bundle(path: Path, trusted: Sequence[str], sign_with: str | None, output: Path | None) -> int:
    """Verify, print what was found, and return the exit status. Raises ConfigurationError for wrong usage."""
    keys = [key for given in trusted for key in public_keys(given)]
    if bool(sign_with) is not bool(output):
        raise ConfigurationError("--sign and --output belong together", "give both: the bundle itself is not changed")
    if output and output.exists() and output.samefile(path):
        raise ConfigurationError(f"--output {output} is the bundle itself, which is not changed", "name another file")
    own = signer(sign_with) if sign_with else None
    console = console_for(sys.stdout)
    try:
        files = unpacked(path)
        found = verified(files, keys, _suite(), _judged_again)
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}", "give a bundle that `certify` wrote") from None
    except (Refused, zipfile.BadZipFile) as error:
        _show(console, ("REFUSED", "bold red"), str(error))
        return REFUSED
    _print(found, path, console)
    if own and output:
        _sign(files, found, own, output)
        _show(console, ("written", "dim"), f"{output}, signed by {fingerprint(own.public_key)} as well")
    return GENUINE if found.genuine else UNKNOWN


def _sign(files: Mapping[str, bytes], found: Verified, own: CryptoSigner, output: Path) -> None:
    """Write the same bundle with one signature more. Raises ConfigurationError."""
    sign(found.signed.envelope, own)
    try:
        write_whole(output, packed({**files, ATTESTATION: written(found.signed.envelope)}))
    except OSError as error:
        raise ConfigurationError(f"--output {output}: {error.strerror}", "name a file that can be written") from None


def _suite() -> KnownSuite:
    return KnownSuite(__version__, load_contract().sha256, load().sha256)


def _judged_again(folder: Path) -> tuple[Report, Sequence[Exchange], Sequence[Attempt]]:
    """Raises Refused where the evidence is not as the run left it."""
    try:
        kept_secrets(folder / EVIDENCE)
        report, evidence = judged_again(folder)
    except ConfigurationError as error:
        raise Refused(error.message.replace(f"{folder}/", "")) from None
    except (OSError, ValueError, KeyError) as error:
        raise Refused(f"its evidence cannot be read: {error}") from None
    return report, *evidence


def _print(found: Verified, path: Path, console: Console) -> None:
    _show(console, ("GENUINE", "bold green") if found.genuine else ("INTACT", "bold yellow"), _by_whom(found))
    for name, text in _facts(found, path):
        _show(console, (name, "dim"), text)
    for line in _cautions(found):
        console.print(Labelled(Text(), Text(one_line(line, _LONGEST))), crop=False)
    for what in NOT_COVERED:
        console.print(Labelled(Text("- "), Text(what)), crop=False)


def _show(console: Console, label: tuple[str, str], text: str) -> None:
    name, style = label
    console.print(Labelled(Text(f"{name:<10}", style), Text(one_line(text, _LONGEST))), crop=False)


def _by_whom(found: Verified) -> str:
    if found.trusted:
        return f"signed by {_fingerprints(found.trusted)}, which you trust"
    if found.unknown:
        return f"signed by an unknown key, {_fingerprints(found.unknown)}"
    return "not signed"


def _fingerprints(keys: Sequence[SSlibKey]) -> str:
    return " and ".join(map(fingerprint, keys))


def _facts(found: Verified, path: Path) -> Iterator[tuple[str, str]]:
    report, vendor = found.report, found.report.vendor
    named = " ".join(filter(None, (vendor.organisation, vendor.product, vendor.version))) if vendor else "not named"
    yield "verdict", f"{report.verdict}: {report.summary}"
    if found.by_suite:
        judged = "; ".join(found.changed) or "the same verdicts"
        yield "again", f"suite {__version__} judged its evidence: {judged}"
    yield "bundle", f"{path}, {path.stat().st_size / 1e6:.1f} MB"
    yield "class", found.kind + (f" ({found.certifier})" if found.certifier else "")
    yield "vendor", named
    yield "target", f"{report.target.name}, {report.target.base_url}"
    yield "run", f"{report.started_at} to {report.finished_at}, {counted(report.cost.requests, 'request')}"
    yield "suite", f"{report.suite.version}{', the one at hand' if not found.by_suite else ''}"
    if found.trusted and found.unknown:
        yield "also", f"signed by {_fingerprints(found.unknown)}, which you did not name"


def _cautions(found: Verified) -> Iterator[str]:
    if found.report.verdict is RunVerdict.NONCONFORMANT:
        yield "It is a record of deviations, and no certificate."
    if found.by_suite:
        yield f"Suite {found.by_suite} wrote its pages: they are not compared with the evidence."
    if found.unknown and not found.trusted:
        yield "The key came with the bundle, and proves nothing by itself: give the signer's own with --key FILE."
    if caution := RAISES[found.kind]:
        yield caution
    yield "It does not show:"
