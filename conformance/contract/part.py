"""Walking the document: a part knows everything it lies in, so that requirements are found from the inside outwards."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Keys = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the document. Going into it follows references; what refers counts as lying outside."""

    document: dict[str, Any]
    nodes: tuple[Any, ...]
    """The values from the root of the document to this one, on both sides of each reference."""
    site: Keys = ()
    """Where it was entered; there may be a reference there."""
    home: Keys = ()
    """Where it is, once references are followed."""

    @classmethod
    def root(cls, document: dict[str, Any]) -> "Part":
        return cls(document, (document,))

    @property
    def node(self) -> Any:
        """The plain value, references followed."""
        return self.nodes[-1]

    @property
    def pointer(self) -> str:
        """JSON pointer of `site` (RFC 6901)."""
        return "".join("/" + str(key).replace("~", "~0").replace("/", "~1") for key in self.site)

    def into(self, *keys: str | int) -> "Part":
        """The part below. KeyError or IndexError: there is none."""
        part = self
        for key in keys:
            part = part._below(key)
        return part

    def find(self, *keys: str | int) -> "Part | None":
        """The part below, or None."""
        try:
            return self.into(*keys)
        except LookupError:
            return None

    def children(self) -> Iterator[tuple[str, "Part"]]:
        """The parts below by name."""
        return ((key, self.into(key)) for key in self.node)

    def requirements(self, keyword: str = "") -> tuple[str, ...]:
        """The rows that the nearest part names: those of the broken keyword where it says so, else all of them."""
        nearest = self._nearest()
        named = nearest.get("x-requirements-by-keyword", {}).get(keyword, nearest.get("x-requirements", ()))
        return tuple(named)

    def proven(self) -> tuple[str, ...]:
        """The rows that the nearest part proves when it fits."""
        return proven(self._nearest())

    def chargeable(self) -> Iterator[str]:
        """The rows that a value judged by this part may be charged to, in it or in what lies below."""
        nearest = self._nearest()
        yield from nearest.get("x-requirements", ())
        for rows in nearest.get("x-requirements-by-keyword", {}).values():
            yield from rows
        for key in self.node if isinstance(self.node, dict) else range(len(self.node)):
            if isinstance(self.node[key], dict | list):
                yield from self.into(key).chargeable()

    def _nearest(self) -> dict[str, Any]:
        return next((node for node in reversed(self.nodes) if isinstance(node, dict) and "x-requirements" in node), {})

    def _below(self, key: str | int) -> "Part":
        nodes, home = (*self.nodes, self.node[key]), (*self.home, key)
        site = home
        while isinstance(nodes[-1], dict) and isinstance(nodes[-1].get("$ref"), str):
            home = _keys(nodes[-1]["$ref"])
            nodes = (*nodes, _at(self.document, home))
        return Part(self.document, nodes, site, home)


def proven(node: dict[str, Any]) -> tuple[str, ...]:
    """The rows that a part's own extensions say it proves."""
    return () if node.get("x-partial") else tuple(node.get("x-requirements", ()))


def named(node: Any) -> Iterator[str]:
    """The ids of all rows that a part and what lies in it name; references are not followed."""
    if isinstance(node, list):
        for entry in node:
            yield from named(entry)
    elif isinstance(node, dict):
        yield from (*node.get("x-requirements", ()), *node.get("x-related", ()))
        for rows in node.get("x-requirements-by-keyword", {}).values():
            yield from rows
        for value in node.values():
            yield from named(value)


def _keys(reference: str) -> Keys:
    return tuple(key.replace("~1", "/").replace("~0", "~") for key in reference.removeprefix("#/").split("/"))


def _at(document: Any, keys: Keys) -> Any:
    for key in keys:
        document = document[key]
    return document
