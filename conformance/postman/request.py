"""One request of the collection, in the collection format 2.1 (https://schema.postman.com)."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

SCRIPTS = Path(__file__).with_name("scripts")
NO_KEY = {"type": "noauth"}
"""In place of the API key that the collection gives to every request."""

Item = dict[str, Any]


def request(
    name: str, method: str, url: str, *, body: Any = None, headers: Mapping[str, str] | None = None,
    key: str | None = None, before: str = "", after: str = "", about: str = "",
) -> Item:  # fmt: skip
    """An item. `body`: a JSON value. `key`: another credential; empty: none. Scripts in JavaScript."""
    asked: dict[str, Any] = {"method": method, "header": _pairs(headers or {}), "url": url}
    if about:
        asked["description"] = about
    if key is not None:
        asked["auth"] = (
            {"type": "bearer", "bearer": [{"key": "token", "value": key, "type": "string"}]} if key else NO_KEY
        )
    if body is not None:
        asked["header"].append({"key": "Content-Type", "value": "application/json"})
        asked["body"] = {"mode": "raw", "raw": _text(body), **_HIGHLIGHTED}
    return {"name": name, "event": events(before, after), "request": asked, "response": []}


def events(before: str = "", after: str = "") -> list[dict[str, Any]]:
    """The scripts that run before a request and after its answer."""
    return [
        {"listen": listen, "script": {"type": "text/javascript", "exec": script.rstrip("\n").split("\n")}}
        for listen, script in (("prerequest", before), ("test", after))
        if script
    ]


def script(name: str) -> str:
    """A script of this room, by the name of its file."""
    return (SCRIPTS / f"{name}.js").read_text(encoding="utf-8")


def answered(*statuses: str) -> str:
    """The script that asks for one of these statuses."""
    listed = ", ".join(statuses)
    return f'pm.test("status is {" or ".join(statuses)}", () => pm.expect(pm.response.code).to.be.oneOf([{listed}]));\n'


def kept(**variables: str) -> str:
    """The script that keeps members of the answer as variables of the collection, by the names of the members."""
    lines = [
        f'pm.collectionVariables.set("{name}", pm.response.json().{member});' for name, member in variables.items()
    ]
    return "if (pm.response.code < 300) {\n" + "".join(f"    {line}\n" for line in lines) + "}\n"


def only_with(*variables: str) -> str:
    """The script that leaves a request out where one of these variables is empty."""
    empty = " || ".join(f'!pm.variables.get("{name}")' for name in variables)
    return f"if ({empty}) pm.execution.skipRequest();\n"


_HIGHLIGHTED = {"options": {"raw": {"language": "json"}}}


def _pairs(headers: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"key": name, "value": value} for name, value in headers.items()]


def _text(body: Any) -> str:
    return json.dumps(body, ensure_ascii=False, indent=2)
