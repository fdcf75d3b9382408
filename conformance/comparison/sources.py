"""A report from wherever it is: report.json, a report folder, or a bundle."""

from pathlib import Path

from conformance.errors import ConfigurationError
from conformance.report import FORMAT, Report
from conformance.report.files import FORMATS

_REMEDY = "give a report.json, a report folder, or a bundle"
JSON = FORMATS["json"].file
_ZIP = b"PK\x03\x04"


def report_in(path: Path) -> Report:
    """Raises ConfigurationError for what holds none."""
    try:
        return Report.model_validate_json(_content(path))
    except OSError as error:
        raise ConfigurationError(f"{error.filename or path}: {error.strerror}", _REMEDY) from None
    except ValueError:
        raise ConfigurationError(f"{path} is no report of the format {FORMAT}", _REMEDY) from None


def _content(path: Path) -> bytes:
    if path.is_dir():
        return (path / JSON).read_bytes()
    content = path.read_bytes()
    return _in_bundle(path) if content.startswith(_ZIP) else content


def _in_bundle(path: Path) -> bytes:
    from conformance.certificate.archive import unpacked  # noqa: PLC0415 - most reports are files of their own
    from conformance.certificate.refused import Refused  # noqa: PLC0415 - as above

    try:
        return unpacked(path).get(JSON, b"")
    except Refused as error:
        raise ConfigurationError(f"{path}: {error}", _REMEDY) from None
