"""Every way of registering a webhook, tried once."""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from conformance.client import Api
from conformance.client.lost import LostError
from conformance.errors import NotApplicable
from conformance.evidence import Exchange
from conformance.evidence.attempt import Attempt
from conformance.scenarios.webhooks import Delivered
from conformance.world.hooks import Hooks
from conformance.world.registrar import SUCCEEDED, Registrar, path_of

SOMEWHERE = "https://example.com/gimg-conformance"
INSECURE = {
    "plain http": "http://example.com/gimg-conformance",
    "plain http to a private address": "http://10.20.30.40/gimg-conformance",
    "plain http in capitals": "HTTP://EXAMPLE.COM/gimg-conformance",
    "a host that begins like loopback": "http://127.0.0.1.example.com/gimg-conformance",
    "a host that begins like localhost": "http://localhost.example.com/gimg-conformance",
    "https in the query only": "http://example.com/gimg-conformance?next=https://example.com/",
    "a scheme that begins like https": "httpsx://example.com/gimg-conformance",
    "no scheme": "example.com/gimg-conformance",
    "a host without a scheme": "//example.com/gimg-conformance",
    "ftp": "ftp://example.com/gimg-conformance",
}
UNKNOWN_EVENTS = {"alone": ["generation.exploded"], "beside a known one": [SUCCEEDED, "generation.exploded"]}


@dataclass(frozen=True)
class Registrations:
    """Every way of registering, tried once. `spy` is the path of the endpoint that the refused ones named."""

    first: Exchange
    second: Exchange
    again: Exchange | None
    """The first one's URL once more, after it was removed; None where removing does not answer."""
    without_cookie: Mapping[str, Exchange]
    bearer: Exchange
    insecure: Mapping[str, Exchange]
    unknown_events: Mapping[str, Exchange]
    conventional: Mapping[str, Exchange]
    """list, read, re-enable and delete, of the first one."""
    spy: str

    @property
    def accepted(self) -> list[Exchange]:
        return [e for e in (self.first, self.second, self.again) if e is not None and 200 <= e.status < 300]

    @property
    def listing(self) -> Exchange:
        """Raises NotApplicable when the target does not list."""
        found = self.conventional["list"]
        if not 200 <= found.status < 300:
            raise NotApplicable("the target does not list webhooks, which is no part of the documentation")
        return found


@pytest.fixture(scope="session")
def registrations(hooks: Hooks, primary: Api) -> Registrations:
    """On the account primary; whatever was registered is removed again."""
    _ = hooks.world.cookie("primary")
    with hooks.places.kept("primary", 2):
        return _register(hooks, primary)


@pytest.fixture(scope="session")
def spied(hooks: Hooks, registrations: Registrations, delivered: Delivered) -> tuple[Attempt, ...]:
    """What has come to the URLs of refused registrations, once deliveries have come elsewhere.

    Raises Inconclusive when none has, and LostError where the URLs were of a process that was interrupted.
    """
    spy = next((endpoint for endpoint in hooks.receiver.endpoints if endpoint.path == registrations.spy), None)
    if spy is None:
        raise LostError("the URLs led to a process that was interrupted", scenario="registrations")
    delivered.control()
    return hooks.journal.shown(attempt for attempt in spy.attempts() if "bearer" not in attempt.path)


def _register(hooks: Hooks, primary: Api) -> Registrations:
    registrar = hooks.registrar
    endpoint, spy = hooks.receiver.open(), hooks.receiver.open()
    url, spied = endpoint.url, spy.url
    first = registrar.register("primary", url, probe="the receiver's address")
    if _address_refused(first, url):
        # The receiver's address may be refused; whether registering works is asked with an ordinary one.
        url = spied = SOMEWHERE
        first = registrar.register("primary", url, probe="an https address")
    registrar.must_be_let_in("primary", first)
    second = registrar.register("primary", f"{url}?second", probe="a second one")
    without = {
        "no cookie": registrar.register("primary", f"{spied}?no-cookie", headers={}, probe="no cookie"),
        "an invented session": registrar.register(
            "primary", f"{spied}?invented", headers={"Cookie": _invented(registrar)}, probe="an invented session"
        ),
    }
    bearer = registrar.register(
        "primary", f"{spied}?bearer", headers={"Authorization": f"Bearer {primary.key}"}, probe="a key and no cookie"
    )
    insecure = {name: registrar.register("primary", bad, probe=name) for name, bad in INSECURE.items()}
    unknown = {
        name: registrar.register("primary", f"{url}?unknown", e, probe=name) for name, e in UNKNOWN_EVENTS.items()
    }
    place = path_of(first.member("id")) or "/none"
    conventional = {
        "list": registrar.ask("GET", "primary", probe="list"),
        "read": registrar.ask("GET", "primary", place, probe="read"),
        "re-enable": registrar.ask("PATCH", "primary", place, {"enabled": True}, probe="re-enable"),
        "delete": registrar.remove("primary", first.member("id")),
    }
    again = None
    if 200 <= conventional["delete"].status < 300:
        again = registrar.register("primary", url, probe="the same URL again")
    for exchange in (second, again, bearer, *without.values(), *insecure.values(), *unknown.values()):
        if exchange is not None and 200 <= exchange.status < 300 and exchange.member("id"):
            registrar.remove("primary", exchange.member("id"))
    return Registrations(first, second, again, without, bearer, insecure, unknown, conventional, spy.path)


def _address_refused(registration: Exchange, url: str) -> bool:
    return url.startswith("http://") and 400 <= registration.status < 500 and registration.status not in {401, 404, 405}


def _invented(registrar: Registrar) -> str:
    """The cookie's names, with values that no session has."""
    cookie = registrar.world.recorder.vault.reveal(registrar.world.cookie("primary"))
    names = (part.partition("=")[0].strip() for part in cookie.split(";"))
    return "; ".join(f"{name}=conformance-invented-0123456789" for name in names if name)
