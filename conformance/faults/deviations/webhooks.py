"""Servers that deliver the wrong thing, to the wrong endpoint, or at the wrong time."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from conformance.faults.catalogue import breaks
from conformance.faults.verbs import on_repeat
from conformance.reference import Service
from conformance.reference.dispatcher import Attempt
from conformance.reference.model import Account, Generation
from conformance.reference.request import Request
from conformance.reference.response import Response
from conformance.reference.webhooks import Webhook

Payload = dict[str, Any]


def _payload(service: Service, change: Callable[[Generation, Payload], Payload]) -> None:
    """Every delivery has the body that `change` makes of the proper one."""
    presenter = service.parts.presenter
    proper = presenter.payload
    presenter.payload = lambda generation: change(generation, proper(generation))  # type: ignore[method-assign]


def _data(service: Service, change: Callable[[Generation, Payload], object]) -> None:
    """The same for `data`, which is changed in place."""

    def payload(generation: Generation, body: Payload) -> Payload:
        change(generation, body["data"])
        return body

    _payload(service, payload)


def _attempt(service: Service, change: Callable[[Attempt], Attempt]) -> None:
    service.dispatcher.disturbers.append(change)


def _subscribers(service: Service, choose: Callable[[Account, str], list[Webhook]]) -> None:
    service.parts.registry.subscribers = choose  # type: ignore[method-assign,assignment]


@breaks("HOOK-11")
def success_is_silent(service: Service) -> None:
    """Only failures are delivered."""
    _announces(service, lambda generation: generation.status != "succeeded")


@breaks("HOOK-11")
def an_edit_is_silent(service: Service) -> None:
    """Edits run in another worker, which sends no events."""
    _announces(service, lambda generation: generation.order.type != "edit")


@breaks("HOOK-12")
def failure_is_silent(service: Service) -> None:
    """Whoever waits for the event waits for ever."""
    _announces(service, lambda generation: generation.status == "succeeded")


def _announces(service: Service, which: Callable[[Generation], bool]) -> None:
    proper = service.dispatcher.announce
    service.dispatcher.announce = lambda generation: proper(generation) if which(generation) else None  # type: ignore[method-assign]


@breaks("HOOK-13")
def every_event_is_delivered_twice(service: Service) -> None:
    """Two workers consume the queue: customers are charged twice by their own code."""
    proper = service.dispatcher.announce

    def announce(generation: Generation) -> None:
        if generation.account.name == "primary":
            proper(generation)
        proper(generation)

    service.dispatcher.announce = announce  # type: ignore[method-assign]


@breaks("HOOK-13")
def delivered_again_a_minute_later(service: Service) -> None:
    """A job that looks for lost events delivers what was delivered."""
    proper = service.dispatcher.announce
    clock = service.parts.clock

    async def again(generation: Generation) -> None:
        await clock.sleep(45)
        proper(generation)

    def announce(generation: Generation) -> None:
        proper(generation)
        if generation.status == "failed":
            clock.spawn(again(generation))

    service.dispatcher.announce = announce  # type: ignore[method-assign]


@breaks("HOOK-14")
def only_the_first_endpoint_is_served(service: Service) -> None:
    """A customer's second endpoint, staging or a backup, never hears of anything."""
    proper = service.parts.registry.subscribers
    _subscribers(service, lambda account, event: proper(account, event)[:1])


def _early(service: Service, seconds: float) -> None:
    """Deliveries begin so long before the generation ends."""
    proper, studio = service.studio.run, service.studio
    parts = service.parts
    parts.ended.clear()

    async def run(generation: Generation) -> None:
        async def announce() -> None:
            await parts.clock.sleep(parts.rules.queue_seconds + parts.rules.run_seconds - seconds)
            finished = replace(generation, status="succeeded" if generation.fate is None else "failed")
            finished.completed_at = generation.created_at + parts.rules.queue_seconds + parts.rules.run_seconds
            service.dispatcher.announce(finished)

        parts.clock.spawn(announce())
        await proper(generation)

    studio.run = run  # type: ignore[method-assign]


@breaks("HOOK-15")
def delivered_while_running(service: Service) -> None:
    """The event overtakes the database: whoever polls on receiving it is told that the image is still being made."""
    _early(service, 1.0)


@breaks("HOOK-15")
def delivered_on_acceptance(service: Service) -> None:
    """The event is sent when the generation is queued."""
    _early(service, 3.0)


@breaks("HOOK-16")
def delivered_after_two_minutes(service: Service) -> None:
    """Events are sent by a job that runs every other minute: polling would have been faster."""
    proper = service.dispatcher.announce
    clock = service.parts.clock

    async def later(generation: Generation) -> None:
        await clock.sleep(100)
        proper(generation)

    service.dispatcher.announce = lambda generation: clock.spawn(later(generation))  # type: ignore[method-assign]


@breaks("HOOK-17")
def every_event_to_everybody(service: Service) -> None:
    """Subscriptions are stored and not read."""
    _subscribers(service, lambda account, _: [w for w in service.parts.registry.of(account) if w.enabled])


@breaks("HOOK-17")
def failures_to_everybody(service: Service) -> None:
    """Failures are thought so important that everybody gets them."""
    proper = service.parts.registry.subscribers

    def choose(account: Account, event: str) -> list[Webhook]:
        every = [w for w in service.parts.registry.of(account) if w.enabled]
        return every if event == "generation.failed" else proper(account, event)

    _subscribers(service, choose)


@breaks("HOOK-18")
def other_peoples_events(service: Service) -> None:
    """Prompts and images of one customer are sent to another."""

    def choose(_: Account, event: str) -> list[Webhook]:
        return [w for w in service.parts.registry.webhooks.values() if w.enabled and event in w.events]

    _subscribers(service, choose)


@breaks("HOOK-18")
def other_peoples_failures(service: Service) -> None:
    """Failures are sent to the webhooks of all customers."""
    proper = service.parts.registry.subscribers

    def choose(account: Account, event: str) -> list[Webhook]:
        if event == "generation.succeeded":
            return proper(account, event)
        return [w for w in service.parts.registry.webhooks.values() if w.enabled and event in w.events]

    _subscribers(service, choose)


@breaks("HOOK-20")
def the_query_is_lost(service: Service) -> None:
    """Customers who put a tenant or a token into the query get deliveries without it."""
    _attempt(service, lambda attempt: replace(attempt, url=attempt.url.partition("?")[0]))


@breaks("HOOK-21")
def deliveries_are_text(service: Service) -> None:
    """Frameworks that parse by media type hand over an empty body."""
    _attempt(service, lambda attempt: _with_header(attempt, "Content-Type", "text/plain"))


def _with_header(attempt: Attempt, name: str, value: str | None) -> Attempt:
    kept = tuple(pair for pair in attempt.headers if pair[0] != name)
    return replace(attempt, headers=(*kept, (name, value)) if value is not None else kept)


@breaks("HOOK-22")
def the_event_header_always_says_succeeded(service: Service) -> None:
    """Routers that look at the header treat failures as successes."""
    _attempt(service, lambda attempt: _with_header(attempt, "X-Gptimg-Event", "generation.succeeded"))


@breaks("HOOK-22")
def the_event_header_is_missing(service: Service) -> None:
    """Routers that look at the header drop every delivery."""
    _attempt(service, lambda attempt: _with_header(attempt, "X-Gptimg-Event", None))


@breaks("HOOK-22")
def the_body_names_the_event_without_its_prefix(service: Service) -> None:
    """Header and body disagree on the event's name."""
    _payload(service, lambda _, body: {**body, "event": body["event"].removeprefix("generation.")})


@breaks("HOOK-23")
def a_list_of_events(service: Service) -> None:
    """Events are batched: the body is a list of one."""
    proper = service.parts.presenter.payload
    service.parts.presenter.payload = lambda generation: [proper(generation)]  # type: ignore[method-assign,assignment,return-value]


@breaks("HOOK-23")
def data_without_its_envelope(service: Service) -> None:
    """The body is the generation itself."""
    _payload(service, lambda _, body: {"event": body["event"], **body["data"]})


@breaks("HOOK-24")
def the_generation_is_called_id(service: Service) -> None:
    """Clients that read data.generationId find nothing."""
    _data(service, lambda _, data: data.update(id=data.pop("generationId")))


@breaks("HOOK-24")
def the_generation_is_somebody_elses(service: Service) -> None:
    """The id in the payload is that of the job, not of the generation."""
    _data(service, lambda _, data: data.update(generationId=f"job_{data['generationId']}"))


@breaks("HOOK-25")
def the_type_is_always_text2img(service: Service) -> None:
    """Edits are reported as pictures from text."""
    _data(service, lambda _, data: data.update(type="text2img"))


@breaks("HOOK-26")
def failed_is_called_error(service: Service) -> None:
    """The payload's status is not one of the documented."""
    _data(service, lambda g, data: data.update(status="error") if g.status == "failed" else None)


@breaks("HOOK-26")
def the_status_is_completed(service: Service) -> None:
    """Success has another name in events than in polls."""
    _data(service, lambda g, data: data.update(status="completed") if g.status == "succeeded" else None)


@breaks("HOOK-27")
def only_the_first_output(service: Service) -> None:
    """Of several pictures only the first is delivered."""
    _data(service, lambda _, data: data.update(outputs=data["outputs"][:1]))


@breaks("HOOK-27")
def outputs_without_webp(service: Service) -> None:
    """The smaller format is missing from events."""
    _data(service, lambda _, data: [entry.pop("webp") for entry in data["outputs"]])


@breaks("HOOK-27")
def sizes_are_swapped(service: Service) -> None:
    """Height and width of the outputs are those of a thumbnail."""
    _data(service, lambda _, data: [entry.update(width=256, height=256) for entry in data["outputs"]])


@breaks("HOOK-28")
def created_when_sent(service: Service) -> None:
    """createdAt is the time of the event."""
    _data(service, lambda _, data: data.update(createdAt=data["completedAt"]))


@breaks("HOOK-28")
def created_in_epoch_seconds(service: Service) -> None:
    """createdAt is a number."""
    _data(service, lambda g, data: data.update(createdAt=g.created_at))


@breaks("HOOK-29")
def completed_is_missing_on_failure(service: Service) -> None:
    """A failed generation has no completedAt in its event."""
    _data(service, lambda g, data: data.update(completedAt=None) if g.status == "failed" else None)


@breaks("HOOK-29")
def completed_a_second_later(service: Service) -> None:
    """completedAt is when the event was written, not when the generation ended."""

    def change(generation: Generation, data: Payload) -> None:
        data["completedAt"] = service.parts.presenter.time((generation.completed_at or 0) + 1)

    _data(service, change)


@breaks("HOOK-36")
def removed_in_the_list_only(service: Service) -> None:
    """A removed webhook vanishes from the dashboard and goes on getting deliveries."""
    registry = service.parts.registry
    hidden: set[str] = set()
    proper = registry.of
    registry.remove = lambda webhook: hidden.add(webhook.id)  # type: ignore[method-assign]
    _subscribers(service, lambda account, event: [w for w in proper(account) if w.enabled and event in w.events])


@breaks("HOOK-11")
def only_edits_are_reported(service: Service) -> None:
    """Events were added with the new worker, and the old one was forgotten."""
    _announces(service, lambda generation: generation.status != "succeeded" or generation.order.type == "edit")


@breaks("HOOK-20")
def deliveries_are_put(service: Service) -> None:
    """Idempotent, somebody thought, and so a PUT: receivers answer 405."""
    service.parts.sender.method = "PUT"


@breaks("HOOK-36")
def a_removed_endpoint_is_remembered(service: Service) -> None:
    """Subscriptions are cached: only retries look whether the endpoint is still there."""
    registry = service.parts.registry
    gone: list[Webhook] = []
    proper, remove = registry.of, registry.remove

    def forget(webhook: Webhook) -> None:
        gone.append(replace(webhook))
        remove(webhook)

    registry.remove = forget  # type: ignore[method-assign]
    _subscribers(
        service,
        lambda account, event: [w for w in (*proper(account), *gone) if w.account == account and event in w.events],
    )


@breaks("HOOK-11")
def events_wait_for_a_poll(service: Service) -> None:
    """The end is noticed when somebody looks: whoever registers a webhook in order not to poll hears nothing."""
    proper, unsaid = service.dispatcher.announce, dict[str, Generation]()
    service.parts.ended[:] = [lambda generation: unsaid.update({generation.id: generation})]

    def polled(request: Request, response: Response) -> Response:
        if request.route == "generation" and (generation := unsaid.pop(request.params["id"], None)):
            proper(generation)
        return response

    service.rewriters.append(polled)


@breaks("HOOK-13")
def a_repeated_call_is_announced_again(service: Service) -> None:
    """The answer to a repeat ends like a first call, with the event: the customer's code books the image twice."""

    def repeated(request: Request, response: Response) -> Response:
        record = service.parts.idempotency.records[service.parts.idempotency.scope(request)]
        if record.result.completed_at is not None:
            service.dispatcher.announce(record.result)
        return response

    on_repeat(service, repeated)


@breaks("HOOK-22")
def a_block_is_announced_as_a_success(service: Service) -> None:
    """Whatever has not failed has succeeded: customers tell their users of an image that does not exist."""
    presenter = service.parts.presenter
    event = presenter.event
    presenter.event = lambda generation: (  # type: ignore[method-assign]
        "generation.succeeded" if generation.status == "blocked" else event(generation)
    )
