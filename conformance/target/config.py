"""The target file: which server, whose accounts, how to provoke, how long things take. Read before any request."""

import os
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from conformance.errors import ConfigurationError

ACCOUNTS = ("primary", "other", "burner", "free", "broke", "capped", "metered")


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise ValueError(f"{url!r} is not a base URL; write https://host or http://host:port")
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise ValueError(
            f"{url!r} holds more than a host; the API is at {{base_url}}/api/v1/…, so write {parts.scheme}://{parts.netloc}"
        )
    if parts.username or parts.password:
        raise ValueError("the base URL holds credentials; keys belong to [accounts.primary]")
    _ = parts.port  # raises ValueError on a port out of range
    return f"{parts.scheme}://{parts.netloc}"


def _path(path: str) -> str:
    if path and not path.startswith("/"):
        raise ValueError(f"{path!r} is not a path under base_url; it begins with a slash")
    return path


def _header_value(text: str) -> str:
    if not text.isascii() or not text.isprintable() or text != text.strip():
        raise ValueError("holds characters that a header cannot carry, or spaces around it")
    return text


def _api_key(key: str) -> str:
    if not key:
        raise ValueError("is empty; write the account's key, or env:NAME")
    return _header_value(key)


class Target(_Table):
    """`[target]`: a name for reports, and the origin of the API."""

    name: str = "target"
    base_url: Annotated[str, AfterValidator(_origin)]


class Account(_Table):
    """`[accounts.…]`: an API key, its dashboard session cookie (optional), and known credits (metered only)."""

    key: Annotated[str, AfterValidator(_api_key)] = Field(repr=False)
    cookie: Annotated[str, AfterValidator(_header_value)] = Field(default="", repr=False)
    credits: int | None = Field(default=None, ge=0)


class Accounts(_Table):
    """`[accounts]`: only primary is required."""

    primary: Account
    other: Account | None = None
    burner: Account | None = None
    free: Account | None = None
    broke: Account | None = None
    capped: Account | None = None
    metered: Account | None = None


class Prompts(_Table):
    """`[prompts]`: texts that provoke what cannot be provoked otherwise."""

    rejected: str = ""
    blocked: str = ""
    failed: str = ""


class Webhooks(_Table):
    """`[webhooks]`: where the receiver listens, and how the target reaches it."""

    listen: str = "127.0.0.1:0"
    public_url: str = ""
    certificate: str = ""
    private_key: str = ""


class Clock(_Table):
    """`[clock]`: how many times faster than real time the target's clock runs, or the path of its test clock."""

    scale: float = Field(default=1, gt=0)
    control: Annotated[str, AfterValidator(_path)] = ""


class Limits(_Table):
    """`[limits]`: seconds until a generation is over by, and the most a run may cost (0: no limit)."""

    generation_seconds: float = Field(default=300, gt=0)
    max_requests: int = Field(default=0, ge=0)
    max_credits: int = Field(default=0, ge=0)


class TargetFile(_Table):
    """A whole target file."""

    target: Target
    accounts: Accounts
    prompts: Prompts = Prompts()
    webhooks: Webhooks = Webhooks()
    clock: Clock = Clock()
    limits: Limits = Limits()

    def account(self, name: str) -> Account | None:
        found: Account | None = getattr(self.accounts, name)
        return found


def read(path: Path) -> TargetFile:
    """Read a target file. Raises ConfigurationError naming the line, what is wrong and the remedy."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigurationError(
            f"{path}: there is no such file", "`gimg-conformance serve --print-target` prints one to start from"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: cannot be read: {error}", "give a target file in TOML, UTF-8") from None
    return parse(text, str(path))


def parse(text: str, name: str) -> TargetFile:
    """Parse the text of a target file; `name` stands before the line in messages."""
    try:
        plain = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{name}: not TOML: {error}", "the README shows a target file") from None
    return _validated(_resolved(plain, (), text, name), text, name)


def minimal(base_url: str, api_key: str) -> TargetFile:
    """The target of `--base-url` and `--api-key`: one account and nothing else."""
    plain = {"target": {"name": urlsplit(base_url).netloc or "target", "base_url": base_url}}
    plain["accounts"] = {"primary": {"key": api_key}}  # type: ignore[dict-item]
    return _validated(_resolved(plain, (), "", "command line"), "", "command line")


def _validated(plain: Any, text: str, name: str) -> TargetFile:
    try:
        return TargetFile.model_validate(plain)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = tuple(str(part) for part in first["loc"])
        raise ConfigurationError(
            f"{_where(place, text, name)}: {_told(first)}", _remedy(place, first["type"])
        ) from None


def _told(error: Any) -> str:
    if error["type"] == "extra_forbidden":
        return "unknown key"
    if error["type"] == "missing":
        return "required, but absent"
    return str(error["msg"]).removeprefix("Value error, ")


def _remedy(place: tuple[str, ...], kind: str) -> str:
    if kind == "extra_forbidden":
        table: Any = TargetFile
        for part in place[:-1]:
            field = table.model_fields[part].annotation
            table = next((a for a in getattr(field, "__args__", (field,)) if a is not type(None)), field)
        return f"known here: {', '.join(table.model_fields)}"
    if kind == "missing":
        return f"add {'.'.join(place)}"
    return f"correct {'.'.join(place)}"


def _resolved(node: Any, place: tuple[str, ...], text: str, name: str) -> Any:
    """Every string `env:NAME` replaced by the variable's value."""
    if isinstance(node, dict):
        return {key: _resolved(value, (*place, key), text, name) for key, value in node.items()}
    if not isinstance(node, str) or not node.startswith("env:"):
        return node
    variable = node.removeprefix("env:")
    if not os.environ.get(variable):
        raise ConfigurationError(
            f"{_where(place, text, name)}: the environment variable {variable!r} is not set", f"export {variable}=…"
        )
    return os.environ[variable]


def _where(place: tuple[str, ...], text: str, name: str) -> str:
    """File, line and dotted key; the line of the nearest table when the key itself is nowhere in the text."""
    dotted = ".".join(place)
    table, best = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[\s*([^\[\]]+?)\s*\]", line):
            table = re.sub(r"[\s\"']", "", header[1])
            key = table
        elif entry := re.match(r"\s*([\w.\"'-]+)\s*=", line):
            key = f"{table}.{entry[1]}".strip(".").replace('"', "").replace("'", "")
        else:
            continue
        if key == dotted:
            return f"{name}:{number}: {dotted}"
        if dotted.startswith(f"{key}.") and not best:
            best = number
    return f"{name}:{best}: {dotted}" if best else f"{name}: {dotted}"
