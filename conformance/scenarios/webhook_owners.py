"""What the session of one customer shows of another's endpoints, and does to them (R42)."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from conformance.client import Api
from conformance.errors import NotApplicable
from conformance.evidence import Exchange
from conformance.evidence.delivery import Delivery
from conformance.world.hooks import Hook
from conformance.world.laboratory import Caused, Laboratory
from conformance.world.registrar import Registrar, path_of


@dataclass(frozen=True)
class Owned:
    """Two endpoints of the account `other`, before and after the session of `primary` tried everything on them.

    KEPT is on; DORMANT was switched off by its owner. `url` and `registration` are KEPT's.
    """

    url: str
    registration: Exchange
    listed: Exchange
    """What the other session lists, and likewise reads, of KEPT."""
    read: Exchange
    again: Exchange
    """The other session's registration of KEPT's URL."""
    own_lists: tuple[Exchange, Exchange]
    """The owner's, before and after."""
    before: Delivery
    after: Delivery
    dormant: tuple[Delivery, Delivery]
    switched_off: Exchange

    @property
    def own_listing(self) -> Exchange:
        """The owner's list at the end. Raises NotApplicable where its list did not show KEPT before."""
        before, after = self.own_lists
        if not 200 <= before.status < 300 or not before.response or self.url.encode() not in before.response.body:
            raise NotApplicable("the target does not list webhooks, which is no part of the documentation")
        return after

    @property
    def still_off(self) -> Delivery:
        """The later delivery at DORMANT. Raises NotApplicable where its owner cannot switch it off."""
        earlier, later = self.dormant
        if not 200 <= self.switched_off.status < 300 or earlier.came:
            raise NotApplicable("the target does not switch webhooks off by PATCH, which the documentation has not")
        return later


@pytest.fixture(scope="session")
def owned(lab: Laboratory, primary: Api, other: Api) -> Owned:
    """An endpoint of `other` that `primary` lists, reads, changes, registers and deletes; one that it switches on."""
    registrar = lab.hooks.registrar
    _ = lab.world.cookie(primary.account)
    kept = lab.hooks.open("other", "tried on by another customer", events=[lab.free_event])
    dormant = lab.hooks.open("other", "switched off by its owner", events=[lab.free_event])
    try:
        off = registrar.ask("PATCH", "other", path_of(dormant.id) or "/none", {"enabled": False}, probe="switch off")
        first = _cause(lab, other, kept, dormant)
        own = registrar.ask("GET", "other", probe="list")
        listed, read, again = _try_everything(registrar, kept, dormant)
        later = _cause(lab, other, kept, dormant)
        lists = own, registrar.ask("GET", "other", probe="list")
        return Owned(
            kept.endpoint.url, kept.registration, listed, read, again, lists,
            lab.read(first, kept), lab.read(later, kept),
            (lab.read(first, dormant, wanted=False), lab.read(later, dormant, wanted=False)), off,
        )  # fmt: skip
    finally:
        lab.hooks.close((kept, dormant))


def _cause(lab: Laboratory, other: Api, kept: Hook, dormant: Hook) -> Caused:
    """One generation, delivered to KEPT; what comes to DORMANT is answered 200."""
    dormant.endpoint.admit_unknown()
    caused = lab.cause(other, [kept], lab.free_cause("whose endpoints"))[0]
    lab.let_pass()
    return caused


def _try_everything(registrar: Registrar, kept: Hook, dormant: Hook) -> Sequence[Exchange]:
    """With the session of `primary`: what it lists and reads, and its registration of the same URL."""
    place, asleep = (path_of(hook.id) or "/none" for hook in (kept, dormant))
    listed = registrar.ask("GET", "primary", probe="list")
    read = registrar.ask("GET", "primary", place, probe="read another customer's")
    registrar.ask("PATCH", "primary", asleep, {"enabled": True}, probe="switch another customer's on")
    registrar.ask("PATCH", "primary", place, {"enabled": False}, probe="switch another customer's off")
    moved = {"url": "https://example.com/gimg-conformance"}
    registrar.ask("PATCH", "primary", place, moved, probe="change another customer's")
    registrar.ask("PUT", "primary", place, {**moved, "events": list(kept.events)}, probe="change another customer's")
    again = registrar.register("primary", kept.endpoint.url, kept.events, probe="another customer's URL")
    if 200 <= again.status < 300 and again.member("id") not in {None, kept.id}:
        registrar.remove("primary", again.member("id"))
    registrar.ask("DELETE", "primary", place, probe="remove another customer's")
    return listed, read, again
