"""SHA256SUMS of a bundle, as `sha256sum --check` reads it."""

from collections.abc import Mapping
from hashlib import sha256

from conformance.certificate.refused import Refused

SUMS, ATTESTATION = "SHA256SUMS", "attestation.json"
APART = {SUMS, ATTESTATION}
"""The files without a sum: the sums themselves, and what signs them, which may be signed once more."""


def sums_of(files: Mapping[str, bytes]) -> bytes:
    """One line for each file."""
    return "".join(f"{sha256(files[name]).hexdigest()}  {name}\n" for name in sorted({*files} - APART)).encode()


def must_fit(files: Mapping[str, bytes]) -> None:
    """Raises Refused, naming the files, unless each file has its sum and each sum its file."""
    if SUMS not in files:
        raise Refused(f"{SUMS} is missing")
    told = _told(files[SUMS])
    found = {name: sha256(content).hexdigest() for name, content in files.items() if name not in APART}
    for what, names in (
        ("was removed", told.keys() - found.keys()),
        ("was added", found.keys() - told.keys()),
        ("was changed", {name for name in told.keys() & found.keys() if told[name] != found[name]}),
    ):
        if names:
            raise Refused(f"{', '.join(sorted(names))} {what} after the bundle was made ({SUMS})")
    if files[SUMS] != sums_of(files):
        raise Refused(f"{SUMS} is not written as the suite writes it")


def _told(content: bytes) -> dict[str, str]:
    try:
        lines = [line.split("  ", 1) for line in content.decode().splitlines()]
        return {name: digest for digest, name in lines}
    except ValueError:
        raise Refused(f"{SUMS} has a line that is no sum and name") from None
