"""The commands of certificates, as click reads them. What they do is loaded when one runs."""

from pathlib import Path
from typing import Any

import click

from conformance.cli.network_options import network_options, tunnel_option
from conformance.cli.paths import EITHER, FILE, FOLDER, KEY, WORD
from conformance.cli.refusals import refusals


@click.command(short_help="Certify a target: run everything, and bundle what others need to check it.")
@click.argument("target", required=False, type=EITHER)
@click.option(
    "--vendor", type=WORD, metavar="NAME", help="Organisation whose target it is, instead of [vendor] in the file."
)
@click.option("--product", type=WORD, metavar="NAME", default="", help="With --vendor: its product.")
@click.option(
    "--product-version", type=WORD, metavar="VERSION", default="", help="With --vendor: the product's version."
)
@click.option("--contact", type=WORD, metavar="TEXT", default="", help="With --vendor: whom to ask.")
@click.option(
    "--key", type=KEY, metavar="FILE", help="Private key that signs the bundle, or env:NAME. Without it: unsigned."
)
@click.option("--certifier", type=WORD, metavar="NAME", default="", help="Who runs it, where that is not the vendor.")
@click.option("--output", type=FILE, help="The bundle. Default: bundle.zip beside the report.")
@click.option(
    "--report-dir",
    type=FOLDER,
    default=Path("reports"),
    show_default=True,
    help="Folder for the reports and the evidence.",
)
@click.option(
    "--workers", type=click.IntRange(1, 5), default=1, show_default=True, help="Number of parallel processes."
)
@click.option("--seed", type=int, help="Seed of the random requests.  [default: 0]")
@click.option("--max-wait", type=click.FloatRange(min=0), default=0, metavar="SECONDS", help="As in `run`.")
@click.option("--max-seconds", type=click.FloatRange(min=0), default=0, metavar="SECONDS", help="As in `run`.")
@click.option("--wait", is_flag=True, help="If too little of the quota is left, wait for its reset.")
@network_options
@tunnel_option
@click.pass_context
def certify(context: click.Context, /, **options: Any) -> None:
    """Run every test against TARGET, and put the reports and the evidence into one bundle that `verify` can check.

    Without TARGET the embedded reference server is certified. The bundle holds the secrets of webhooks that the run
    removed, so that signatures can be judged again, and no other secret.

    \b
    Exit status:
      0    conformant, and the bundle was written
      1    not conformant; the bundle says so
      2    wrong usage or configuration; nothing was sent
      3    undecided: no bundle
      130  interrupted: no bundle
    """  # noqa: D301 - click looks for the character, not for its escape
    from conformance.cli.certifying import CertifyRequest, certify_target  # noqa: PLC0415 - loads pytest and rich

    with refusals():
        status = certify_target(CertifyRequest(**options, began=context.obj))
    context.exit(status)


@click.command(short_help="Check a bundle, offline.")
@click.argument("bundle", type=FILE)
@click.option(
    "--key",
    "keys",
    multiple=True,
    type=KEY,
    metavar="FILE",
    help="Public keys that you trust, or env:NAME. May be repeated.",
)
@click.option(
    "--sign", type=KEY, metavar="FILE", help="Private key, or env:NAME, that signs the bundle as well if it is intact."
)
@click.option("--output", type=FILE, help="With --sign: where to write the signed bundle.")
@click.pass_context
def verify(
    context: click.Context, /, bundle: Path, keys: tuple[str, ...], sign: str | None, output: Path | None
) -> None:
    """Check that BUNDLE is what its run left, who signed it, and that its verdict follows from its evidence.

    A key inside a bundle proves nothing. Give the signer's public key, from a source that you trust, with --key.

    \b
    Exit status:
      0    intact, and signed by a key that was given
      1    refused
      2    wrong usage
      3    intact, but not signed, by a key that is not known, or of another suite whose verdict does not stand
    """  # noqa: D301 - click looks for the character, not for its escape
    from conformance.cli.verifying import verify_bundle  # noqa: PLC0415 - loads pytest and rich

    with refusals():
        status = verify_bundle(bundle, keys, sign, output)
    context.exit(status)


@click.command(short_help="Make a pair of keys for bundles.")
@click.argument("file", type=FILE)
def keygen(file: Path) -> None:
    """Make an Ed25519 key that signs bundles: the private one in FILE, the public one in FILE.pub."""
    from conformance.certificate.keys import PUBLIC, fingerprint, generate  # noqa: PLC0415 - loads cryptography

    with refusals():
        key = generate(file)
    click.echo(f"{file}: the private key; keep it secret\n{file}{PUBLIC}: the public key; hand it out")
    click.echo(f"fingerprint: {fingerprint(key)}")
