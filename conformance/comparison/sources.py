"""A report from wherever it is: report.json, a report folder, or a bundle."""

from pathlib import Path

from conformance.errors import ConfigurationError
from conformance.report import Report
from conformance.report.model import FILE

_ZIP = b"PK\x03\x04"


def report_in(path: Path) -> Report:
    """Raises ConfigurationError for what holds none."""
    return Report.parsed(_in_bundle(path), path) if _is_bundle(path) else Report.read(path)


def _is_bundle(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(_ZIP)) == _ZIP


def _in_bundle(path: Path) -> bytes:
    from conformance.certificate.archive import unpacked  # noqa: PLC0415 - most reports are files of their own
    from conformance.certificate.refused import Refused  # noqa: PLC0415 - as above

    try:
        return unpacked(path).get(FILE, b"")
    except Refused as error:
        raise ConfigurationError(f"{path}: {error}", "give a report.json, a report folder, or a bundle") from None
