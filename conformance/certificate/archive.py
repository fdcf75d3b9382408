"""A bundle as bytes: a zip without compression, so that the same files make the same bytes everywhere.

What it is read from may come from a stranger: nothing is extracted that is not a plain file below the folder.
"""

import io
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from conformance.certificate.refused import Refused
from conformance.limits import BUNDLE_BYTES, BUNDLE_FILES
from conformance.whole_file import write_whole

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The first moment that a zip can name: a bundle tells its times in its report."""
_MODE = (stat.S_IFREG | 0o644) << 16
_UNIX = 3


def packed(files: Mapping[str, bytes]) -> bytes:
    """The zip of these files, by name."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.external_attr, entry.create_system = _MODE, _UNIX
            archive.writestr(entry, files[name])
    return buffer.getvalue()


def unpacked(path: Path) -> dict[str, bytes]:
    """The files of a bundle, by name. Raises Refused for what no bundle is, and OSError."""
    if path.stat().st_size > BUNDLE_BYTES:
        raise Refused(f"it has more than {BUNDLE_BYTES:,} bytes, which no bundle has")
    content = path.read_bytes()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            _must_be_plain(entries)
            files = {entry.filename: archive.read(entry) for entry in entries}
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError, ValueError, RuntimeError) as error:
        raise Refused(f"it is no intact zip: {error}") from None
    if packed(files) != content:
        raise Refused("the zip is not the one that its files make: bytes between or around them were changed")
    return files


def _must_be_plain(entries: list[zipfile.ZipInfo]) -> None:
    names = [entry.filename for entry in entries]
    if len(entries) > BUNDLE_FILES:
        raise Refused(f"it holds {len(entries):,} files, more than any bundle")
    if double := next((name for name in names if names.count(name) > 1), ""):
        raise Refused(f"it holds {double!r} twice")
    for entry in entries:
        if why := _oddity(entry):
            raise Refused(f"it holds {entry.filename!r}, {why}")


def _oddity(entry: zipfile.ZipInfo) -> str:
    parts = PurePosixPath(entry.filename).parts
    if entry.filename.startswith("/") or ".." in parts or "\\" in entry.filename or ":" in entry.filename:
        return "which leads out of its folder"
    if entry.is_dir() or stat.S_IFMT(entry.external_attr >> 16) not in {0, stat.S_IFREG}:
        return "which is no plain file"
    if entry.compress_type != zipfile.ZIP_STORED or entry.file_size != entry.compress_size:
        return "which is compressed, as no file of a bundle is"
    return ""


def extract(files: Mapping[str, bytes], folder: Path) -> None:
    """Write the files below the folder. Raises OSError."""
    for name, content in files.items():
        write_whole(folder / name, content)
