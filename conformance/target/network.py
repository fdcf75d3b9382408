"""How a target is reached, as the command line says: time for an exchange, certificates, a proxy, further headers."""

import base64
import math
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from ssl import SSLError, create_default_context
from urllib import request as standard
from urllib.parse import unquote, urlsplit

from conformance.errors import ConfigurationError
from conformance.limits import EXCHANGE_SECONDS, LONGEST_EXCHANGE_SECONDS
from conformance.target.environment import from_environment

PROXY_VARIABLE = "GIMG_PROXY"
HEADER_VARIABLE = "GIMG_HEADER_"
"""Variables with the proxy's URL, and the value of a further header by its number, so that no list of processes shows
what may be secret."""
FROM_ENVIRONMENT = "env"
"""In place of a proxy: those that HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY name."""
RESERVED = frozenset({
    "accept", "accept-encoding", "authorization", "connection", "content-encoding", "content-length", "content-type",
    "cookie", "expect", "forwarded", "host", "idempotency-key", "keep-alive", "origin", "proxy-authorization",
    "proxy-connection", "referer", "te", "trailer", "transfer-encoding", "upgrade", "user-agent", "x-forwarded-for",
    "x-plan", "x-real-ip", "x-request-id", "x-tier", "x-user-plan",
})  # fmt: skip
"""What tests or the connection decide."""
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_LEAST = 1.0


@dataclass(frozen=True, slots=True)
class Network:
    """`headers` are sent to the target's origin, and nowhere else; `proxies` are URLs by scheme, as the standard
    library knows them ("all" for any, "no" for hosts that are asked directly).
    """

    seconds: float = EXCHANGE_SECONDS
    """Real seconds for one whole exchange with the API."""
    ca: str = ""
    """A PEM file of authorities that are trusted beside the usual ones."""
    proxies: Mapping[str, str] = field(default_factory=dict, repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    words: tuple[str, ...] = ()
    """The options of a command line that says the same, without secrets."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """The environment variables in these words, by the name of a header in lower case."""

    def proxy_for(self, url: str) -> str:
        """The URL of the proxy by which this one is asked; empty: none."""
        try:
            parts = urlsplit(url)
            host = parts.netloc.rpartition("@")[2]
        except ValueError:
            return ""
        if "no" in self.proxies and standard.proxy_bypass_environment(  # type: ignore[attr-defined] # the annotations leave it out
            host, self.proxies
        ):
            return ""
        return self.proxies.get(parts.scheme.lower()) or self.proxies.get("all", "")

    @property
    def told(self) -> str:
        """What differs from the usual, in words and without secrets; empty: nothing."""
        proxies = sorted({address(url) for scheme, url in self.proxies.items() if scheme != "no"})
        parts = [
            f"{self.seconds:g} s for an exchange" if self.seconds != EXCHANGE_SECONDS else "",
            f"authorities of {Path(self.ca).name}" if self.ca else "",
            f"proxy {', '.join(proxies)}" if proxies else "",
            f"header {', '.join(name for name, _ in self.headers)}" if self.headers else "",
        ]
        return "; ".join(filter(None, parts))


def network(
    seconds: float | None = None, ca: str = "", proxy: str = "", headers: Sequence[str] = ()
) -> Network:  # fmt: skip
    """What these options ask for. Raises ConfigurationError, naming the option and the remedy.

    `proxy` is a URL, "env", or "env:NAME"; a header is "Name: value", whose value may be "env:NAME".
    """
    found, named = list[tuple[str, str]](), dict[str, str]()
    for number, line in enumerate(headers, 1):
        name, value, variable = _header(line, number)
        if name.lower() in named:
            raise ConfigurationError(f"--header {name}: given twice", "give each header once")
        found.append((name, value))
        named[name.lower()] = variable
    waited = EXCHANGE_SECONDS if seconds is None else _seconds(seconds)
    lines = [f"{name}: env:{named[name.lower()]}" for name, _ in found]
    return Network(
        waited, _authorities(ca), _proxies(proxy), tuple(found), _words(seconds, ca, proxy, lines), named
    )  # fmt: skip


def safe_words(proxy: str, headers: Sequence[str]) -> tuple[str, list[str], dict[str, str]]:
    """The same proxy and headers with variables in place of what may be secret, and these variables."""
    hidden, lines = dict[str, str](), list[str]()
    for number, line in enumerate(headers, 1):
        name, value, variable = _header(line, number)
        lines.append(f"{name}: env:{variable}")
        hidden |= {} if os.environ.get(variable) == value else {variable: value}
    safe = _without_credentials(proxy)
    return safe, lines, hidden | ({PROXY_VARIABLE: proxy} if safe != proxy else {})


def token_name(header: str) -> str:
    """What the value of a header is called in the evidence: letters and hyphens alone make a token readable."""
    return "-".join(("header", *re.findall("[a-z]+", header.lower())))


def address(url: str) -> str:
    """The URL without credentials."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def credentials(proxy: str) -> tuple[str, str] | None:
    """User and password of the proxy's URL; None: it has none."""
    parts = urlsplit(proxy)
    return None if parts.username is None else (unquote(parts.username), unquote(parts.password or ""))


def proxy_authorization(proxy: str) -> dict[str, str]:
    """The header that lets us in there (RFC 9110, 11.7.2); empty where the URL has no user."""
    if not (known := credentials(proxy)):
        return {}
    return {"Proxy-Authorization": "Basic " + base64.b64encode(":".join(known).encode()).decode()}


def _seconds(seconds: float) -> float:
    if not math.isfinite(seconds) or not _LEAST <= seconds <= LONGEST_EXCHANGE_SECONDS:
        raise ConfigurationError(
            f"--timeout {seconds:g} must be a number from {_LEAST:g} to {LONGEST_EXCHANGE_SECONDS:g}",
            "give seconds, such as 60",
        )
    return seconds


def _authorities(ca: str) -> str:
    if not ca:
        return ""
    try:
        context = create_default_context(cafile=ca)
    except (OSError, ValueError) as error:
        why = "it is no PEM file" if isinstance(error, SSLError) else getattr(error, "strerror", None) or str(error)
        raise ConfigurationError(
            f"--ca {ca} cannot be loaded: {why}", "give a PEM file with the certificate of the authority"
        ) from None
    if not context.cert_store_stats()["x509_ca"]:
        raise ConfigurationError(
            f"--ca {ca} holds no authority", "give the certificate of whoever signed the target's, not the target's own"
        )
    return str(Path(ca).absolute())


def _proxies(proxy: str) -> dict[str, str]:
    if proxy == FROM_ENVIRONMENT:
        found = standard.getproxies_environment()
        wanted = {scheme: url for scheme, url in found.items() if scheme in {"http", "https", "all"} and url}
        proxies = {scheme: _proxy_url(url, f"{scheme.upper()}_PROXY") for scheme, url in wanted.items()}
        return {**proxies, "no": found["no"]} if "no" in found and proxies else proxies
    return {"all": _proxy_url(from_environment(proxy, "--proxy"), "--proxy")} if proxy else {}


def _proxy_url(url: str, where: str) -> str:
    """The URL is not quoted: it may hold a password."""
    try:
        parts = urlsplit(url)
        usable = bool(parts.scheme in {"http", "https"} and parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable or not url.isascii() or not url.isprintable() or " " in url:
        raise ConfigurationError(
            f"{where} is not the URL of an HTTP proxy", "write http://host:port, or http://user:password@host:port"
        )
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise ConfigurationError(f"{where} holds more than a host and a port", "write http://host:port")
    return url


def _header(line: str, number: int) -> tuple[str, str, str]:
    """Name, value, and the variable that holds it or should. Neither the line nor the value is ever quoted."""
    name, colon, text = line.partition(":")
    name, text = name.strip(" "), text.strip(" ")
    if not colon:
        raise ConfigurationError(f"--header number {number} has no colon", "write 'Name: value' or 'Name: env:NAME'")
    if not _NAME.fullmatch(name):
        raise ConfigurationError(
            f"--header number {number}: what stands before the colon is no name of a header",
            "write 'Name: value', where the name has letters, digits and hyphens",
        )
    if name.lower() in RESERVED:
        raise ConfigurationError(
            f"--header {name}: tests or the connection decide this header",
            "let whatever stands before the target take another header",
        )
    value = from_environment(text, f"--header {name}")
    if not value or not value.isascii() or not value.isprintable() or value != value.strip():
        raise ConfigurationError(
            f"--header {name}: its value is empty, or has characters that a header cannot carry",
            "write printable ASCII without spaces around it",
        )
    return name, value, text.removeprefix("env:") if text.startswith("env:") else f"{HEADER_VARIABLE}{number}"


def _without_credentials(proxy: str) -> str:
    """The option as it was given, or the variable in place of a URL with a password."""
    return f"env:{PROXY_VARIABLE}" if "@" in proxy and not proxy.startswith("env:") else proxy


def _below_here(path: str) -> str:
    """A path below the working directory as the user most likely wrote it."""
    here = Path.cwd()
    return str(Path(path).relative_to(here)) if Path(path).is_relative_to(here) else path


def _words(seconds: float | None, ca: str, proxy: str, lines: Sequence[str]) -> tuple[str, ...]:
    words = [] if seconds is None else ["--timeout", f"{seconds:g}"]
    words += ["--ca", _below_here(ca)] if ca else []
    words += ["--proxy", _without_credentials(proxy)] if proxy else []
    for line in lines:
        words += ["--header", line]
    return tuple(words)
