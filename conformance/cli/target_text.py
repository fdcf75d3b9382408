"""The text of a target file: the documented example, filled in with what is known; the rest stands as comments."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

ENV = "env:"
HEAD = """\
# A target file of gimg-conformance, begun by `gimg-conformance init`. `gimg-conformance help target` explains it.
# To use a line that is a comment, fill it in and take its # away. "env:NAME" reads an environment variable.

"""


@dataclass(frozen=True)
class Known:
    """What is known of a target. `accounts`: by name, key and cookie, each as it is to be written; "" is unknown."""

    name: str
    base_url: str
    accounts: Mapping[str, tuple[str, str]]
    found: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By name of a table, such as accounts.other, what was found, a line each."""


def text_of(known: Known, example: str) -> str:
    """A whole target file in TOML."""
    return HEAD + "".join(_filled(table, known) for table in re.split(r"(?m)^(?=\[)", example) if table)


def _filled(table: str, known: Known) -> str:
    head, lines = table.splitlines(keepends=True)[0], table.splitlines(keepends=True)[1:]
    name = head[1:].partition("]")[0]
    kind, _, account = name.partition(".")
    if kind == "accounts" and account not in known.accounts:
        return "".join(map(_aside, (head, *lines)))
    told = "".join(f"# {line}\n" for line in known.found.get(name, ()))
    return head + told + "".join(_line(line, kind, account, known) for line in lines)


def _line(line: str, kind: str, account: str, known: Known) -> str:
    """With what is known in place of the example's value; a comment where nothing is, and none would do."""
    key = line.partition("=")[0].strip()
    if kind == "target":
        return _with(line, known.base_url if key == "base_url" else known.name)
    if kind == "accounts":
        value = dict(zip(("key", "cookie"), known.accounts[account], strict=True)).get(key, "")
        return _with(line, value) if value else _aside(line)
    return _aside(line) if kind == "prompts" else line


def _with(line: str, value: str) -> str:
    """The line with another string as its value."""
    quoted = json.dumps(value, ensure_ascii=False)
    return re.sub(r'= ".*?"', lambda _: f"= {quoted}", line, count=1)


def _aside(line: str) -> str:
    return f"# {line}" if line.strip() else line
