"""`gimg-conformance certify`: a certify run, and the bundle of what it left."""

import json
from dataclasses import dataclass
from pathlib import Path

import click
from securesystemslib.signer import CryptoSigner

from conformance.certificate.archive import packed
from conformance.certificate.bundle import JSON, bundle, why_not
from conformance.certificate.keys import fingerprint, signer
from conformance.cli.report_folder import must_be_writable
from conformance.cli.running import RunRequest, execute
from conformance.errors import ConfigurationError
from conformance.report import Report
from conformance.target import read
from conformance.verdict import CERTIFY
from conformance.whole_file import write_whole

BUNDLE = "bundle.zip"
UNDECIDED = 3
DECIDED = {0, 1}


@dataclass(frozen=True, slots=True)
class CertifyRequest:
    """The options and arguments of `certify`; None and "" mean that an option was not given."""

    target: Path | None = None
    vendor: str | None = None
    product: str = ""
    product_version: str = ""
    contact: str = ""
    key: str | None = None
    certifier: str = ""
    output: Path | None = None
    report_dir: Path = Path("reports")
    workers: int = 1
    seed: int | None = None
    max_wait: float = 0
    max_seconds: float = 0
    wait: bool = False
    timeout: float | None = None
    ca: Path | None = None
    proxy: str = ""
    headers: tuple[str, ...] = ()
    began: float | None = None
    tunnel_command: str = ""


def certify_target(order: CertifyRequest) -> int:
    """Run, bundle and return the exit status. Raises ConfigurationError before any request."""
    key = signer(order.key) if order.key else None
    if order.target and not (order.vendor or read(order.target).vendor):
        raise ConfigurationError(
            f"{order.target}: a certificate names whose target it is", 'add [vendor] with organisation = "…"'
        )
    folder = (order.output or order.report_dir / BUNDLE).parent
    must_be_writable(folder, "--output" if order.output else "--report-dir")
    status = execute(_run(order))
    report = _report(order.report_dir / JSON)
    if report is None:
        click.echo("No bundle: the run left no report.")
        return status or UNDECIDED
    if why := why_not(report) or ("" if status in DECIDED else "not all of it could be written"):
        click.echo(f"No bundle: {why}.")
        return status or UNDECIDED
    return status if _bundled(order, report, key) else status or UNDECIDED


def _report(place: Path) -> Report | None:
    try:
        return Report.model_validate_json(place.read_bytes())
    except FileNotFoundError:
        return None


def _run(order: CertifyRequest) -> RunRequest:
    names = ("product", "product_version", "contact")
    about = {name.removeprefix("product_"): getattr(order, name) for name in names}
    return RunRequest(
        target=order.target, profile=CERTIFY, report_dir=order.report_dir, workers=order.workers, seed=order.seed,
        max_wait=order.max_wait, max_seconds=order.max_seconds, wait=order.wait, keep_secrets=True,
        began=order.began, timeout=order.timeout, ca=order.ca, proxy=order.proxy, headers=order.headers,
        tunnel_command=order.tunnel_command,
        vendor=json.dumps({"organisation": order.vendor, **about}) if order.vendor else "",
    )  # fmt: skip


def _bundled(order: CertifyRequest, report: Report, key: CryptoSigner | None) -> bool:
    output = order.output or order.report_dir / BUNDLE
    try:
        content = packed(bundle(order.report_dir, report, key, certifier=order.certifier))
        output.parent.mkdir(parents=True, exist_ok=True)
        write_whole(output, content)
    except OSError as error:
        click.echo(f"The bundle could not be written: {error.filename or output}: {error.strerror}.")
        return False
    by = f"signed by {fingerprint(key.public_key)}" if key else "unsigned"
    click.echo(f"Bundle: {output}, {len(content) / 1e6:.1f} MB, {by}")
    return True
