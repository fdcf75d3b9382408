import base64
import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.hostile.leaks import essence, leaks, names

KEY, COOKIE = "gimg_0123456789abcdef0123456789abcdef", "session=fedcba9876543210/+fedcba"
SECRETS = {"key": KEY, "cookie": COOKIE}


def in_evidence(text: str) -> bytes:
    return json.dumps({"base64": base64.b64encode(b"\xff" + text.encode()).decode()}).encode()


@pytest.mark.parametrize("before", ["", "1", "12", "123"])
def test_a_secret_is_found_in_base64_wherever_it_begins(before: str) -> None:
    assert names(in_evidence(f"{before}{KEY}\xff{COOKIE}!"), SECRETS) == {"key", "cookie"}


@pytest.mark.parametrize(
    "written",
    [
        str.encode,
        lambda text: json.dumps(text).encode(),
        lambda text: text.replace("/", "%2F").replace("+", "%2B").replace("=", "%3D").encode(),
        lambda text: text.encode("utf-16-le"),
        lambda text: text.encode("utf-16-be"),
        lambda text: base64.urlsafe_b64encode(text.encode()),
        lambda text: gzip.compress(text.encode()),
        lambda text: base64.b64encode(gzip.compress(text.encode())),
    ],
)
def test_a_secret_is_found_however_it_is_written(written: Callable[[str], bytes]) -> None:
    assert names(b'\x00{"a": "' + written(f"<{COOKIE}>") + b'"}', SECRETS) == {"cookie"}


def test_the_prefix_alone_is_no_secret_and_the_rest_is() -> None:
    assert essence(KEY) == KEY.removeprefix("gimg_")
    assert names(b"gimg_REDACTED-primary session= whsec_", SECRETS) == set()
    assert names(KEY.removeprefix("gimg_").encode(), SECRETS) == {"key"}


def test_a_beginning_is_no_leak() -> None:
    assert names(KEY[:-1].encode() + b" " + in_evidence(KEY[:-1]), SECRETS) == set()


def test_so_short_a_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="short"):
        essence("gimg_short")


def test_files_are_searched_and_named(tmp_path: Path) -> None:
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "evidence.jsonl").write_bytes(in_evidence(KEY))
    (tmp_path / "report" / "clean.json").write_text("{}")
    (tmp_path / "report" / "empty").touch()
    (tmp_path / "target.toml").write_text(KEY)

    assert leaks(tmp_path, SECRETS, [tmp_path / "target.toml"]) == ["report/evidence.jsonl: key"]
