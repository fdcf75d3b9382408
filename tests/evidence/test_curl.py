"""A line of curl is understood by any shell as it was meant, and there is none where it could not be."""

import json
import subprocess
from pathlib import Path

import pytest

from conformance.evidence import Request
from conformance.evidence.curl import LONGEST_BODY, curl_line
from conformance.evidence.exchange import Pairs, request_id

VARIABLES = {"primary": "GIMG_KEY", "other-cookie": "OTHER_COOKIE"}
HELD = {"GIMG_KEY": "gimg_a'b\"c$d", "OTHER_COOKIE": "sid=1; x=2"}
KEY = "conformance-key-63b64c35-533f-47b9-9a34-87f23708a175"


@pytest.fixture(params=["sh", "bash"])
def words(request: pytest.FixtureRequest, tmp_path: Path) -> "Words":
    """What a shell hands to curl."""
    stand_in = tmp_path / "curl"
    stand_in.write_text('#!/bin/sh\nfor word in "$@"; do printf "%s\\0" "$word"; done\n')
    stand_in.chmod(0o755)
    return Words(str(request.param), tmp_path)


class Words:
    def __init__(self, shell: str, folder: Path) -> None:
        self.shell, self.folder = shell, folder

    def of(self, line: str) -> list[str]:
        environment = {"PATH": f"{self.folder}:/usr/bin:/bin", "LC_ALL": "C.UTF-8", **HELD}
        said = subprocess.run([self.shell, "-c", line], env=environment, capture_output=True, check=True).stdout
        return said.decode().split("\0")[:-1]


def test_a_shell_reads_it_as_it_was_sent(words: Words) -> None:
    body = json.dumps({"prompt": "it's $HOME `x` $(x) \\ ! 日本"}, ensure_ascii=False)
    headers = (
        ("Authorization", "Bearer gimg_REDACTED-primary"), ("Content-Type", "application/json"), ("X", "it's; rm -rf"),
        ("Cookie", "REDACTED-other-cookie"), ("X-Request-Id", request_id("0a1b", 87)), ("Content-Length", "9"),
        ("Empty", ""),
    )  # fmt: skip
    line = curl_line(Request("POST", "http://h/?a=1&b=[2]", headers, body.encode()), VARIABLES)

    assert words.of(line) == [
        "-i", "-g", "--path-as-is", "-X", "POST", "http://h/?a=1&b=[2]",
        "-H", f"Authorization: Bearer {HELD['GIMG_KEY']}", "-H", "Content-Type: application/json",
        "-H", "X: it's; rm -rf", "-H", f"Cookie: {HELD['OTHER_COOKIE']}", "-H", "Empty;", "--data-raw", body,
    ]  # fmt: skip


def test_a_variable_stands_in_double_quotes() -> None:
    line = curl_line(Request("GET", "http://h/", (("Authorization", "Bearer gimg_REDACTED-primary"),)), VARIABLES)

    assert line == 'curl -i -g --path-as-is -X GET http://h/ -H "Authorization: Bearer $GIMG_KEY"'


def test_a_key_among_other_characters_is_still_one_word(words: Words) -> None:
    headers = (("A", "a$b gimg_REDACTED-primary`c"), ("B", "gimg_REDACTED-primary_"), ("C", "REDACTED-primary"))

    (_, _, _, _, _, _, _, a, _, b, _, c) = words.of(curl_line(Request("GET", "http://h/", headers), VARIABLES))

    assert (a, b, c) == (
        f"A: a$b {HELD['GIMG_KEY']}`c", f"B: {HELD['GIMG_KEY']}_", f"C: {HELD['GIMG_KEY'].removeprefix('gimg_')}",
    )  # fmt: skip


def test_an_idempotency_key_of_ours_is_a_fresh_one_each_time(words: Words) -> None:
    line = curl_line(Request("POST", "http://h/", (("Idempotency-Key", KEY),)), VARIABLES)

    assert KEY not in line
    assert words.of(line)[-1] != words.of(line)[-1]


def test_what_is_no_form_is_not_called_one() -> None:
    assert "-H 'Content-Type:' " in curl_line(Request("POST", "http://h/", (), b"{}"), {})
    assert curl_line(Request("HEAD", "http://h/"), {}) == "curl -i -g --path-as-is -I http://h/"


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ((("Authorization", "Bearer gimg_REDACTED-broke"),), b""),
        ((("Authorization", "Bearer gimg_REDACTED-0123456789ab"),), b""),
        ((("Authorization", "Bearer "),), b""),
        ((("Authorization", "Bearer \xe9"),), b""),
        ((("X", "a\tb"),), b""),
        ((("Idempotency-Key", KEY + "k" * 100),), b""),
        ((), b"\xff"),
        ((), b"a\nb"),
        ((), b"a\x1b[31m"),
        ((), b"\x00"),
        ((), "\u202e".encode()),
        ((), b"x" * (LONGEST_BODY + 1)),
    ],
)
def test_where_one_line_cannot_show_it_there_is_none(headers: Pairs, body: bytes) -> None:
    assert curl_line(Request("POST", "http://h/", headers, body), VARIABLES) == ""


def test_an_id_of_a_test_stays() -> None:
    assert "'x-request-id: of a test'" in curl_line(Request("GET", "http://h/", (("x-request-id", "of a test"),)), {})
