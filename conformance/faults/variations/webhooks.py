"""Servers that register and deliver differently from the reference, and are right."""

import json
from dataclasses import replace

from conformance.faults.catalogue import permitted
from conformance.reference import Service
from conformance.reference.dispatcher import Attempt
from conformance.reference.errors import ApiError
from conformance.reference.model import Account, Generation, Subscription
from conformance.reference.request import Request
from conformance.reference.response import Response
from conformance.reference.webhooks import Webhook


def _validated(service: Service, refuses: str) -> None:
    """A registration is refused, with the proper answer, where the URL begins so."""
    validator = service.parts.validator
    proper = validator.webhook

    def webhook(body: bytes) -> Subscription:
        subscription = proper(body)
        if subscription.url.startswith(refuses):
            raise ApiError(422, "invalid_url", "This address is not allowed.")
        return subscription

    validator.webhook = webhook  # type: ignore[method-assign]


@permitted("R26")
def no_http_on_loopback(service: Service) -> None:
    """A production server that takes no plain HTTP at all: our receiver needs a public address."""
    _validated(service, "http://")


@permitted("R26")
def registration_answers_200(service: Service) -> None:
    """The example of the documentation does not show the status."""

    def rewrite(request: Request, response: Response) -> Response:
        return replace(response, status=200) if request.route == "webhooks" and response.status == 201 else response

    service.rewriters.append(rewrite)


@permitted("R26")
def nothing_but_registering(service: Service) -> None:
    """Webhooks are listed and removed on another page of the dashboard."""

    def rewrite(request: Request, response: Response) -> Response:
        own = request.route == "webhook" or (request.route == "webhooks" and request.method == "GET")
        return ApiError(405, "method_not_allowed", "no").response() if own else response

    async def refuse(request: Request, response: Response) -> Response:
        return rewrite(request, response)

    service.rewriters.append(refuse)
    service.parts.registry.remove = lambda webhook: None  # type: ignore[method-assign]


@permitted("R26")
def a_login_page_instead_of_401(service: Service) -> None:
    """The dashboard sends whoever has no session to the login."""

    def rewrite(request: Request, response: Response) -> Response:
        if request.route in {"webhooks", "webhook"} and response.status == 401:
            return Response(302, (("Location", "/login"),))
        return response

    service.rewriters.append(rewrite)


@permitted("R26")
def ten_endpoints_at_most(service: Service) -> None:
    """A plan with a limit on endpoints."""
    registry = service.parts.registry
    proper = registry.register

    def register(account: Account, subscription: Subscription) -> Webhook:
        if len(registry.of(account)) >= 10:
            raise ApiError(409, "too_many_webhooks", "Ten webhooks are enough.")
        return proper(account, subscription)

    registry.register = register  # type: ignore[method-assign]


@permitted("R27")
def more_in_the_payload(service: Service) -> None:
    """Extra fields, in the envelope, in data and in outputs."""
    presenter = service.parts.presenter
    proper = presenter.payload

    def payload(generation: Generation) -> dict[str, object]:
        body = proper(generation)
        body["data"] |= {"prompt": generation.order.prompt, "costCredits": generation.cost}
        return {"id": f"evt_{generation.id}", "apiVersion": 1, **body}

    presenter.payload = payload  # type: ignore[method-assign]


@permitted("R27")
def headers_in_lower_case_with_a_charset(service: Service) -> None:
    """Another HTTP client: names in lower case, and a parameter on the media type."""

    def change(attempt: Attempt) -> Attempt:
        headers = tuple((name.lower(), value) for name, value in attempt.headers if name != "Content-Type")
        return replace(attempt, headers=(*headers, ("content-type", "application/json; charset=utf-8")))

    service.dispatcher.disturbers.append(change)


@permitted("R27", "R28")
def an_escaped_and_indented_body(service: Service) -> None:
    """Another serialiser: escapes for all but ASCII, blanks and line ends. The signature is over these bytes."""

    def change(attempt: Attempt) -> Attempt:
        body = json.dumps(json.loads(attempt.body), indent=2, ensure_ascii=True, sort_keys=True).encode()
        signature = service.parts.signer.sign(attempt.webhook.secret, body)
        headers = tuple(pair for pair in attempt.headers if pair[0] != "X-Gptimg-Signature")
        return replace(attempt, body=body, headers=(*headers, ("X-Gptimg-Signature", signature)))

    service.dispatcher.disturbers.append(change)


@permitted("R27")
def times_with_an_offset(service: Service) -> None:
    """Events have the time of another zone than polls; the instants are the same."""
    presenter = service.parts.presenter
    proper = presenter.payload

    def payload(generation: Generation) -> dict[str, object]:
        body = proper(generation)
        for name in ("createdAt", "completedAt"):
            body["data"][name] = body["data"][name].replace("Z", "+00:00")
        return body

    presenter.payload = payload  # type: ignore[method-assign]


@permitted("R27")
def no_outputs_on_failure(service: Service) -> None:
    """The event of a failed generation has no outputs at all."""
    presenter = service.parts.presenter
    proper = presenter.payload

    def payload(generation: Generation) -> dict[str, object]:
        body = proper(generation)
        if generation.status != "succeeded":
            del body["data"]["outputs"]
        return body

    presenter.payload = payload  # type: ignore[method-assign]


@permitted("R25")
def a_blocked_generation_sends_nothing(service: Service) -> None:
    """Only failures of the model are events."""
    proper = service.dispatcher.announce
    service.dispatcher.announce = (  # type: ignore[method-assign]
        lambda generation: None if generation.status == "blocked" else proper(generation)
    )


@permitted("R36")
def first_attempts_within_a_minute(service: Service) -> None:
    """Deliveries leave spread over most of a minute."""
    proper = service.dispatcher.deliver
    clock = service.parts.clock

    async def deliver(webhook: Webhook, event: str, generation: Generation) -> None:
        await clock.sleep(5 + sum(webhook.id.encode()) % 50)
        await proper(webhook, event, generation)

    service.dispatcher.deliver = deliver  # type: ignore[method-assign]
