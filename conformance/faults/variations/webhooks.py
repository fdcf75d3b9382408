"""Servers that register and deliver differently from the reference, and are right."""

import json
from contextlib import closing, suppress
from dataclasses import replace
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

from conformance.faults.catalogue import permitted
from conformance.faults.verbs import (
    Object,
    Proper,
    answer,
    around,
    becomes,
    on_attempt,
    on_response,
    on_result,
    refusal,
    status_becomes,
    with_header,
)
from conformance.reference import Service
from conformance.reference.dispatcher import Attempt
from conformance.reference.errors import ApiError
from conformance.reference.model import Account, Generation, Subscription
from conformance.reference.response import Response
from conformance.reference.webhooks import Webhook


@permitted("R26", without=("webhooks",))
def no_http_on_loopback(service: Service) -> None:
    """A production server that takes no plain HTTP at all: our receiver needs a public address."""

    def webhook(subscription: Subscription, _: bytes) -> Subscription:
        if subscription.url.startswith("http://"):
            raise ApiError(422, "invalid_url", "This address is not allowed.")
        return subscription

    on_result(service.parts.validator, "webhook", webhook)


@permitted("R26")
def registration_answers_200(service: Service) -> None:
    """The example of the documentation does not show the status."""
    on_response(service, answer("webhooks", 201), status_becomes(200))


@permitted("R26")
def nothing_but_registering(service: Service) -> None:
    """Webhooks are listed and removed on another page of the dashboard."""
    not_allowed = becomes(refusal(405))
    on_response(service, answer("webhook"), not_allowed)
    on_response(service, answer("webhooks", to=lambda request: request.method == "GET"), not_allowed)
    around(service.parts.registry, "remove", lambda *_: None)


@permitted("R26")
def a_login_page_instead_of_401(service: Service) -> None:
    """The dashboard sends whoever has no session to the login."""
    for route in ("webhooks", "webhook"):
        on_response(service, answer(route, 401), becomes(Response(302, (("Location", "/login"),))))


@permitted("R26", "R43")
def ten_endpoints_for_each_account(service: Service) -> None:
    """A plan with a limit on endpoints: an eleventh is refused until another is removed."""
    registry = service.parts.registry

    def register(proper: Proper, account: Account, subscription: Subscription) -> Webhook:
        if len(registry.of(account)) >= 10:
            raise ApiError(409, "too_many_webhooks", "Ten webhooks are enough.")
        made: Webhook = proper(account, subscription)
        return made

    around(registry, "register", register)


@permitted("R26", "R27")
def an_address_is_looked_at_when_it_is_registered(service: Service) -> None:
    """A HEAD shows a mistyped URL to whoever registers it; what is answered is noted only."""

    def register(proper: Proper, account: Account, subscription: Subscription) -> Webhook:
        made: Webhook = proper(account, subscription)
        url = urlsplit(subscription.url)
        if url.hostname == "127.0.0.1":
            connection = HTTPConnection(url.hostname, url.port or 80, timeout=1)
            with closing(connection), suppress(OSError, HTTPException):
                connection.request("HEAD", url.path or "/")
                connection.getresponse()
        return made

    around(service.parts.registry, "register", register)


@permitted("R27")
def more_in_the_payload(service: Service) -> None:
    """Extra fields, in the envelope, in data and in outputs."""

    def payload(body: Object, generation: Generation) -> Object:
        more = {"prompt": generation.order.prompt, "costCredits": generation.cost}
        return {"id": f"evt_{generation.id}", "apiVersion": 1, **body, "data": body["data"] | more}

    on_result(service.parts.presenter, "payload", payload)


@permitted("R27")
def headers_in_lower_case_with_a_charset(service: Service) -> None:
    """Another HTTP client: names in lower case, and a parameter on the media type."""

    def change(attempt: Attempt) -> Attempt:
        typed = with_header(attempt, "Content-Type", "application/json; charset=utf-8")
        return replace(typed, headers=tuple((name.lower(), value) for name, value in typed.headers))

    on_attempt(service, change)


@permitted("R27", "R28")
def an_escaped_and_indented_body(service: Service) -> None:
    """Another serialiser: escapes for all but ASCII, blanks and line ends. The signature is over these bytes."""

    def change(attempt: Attempt) -> Attempt:
        body = json.dumps(json.loads(attempt.body), indent=2, ensure_ascii=True, sort_keys=True).encode()
        signature = service.parts.signer.sign(attempt.webhook.secret, body)
        return with_header(replace(attempt, body=body), "X-Gptimg-Signature", signature)

    on_attempt(service, change)


@permitted("R27")
def times_with_an_offset(service: Service) -> None:
    """Events have the time of another zone than polls; the instants are the same."""

    def payload(body: Object, _: Generation) -> Object:
        times = {name: body["data"][name].replace("Z", "+00:00") for name in ("createdAt", "completedAt")}
        return body | {"data": body["data"] | times}

    on_result(service.parts.presenter, "payload", payload)


@permitted("R27")
def no_outputs_on_failure(service: Service) -> None:
    """The event of a failed generation has no outputs at all."""

    def payload(body: Object, generation: Generation) -> Object:
        if generation.status != "succeeded":
            del body["data"]["outputs"]
        return body

    on_result(service.parts.presenter, "payload", payload)


@permitted("R25")
def a_blocked_generation_sends_nothing(service: Service) -> None:
    """Only failures of the model are events."""
    around(
        service.dispatcher,
        "announce",
        lambda announce, generation: None if generation.status == "blocked" else announce(generation),
    )


@permitted("R36")
def first_attempts_within_a_minute(service: Service) -> None:
    """Deliveries leave spread over most of a minute."""
    clock = service.parts.clock

    async def deliver(proper: Proper, webhook: Webhook, event: str, generation: Generation) -> None:
        await clock.sleep(5 + sum(webhook.id.encode()) % 50)
        await proper(webhook, event, generation)

    around(service.dispatcher, "deliver", deliver)
