"""Secrets are found in any bytes: no text, text in a wrong encoding, spelled otherwise; and nothing else is touched."""

import base64
import html
import io
import json
import random
from collections.abc import Callable
from urllib.parse import quote

import pytest
from PIL import Image

from conformance.evidence import Exchange, Request, Response, Vault, to_json

KEY = "9f86d081884c7d659a2feaa0c55ad015"
COOKIE = 'session="a/b+c d&e<f>"; other=1234567890'
SIGNATURE = "3f1d" * 16
AROUND = {
    "invalid UTF-8": (b"\xff\xfe{", b"\xc3\x28\xed\xa0\x80}"),
    "Latin-1": ('{"é":"'.encode("latin-1"), '\xfc"}'.encode("latin-1")),
    "a character cut in two": (b"\xe6\x97", b"\xe6"),
    "zeros": (b"\0\0\0", b"\0"),
    "GB 18030": ("鍵".encode("gb18030"), "鍵".encode("gb18030")),
    "nothing": (b"", b""),
}
SHAPES = {
    "a key": (b"gimg_", b"ABCDEFGHIJKLMNOPQRST"),
    "a webhook's secret": (b"whsec_", b"0123456789abcdef"),
    "a signature": (b"https://s3/x?X-Amz-Date=1&X-Amz-Signature=", SIGNATURE.encode()),
    "a token with an underscore": (b"https://s3/x?access_token=", b"secrettoken"),
    "a signature in an HTML attribute": (b"<a href='https://s3/x?a=1&amp;sig=", SIGNATURE.encode()),
    "a signature in a URL in a URL": (
        b"/login?next=https%3A%2F%2Fs3%2Fx%3Fa%3D1%26X-Amz-Signature%3D",
        SIGNATURE.encode(),
    ),
    "a cookie": (b"Set-Cookie: session=", b"opensesame"),
    "a cookie in quotes": (b'SET-COOKIE:session="', b"opensesame"),
    "a cookie in JSON": (b'"Set-Cookie": "session=', b"opensesame"),
    "a secret without a prefix": (b'"secret" : "', b"without a prefix"),
}


@pytest.fixture
def vault() -> Vault:
    vault = Vault("salt")
    vault.keep(KEY, "primary")
    vault.keep(COOKIE, "primary-cookie")
    return vault


@pytest.mark.parametrize("around", AROUND.values(), ids=AROUND)
def test_a_known_secret_is_found_in_whatever_bytes(vault: Vault, around: tuple[bytes, bytes]) -> None:
    redacted = vault.redact_bytes(KEY.encode().join(around))

    assert redacted == b"REDACTED-primary".join(around)


@pytest.mark.parametrize("around", AROUND.values(), ids=AROUND)
@pytest.mark.parametrize(("keep", "secret"), SHAPES.values(), ids=SHAPES)
def test_what_has_the_shape_of_a_secret_is_found_in_whatever_bytes(
    vault: Vault, around: tuple[bytes, bytes], keep: bytes, secret: bytes
) -> None:
    body = around[0] + keep + secret + b'"\n' + around[1]

    redacted = vault.redact_bytes(body)

    assert secret not in redacted
    assert b"REDACTED-" in redacted
    assert redacted.startswith(around[0] + keep[:6])
    assert redacted.endswith(b"\n" + around[1])
    assert vault.redact_bytes(body) == redacted


def test_nothing_is_encoded_before_it_is_redacted(vault: Vault) -> None:
    body = b'{"echo":"\xff Bearer gimg_%b"}' % KEY.encode()
    response = Response(400, (), vault.redact_bytes(body))

    line = to_json(Exchange(Request("GET", "http://h/"), response, 0, 1))

    assert base64.b64decode(line["response"]["base64"]) == b'{"echo":"\xff Bearer gimg_REDACTED-primary"}'


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_redacted_as_such(vault: Vault, encoding: str) -> None:
    text = json.dumps({"鍵": f"gimg_{KEY}", "secret": "whsec_0123456789abcdef"}, ensure_ascii=False)

    redacted = vault.redact_bytes(b"\xff" + text.encode(encoding))[1:].decode(encoding)

    found = json.loads(redacted)
    assert found["鍵"] == "gimg_REDACTED-primary"
    assert vault.reveal(found["secret"]) == "whsec_0123456789abcdef"
    assert found["secret"] != "whsec_0123456789abcdef"


@pytest.mark.parametrize(
    "spelled",
    [
        COOKIE,
        json.dumps(COOKIE)[1:-1],
        json.dumps(COOKIE)[1:-1].replace("/", r"\/"),
        json.dumps(COOKIE)[1:-1].replace("&", r"\u0026").replace("<", r"\u003c").replace(">", r"\u003e"),
        html.escape(COOKIE),
        quote(COOKIE),
        quote(COOKIE, safe="").replace("%2F", "%2f").replace("%2B", "%2b").replace("%3C", "%3c").replace("%3E", "%3e")
        .replace("%3D", "%3d").replace("%3B", "%3b"),
        quote(COOKIE, safe=" ").replace(" ", "+"),
    ],
)  # fmt: skip
def test_a_secret_is_found_however_it_is_spelled(vault: Vault, spelled: str) -> None:
    assert vault.redact_bytes(b"\xff" + spelled.encode()) == b"\xffREDACTED-primary-cookie"


@pytest.mark.parametrize("before", ["", "gimg_", "user:gimg_", "x" * 7, "\u00ff"])
@pytest.mark.parametrize("after", ["", ":", "\0\xff", '"}'])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_base64_does_not_hide_a_secret(vault: Vault, before: str, after: str, encode: Callable[[bytes], bytes]) -> None:
    secret = vault.reveal(vault.keep("~~>?secret?>~~ of many letters", "other"))
    body = encode((before + secret + after).encode("latin-1"))

    redacted = vault.redact_bytes(body)

    assert len(redacted) < len(body)
    assert vault.reveal(redacted.decode()) == body.decode()
    kept = redacted[: redacted.index(b"REDACTED-")] + redacted[redacted.index(b"REDACTED-") + 21 :]
    assert len(kept) <= len(encode(before.encode("latin-1"))) + len(encode(after.encode("latin-1"))) + 4


def test_the_basic_credential_of_a_key_is_not_shown_by_an_echo(vault: Vault) -> None:
    basic = base64.b64encode(f"gimg_{KEY}:".encode()).decode()

    redacted = vault.redact(f"you sent Basic {basic}")

    assert base64.b64encode(KEY.encode())[4:-4].decode() not in redacted
    assert vault.reveal(redacted) == f"you sent Basic {basic}"


@pytest.mark.parametrize("credential", [f"gimg_{KEY[:-1]}B", f"gimg_{KEY.swapcase()}", f"gimg_{KEY[:13]}"])
def test_a_credential_that_was_sent_is_known_in_base64_when_it_is_echoed(vault: Vault, credential: str) -> None:
    vault.redact_header("Authorization", f"Bearer {credential}")
    echo = base64.b64encode(f"authorization: Bearer {credential}\r\n".encode())

    redacted = vault.redact_bytes(echo)

    assert base64.b64encode(KEY.encode())[4:12] not in redacted
    assert len(redacted.partition(b"REDACTED-")[2][12:]) <= 8
    assert vault.reveal(redacted.decode()) == echo.decode()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_an_image_stays_as_it_is(vault: Vault, kind: str) -> None:
    noise = random.Random(7)  # noqa: S311 - no secret
    buffer = io.BytesIO()
    Image.frombytes("RGB", (64, 64), noise.randbytes(64 * 64 * 3)).save(buffer, kind)
    vault.redact(f"https://s3/x?sig={chr(0) * 40}&token={'0' * 40}")
    body = buffer.getvalue() + b"&sig=abc Cookie: a=1 REDACTED-primary ?token=whsec_1 \0\0\0\0" + b"0" * 50

    assert vault.redact_bytes(body) == body


def test_what_is_truly_secret_is_none_in_an_image_either(vault: Vault) -> None:
    body = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR%b gimg_ABCDEFGHIJKLMNOPQRST \xff" % KEY.encode()

    redacted = vault.redact_bytes(body)

    assert redacted.startswith(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDRREDACTED-primary gimg_REDACTED-")
    assert redacted.endswith(b" \xff")


def test_an_error_that_speaks_of_a_cookie_stays_json(vault: Vault) -> None:
    body = b'{"error":{"message":"Missing cookie: log in \\"first\\"","code":"no_cookie"},"n":1}'

    redacted = json.loads(vault.redact_bytes(body))

    assert redacted["n"] == 1
    assert vault.reveal(redacted["error"]["message"]) == 'Missing cookie: log in "first"'


def test_secrets_that_overlap_leave_nothing_of_either(vault: Vault) -> None:
    vault.keep("of the other secret" + KEY[:8])
    text = f"of the other secret{KEY}, {KEY}"

    redacted = vault.redact(text)

    assert KEY[8:] not in redacted
    assert redacted.endswith(", REDACTED-primary")
    assert vault.reveal(redacted) == text


def test_the_beginning_of_a_key_does_not_hide_a_longer_beginning(vault: Vault) -> None:
    vault.redact_header("Authorization", f"Bearer gimg_{KEY[:13]}")
    text = f"Bearer gimg_{KEY[:-1]}"

    redacted = vault.redact(text)

    assert KEY[13:20] not in redacted
    assert vault.reveal(redacted) == text


def test_a_known_cookie_does_not_show_the_unknown_one_beside_it(vault: Vault) -> None:
    value = f"{COOKIE}; csrf=open sesame; Path=/"

    redacted = vault.redact_header("Set-Cookie", value)

    assert "sesame" not in redacted
    assert vault.reveal(redacted) == value
    assert vault.redact_header("cookie", COOKIE) == "REDACTED-primary-cookie"


def test_too_many_secrets_are_hidden_and_not_remembered() -> None:
    vault = Vault("salt", _room=50_000)
    texts = [f"https://s3/x?sig={number:032x}" for number in range(100)]

    redacted = [vault.redact(text) for text in texts]

    assert len(set(redacted)) == len(texts)
    assert [vault.redact(text) for text in texts] == redacted
    assert vault.reveal(redacted[0]) == texts[0]
    assert vault.reveal(redacted[-1]) == redacted[-1]
    assert vault.redact(vault.reveal(vault.keep(KEY, "primary"))) == "REDACTED-primary"
