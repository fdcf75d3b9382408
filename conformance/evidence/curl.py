"""A request as a line that can be copied into a shell and runs there, with the secrets in environment variables."""

import re
import shlex
from collections.abc import Mapping

from conformance.evidence.exchange import OURS, REQUEST_ID, Request
from conformance.evidence.shapes import STAND_IN

LONGEST_BODY = 2000
"""Characters of a body that one line can hold."""
FRESH_KEY = '"Idempotency-Key: repeat-$(date +%s)-$$"'
"""A key that was not used before, in any POSIX shell."""
_OUR_KEY = re.compile(r"conformance-[a-z-]+-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_FRAMING = frozenset({"content-length", "connection", "host", "transfer-encoding"})
"""Headers that curl writes itself."""
_SECRET = re.compile(rf"(?P<prefix>gimg_)?(?P<token>{STAND_IN})")
_IN_DOUBLE_QUOTES = re.compile(r'[^"\\$`!]*')


class _CannotBeShownError(ValueError):
    """One line cannot show this request."""


def curl_line(request: Request, variables: Mapping[str, str]) -> str:
    """The line; empty where one line cannot show the request, or not all of it could be typed.

    `variables` are the names of environment variables, by the name of the secret: "primary" is the account's key,
    "primary-cookie" the cookie of its session, "header-x" the value of a further header X. An idempotency key of ours
    is replaced by a fresh one.
    """
    try:
        return " ".join(_words(request, variables))
    except _CannotBeShownError:
        return ""


def _words(request: Request, variables: Mapping[str, str]) -> list[str]:
    words = ["curl -i -g --path-as-is", "-I" if request.method == "HEAD" else f"-X {shlex.quote(request.method)}"]
    words.append(_quoted(request.url, variables))
    headers = [(name, value) for name, value in request.headers if not _left_out(name, value)]
    words += [f"-H {_header(name, value, variables)}" for name, value in headers]
    if request.body:
        if request.header("content-type") is None:
            words.append("-H 'Content-Type:'")  # else curl says that it is a form
        words.append(f"--data-raw {_quoted(_text(request.body), variables)}")
    return words


def _left_out(name: str, value: str) -> bool:
    return name.lower() in _FRAMING or (name == REQUEST_ID and value.startswith(OURS))


def _header(name: str, value: str, variables: Mapping[str, str]) -> str:
    if not value.isascii() or value != value.strip():
        raise _CannotBeShownError
    if name.lower() != "idempotency-key" or not _OUR_KEY.search(value):
        return _quoted(f"{name}: {value}" if value else f"{name};", variables)
    if not _OUR_KEY.fullmatch(value):
        raise _CannotBeShownError  # its form is the point, and a fresh one would have another
    return FRESH_KEY


def _text(body: bytes) -> str:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise _CannotBeShownError from None
    if len(text) > LONGEST_BODY:
        raise _CannotBeShownError
    return text


def _quoted(text: str, variables: Mapping[str, str]) -> str:
    """A word of the shell in which each secret is its variable."""
    if not text.isprintable():
        raise _CannotBeShownError
    parts, done = list[tuple[str, str]](), 0
    for found in _SECRET.finditer(text):
        parts += [(text[done : found.start()], ""), ("", _variable(found, variables))]
        done = found.end()
    parts.append((text[done:], ""))
    if len(parts) == 1:
        return shlex.quote(text)
    if all(_IN_DOUBLE_QUOTES.fullmatch(literal) for literal, _ in parts):
        return '"' + "".join(literal + variable for literal, variable in parts) + '"'
    return "".join(
        shlex.quote(literal) if literal else f'"{variable}"' for literal, variable in parts if literal or variable
    )


def _variable(found: re.Match[str], variables: Mapping[str, str]) -> str:
    name = variables.get(found["token"].removeprefix("REDACTED-"), "")
    if not name:
        raise _CannotBeShownError
    if found["prefix"] or found["token"].endswith("-cookie") or found["token"].startswith("REDACTED-header-"):
        following = found.string[found.end() : found.end() + 1]
        return f"${{{name}}}" if re.match(r"\w", following) else f"${name}"
    return f"${{{name}#gimg_}}"  # the key as it stands where it has no prefix
