"""Registrations that a run left behind: their answers were lost, or their ids cannot be used to remove them.

Listing is conventional, not documented (R26): an entry is ours when it bears the run's own label, or a URL of its own.
"""

from collections.abc import Collection, Iterator
from typing import Any
from urllib.parse import quote

DEPTH = 3
"""How far down in a listing its entries are looked for: `{"data": {"webhooks": […]}}`."""
LONGEST_ID = 500


def path_of(webhook_id: Any) -> str:
    """The id as the last segment of a path, whatever kind of value it is; empty where it cannot be one."""
    usable = isinstance(webhook_id, str | int) and not isinstance(webhook_id, bool)
    text = str(webhook_id) if usable else ""
    if not text or len(text) > LONGEST_ID or text in {".", ".."}:
        return ""
    return "/" + quote(text.encode("utf-8", "replace"), safe="")


def ours(listing: Any, label: str, urls: Collection[str]) -> list[Any]:
    """The ids of the entries that bear the label or one of the URLs."""
    mine = (entry for entry in _entries(listing, DEPTH) if entry.get("label") == label or entry.get("url") in urls)
    return [entry["id"] for entry in mine if "id" in entry]


def _entries(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    if depth and isinstance(value, dict | list):
        for member in value.values() if isinstance(value, dict) else value:
            yield from _entries(member, depth - 1)
