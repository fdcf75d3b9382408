"""Servers that deliver the wrong thing, to the wrong endpoint, at the wrong time, or on the wrong occasion."""

from collections.abc import Callable
from dataclasses import replace

from conformance.faults.catalogue import breaks
from conformance.faults.verbs import (
    Object,
    Proper,
    answer,
    around,
    first_of,
    on_attempt,
    on_header,
    on_repeat,
    on_response,
    on_result,
)
from conformance.reference import Service
from conformance.reference.model import Account, Generation
from conformance.reference.request import Request
from conformance.reference.response import Response
from conformance.reference.webhooks import Webhook

ATTEMPTS = dict.fromkeys(
    ("SIGN-6", "RETRY-1", "RETRY-12", "RETRY-14", "RETRY-15"), "the attempts of both deliveries are of one event"
)
"""What two deliveries of an event break together."""


def _payload(service: Service, change: Callable[[Object], object]) -> None:
    """Every delivery has the body that `change` makes of the proper one."""
    on_result(service.parts.presenter, "payload", lambda body, _: change(body))


def _data(service: Service, change: Callable[[Object, Generation], Object], *statuses: str) -> None:
    """Deliveries have these other members in their `data`, for generations in these statuses or any."""

    def payload(body: Object, generation: Generation) -> Object:
        here = not statuses or generation.status in statuses
        return body | {"data": body["data"] | change(body["data"], generation)} if here else body

    on_result(service.parts.presenter, "payload", payload)


def _subscribers(service: Service, choose: Callable[[list[Webhook], Account, str], list[Webhook]]) -> None:
    """Choose whom an event is delivered to, given the proper ones, the account and the event."""
    on_result(service.parts.registry, "subscribers", choose)


def _announces(service: Service, which: Callable[[Generation], bool]) -> None:
    """Only generations of which this holds are announced."""
    around(
        service.dispatcher, "announce", lambda announce, generation: announce(generation) if which(generation) else None
    )


def _announced_later(service: Service, seconds: float, which: Callable[[Generation], bool], *, again: bool) -> None:
    """Generations of which this holds are announced so much later, or `again`."""
    clock = service.parts.clock

    async def late(proper: Proper, generation: Generation) -> None:
        await clock.sleep(seconds)
        proper(generation)

    def announce(proper: Proper, generation: Generation) -> None:
        if again or not which(generation):
            proper(generation)
        if which(generation):
            clock.spawn(late(proper, generation))

    around(service.dispatcher, "announce", announce)


@breaks("HOOK-11")
def success_is_silent(service: Service) -> None:
    """Events were built as alarms, for failures only: whoever waits for an image waits for ever."""
    _announces(service, lambda generation: generation.status != "succeeded")


@breaks("HOOK-11", along=("order",))
def an_edit_is_silent(service: Service) -> None:
    """Edits run in another worker, which sends no events: whoever waits for an edit waits for ever."""
    _announces(service, lambda generation: generation.order.type != "edit")


@breaks("HOOK-12")
def failure_is_silent(service: Service) -> None:
    """The event is sent after the outputs are written: whoever waits for a generation that fails waits for ever."""
    _announces(service, lambda generation: generation.status == "succeeded")


@breaks("HOOK-13", also=ATTEMPTS | {"RETRY-13": "a delivery's attempts stand between the other's"})
def every_event_is_delivered_twice(service: Service) -> None:
    """Two workers consume the queue: customers are charged twice by their own code."""

    def announce(proper: Proper, generation: Generation) -> None:
        if generation.account.name == "primary":
            proper(generation)
        proper(generation)

    around(service.dispatcher, "announce", announce)


@breaks("HOOK-13", along=("event",), also=ATTEMPTS)
def delivered_again_a_minute_later(service: Service) -> None:
    """A job that looks for lost events does not see what was delivered: a customer's code handles a failure twice."""
    _announced_later(service, 45, lambda generation: generation.status == "failed", again=True)


@breaks("HOOK-14")
def only_the_first_endpoint_is_served(service: Service) -> None:
    """The query for endpoints has a LIMIT 1: a customer's second one, staging or a backup, never hears of anything."""
    _subscribers(service, lambda proper, *_: proper[:1])


def _early(service: Service, seconds: float) -> None:
    """Deliveries begin so long before the generation ends."""
    parts = service.parts
    whole = parts.rules.queue_seconds + parts.rules.run_seconds
    parts.ended.clear()

    async def run(proper: Proper, generation: Generation) -> None:
        async def announce() -> None:
            await parts.clock.sleep(whole - seconds)
            finished = replace(generation, status="succeeded" if generation.fate is None else "failed")
            finished.completed_at = generation.created_at + whole
            service.dispatcher.announce(finished)

        parts.clock.spawn(announce())
        await proper(generation)

    around(service.studio, "run", run)


@breaks("HOOK-15")
def delivered_while_running(service: Service) -> None:
    """The event overtakes the database: whoever polls on receiving it is told that the image is still being made."""
    _early(service, service.parts.rules.run_seconds / 2)


@breaks("HOOK-15")
def delivered_on_acceptance(service: Service) -> None:
    """The event is sent by the call that queues the generation: whoever polls on receiving it finds no image."""
    _early(service, service.parts.rules.queue_seconds + service.parts.rules.run_seconds)


@breaks("HOOK-16")
def delivered_after_two_minutes(service: Service) -> None:
    """Events are sent by a job that runs every other minute: polling would have been faster."""
    _announced_later(service, 100, lambda _: True, again=False)


@breaks("HOOK-17")
def every_event_to_everybody(service: Service) -> None:
    """Subscriptions are stored and not read: receivers are called for events that they did not ask for."""
    registry = service.parts.registry
    _subscribers(service, lambda _, account, __: [webhook for webhook in registry.of(account) if webhook.enabled])


@breaks("HOOK-17", along=("event",))
def failures_to_everybody(service: Service) -> None:
    """Failures pass the filter of subscriptions as alarms: receivers are called for events they did not ask for."""
    registry, failed = service.parts.registry, service.parts.rules.failed_event
    _subscribers(
        service,
        lambda proper, account, event: [w for w in registry.of(account) if w.enabled] if event == failed else proper,
    )


def _subscribed(service: Service, event: str) -> list[Webhook]:
    """The endpoints of all accounts that subscribed to an event."""
    return [
        webhook for webhook in service.parts.registry.webhooks.values() if webhook.enabled and event in webhook.events
    ]


@breaks("HOOK-18")
def other_peoples_events(service: Service) -> None:
    """The query for endpoints lacks the account: prompts and images of one customer are sent to another."""
    _subscribers(service, lambda _, __, event: _subscribed(service, event))


@breaks("HOOK-18", along=("event",))
def other_peoples_failures(service: Service) -> None:
    """The failure path has its own query, which lacks the account: failures are sent to all customers."""
    failed = service.parts.rules.failed_event
    _subscribers(service, lambda proper, _, event: _subscribed(service, event) if event == failed else proper)


@breaks("HOOK-20")
def the_query_is_lost(service: Service) -> None:
    """The URL is put together from host and path: customers with a token in the query get deliveries without it."""
    on_attempt(service, lambda attempt: replace(attempt, url=attempt.url.partition("?")[0]))


@breaks("HOOK-21")
def deliveries_are_text(service: Service) -> None:
    """The body is a string to the client library: frameworks that parse by media type hand over an empty body."""
    on_header(service, "Content-Type", lambda *_: "text/plain")


@breaks("HOOK-22", along=("event",))
def the_event_header_always_says_succeeded(service: Service) -> None:
    """The header is a constant: routers that look at it treat failures as successes."""
    on_header(service, "X-Gptimg-Event", lambda *_: service.parts.rules.succeeded_event)


@breaks("HOOK-22")
def the_event_header_is_missing(service: Service) -> None:
    """The header is not on the proxy's list of those that pass: routers that look at it drop every delivery."""
    on_header(service, "X-Gptimg-Event", lambda *_: None)


@breaks("HOOK-22")
def the_body_names_the_event_without_its_prefix(service: Service) -> None:
    """Header and body are written from two lists: a receiver that compares them refuses every delivery."""
    _payload(service, lambda body: body | {"event": body["event"].removeprefix("generation.")})


@breaks("HOOK-23")
def a_list_of_events(service: Service) -> None:
    """Events are batched, and a batch of one is a list too: receivers read members of a list."""
    _payload(service, lambda body: [body])


@breaks("HOOK-23")
def data_without_its_envelope(service: Service) -> None:
    """The generation is serialised without its envelope: receivers that read data find nothing."""
    _payload(service, lambda body: {"event": body["event"], **body["data"]})


@breaks("HOOK-24")
def the_generation_is_called_id(service: Service) -> None:
    """The record's serialiser is used for the event: clients that read data.generationId find nothing."""

    def renamed(body: Object) -> Object:
        data = dict(body["data"])
        return body | {"data": {"id": data.pop("generationId"), **data}}

    _payload(service, renamed)


@breaks("HOOK-24")
def the_generation_is_somebody_elses(service: Service) -> None:
    """The id in the payload is that of the job, not of the generation: clients that poll it find nothing."""
    _data(service, lambda data, _: {"generationId": f"job_{data['generationId']}"})


@breaks("HOOK-25", along=("order",))
def the_type_is_always_text2img(service: Service) -> None:
    """The type is a constant from before there were edits: edits are reported as pictures from text."""
    _data(service, lambda *_: {"type": "text2img"})


@breaks("HOOK-26", along=("event",))
def failed_is_called_error(service: Service) -> None:
    """The worker's own word is put into the payload: receivers know no such status and ignore the failure."""
    _data(service, lambda *_: {"status": "error"}, "failed")


@breaks("HOOK-26")
def the_status_is_completed(service: Service) -> None:
    """Events and polls have two lists of words: code that reads both does not know a success again."""
    _data(service, lambda *_: {"status": "completed"}, "succeeded")


@breaks("HOOK-27", along=("order",))
def only_the_first_output(service: Service) -> None:
    """The event was made for one image: of several that were paid for only the first is delivered."""
    _data(service, lambda data, _: {"outputs": data["outputs"][:1]})


@breaks("HOOK-27")
def outputs_without_webp(service: Service) -> None:
    """Events are serialised by an older version: receivers that show the smaller format find nothing."""
    _delivered_outputs(service, lambda entry: {name: value for name, value in entry.items() if name != "webp"})


@breaks("HOOK-27")
def sizes_are_swapped(service: Service) -> None:
    """Height and width are those of a thumbnail: receivers lay pages out for an image of another size."""
    _delivered_outputs(service, lambda entry: entry | {"width": 256, "height": 256})


def _delivered_outputs(service: Service, change: Callable[[Object], Object]) -> None:
    """Every output that a delivery shows is changed."""
    _data(service, lambda data, _: {"outputs": [change(entry) for entry in data["outputs"]]})


@breaks("HOOK-28")
def created_when_sent(service: Service) -> None:
    """createdAt is the time of the event's row: waiting times look like nothing."""
    _data(service, lambda data, _: {"createdAt": data["completedAt"]})


@breaks("HOOK-28")
def created_in_epoch_seconds(service: Service) -> None:
    """The column's number is put into the event as it is: receivers that parse createdAt throw."""
    _data(service, lambda _, generation: {"createdAt": generation.created_at})


@breaks("HOOK-29", along=("event",))
def completed_is_missing_on_failure(service: Service) -> None:
    """completedAt is written with the outputs: to receivers a failed generation goes on for ever."""
    _data(service, lambda *_: {"completedAt": None}, "failed")


@breaks("HOOK-29")
def completed_a_second_later(service: Service) -> None:
    """completedAt is when the event was written, not when the generation ended: events and records disagree."""
    time = service.parts.presenter.time
    _data(service, lambda _, generation: {"completedAt": time((generation.completed_at or 0) + 1)})


@breaks("HOOK-36")
def removed_in_the_list_only(service: Service) -> None:
    """Removal hides a webhook from the list and does no more: it goes on getting deliveries."""
    around(service.parts.registry, "remove", lambda *_: None)


@breaks("HOOK-11")
def only_edits_are_reported(service: Service) -> None:
    """Events were added with the new worker, and the old one was forgotten: images from text are never reported."""
    _announces(service, lambda generation: generation.status != "succeeded" or generation.order.type == "edit")


@breaks("HOOK-20")
def deliveries_are_put(service: Service) -> None:
    """A delivery is thought idempotent and sent as a PUT: receivers answer 405."""
    service.parts.sender.method = "PUT"


@breaks("HOOK-36")
def a_removed_endpoint_is_remembered(service: Service) -> None:
    """Subscriptions are cached, and only retries look whether the endpoint is still there: removed ones are called."""
    registry, gone = service.parts.registry, list[Webhook]()

    def remove(proper: Proper, webhook: Webhook) -> None:
        gone.append(replace(webhook))
        proper(webhook)

    around(registry, "remove", remove)
    _subscribers(
        service,
        lambda _, account, event: [
            webhook
            for webhook in (*registry.of(account), *gone)
            if webhook.account == account and event in webhook.events
        ],
    )


@breaks("HOOK-11")
def events_wait_for_a_poll(service: Service) -> None:
    """The end is noticed when somebody looks: whoever registers a webhook in order not to poll hears nothing."""
    unsaid = dict[str, Generation]()
    service.parts.ended[:] = [lambda generation: unsaid.update({generation.id: generation})]

    def polled(request: Request, response: Response) -> Response:
        if generation := unsaid.pop(request.params["id"], None):
            service.dispatcher.announce(generation)
        return response

    on_response(service, answer("generation"), polled)


@breaks("HOOK-13", along=("cached",))
def a_repeated_call_is_announced_again(service: Service) -> None:
    """The answer to a repeat ends like a first call, with the event: the customer's code books the image twice."""

    def repeated(request: Request, response: Response) -> Response:
        first = first_of(service, request)
        if first is not None and first.completed_at is not None:
            service.dispatcher.announce(first)
        return response

    on_repeat(service, repeated)


@breaks("HOOK-22")
def a_block_is_announced_as_a_success(service: Service) -> None:
    """Whatever has not failed has succeeded: customers tell their users of an image that does not exist."""
    succeeded = service.parts.rules.succeeded_event
    on_result(
        service.parts.presenter,
        "event",
        lambda event, generation: succeeded if generation.status == "blocked" else event,
    )
