"""Credentials that are wrong in one respect, sent to each operation in an otherwise valid request (R9)."""

import base64
import json
from dataclasses import dataclass, field, replace
from enum import StrEnum

from conformance.client import Api
from conformance.client.held import HeldCall
from conformance.contract import load
from conformance.errors import Inconclusive, NotApplicable
from conformance.evidence import Exchange
from conformance.world.once_table import OnceTable

UNAUTHORIZED = 401
SCHEME = "Bearer"
INVENTED = "gimg_" + "Zq3xW8vN" * 4


class Probe(StrEnum):
    """What is wrong with the credential, in the words of the evidence."""

    MISSING = "no Authorization header"
    EMPTY = "an empty Authorization header"
    BASIC = "a real key under the scheme Basic"
    TOKEN = "a real key under the scheme Token"  # noqa: S105 - words
    BARE = "a real key without a scheme"
    GLUED = "a real key right after Bearer, without a blank"
    SCHEME_ALONE = "the scheme Bearer without a token"
    SCHEME_AND_BLANK = "the scheme Bearer and a blank"
    SCHEME_AND_BLANKS = "the scheme Bearer, blanks and a tab"
    ELSEWHERE = "a real key everywhere but in the Authorization header"
    PREFIX_ALONE = "the beginning that all keys have"
    NO_PREFIX = "a real key without gimg_"
    INVENTED = "a well-formed key that was never issued"
    ANY = "gimg_ and the wildcard of SQL"
    GLOB = "gimg_ and the wildcard of file names"
    ANY_CHARACTER = "a real key with SQL's sign for any character in place of its last"
    ALTERED = "a real key with its last character changed"
    TRUNCATED = "a real key without its last character"
    HALF = "the first half of a real key"
    EXTENDED = "a real key with one character appended"
    OTHER_CASE = "a real key with its letters in the other case"
    HUGE = "a key of 6000 characters"
    NOT_ASCII = "a key with a byte outside ASCII"
    LOWER_SCHEME = "a real key under the scheme bearer"


def credential(probe: Probe, key: str) -> str | None:
    """The Authorization header for a probe, made from a real key; None: no header."""
    values = {
        Probe.MISSING: None,
        Probe.EMPTY: "",
        Probe.BASIC: "Basic " + base64.b64encode(f"{key}:".encode()).decode(),
        Probe.TOKEN: f"Token {key}",
        Probe.BARE: key,
        Probe.GLUED: f"{SCHEME}{key}",
        Probe.SCHEME_ALONE: SCHEME,
        Probe.SCHEME_AND_BLANK: f"{SCHEME} ",
        Probe.SCHEME_AND_BLANKS: f"{SCHEME}  \t ",
        Probe.ELSEWHERE: None,
        Probe.PREFIX_ALONE: "Bearer gimg_",
        Probe.NO_PREFIX: f"Bearer {key.removeprefix('gimg_')}",
        Probe.INVENTED: f"Bearer {INVENTED}",
        Probe.ANY: "Bearer gimg_%",
        Probe.GLOB: "Bearer gimg_*",
        Probe.ANY_CHARACTER: f"Bearer {key[:-1]}{'_' if key[-1] != '_' else '?'}",
        Probe.ALTERED: f"Bearer {key[:-1]}{'A' if key[-1] != 'A' else 'B'}",
        Probe.TRUNCATED: f"Bearer {key[:-1]}",
        Probe.HALF: f"Bearer {key[: len(key) // 2]}",
        Probe.EXTENDED: f"Bearer {key}x",
        Probe.OTHER_CASE: f"Bearer gimg_{key.removeprefix('gimg_').swapcase()}",
        Probe.HUGE: "Bearer gimg_" + "a" * 6000,
        Probe.NOT_ASCII: "Bearer gimg_\xe9" + "a" * 31,
        Probe.LOWER_SCHEME: f"bearer {key}",
    }
    return values[probe]


def wrong_credential(probe: Probe, key: str) -> str | None:
    """The same, once it is made sure that the real key is not among them.

    Raises Inconclusive (AUTH-12) for a key without its prefix, and NotApplicable for one without letters.
    """
    value = credential(probe, key)
    if value == f"Bearer {key}" and probe is Probe.NO_PREFIX:
        raise Inconclusive("depends on AUTH-12: the primary key does not begin with gimg_", root="AUTH-12")
    if value == f"Bearer {key}":
        raise NotApplicable(f"{probe} is the real key itself")
    return value


@dataclass
class Prober:
    """Sends each probe to each operation at most once. `generation_id` is one that the real key could poll."""

    anonymous: Api
    key: str
    generation_id: str
    absent: frozenset[str] = frozenset()
    """Operations that are not there at all."""
    _sent: OnceTable[tuple[str, Probe, bytes | None], Exchange] = field(default_factory=lambda: OnceTable("prober"))

    def send(self, operation: str, probe: Probe, content: bytes | None = None) -> Exchange:
        """The exchange of this probe; `content` replaces the valid body."""
        if operation in self.absent:
            raise Inconclusive(f"depends on API-1: the operation {operation} is not there", root="API-1")
        words = f"{operation}, {probe}" if content is None else f"{operation}, {probe}, body {content.decode()!r}"
        return self._sent.once((operation, probe, content), words, lambda: self._send(operation, probe, content))

    def elsewhere(self, operation: str, probe: Probe, generation_id: str) -> Exchange:
        """The same probe on another generation than the known one."""
        return replace(self, generation_id=generation_id, _sent=OnceTable("prober/an unknown id")).send(
            operation, probe
        )

    def with_cookie(self, operation: str, cookie: str) -> Exchange:
        """A call whose only credential is this cookie."""
        return self.anonymous.call(
            operation, self.generation_id, headers={"Cookie": cookie}, probe="a session's cookie and no key"
        )

    def refused(self, operation: str, probe: Probe, root: str) -> None:
        """Raises Inconclusive, charged to `root`, unless this probe is refused with 401 as it should be."""
        exchange = self.send(operation, probe)
        if exchange.status != UNAUTHORIZED:
            raise Inconclusive(f"depends on {root}: {exchange.probe} was not answered 401 ({exchange.told})", root=root)

    def _send(self, operation: str, probe: Probe, content: bytes | None) -> Exchange:
        vault = self.anonymous.sender.recorder.vault
        value = wrong_credential(probe, vault.reveal(self.key))
        headers = {} if value is None else {"Authorization": value}
        if probe is Probe.ELSEWHERE:
            return self._elsewhere(operation)
        if value and value != value.rstrip():
            return self._as_it_is(operation, value, probe)
        account = "primary" if probe is Probe.LOWER_SCHEME else ""
        api = self.anonymous.with_key("", account)
        return api.call(operation, self.generation_id, body=content, headers=headers, probe=str(probe))

    def _elsewhere(self, operation: str) -> Exchange:
        """The key in other headers, in cookies, in the query and in the body, as some libraries look for it."""
        found = load().operations[operation]
        headers = {
            "X-Api-Key": self.key, "Api-Key": self.key, "X-Auth-Token": self.key, "X-Access-Token": self.key,
            "Cookie": f"access_token={self.key}; api_key={self.key}; token={self.key}",
        }  # fmt: skip
        body = {**found.example, "access_token": self.key, "apiKey": self.key} if found.takes_body else {}
        query = "&".join(f"{name}={self.key}" for name in ("access_token", "api_key", "apiKey", "key", "token"))
        if body:
            headers["Content-Type"] = "application/json"
        return self.anonymous.request(
            found.method, f"{found.url(self.generation_id)}?{query}", operation, headers=headers,
            content=json.dumps(body).encode() if body else b"", probe=str(Probe.ELSEWHERE),
        )  # fmt: skip

    def _as_it_is(self, operation: str, value: str, probe: Probe) -> Exchange:
        """A value with blanks at its end, which httpx does not send."""
        found = load().operations[operation]
        content = json.dumps(found.example).encode() if found.takes_body else b""
        headers = {"Authorization": value, **({"Content-Type": "application/json"} if content else {})}
        url = self.anonymous.base_url + found.url(self.generation_id)
        call = HeldCall(
            self.anonymous.sender.recorder, url, headers, content, account="", operation=operation, probe=str(probe),
            method=found.method,
        ).open()  # fmt: skip
        call.complete()
        return call.finish()
