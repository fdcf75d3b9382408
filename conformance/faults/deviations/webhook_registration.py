"""Servers that register webhooks wrongly: for whom, with what, and what they show of the secret."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from conformance.faults.catalogue import breaks
from conformance.reference import Service
from conformance.reference.errors import ApiError
from conformance.reference.model import Account, Subscription
from conformance.reference.request import Request
from conformance.reference.response import Response
from conformance.reference.webhooks import Webhook


def _registered(service: Service, change: Callable[[Response], Response]) -> None:
    """Every accepted registration is answered as `change` makes it."""

    def rewrite(request: Request, response: Response) -> Response:
        accepted = request.route == "webhooks" and request.method == "POST" and response.status == 201
        return change(response) if accepted else response

    service.rewriters.append(rewrite)


def _content(response: Response, **members: Any) -> Response:
    return response.with_json(
        {name: value for name, value in {**response.json(), **members}.items() if value is not None}
    )


@breaks("HOOK-1")
def registration_is_accepted_for_later(service: Service) -> None:
    """A registration is answered 202: a client that checks for 200 or 201 thinks that it failed."""
    _registered(service, lambda response: replace(response, status=202))


@breaks("HOOK-1")
def registering_is_not_implemented(service: Service) -> None:
    """The dashboard has no such endpoint: integrations cannot register at all."""

    def rewrite(request: Request, response: Response) -> Response:
        return ApiError(404, "not_found", "no").response() if request.route == "webhooks" else response

    service.rewriters.append(rewrite)


@breaks("HOOK-1")
def every_url_is_invalid(service: Service) -> None:
    """The validator refuses every URL: nobody can register."""

    def webhook(body: bytes) -> Subscription:
        raise ApiError(400, "invalid", "url")

    service.parts.validator.webhook = webhook  # type: ignore[method-assign]


@breaks("HOOK-2")
def registration_without_an_id(service: Service) -> None:
    """Without an id an integration cannot tell its webhooks apart."""
    _registered(service, lambda response: _content(response, id=None))


@breaks("HOOK-2")
def registration_with_a_numeric_id(service: Service) -> None:
    """The id is a number: typed clients cannot read it."""
    _registered(service, lambda response: _content(response, id=17))


@breaks("HOOK-3")
def secret_without_its_prefix(service: Service) -> None:
    """Secret scanners look for whsec_ and do not find leaked secrets."""
    ids = service.parts.ids
    proper = ids.secret
    ids.secret = lambda: proper().removeprefix("whsec_")  # type: ignore[method-assign]


@breaks("HOOK-3")
def registration_without_a_secret(service: Service) -> None:
    """Signatures can never be verified."""
    _registered(service, lambda response: _content(response, secret=None))


@breaks("HOOK-4")
def one_secret_for_everybody(service: Service) -> None:
    """The secret is a constant of the deployment: every customer can forge every other's events."""
    service.parts.ids.secret = lambda: "whsec_0123456789abcdef0123456789abcdef"  # type: ignore[method-assign]


@breaks("HOOK-4")
def secret_is_derived_from_the_url(service: Service) -> None:
    """Registering the same URL again brings the leaked secret back."""
    registry = service.parts.registry
    proper = registry.register

    def register(account: Account, subscription: Subscription) -> Webhook:
        webhook = proper(account, subscription)
        webhook.secret = f"whsec_{hash(subscription.url) & 0xFFFFFFFFFFFF:012x}abcdef"
        return webhook

    registry.register = register  # type: ignore[method-assign]


@breaks("HOOK-5")
def secret_in_the_list(service: Service) -> None:
    """Whoever looks over a shoulder at the dashboard reads the secrets."""

    def rewrite(request: Request, response: Response) -> Response:
        if request.route != "webhooks" or request.method != "GET" or response.status != 200:
            return response
        known = service.parts.registry.webhooks
        listed = [{**entry, "secret": known[entry["id"]].secret} for entry in response.json()["webhooks"]]
        return response.with_json({"webhooks": listed})

    service.rewriters.append(rewrite)


@breaks("HOOK-5")
def secret_when_switched_on(service: Service) -> None:
    """Switching a webhook on answers with the whole row, secret included."""

    def rewrite(request: Request, response: Response) -> Response:
        if request.route == "webhook" and request.method == "PATCH" and response.status == 200:
            return _content(response, secret=service.parts.registry.webhooks[request.params["id"]].secret)
        return response

    service.rewriters.append(rewrite)


@breaks("HOOK-5")
def secret_without_prefix_when_read(service: Service) -> None:
    """The read endpoint strips whsec_ and shows the rest."""

    def rewrite(request: Request, response: Response) -> Response:
        if request.route == "webhook" and request.method == "GET" and response.status == 200:
            secret = service.parts.registry.webhooks[request.params["id"]].secret
            return _content(response, signingKey=secret.removeprefix("whsec_"))
        return response

    service.rewriters.append(rewrite)


def _lets_in(service: Service, who: Callable[[Request], bool]) -> None:
    """Requests for which `who` holds get the session of the account primary."""
    sessions = service.parts.sessions
    proper = sessions.account_of
    sessions.account_of = (  # type: ignore[method-assign]
        lambda request: service.parts.accounts["primary"] if who(request) else proper(request)
    )


@breaks("HOOK-6", also={"HOOK-7": "whoever needs no cookie does not need one beside a key either"})
def no_cookie_needed(service: Service) -> None:
    """Anybody registers: events of the first customer go to strangers."""
    _lets_in(service, lambda request: not request.header("cookie"))


@breaks("HOOK-6")
def any_cookie_will_do(service: Service) -> None:
    """The session is not looked up: an invented one registers for somebody."""
    _lets_in(service, lambda request: bool(request.header("cookie")) and "invented" in (request.header("cookie") or ""))


@breaks("HOOK-6")
def refused_and_registered(service: Service) -> None:
    """The answer is 401, but the row was written before the session was looked at."""
    _registers(service, lambda webhook: None)


def _registers(service: Service, change: Callable[[Webhook], object]) -> None:
    """A registration that is refused for want of a session leaves a webhook behind, changed."""

    async def rewrite(request: Request, response: Response) -> Response:
        if request.route == "webhooks" and response.status == 401 and not request.header("authorization"):
            subscription = service.parts.validator.webhook(await request.read(65536))
            change(service.parts.registry.register(service.parts.accounts["primary"], subscription))
        return response

    service.rewriters.append(rewrite)


@breaks("HOOK-7")
def a_key_registers(service: Service) -> None:
    """A leaked API key is enough to redirect a customer's events."""
    _lets_in(service, lambda request: (request.header("authorization") or "").startswith("Bearer gimg_"))


def _accepts_urls(service: Service, accepts: Callable[[str], bool]) -> None:
    validator = service.parts.validator
    proper = validator.webhook

    def webhook(body: bytes) -> Subscription:
        try:
            return proper(body)
        except ApiError:
            given = json.loads(body)
            if not accepts(given["url"]) or "generation.exploded" in given["events"]:
                raise
            return Subscription(given["url"], tuple(given["events"]), given["label"])

    validator.webhook = webhook  # type: ignore[method-assign]


@breaks("HOOK-8")
def http_is_registered(service: Service) -> None:
    """Events and signatures travel in the clear."""
    _accepts_urls(service, lambda url: url.startswith("http://"))


@breaks("HOOK-8")
def http_in_capitals_is_registered(service: Service) -> None:
    """The scheme is compared with its case: HTTP:// slips through."""
    _accepts_urls(service, lambda url: url.startswith("HTTP://"))


@breaks("HOOK-8")
def loopback_by_its_beginning(service: Service) -> None:
    """The exception for loopback looks at the first letters of the host: 127.0.0.1.example.com slips through."""
    _accepts_urls(service, lambda url: url.startswith("http://127.0.0.1"))


@breaks("HOOK-8")
def any_scheme_that_begins_like_https(service: Service) -> None:
    """Only the first five letters of the URL are looked at."""
    _accepts_urls(service, lambda url: url.startswith("https"))


def _accepts_events(service: Service, accepts: Callable[[list[str]], bool]) -> None:
    validator = service.parts.validator
    proper = validator.webhook

    def webhook(body: bytes) -> Subscription:
        given = json.loads(body)
        if "generation.exploded" in given.get("events", []) and accepts(given["events"]):
            given["events"] = ["generation.succeeded"]
        return proper(json.dumps(given).encode())

    validator.webhook = webhook  # type: ignore[method-assign]


@breaks("HOOK-9")
def unknown_events_are_registered(service: Service) -> None:
    """A typing error in an event's name is found out when nothing ever comes."""
    _accepts_events(service, lambda _: True)


@breaks("HOOK-9")
def unknown_events_are_dropped(service: Service) -> None:
    """Of a list of events the unknown ones are dropped silently."""
    _accepts_events(service, lambda events: len(events) > 1)


@breaks("HOOK-5")
def deliveries_carry_the_secret(service: Service) -> None:
    """Meant to spare receivers the arithmetic: the secret stands in the log of every proxy on the way."""
    headers = service.dispatcher.headers
    service.dispatcher.headers = lambda webhook, event, delivery_id, body: (  # type: ignore[method-assign]
        *headers(webhook, event, delivery_id, body),
        ("X-Gptimg-Secret", webhook.secret),
    )


@breaks("HOOK-6")
def without_a_session_the_answer_is_204(service: Service) -> None:
    """Nothing is registered, and nobody is told: customers wait for events that never come."""
    _unauthorized_becomes(service, lambda request: Response(204))


def _unauthorized_becomes(service: Service, answer: Callable[[Request], Response]) -> None:
    """What a registration without cookie and key is answered."""

    def rewrite(request: Request, response: Response) -> Response:
        bare = request.route == "webhooks" and request.method == "POST" and not request.header("authorization")
        return answer(request) if bare and response.status == 401 else response

    service.rewriters.append(rewrite)


@breaks("HOOK-6")
def what_was_refused_is_listed_as_switched_off(service: Service) -> None:
    """A stranger's URL waits in the list for a click of the customer."""
    _registers(service, lambda webhook: setattr(webhook, "enabled", False))


@breaks("HOOK-6")
def what_was_refused_is_served_unlisted(service: Service) -> None:
    """A stranger gets a customer's events, and the customer cannot see it."""
    hidden = set[str]()
    _registers(service, lambda webhook: hidden.add(webhook.id))

    def rewrite(request: Request, response: Response) -> Response:
        if request.route != "webhooks" or request.method != "GET" or response.status != 200:
            return response
        return response.with_json({"webhooks": [w for w in response.json()["webhooks"] if w["id"] not in hidden]})

    service.rewriters.append(rewrite)
