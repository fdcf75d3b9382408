"""Secrets are replaced where they are captured, by tokens of the same shape.

A token stands for one secret everywhere in the evidence, so that "fresh each time" and "never shown again" can still be
judged, and only the process that captured the secret can put it back (`Vault.reveal`).
"""

import hashlib
import json
import re
from dataclasses import dataclass, field
from urllib.parse import quote

# JSON may write any character as an escape, and some writers do so with the slash and the ampersand.
_ESCAPED = r"\\/|\\u00[0-9A-Fa-f]{2}"
_PATTERNS = (
    re.compile(rf"(?P<keep>gimg_)(?P<secret>(?:[A-Za-z0-9_-]|{_ESCAPED}){{16,}})"),
    re.compile(rf"(?P<keep>whsec_)(?P<secret>(?:[A-Za-z0-9_+/=-]|{_ESCAPED})+)"),
    re.compile(
        r"(?P<keep>(?:[?&]|\\u0026|&amp;)(?:[A-Za-z0-9-]*?(?:signature|sig|credential|token))=)"
        r"(?P<secret>(?:[^&\s\"'\\]|\\/)+)",
        re.IGNORECASE,
    ),
    re.compile(r"(?P<keep>\"secret\"\s*:\s*\")(?P<secret>(?!whsec_)(?:[^\"\\]|\\.)+)"),
    re.compile(r"(?P<keep>\b(?:Set-)?Cookie: )(?P<secret>.+)", re.IGNORECASE),
)
_TOKEN = re.compile(r"REDACTED-(?:[0-9a-f]{12}|[a-z]+(?:-[a-z]+)*)")
_PREFIX = "gimg_"
_SECRET_HEADERS = {"authorization", "cookie", "set-cookie"}
_SHORTEST = 8
"""A shorter secret is replaced only in its own place: as a word it would be found all over the evidence."""


@dataclass(slots=True)
class Vault:
    """Knows the secrets of one process. `salt` keeps tokens from being looked up in a table of hashes."""

    salt: str = field(repr=False)
    _tokens: dict[str, str] = field(default_factory=dict, repr=False)
    _secrets: dict[str, str] = field(default_factory=dict, repr=False)
    _spellings: dict[str, str] = field(default_factory=dict, repr=False)
    """Every way in which a secret may be written, to its token."""

    def keep(self, secret: str, name: str = "") -> str:
        """Remember a secret (`name` makes its token readable) and return its token. Empty secrets are left alone."""
        if not secret:
            return secret
        if secret not in self._tokens:
            token = f"REDACTED-{name}"
            if not name or token in self._secrets:
                token = f"REDACTED-{self._digest(secret)}"
            self._secrets[token] = secret
            self._tokens[secret] = token
            if len(secret) >= _SHORTEST and not _TOKEN.fullmatch(secret):
                self._spellings |= dict.fromkeys(_spellings(secret), token)
        return self._tokens[secret]

    def redact(self, text: str) -> str:
        """The text, as it was captured, with every known secret, and whatever has the shape of one, as its token.

        Text that merely looks like a token is a secret too: so it comes back as it was, and stands for nothing else.
        """
        known = sorted((spelling for spelling in self._spellings if spelling in text), key=len, reverse=True)
        # In one pass, so that nothing is looked for inside a token.
        secrets = "|".join([*map(re.escape, known), _TOKEN.pattern])
        text = re.sub(secrets, lambda found: self._spellings.get(found[0]) or self.keep(found[0]), text)
        for pattern in _PATTERNS:
            text = pattern.sub(self._replace, text)
        return text

    def redact_bytes(self, body: bytes) -> bytes:
        """The same for a body; what is not UTF-8 (an image) is left as it is."""
        try:
            text = body.decode()
        except UnicodeDecodeError:
            return body
        return self.redact(text).encode()

    def redact_header(self, name: str, value: str) -> str:
        """Credentials and cookies are secret whatever they look like; their first word (the scheme) is kept."""
        redacted = self.redact(value)
        if name.lower() not in _SECRET_HEADERS or redacted != value:
            return redacted
        if name.lower() == "authorization":
            scheme, space, rest = value.partition(" ") if " " in value else ("", "", value)
            # As in a whole key, the prefix is no part of the secret: else the beginning of a key would be found first.
            prefix = _PREFIX if rest.startswith(_PREFIX) else ""
            return scheme + space + prefix + self.keep(rest.removeprefix(prefix))
        return self.keep(value)

    def reveal(self, text: str) -> str:
        """The text with every token of this vault put back."""
        return _TOKEN.sub(self._put_back, text)

    def _put_back(self, found: re.Match[str]) -> str:
        # Letters that followed the secret look like the rest of a token that has a name.
        token = max(filter(found[0].startswith, self._secrets), key=len, default="")
        return self._secrets[token] + found[0].removeprefix(token) if token else found[0]

    def _digest(self, secret: str) -> str:
        return hashlib.sha256(f"{self.salt}{secret}".encode(errors="backslashreplace")).hexdigest()[:12]

    def _replace(self, found: re.Match[str]) -> str:
        secret = found["secret"]
        if secret.startswith("REDACTED-"):
            return found[0]
        return found["keep"] + self.keep(self.reveal(_unescaped(secret)))


def _spellings(secret: str) -> set[str]:
    """As it is, in JSON (with slashes escaped or not), and in a URL."""
    in_json = json.dumps(secret)[1:-1]
    return {secret, in_json, in_json.replace("/", "\\/"), quote(secret, safe="", errors="replace")}


def _unescaped(text: str) -> str:
    try:
        return str(json.loads(f'"{text}"'))
    except ValueError:
        return text
