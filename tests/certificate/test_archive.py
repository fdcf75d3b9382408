"""What is read from a zip may come from a stranger."""

import stat
import zipfile
from pathlib import Path

import pytest

from conformance.certificate import archive
from conformance.certificate.archive import EPOCH, extract, packed, unpacked
from conformance.certificate.refused import Refused


def why(path: Path) -> str:
    with pytest.raises(Refused) as refused:
        unpacked(path)
    return str(refused.value)


def zipped(path: Path, name: str, *, mode: int = stat.S_IFREG | 0o644, how: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", how) as made:
        entry = zipfile.ZipInfo(name, EPOCH)
        entry.external_attr = mode << 16
        made.writestr(entry, b"x" * 1000, how)
    return path


def test_the_same_files_make_the_same_bytes(tmp_path: Path) -> None:
    files = {"b/c": b"2", "a": b"1"}
    content = packed(files)
    (tmp_path / "zip").write_bytes(content)

    assert packed(dict(reversed(files.items()))) == content
    assert unpacked(tmp_path / "zip") == files


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("../up", "which leads out of its folder"),
        ("a/../../up", "which leads out of its folder"),
        ("/root", "which leads out of its folder"),
        ("folder/", "which is no plain file"),
    ],
)
def test_a_name_that_is_no_file_below_the_folder_is_refused(tmp_path: Path, name: str, told: str) -> None:
    assert why(zipped(tmp_path / "zip", name)) == f"it holds {name!r}, {told}"


def test_a_link_is_refused(tmp_path: Path) -> None:
    place = zipped(tmp_path / "zip", "link", mode=stat.S_IFLNK | 0o777)
    assert why(place) == "it holds 'link', which is no plain file"


def test_what_is_compressed_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    place = zipped(tmp_path / "zip", "bomb", how=zipfile.ZIP_DEFLATED)
    assert why(place) == "it holds 'bomb', which is compressed, as no file of a bundle is"


def test_a_name_that_stands_twice_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "zip", "w") as made:
        made.writestr("a", b"1")
        with pytest.warns(UserWarning, match="Duplicate"):
            made.writestr("a", b"2")
    assert why(tmp_path / "zip") == "it holds 'a' twice"


def test_what_is_no_zip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "zip").write_bytes(b"no zip at all")
    assert why(tmp_path / "zip").startswith("it is no intact zip")


def test_bytes_around_the_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "zip").write_bytes(b"hidden" + packed({"a": b"1"}))
    assert "bytes between or around them were changed" in why(tmp_path / "zip")


def test_what_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "zip").write_bytes(packed({"a": b"1", "b": b"2"}))
    monkeypatch.setattr(archive, "BUNDLE_FILES", 1)
    assert "more than any bundle" in why(tmp_path / "zip")
    monkeypatch.setattr(archive, "BUNDLE_BYTES", 10)
    assert "which no bundle has" in why(tmp_path / "zip")


def test_files_are_extracted_below_the_folder(tmp_path: Path) -> None:
    extract({"a/b": b"1"}, tmp_path)
    assert (tmp_path / "a" / "b").read_bytes() == b"1"
