"""Webhooks registered and removed in the accounts' dashboards; at the end of a run none of ours is left.

Listing and removing are conventional, not documented (R26). What cannot be removed by its id, since the answer that
told it was lost or it is no use, is looked for in the list: an entry is ours when it bears the run's own label, or a
URL of its own.
"""

import json
import re
import threading
import uuid
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

from conformance.errors import Inconclusive, SuiteError
from conformance.evidence import Exchange
from conformance.evidence.blame import lost
from conformance.world.world import World

PATH = "/api/account/webhooks"
SUCCEEDED, FAILED = "generation.succeeded", "generation.failed"
EVENTS = (SUCCEEDED, FAILED)
LOGIN = (401, 403, 301, 302, 303, 307, 308)
"""What is answered where there is no session (R26)."""
PATIENT = 3
"""Removals that fail, before what is left is looked for by its label alone."""
DEPTH = 3
"""How far down in a listing its entries are looked for: `{"data": {"webhooks": […]}}`."""
LONGEST_ID = 500
LABELLED = "gimg-conformance "
OUR_LABEL = re.compile(LABELLED + "[0-9a-f]{8}")
"""Of any run's registrations, and of nobody else's."""


def path_of(webhook_id: Any) -> str:
    """The id as the last segment of a path, whatever kind of value it is; empty where it cannot be one."""
    usable = isinstance(webhook_id, str | int) and not isinstance(webhook_id, bool)
    text = str(webhook_id) if usable else ""
    if not text or len(text) > LONGEST_ID or text in {".", ".."}:
        return ""
    return "/" + quote(text.encode("utf-8", "replace"), safe="")


def ours(listing: Any, label: str, urls: Collection[str]) -> list[Any]:
    """The ids of the entries that bear the label or one of the URLs."""
    mine = (entry for entry in entries(listing) if entry.get("label") == label or entry.get("url") in urls)
    return [entry["id"] for entry in mine if "id" in entry]


def entries(value: Any, depth: int = DEPTH) -> Iterator[dict[str, Any]]:
    """The objects of a listing, in whatever it wraps them."""
    if isinstance(value, dict):
        yield value
    if depth and isinstance(value, dict | list):
        for member in value.values() if isinstance(value, dict) else value:
            yield from entries(member, depth - 1)


@dataclass
class Registrar:
    """One for a process, shared by the scenarios under way."""

    world: World
    label: str = field(default_factory=lambda: f"{LABELLED}{uuid.uuid4().hex[:8]}")
    """Of all registrations of this process, and of no others."""
    _registered: list[tuple[str, str]] = field(default_factory=list)
    """Accounts, and the ids as the last segment of a path."""
    _unknown: set[str] = field(default_factory=set)
    """Accounts which may have a registration of ours whose id is not known, or of no use."""
    _gone: set[tuple[str, str]] = field(default_factory=set)
    """The same of those whose removal was confirmed."""
    _urls: set[str] = field(default_factory=set)
    _undeletable: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, method: str, account: str, path: str = "", body: Any = None, *, headers: dict[str, str] | None = None,
            probe: str = "") -> Exchange:  # fmt: skip
        """A request to the dashboard's API with the account's session cookie, or with these headers in its place."""
        sent = {"Cookie": self.world.cookie(account)} if headers is None else dict(headers)
        content = b"" if body is None else json.dumps(body).encode()
        if content:
            sent["Content-Type"] = "application/json"
        exchange = self.world.sender.send(
            method, self.world.base_url + PATH + path, headers=sent, content=content, tags=("account",), probe=probe,
            operation="registerWebhook" if method == "POST" and headers is None else "", kind="dashboard",
            tidying=method != "POST",
        )  # fmt: skip
        if method == "POST":
            self._note(account, exchange)
        return exchange

    def _note(self, account: str, registration: Exchange) -> None:
        """Remember what will have to be removed."""
        place = path_of(registration.member("id"))
        with self._lock:
            if 200 <= registration.status < 300 and place:
                self._registered.append((account, place))
            elif 200 <= registration.status < 300 or lost(registration):
                self._unknown.add(account)

    def adopt(self, account: str, webhook_id: str, url: str) -> None:
        """What another process registered will have to be removed, too; by its URL where its id is not known."""
        place = path_of(webhook_id)
        with self._lock:
            self._registered += [(account, place)] if place else []
            self._unknown |= set() if place else {account}
            self._urls |= {url} if url else set()

    def register(self, account: str, url: str, events: Sequence[str] = EVENTS, **options: Any) -> Exchange:
        """POST a registration, whatever comes of it."""
        with self._lock:
            self._urls.add(url)
        return self.ask("POST", account, body={"url": url, "events": list(events), "label": self.label}, **options)

    def must_be_let_in(self, account: str, registration: Exchange) -> None:
        """Raises Inconclusive when the dashboard refuses the account's cookie, for listing as for registering."""
        if registration.status not in LOGIN or 200 <= self.ask("GET", account, probe="list").status < 300:
            return
        raise Inconclusive(
            f"the dashboard refuses the session of account {account!r} ({registration.told})",
            f"renew cookie in [accounts.{account}]: sessions expire",
            root=f"the session cookie of account {account!r} is refused",
        )

    def remove(self, account: str, webhook_id: Any) -> Exchange:
        """DELETE a registration, whatever comes of it."""
        place = path_of(webhook_id)
        with self._lock:
            self._registered = [known for known in self._registered if known != (account, place)]
        removal = self.ask("DELETE", account, place or "/none", probe="remove")
        with self._lock:
            if 200 <= removal.status < 300:
                self._gone.add((account, place))
            else:
                self._unknown.add(account)
        return removal

    def remove_lost(self, account: str, url: str) -> None:
        """Remove what is registered for this URL of our own, where the answer that told its id was lost."""
        with suppress(SuiteError):
            listing = self.ask("GET", account, probe="list")
            found = [entry for entry in entries(listing.json) if entry.get("url") == url and "id" in entry]
            for entry in found:
                self.remove(account, entry["id"])

    def is_gone(self, account: str, webhook_id: Any) -> bool:
        """Whether the target confirmed that this registration was removed."""
        return (account, path_of(webhook_id)) in self._gone

    def remove_if_there(self, account: str, webhook_id: Any) -> None:
        """The same, unless it was removed before, or removing does not answer."""
        if (account, path_of(webhook_id)) not in self._registered:
            return
        # Removing is a convention, not documented: where it does not answer, it is not tried for ever.
        if self._undeletable >= PATIENT:
            with self._lock:
                self._unknown.add(account)
            return
        with suppress(SuiteError):
            if not 200 <= self.remove(account, webhook_id).status < 300:
                self._undeletable += 1

    def remove_everything(self) -> None:
        """The end of the run, orderly or not. What cannot be removed by its id is looked for."""
        for account, place in tuple(self._registered):
            self.remove_if_there(account, unquote(place.removeprefix("/")))
        for account in sorted(self._unknown):
            with suppress(SuiteError):
                for webhook_id in ours(self.ask("GET", account, probe="list").json, self.label, self._urls):
                    self.remove(account, webhook_id)
