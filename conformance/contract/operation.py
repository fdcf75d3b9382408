"""Operations: which one a request belongs to, and which statuses it documents."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from conformance.contract.part import Part

KEY = "apiKey"
"""The security scheme of an API key."""
_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. `path` is a template ("/api/v1/generations/{id}"); `statuses` are keys such as "202" and "4XX"."""

    id: str
    method: str
    path: str
    statuses: tuple[str, ...]
    conventional: bool
    """Usual, but not documented."""
    keyed: bool
    """Called with an API key, so that authentication, rate limits and quota apply."""
    charged: bool
    """A served call costs credits."""
    part: Part = field(repr=False, compare=False)

    @property
    def takes_id(self) -> bool:
        """Whether it is about one thing of an account, named in the path."""
        return "{" in self.path

    @property
    def takes_body(self) -> bool:
        return "requestBody" in self.part.node

    def url(self, id_: str = "") -> str:
        """The path, with the id in its place."""
        return re.sub(r"\{[^}]*\}", lambda _: quote(id_, safe=""), self.path)

    @property
    def fields(self) -> Mapping[str, Any]:
        """The schemas of the body's fields, by name. LookupError: it takes none."""
        schema = self.part.into("requestBody", "content", "application/json", "schema")
        found: Mapping[str, Any] = schema.node["properties"]
        return found

    @property
    def example(self) -> Any:
        """The cheapest valid body, as a JSON value: the contract's first example of it. LookupError: it takes none."""
        examples = self.part.into("requestBody", "content", "application/json", "examples").node
        return next(iter(examples.values()))["value"]

    def serves(self, method: str, path: str) -> bool:
        """Whether a request belongs here. A query is ignored, a trailing slash is another path."""
        pattern = re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(self.path))
        return method.upper() == self.method and re.fullmatch(pattern, path.partition("?")[0]) is not None

    def documents(self, status: int) -> bool:
        """Whether the status is listed, by itself or by its class."""
        return status_key(status, self.statuses) is not None

    def response(self, status: int) -> Part | None:
        """The response object for the status, None when it is not documented."""
        key = status_key(status, self.statuses)
        return self.part.into("responses", key) if key else None

    def chargeable(self) -> frozenset[str]:
        """The rows that a response may be charged to, by its status, headers, media type or body."""
        responses = self.part.into("responses")
        rows = set(responses.node.get("x-requirements", ()))
        for status in self.statuses:
            for _, header in _children(responses.find(status, "headers")):
                rows.update(header.chargeable())
            for _, content in _children(responses.find(status, "content")):
                rows.update(content.node.get("x-requirements", ()), content.into("schema").chargeable())
        return frozenset(rows)


def _children(part: Part | None) -> Iterator[tuple[str, Part]]:
    return part.children() if part else iter(())


def status_key(status: int, keys: tuple[str, ...]) -> str | None:
    """The key of a responses object that covers the status: itself before its class (OpenAPI 3.1, 4.8.16)."""
    return next((key for key in (str(status), f"{status // 100}XX") if key in keys), None)


def operations(root: Part) -> Iterator[Operation]:
    """All operations under `paths`."""
    paths = (entry for entry in root.into("paths").children() if entry[0].startswith("/"))
    for path, item in paths:
        for method in _METHODS:
            if part := item.find(method):
                statuses = tuple(key for key in part.node["responses"] if not key.startswith("x-"))
                yield Operation(
                    part.node["operationId"], method.upper(), path, statuses,
                    conventional=bool(part.node.get("x-conventional")), keyed=_keyed(root, part),
                    charged=bool(part.node.get("x-charged")), part=part,
                )  # fmt: skip


def _keyed(root: Part, operation: Part) -> bool:
    """By the security of the operation, else of the document (OpenAPI 3.1, 4.8.10)."""
    return any(KEY in way for way in operation.node.get("security", root.node.get("security", ())))
