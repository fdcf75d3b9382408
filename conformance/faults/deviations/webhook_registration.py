"""Servers that register webhooks wrongly: for whom, with what, and what they show of the secret."""

import json
from collections.abc import Callable
from typing import Any

from conformance.faults.catalogue import breaks
from conformance.faults.verbs import (
    OMIT,
    Object,
    Proper,
    answer,
    around,
    authorization_of,
    becomes,
    json_becomes,
    on_response,
    on_result,
    refusal,
    status_becomes,
    with_members,
)
from conformance.reference import Service
from conformance.reference.errors import ApiError
from conformance.reference.model import Account, Subscription
from conformance.reference.request import Request
from conformance.reference.response import Response
from conformance.reference.webhooks import Webhook

REGISTERED = answer("webhooks", 201)
LISTED = answer("webhooks", 200, to=lambda request: request.method == "GET")
WHSEC = "whsec_"
UNKNOWN = "generation.exploded"
"""The event that tests take for one that does not exist."""


@breaks("HOOK-1")
def registration_is_accepted_for_later(service: Service) -> None:
    """The row is written by a queue: a client that checks for 200 or 201 thinks that it failed."""
    on_response(service, REGISTERED, status_becomes(202))


@breaks("HOOK-1")
def registering_is_not_implemented(service: Service) -> None:
    """The dashboard's page writes to the database itself, and no endpoint was built: integrations cannot register."""
    on_response(service, answer("webhooks"), becomes(refusal(404)))


@breaks("HOOK-1")
def every_url_is_invalid(service: Service) -> None:
    """The validator's pattern matches no URL: nobody can register."""

    def refuse(*_: object) -> None:
        raise ApiError(400, "invalid", "url")

    around(service.parts.validator, "webhook", refuse)


@breaks("HOOK-2")
def registration_without_an_id(service: Service) -> None:
    """The answer repeats what was sent, not the row: an integration cannot tell its webhooks apart."""
    on_response(service, REGISTERED, with_members(id=OMIT))


@breaks("HOOK-2")
def registration_with_a_numeric_id(service: Service) -> None:
    """The row's number is serialised as it is: typed clients cannot read it."""
    on_response(service, REGISTERED, with_members(id=17))


@breaks("HOOK-3")
def secret_without_its_prefix(service: Service) -> None:
    """The generator is one for any token: secret scanners look for whsec_ and do not find leaked secrets."""
    on_result(service.parts.ids, "secret", lambda secret: secret.removeprefix(WHSEC))


@breaks("HOOK-3")
def registration_without_a_secret(service: Service) -> None:
    """The serialiser hides secrets everywhere: signatures can never be verified."""
    on_response(service, REGISTERED, with_members(secret=OMIT))


@breaks("HOOK-4")
def one_secret_for_everybody(service: Service) -> None:
    """The secret is a constant of the deployment: every customer can forge every other's events."""
    around(service.parts.ids, "secret", lambda _: "whsec_0123456789abcdef0123456789abcdef")


@breaks("HOOK-4")
def secret_is_derived_from_the_url(service: Service) -> None:
    """The secret is a hash of the URL: registering it again brings a leaked secret back."""

    def register(webhook: Webhook, _: Account, subscription: Subscription) -> Webhook:
        webhook.secret = f"{WHSEC}{hash(subscription.url) & 0xFFFFFFFFFFFF:012x}abcdef"
        return webhook

    on_result(service.parts.registry, "register", register)


def _secret(service: Service, entry: Object) -> str:
    return service.parts.registry.webhooks[entry["id"]].secret


@breaks("HOOK-5")
def secret_in_the_list(service: Service) -> None:
    """The list serialises whole rows: whoever looks over a shoulder at the dashboard reads the secrets."""

    def revealed(content: Object) -> Object:
        return {"webhooks": [{**entry, "secret": _secret(service, entry)} for entry in content["webhooks"]]}

    on_response(service, LISTED, json_becomes(revealed))


@breaks("HOOK-5")
def secret_when_switched_on(service: Service) -> None:
    """The update returns the whole row: switching a webhook on shows its secret in the browser's tools."""
    patched = answer("webhook", 200, to=lambda request: request.method == "PATCH")
    on_response(service, patched, json_becomes(lambda content: content | {"secret": _secret(service, content)}))


@breaks("HOOK-5")
def secret_without_prefix_when_read(service: Service) -> None:
    """A filter on the prefix is taken for the hiding of secrets: the rest of it is shown to whoever reads."""
    read = answer("webhook", 200, to=lambda request: request.method == "GET")
    on_response(
        service,
        read,
        json_becomes(lambda content: content | {"signingKey": _secret(service, content).removeprefix(WHSEC)}),
    )


def _lets_in(service: Service, who: Callable[[Request], object]) -> None:
    """Requests for which `who` holds get the session of the account primary."""
    around(
        service.parts.sessions,
        "account_of",
        lambda account_of, request: service.parts.accounts["primary"] if who(request) else account_of(request),
    )


@breaks("HOOK-6", also={"HOOK-7": "whoever needs no cookie does not need one beside a key either"})
def no_cookie_needed(service: Service) -> None:
    """A request without a session falls back to the first account: its events go to strangers."""
    _lets_in(service, lambda request: not request.header("cookie"))


@breaks("HOOK-6")
def any_cookie_will_do(service: Service) -> None:
    """Whether there is a session is looked at, not whose: an invented one registers for somebody."""
    _lets_in(service, lambda request: "invented" in (request.header("cookie") or ""))


@breaks("HOOK-6")
def refused_and_registered(service: Service) -> None:
    """The row is written before the session is looked at: strangers get a customer's events in spite of the 401."""
    _registers(service, lambda _: None)


def _registers(service: Service, change: Callable[[Webhook], object]) -> None:
    """A registration that is refused for want of a session leaves a webhook behind, changed."""

    async def register(request: Request, response: Response) -> Response:
        subscription = service.parts.validator.webhook(await request.read(service.parts.rules.body_bytes_max))
        change(service.parts.registry.register(service.parts.accounts["primary"], subscription))
        return response

    on_response(service, answer("webhooks", 401, to=lambda request: not request.header("authorization")), register)


@breaks("HOOK-7")
def a_key_registers(service: Service) -> None:
    """The API's middleware stands before the dashboard too: a leaked key is enough to redirect a customer's events."""
    _lets_in(service, lambda request: authorization_of(request).startswith("Bearer gimg_"))


def _accepts_urls(service: Service, accepts: Callable[[str], bool]) -> None:
    """A URL that is not valid is accepted when this holds of it."""

    def webhook(proper: Proper, body: bytes) -> Any:
        try:
            return proper(body)
        except ApiError:
            given = json.loads(body)
            if not accepts(given["url"]) or UNKNOWN in given["events"]:
                raise
            return Subscription(given["url"], tuple(given["events"]), given["label"])

    around(service.parts.validator, "webhook", webhook)


@breaks("HOOK-8")
def http_is_registered(service: Service) -> None:
    """The check of the scheme was switched off for a test and stays so: events and signatures travel in the clear."""
    _accepts_urls(service, lambda url: url.startswith("http://"))


@breaks("HOOK-8")
def http_in_capitals_is_registered(service: Service) -> None:
    """The forbidden scheme is compared with its case: HTTP:// slips through, and events travel in the clear."""
    _accepts_urls(service, lambda url: url.startswith("HTTP://"))


@breaks("HOOK-8")
def http_in_private_networks_is_registered(service: Service) -> None:
    """Addresses inside are thought to be safe: events and signatures travel in the clear through a shared network."""
    _accepts_urls(service, lambda url: url.startswith("http://10."))


@breaks("HOOK-8")
def an_address_without_a_scheme_is_registered(service: Service) -> None:
    """Only a scheme that is there is looked at: the sender puts http:// before what has none."""
    _accepts_urls(service, lambda url: "://" not in url)


@breaks("HOOK-8")
def loopback_by_its_beginning(service: Service) -> None:
    """The exception for loopback looks at the first letters of the host: 127.0.0.1.example.com slips through."""
    _accepts_urls(service, lambda url: url.startswith("http://127.0.0.1"))


@breaks("HOOK-8")
def any_scheme_that_begins_like_https(service: Service) -> None:
    """Only the first five letters of the URL are looked at: what nobody can deliver to is registered."""
    _accepts_urls(service, lambda url: url.startswith("https"))


def _accepts_events(service: Service, accepts: Callable[[list[str]], bool]) -> None:
    """A list with an event that does not exist is accepted when this holds of it."""

    def webhook(proper: Proper, body: bytes) -> Any:
        given = json.loads(body)
        if UNKNOWN in given.get("events", []) and accepts(given["events"]):
            given["events"] = [service.parts.rules.succeeded_event]
        return proper(json.dumps(given).encode())

    around(service.parts.validator, "webhook", webhook)


@breaks("HOOK-9")
def unknown_events_are_registered(service: Service) -> None:
    """Names of events are not checked: a typing error in one is found out when nothing ever comes."""
    _accepts_events(service, lambda _: True)


@breaks("HOOK-9")
def unknown_events_are_dropped(service: Service) -> None:
    """A list of events is filtered in place of checked: a typing error in one is found out when nothing comes of it."""
    _accepts_events(service, lambda events: len(events) > 1)


@breaks("HOOK-5")
def deliveries_carry_the_secret(service: Service) -> None:
    """A header is meant to spare receivers the arithmetic: the secret stands in the log of every proxy on the way."""
    on_result(
        service.dispatcher, "headers", lambda headers, webhook, *_: (*headers, ("X-Gptimg-Secret", webhook.secret))
    )


@breaks("HOOK-6")
def without_a_session_the_answer_is_204(service: Service) -> None:
    """The middleware ends a request without a session as if it were done: customers wait for events that never come."""

    def bare(request: Request) -> bool:
        return request.method == "POST" and not request.header("authorization")

    on_response(service, answer("webhooks", 401, to=bare), becomes(Response(204)))


@breaks("HOOK-6")
def what_was_refused_is_listed_as_switched_off(service: Service) -> None:
    """A row that was refused is kept as a draft: a stranger's URL waits in the list for a click of the customer."""
    _registers(service, lambda webhook: setattr(webhook, "enabled", False))


@breaks("HOOK-6")
def what_was_refused_is_served_unlisted(service: Service) -> None:
    """A row is rolled back in the list's cache only: a stranger gets events, and the customer cannot see it."""
    hidden = set[str]()
    _registers(service, lambda webhook: hidden.add(webhook.id))

    def shown(content: Object) -> Object:
        return {"webhooks": [entry for entry in content["webhooks"] if entry["id"] not in hidden]}

    on_response(service, LISTED, json_becomes(shown))
