"""The target file: the server, its accounts, prompts, webhooks, clock and limits. Read before any request."""

import json
import re
import shlex
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from conformance.errors import ConfigurationError
from conformance.near import did_you_mean, near
from conformance.target.environment import from_environment
from conformance.target.lines import where

ACCOUNTS = ("primary", "other", "burner", "free", "broke", "capped", "metered")
API_KEY_VARIABLE = "GIMG_API_KEY"
"""The variable with the key of a base URL, so that a list of processes does not show it."""
LAST_PORT = 65_535


class _StrictTable(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def _url(url: str) -> SplitResult:
    if not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError(f"{url!r} is not a base URL: it must be ASCII without spaces; write other letters as xn--…")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise ValueError(f"is not a base URL ({error}); write https://host or http://host:port") from None
    if parts.username is not None or parts.password is not None:
        raise ValueError("holds credentials; write keys to [accounts.…]")
    if parts.scheme not in {"http", "https"} or not host:
        raise ValueError(f"{url!r} is not a base URL; write https://host or http://host:port")
    return parts


def _origin(url: str) -> str:
    parts = _url(url)
    origin = f"{parts.scheme}://{parts.netloc}"
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise ValueError(f"{url!r} holds more than a host; the API is at {{base_url}}/api/v1/…, so write {origin}")
    return origin


def _public_url(url: str) -> str:
    if url and (_url(url).query or _url(url).fragment):
        raise ValueError(f"{url!r} has a query or a fragment, so no path can follow; leave it out")
    return url


def _address(text: str) -> str:
    _, colon, port = text.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or int(port) > LAST_PORT:
        raise ValueError(f"{text!r} is not an address to listen on; write HOST:PORT, with port 0 for any free one")
    return text


def _path(path: str) -> str:
    if path and not path.startswith("/"):
        raise ValueError(f"{path!r} is not a path under base_url; begin it with a slash")
    return path


def _relay(url: str) -> str:
    return _public_url(url).rstrip("/")


def port_range(text: str) -> range:
    """The ports of "FIRST-LAST"; none where it is empty. Raises ValueError."""
    found = re.fullmatch(r"(\d{1,5})-(\d{1,5})", text)
    first, last = (int(found[1]), int(found[2])) if found else (0, 0)
    if text and not 0 < first <= last <= LAST_PORT:
        raise ValueError(f"{text!r} is no range of ports; write FIRST-LAST, such as 9500-9519")
    return range(first, last + 1) if text else range(0)


def _ports(text: str) -> str:
    port_range(text)
    return text


PORT = "{port}"
"""In a tunnel command: the port of the receiver."""


def _tunnel(command: str) -> str:
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise ValueError(f"is no command line ({error}); close its quotes") from None
    if command and not (words and PORT in command):
        raise ValueError(f"has no {PORT}; write {PORT} where the command takes the port of the receiver")
    return command


def _header_value(text: str) -> str:
    if not text.isascii() or not text.isprintable() or text != text.strip():
        raise ValueError("has spaces around it, or characters that a header cannot carry")
    return text


KEY_PREFIX = "gimg_"
_SCHEME_TOO = "scheme_too"
_SCHEME = re.compile(r"\s*(authorization\s*:\s*)?bearer(\s|$)", re.IGNORECASE)


def _api_key(key: str) -> str:
    if not key:
        raise ValueError("is empty; write the account's key, or env:NAME")
    if _SCHEME.match(key):
        raise PydanticCustomError(_SCHEME_TOO, "begins with Bearer")
    return _header_value(key)


class Target(_StrictTable):
    """`[target]`: a name for reports, and the origin of the API."""

    name: str = "target"
    base_url: Annotated[str, AfterValidator(_origin)]


class Account(_StrictTable):
    """`[accounts.…]`: an API key, its dashboard session cookie (optional), and known credits (metered only)."""

    key: Annotated[str, AfterValidator(_api_key)] = Field(repr=False)
    cookie: Annotated[str, AfterValidator(_header_value)] = Field(default="", repr=False)
    credits: int | None = Field(default=None, ge=0)


class Accounts(_StrictTable):
    """`[accounts]`: only primary is required."""

    primary: Account
    other: Account | None = None
    burner: Account | None = None
    free: Account | None = None
    broke: Account | None = None
    capped: Account | None = None
    metered: Account | None = None


class Prompts(_StrictTable):
    """`[prompts]`: texts that the target rejects, blocks or fails on."""

    rejected: str = ""
    blocked: str = ""
    failed: str = ""


class Webhooks(_StrictTable):
    """`[webhooks]`: where the receiver listens, and how the target reaches it."""

    listen: Annotated[str, AfterValidator(_address)] = "127.0.0.1:0"
    public_url: Annotated[str, AfterValidator(_public_url)] = ""
    certificate: str = ""
    private_key: str = ""
    ports: Annotated[str, AfterValidator(_ports)] = ""
    relay: Annotated[str, AfterValidator(_relay)] = ""
    relay_token: Annotated[str, AfterValidator(_header_value)] = Field(default="", repr=False)
    tunnel_command: Annotated[str, AfterValidator(_tunnel)] = Field(default="", repr=False)

    @model_validator(mode="after")
    def _both(self) -> Self:
        if bool(self.certificate) is not bool(self.private_key):
            raise ValueError("certificate and private_key belong together; give both PEM files, or none")
        if bool(self.relay) is not bool(self.relay_token):
            raise ValueError("relay and relay_token belong together; give both, or none")
        if self.relay and self.certificate:
            raise ValueError("relay and certificate exclude each other; start the relay with the certificate")
        if self.ports and (self.relay or self.tunnel_command):
            raise ValueError("ports are of this machine; leave them out, and start a relay with --ports")
        if self.tunnel_command and (self.relay or self.public_url):
            raise ValueError("tunnel_command finds the public URL; leave public_url and relay out")
        return self

    def to_evidence(self) -> Self:
        """Without secrets; a command may hold some."""
        hidden = {"relay_token": "REDACTED-relay", "tunnel_command": f"REDACTED {PORT}"}
        return self.model_copy(update={name: word for name, word in hidden.items() if getattr(self, name)})


class Clock(_StrictTable):
    """`[clock]`: how many times faster than real time the target's clock runs, or the path of its test clock."""

    scale: float = Field(default=1, gt=0, allow_inf_nan=False)
    control: Annotated[str, AfterValidator(_path)] = ""


class Limits(_StrictTable):
    """`[limits]`: seconds that a generation may take, and the most that a run may cost (0: no limit)."""

    generation_seconds: float = Field(default=300, gt=0, allow_inf_nan=False)
    max_requests: int = Field(default=0, ge=0)
    max_credits: int = Field(default=0, ge=0)


class Vendor(_StrictTable):
    """`[vendor]`: whose target it is, for a certificate."""

    organisation: str = Field(min_length=1)
    product: str = ""
    version: str = ""
    contact: str = ""


class TargetFile(_StrictTable):
    """A whole target file."""

    target: Target
    accounts: Accounts
    prompts: Prompts = Prompts()
    webhooks: Webhooks = Webhooks()
    clock: Clock = Clock()
    limits: Limits = Limits()
    vendor: Vendor | None = None

    def account(self, name: str) -> Account | None:
        found: Account | None = getattr(self.accounts, name)
        return found

    def to_evidence(self) -> dict[str, Any]:
        """As JSON, with the tokens of keys and cookies in place of them."""
        shown = {
            name: account.model_copy(
                update={
                    "key": f"{'gimg_' if account.key.startswith('gimg_') else ''}REDACTED-{name}",
                    "cookie": account.cookie and f"REDACTED-{name}-cookie",
                }
            )
            for name, account in self.accounts
            if account is not None
        }
        accounts = self.accounts.model_copy(update=shown)
        hidden = {"accounts": accounts, "webhooks": self.webhooks.to_evidence()}
        return self.model_copy(update=hidden).model_dump(mode="json")

    @classmethod
    def from_evidence(cls, plain: Mapping[str, Any]) -> Self:
        """The inverse, but for the secrets. Raises ValueError."""
        return cls.model_validate_json(json.dumps(plain))


def read(path: Path) -> TargetFile:
    """Read a target file. Raises ConfigurationError naming the line, what is wrong and the remedy."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigurationError(f"{path}: there is no such file", _instead_of(path)) from None
    except OSError as error:
        raise ConfigurationError(
            f"{path}: cannot be read: {error.strerror}", "give a target file that you may read"
        ) from None
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            f"{path}: cannot be read: {error}", "give a target file in TOML, encoded as UTF-8"
        ) from None
    return parse(text, str(path))


def _instead_of(path: Path) -> str:
    """The remedy for a file that is not there: one beside it that is called nearly so, or how to write one."""
    beside = {found.stem: found for found in path.parent.glob("*.toml")} if path.parent.is_dir() else {}
    if meant := did_you_mean([str(beside[name]) for name in near(path.stem, beside)]):
        return meant
    return f"`gimg-conformance init --output {shlex.quote(str(path))}` writes one from a URL and a key"


def parse(text: str, name: str) -> TargetFile:
    """Parse the text of a target file; `name` stands before the line in messages."""
    try:
        plain = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        line = found[1] if found else text.count("\n") + 1
        raise ConfigurationError(
            f"{name}:{line}: not TOML: {error}", "`gimg-conformance help target` has an example"
        ) from None
    return _checked(plain, partial(where, text=text, name=name))


def minimal(base_url: str, api_key: str, cookie: str = "", *, prefix: str = "--") -> TargetFile:
    """The target of `--base-url`, `--api-key` and `--cookie`: one account and nothing else.

    Raises ConfigurationError, which names the option; options begin with the prefix.
    """
    plain = {"target": {"name": base_url.partition("://")[2].strip("/") or "target", "base_url": base_url}}
    plain["accounts"] = {"primary": {"key": api_key, "cookie": cookie}}  # type: ignore[dict-item]
    return _validated(plain, lambda place: prefix + OPTIONS[place[-1]])


def with_tunnel(target: TargetFile, command: str) -> TargetFile:
    """The target, with this tunnel command or `env:NAME` in place of the file's. Raises ConfigurationError."""
    return target.model_copy(update={"webhooks": tunnelled(target.webhooks, command)}) if command else target


def tunnelled(webhooks: Webhooks, command: str) -> Webhooks:
    """`[webhooks]` with this tunnel command or `env:NAME`. Raises ConfigurationError."""
    option = "--tunnel-command"
    try:
        return Webhooks.model_validate(webhooks.model_dump() | {"tunnel_command": from_environment(command, option)})
    except ValidationError as error:
        explained, _, remedy = _explained(error.errors(include_url=False)[0]).partition("; ")
        raise ConfigurationError(f"{option}: {explained}", remedy) from None


def from_mapping(tables: Mapping[str, Any]) -> TargetFile:
    """What a target file with these tables says. Raises ConfigurationError naming the key and the remedy."""
    return _checked(dict(tables), lambda place: f"the target's mapping: {'.'.join(place)}")


LEAST_HELD, MOST_HELD = 3, 50
"""Credits of the metered account with which charges and refunds can be proved, and what that may cost."""


def doubts(target: TargetFile) -> tuple[str, ...]:
    """Oddities of a target file that are no reason to refuse it, in sentences (R38)."""
    accounts = ((name, target.account(name)) for name in ACCOUNTS)
    keys = tuple(
        f"the key of account {name!r} does not begin with {KEY_PREFIX}: check that it is a complete key of this API"
        for name, account in accounts
        if account and not account.key.startswith(KEY_PREFIX)
    )
    relay = urlsplit(target.webhooks.relay)
    if relay.scheme == "http" and relay.hostname not in {"localhost", "127.0.0.1", "::1"}:
        keys += ("[webhooks] relay is plain HTTP: whoever is between here and there can read its token",)
    metered = target.accounts.metered
    if metered is None or metered.credits is None or LEAST_HELD <= metered.credits <= MOST_HELD:
        return keys
    few = f"[accounts.metered] credits = {metered.credits}: what credits buy is tested with {LEAST_HELD} to {MOST_HELD}"
    return (*keys, f"{few}; refill it to 3 and set credits = 3")


Place = tuple[str, ...]
Named = Callable[[Place], str]
"""What a place in the tables is called in messages: its file and line, or its option."""
OPTIONS = {"name": "base-url", "base_url": "base-url", "key": "api-key", "cookie": "cookie"}
"""What gives the keys of a target without a file."""


def _checked(plain: Any, named: Named) -> TargetFile:
    target = _validated(plain, named)
    if shared := [*_shared(target, named)]:
        raise _together(shared)
    return target


def _validated(plain: Any, named: Named) -> TargetFile:
    unset = dict[Place, ConfigurationError]()
    resolved = _resolved(plain, (), named, unset)
    try:
        target = TargetFile.model_validate(resolved)
    except ValidationError as error:
        wrong = _without_twins({tuple(map(str, one["loc"])): one for one in error.errors(include_url=False)})
        mistakes = {place: _mistake(place, one, named) for place, one in wrong.items()}
        raise _together([*(mistakes | unset).values()]) from None
    if unset:
        raise _together([*unset.values()])
    return target


def _without_twins(wrong: dict[Place, Any]) -> dict[Place, Any]:
    """A required key that was mistyped is not missing as well."""
    meant = {(*place[:-1], *_near(place)) for place, one in wrong.items() if one["type"] == "extra_forbidden"}
    return {place: one for place, one in wrong.items() if one["type"] != "missing" or place not in meant}


def _together(mistakes: Sequence[ConfigurationError]) -> ConfigurationError:
    """All of them, each on a line of its own, so that a file is mended in one go."""
    *others, last = mistakes
    return ConfigurationError("\n".join([*map(str, others), last.message]), last.hint)


def _mistake(place: Place, wrong: Any, named: Named) -> ConfigurationError:
    explained, _, remedy = _explained(wrong).partition("; ")
    return ConfigurationError(f"{named(place)}: {explained}", remedy or _remedy(place, wrong["type"]))


OWN_KEYS = ("primary", "other", "burner", "metered")
"""If two of them were one account, a conformant server would seem to leak, throttle or charge too much."""


def _shared(target: TargetFile, named: Named) -> Iterator[ConfigurationError]:
    seen: dict[str, str] = {}
    for account_name in OWN_KEYS:
        account = target.account(account_name)
        if account is None:
            continue
        for field, value in (("key", account.key), ("cookie", account.cookie)):
            first = seen.setdefault(f"{field} {value}", account_name) if value else account_name
            if first != account_name:
                yield ConfigurationError(
                    f"{named(('accounts', account_name, field))}: the same {field} as [accounts.{first}]",
                    f"give the {field} of another account, or leave [accounts.{account_name}] out",
                )


_EXPLANATIONS = {
    "extra_forbidden": "unknown key",
    "missing": "required, but missing",
    "string_type": "must be a string, in quotes",
    "int_type": "must be a whole number, without quotes",
    "float_type": "must be a number, without quotes",
    "finite_number": "must be a finite number",
    "greater_than_equal": "must be {ge} or more",
    "string_too_short": "is empty",
    "greater_than": "must be more than {gt}",
    "model_type": "must be a table, with keys of its own",
}
_EXAMPLES = {
    "target": '[target] with base_url = "https://…"',
    "target.base_url": 'base_url = "https://…" to [target]',
    "accounts": '[accounts.primary] with key = "env:NAME"',
    "accounts.primary": '[accounts.primary] with key = "env:NAME"',
}


def _explained(error: Any) -> str:
    words = _EXPLANATIONS.get(error["type"]) or str(error["msg"]).removeprefix("Value error, ")
    return words.format(**error.get("ctx", {})) if error["type"] in _EXPLANATIONS else words


def _remedy(place: Place, kind: str) -> str:
    if kind == "extra_forbidden":
        meant, known = did_you_mean(_near(place)), ", ".join(_known(place))
        return f"{meant} Known keys: {known}" if meant else f"known keys: {known}"
    if kind == "missing":
        plain = f"{place[-1]} to [{'.'.join(place[:-1])}]"
        return f"add {_EXAMPLES.get('.'.join(place), plain)}"
    if kind == _SCHEME_TOO:
        return "write the key alone; the suite adds Bearer"
    return f"correct {'.'.join(place)}"


def _known(place: Place) -> Iterable[str]:
    """The keys of the table that this one stands in."""
    table: Any = TargetFile
    for part in place[:-1]:
        field = table.model_fields[part].annotation
        table = next((a for a in getattr(field, "__args__", (field,)) if a is not type(None)), field)
    fields: Iterable[str] = table.model_fields
    return fields


def _near(place: Place) -> list[str]:
    """The known key that is most like this one; empty: none is."""
    return near(place[-1], _known(place), 1)


def _resolved(node: Any, place: Place, named: Named, unset: dict[Place, ConfigurationError]) -> Any:
    """Every string `env:NAME` replaced by the variable's value; one that is not set stays, and is told in `unset`."""
    if isinstance(node, dict):
        return {key: _resolved(value, (*place, key), named, unset) for key, value in node.items()}
    if not isinstance(node, str):
        return node
    try:
        return from_environment(node, named(place))
    except ConfigurationError as error:
        unset[place] = error
        return node
