"""A target as a program describes it: by its file, by a URL and a key, or by a mapping."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from conformance.target import ACCOUNTS, from_mapping, minimal, read, suggested

SECRET = ("key", "cookie")
FILE = "target.toml"
"""In the report folder: the target file of a run whose target was a mapping, without its secrets."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be tested. Make it with `from_file`, `from_url` or `from_mapping`."""

    file: Path | None = None
    base_url: str = ""
    api_key: str = field(default="", repr=False)
    tables: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def from_file(cls, path: Path | str) -> Self:
        """A target file (TOML). Raises ConfigurationError naming the line, what is wrong and the remedy."""
        read(Path(path))
        return cls(file=Path(path))

    @classmethod
    def from_url(cls, base_url: str, api_key: str) -> Self:
        """The origin of a server, and the key of one account, which may be "env:NAME". Raises ConfigurationError."""
        minimal(base_url, api_key)
        return cls(base_url=base_url, api_key=api_key)

    @classmethod
    def from_mapping(cls, tables: Mapping[str, Any]) -> Self:
        """What a target file would hold, by the names of its tables; every string may be "env:NAME".

        Raises ConfigurationError naming the key, what is wrong and the remedy.
        """
        from_mapping(tables)
        return cls(tables=tables)

    def written(self, folder: Path) -> tuple[Path | None, dict[str, str]]:
        """The target file of a run into this folder, and the environment variables that it needs.

        That of a mapping is written there. It names variables in place of keys and cookies, so that the commands of
        the report work for whoever sets them, and the folder can be handed on. Raises OSError.
        """
        if not self.tables:
            return self.file, {}
        named, secrets = without_secrets(self.tables)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / FILE).write_text(toml(named), encoding="utf-8")
        return folder / FILE, secrets


def without_secrets(tables: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """The tables with variables in place of keys and cookies, and the values of these variables."""
    plain = {name: dict(table) for name, table in tables.items()}
    taken, secrets = json.dumps(plain, default=str), dict[str, str]()
    accounts = {name: dict(account) for name, account in plain.get("accounts", {}).items() if account}
    for (name, account), what in ((pair, what) for pair in accounts.items() for what in SECRET):
        value = account.get(what)
        if name in ACCOUNTS and value and not value.startswith("env:"):
            variable = suggested(name, what)
            while f'"env:{variable}"' in taken:
                variable += "_"
            secrets[variable], account[what] = value, f"env:{variable}"
    return plain | {"accounts": accounts}, secrets


def toml(tables: Mapping[str, Any], above: str = "") -> str:
    """Tables of strings, numbers and truth values as TOML. What is None is left out."""
    plain = {name: value for name, value in tables.items() if not isinstance(value, Mapping) and value is not None}
    head = [f"[{above}]"] if above and plain else []
    lines = [*head, *(f"{name} = {_value(value)}" for name, value in plain.items())]
    below = [
        toml(table, f"{above}.{name}" if above else name)
        for name, table in tables.items()
        if isinstance(table, Mapping)
    ]
    return "".join([*(f"{line}\n" for line in lines), *below])


def _value(value: Any) -> str:
    # A string of JSON is one of TOML, but for the one control character that JSON leaves as it is.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
