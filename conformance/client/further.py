"""Further headers of requests to the target, as an access proxy in front of it asks for. Their values are secrets."""

import base64
import binascii
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from conformance.evidence import Vault
from conformance.target.network import Network, token_name

OPAQUE = 16
"""Characters of a value that is a secret wherever it stands; a shorter one may be a word that stands elsewhere, too."""
_TELLING = 8
"""The same for one that is no plain word."""
_PORTS = {"http": 80, "https": 443}

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Worn:
    """The headers as they are sent, and as the evidence shows them."""

    real: dict[str, str] = field(default_factory=dict, repr=False)
    shown: Pairs = ()


NONE = Worn()


class Further:
    """Tells which headers a request bears beside its own."""

    def __init__(self, network: Network, origin: str, vault: Vault) -> None:
        self._headers, self._origin = network.headers, origin_of(origin)
        self._tokens = {name: f"REDACTED-{token_name(name)}" for name, _ in network.headers}
        for name, value in network.headers:
            for secret in _secrets_in(value):
                vault.keep(secret, token_name(name) if secret == value else "")
        for url in {url for scheme, url in network.proxies.items() if scheme != "no"}:
            for secret in filter(_is_opaque, _passwords(url)):
                vault.keep(secret, "proxy-password")

    def of(self, url: str, own: Container[str] = ()) -> Worn:
        """None of them for any other origin than the target's."""
        if not self._headers or origin_of(url) != self._origin:
            return NONE
        headers = [(name, value) for name, value in self._headers if name not in own]
        return Worn(dict(headers), tuple((name, self._tokens[name]) for name, _ in headers))


def origin_of(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port; None for what has none."""
    try:
        parts = urlsplit(url)
        scheme, host, port = parts.scheme.lower(), parts.hostname, parts.port
    except ValueError:
        return None
    return (scheme, host, port or _PORTS[scheme]) if host and scheme in _PORTS else None


def _secrets_in(value: str) -> Iterator[str]:
    """The value, what follows a scheme in it, and the password in that."""
    last = value.rpartition(" ")[2]
    try:
        password = base64.b64decode(last, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        password = ""
    yield from filter(_is_opaque, dict.fromkeys((value, last, password)))


def _is_opaque(text: str) -> bool:
    return len(text) >= OPAQUE or (len(text) >= _TELLING and not text.replace("-", "").isalpha())


def _passwords(proxy: str) -> set[str]:
    """As the URL has it, and as it is sent."""
    password = urlsplit(proxy).password or ""
    return {password, unquote(password)}
