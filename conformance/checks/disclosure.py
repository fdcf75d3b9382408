"""Whether an answer to one account tells anything about a generation of another (R24)."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from conformance.checks.expect import TELLING, strings
from conformance.evidence import Exchange

FIELDS = ("status", "type", "outputs", "error", "costCredits", "createdAt", "completedAt")
TEXTS = frozenset({"outputs", "error", "createdAt", "completedAt"})
"""Fields whose texts are told nowhere but in the record."""


def disclosed(answer: Exchange, records: Iterable[Exchange], prompt: str) -> list[str]:
    """The fields of a generation, as its owner was shown it by these polls, that an answer gives away; sorted.

    The id, which the caller named himself, may be repeated. The text of an error, a time or a URL counts wherever
    it stands, in the headers too; any other value under its own name only.
    """
    said, members = _said(answer), list(_members(answer.json))
    found = {"prompt"} if _stands(prompt, said) else set[str]()
    for record in records:
        for name in FIELDS:
            value = record.member(name)
            # "failed" is a word for the call's own outcome as well.
            named = value not in (None, "", [], "failed") and (name, value) in members
            if named or (name in TEXTS and any(_stands(text, said) for text in strings(value))):
                found.add(name)
    return sorted(found)


def _said(answer: Exchange) -> str:
    if answer.response is None:
        return ""
    headers = "\n".join(value for _, value in answer.response.headers)
    parsed = answer.json
    # Escapes are undone, so that \u71c8 and \/ do not hide a text.
    body = answer.response.body.decode(errors="replace") if parsed is None else json.dumps(parsed, ensure_ascii=False)
    return f"{headers}\n{body}"


def _stands(text: str, said: str) -> bool:
    return len(text) >= TELLING and (text in said or json.dumps(text, ensure_ascii=False)[1:-1] in said)


def _members(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield name, member
            yield from _members(member)
    elif isinstance(value, list):
        for entry in value:
            yield from _members(entry)
