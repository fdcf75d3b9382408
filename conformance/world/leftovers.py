"""Webhooks that earlier runs registered and did not remove: what their journals tell of them, and removing them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import unquote

from conformance.errors import SuiteError
from conformance.evidence import Exchange
from conformance.evidence.blame import lost
from conformance.world.registrar import LOGIN, OUR_LABEL, PATH, Registrar, entries, path_of

GONE = (404, 410)
ROUNDS = 20
"""How often a list is read: one that shows its entries page by page is emptied page by page."""
_OWNER = re.compile(r"REDACTED-(\w+)-cookie\b")


@dataclass(frozen=True, slots=True)
class Left:
    """A registration. `account`: whose cookie was sent; `id`: as the target gave it, or empty: its answer was lost."""

    account: str
    id: str
    url: str = ""
    base_url: str = ""


class Fate(StrEnum):
    """What became of a registration."""

    REMOVED = "removed"
    GONE = "already gone"
    REMAINS = "not removed"


@dataclass(frozen=True, slots=True)
class Removal:
    """One registration and its fate; `why` it is not removed."""

    left: Left
    fate: Fate
    why: str = ""


@dataclass(frozen=True, slots=True)
class Cleared:
    """One account. `unseen`: why what no journal names cannot be seen; empty where the target lists its webhooks."""

    account: str
    removals: tuple[Removal, ...]
    unseen: str = ""
    refused: bool = False
    """The dashboard was not reached, or refuses the account's session."""


def left_open(evidence: Iterable[Exchange]) -> list[tuple[Left, Exchange]]:
    """The registrations of these journals that were not removed, each with its request."""
    found: dict[str, tuple[Left, Exchange]] = {}
    for exchange in evidence:
        method, (base_url, marked, tail) = exchange.request.method, exchange.request.url.partition(PATH)
        if not marked:
            continue
        if method == "POST" and not tail and (200 <= exchange.status < 300 or lost(exchange)):
            left = _left(exchange, base_url)
            found[f"{base_url}{path_of(left.id) or left.url}"] = (left, exchange)
        elif method == "DELETE" and (200 <= exchange.status < 300 or exchange.status in GONE):
            found.pop(f"{base_url}{tail}", None)
    return list(found.values())


def _left(registration: Exchange, base_url: str) -> Left:
    owner = _OWNER.search(registration.request.header("cookie") or "")
    sent, place = registration.request.json, path_of(registration.member("id"))
    url = sent.get("url", "") if isinstance(sent, dict) else ""
    return Left(owner[1] if owner else "", unquote(place.removeprefix("/")), str(url), base_url)


@dataclass
class Cleaner:
    """Removes what is ours from one account of a target, and nothing else."""

    registrar: Registrar

    def clear(self, account: str, known: Sequence[Left]) -> Cleared:
        """Remove what the list shows as ours, then what only a journal names.

        Raises NotTested without a cookie, and Inconclusive when the target is not asked any more.
        """
        removals: list[Removal] = []
        listing = self._list(account)
        for _ in range(ROUNDS):
            new = [left for left in _shown(listing, account, known) if left.id not in _ids(removals)]
            if not new:
                break
            removals += [self._remove(left) for left in new]
            listing = self._list(account)
        removals += [self._look_for(left, listing) for left in known if not _among(left, removals)]
        unseen = "" if _is_list(listing) else _why_unseen(listing)
        return Cleared(account, tuple(removals), unseen, listing.response is None or listing.status in LOGIN)

    def _list(self, account: str) -> Exchange:
        return self.registrar.ask("GET", account, probe="list")

    def _look_for(self, left: Left, listing: Exchange) -> Removal:
        """Only a journal names it. The target may have given its id to somebody else since."""
        if not left.id:
            known = _is_list(listing)
            why = "" if known else f"its id was never known, and {_why_unseen(listing)}"
            return Removal(left, Fate.GONE if known else Fate.REMAINS, why)
        seen = [entry for entry in entries(_value(listing)) if str(entry.get("id")) == left.id]
        shown = seen or list(entries(_value(self.registrar.ask("GET", left.account, path_of(left.id), probe="look"))))
        if any(_is_told(entry) and not _is_ours(entry, [left]) for entry in shown[:1]):
            return Removal(left, Fate.GONE)
        return self._remove(left)

    def _remove(self, left: Left) -> Removal:
        try:
            exchange = self.registrar.remove(left.account, left.id)
        except SuiteError as error:
            return Removal(left, Fate.REMAINS, error.message)
        if 200 <= exchange.status < 300:
            return Removal(left, Fate.REMOVED)
        return Removal(left, Fate.GONE) if exchange.status in GONE else Removal(left, Fate.REMAINS, exchange.told)


def _shown(listing: Exchange, account: str, known: Sequence[Left]) -> list[Left]:
    """The entries of a list that are ours."""
    mine = [entry for entry in entries(_value(listing)) if path_of(entry.get("id")) and _is_ours(entry, known)]
    return [Left(account, str(entry["id"]), str(entry.get("url", ""))) for entry in mine]


def _is_ours(entry: dict[str, Any], known: Sequence[Left]) -> bool:
    """It bears a label of ours or a URL that a journal names; or such an id, where it shows nothing else."""
    if OUR_LABEL.fullmatch(str(entry.get("label"))) or entry.get("url") in {left.url for left in known} - {""}:
        return True
    return not _is_told(entry) and str(entry.get("id")) in {left.id for left in known}


def _is_told(entry: dict[str, Any]) -> bool:
    return bool({"label", "url"} & entry.keys())


def _among(left: Left, removals: Sequence[Removal]) -> bool:
    return left.id in _ids(removals) if left.id else left.url in {removal.left.url for removal in removals}


def _ids(removals: Iterable[Removal]) -> set[str]:
    return {removal.left.id for removal in removals}


def _is_list(listing: Exchange) -> bool:
    return isinstance(_value(listing), list | dict)


def _value(answer: Exchange) -> Any:
    return answer.json if 200 <= answer.status < 300 else None


def _why_unseen(listing: Exchange) -> str:
    if listing.status in LOGIN:
        return f"the dashboard refuses the session ({listing.told})"
    return f"the target does not list its webhooks ({listing.told})"
