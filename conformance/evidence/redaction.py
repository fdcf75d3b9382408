"""Secrets are replaced where they are captured, by tokens of the same shape.

A token stands for one secret everywhere in the evidence, so that "fresh each time" and "never shown again" can still be
judged, and only the process that captured the secret can put it back (`Vault.reveal`).
"""

import hashlib
import re
from dataclasses import dataclass, field

_PATTERNS = (
    re.compile(r"(?P<keep>gimg_)(?P<secret>[A-Za-z0-9_-]{16,})"),
    re.compile(r"(?P<keep>whsec_)(?P<secret>[A-Za-z0-9_+/=-]+)"),
    re.compile(
        r"(?P<keep>[?&](?:[A-Za-z0-9-]*?(?:signature|sig|credential|token))=)(?P<secret>[^&\s\"'\\]+)", re.IGNORECASE
    ),
    re.compile(r"(?P<keep>\b(?:Set-)?Cookie: )(?P<secret>.+)", re.IGNORECASE),
)
_TOKEN = re.compile(r"REDACTED-(?:[0-9a-f]{12}|[a-z]+(?:-[a-z]+)*)")
_SECRET_HEADERS = {"authorization", "cookie", "set-cookie"}


@dataclass(slots=True)
class Vault:
    """Knows the secrets of one process. `salt` keeps tokens from being looked up in a table of hashes."""

    salt: str
    _tokens: dict[str, str] = field(default_factory=dict)
    _secrets: dict[str, str] = field(default_factory=dict)

    def keep(self, secret: str, name: str = "") -> str:
        """Remember a secret (`name` makes its token readable) and return its token. Empty secrets are left alone."""
        if not secret or _TOKEN.fullmatch(secret):
            return secret
        if secret not in self._tokens:
            digest = hashlib.sha256(f"{self.salt}{secret}".encode()).hexdigest()[:12]
            token = f"REDACTED-{name or digest}"
            self._tokens[secret] = token
            self._secrets[token] = secret
        return self._tokens[secret]

    def redact(self, text: str) -> str:
        """The text with every known secret, and whatever has the shape of one, replaced by its token."""
        for secret in sorted(self._tokens, key=len, reverse=True):
            if secret in text:
                text = text.replace(secret, self._tokens[secret])
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
            scheme, space, rest = value.partition(" ")
            return scheme + space + self.keep(rest) if space else self.keep(value)
        return self.keep(value)

    def reveal(self, text: str) -> str:
        """The text with every token of this vault put back."""
        return _TOKEN.sub(lambda found: self._secrets.get(found[0], found[0]), text)

    def _replace(self, found: re.Match[str]) -> str:
        secret = found["secret"]
        return found[0] if secret.startswith("REDACTED-") else found["keep"] + self.keep(secret)
