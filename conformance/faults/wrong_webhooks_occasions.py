"""Servers that send events on the wrong occasion."""

from conformance.faults.bodies import on_repeat
from conformance.faults.catalogue import breaks
from conformance.reference import Service
from conformance.reference.model import Generation
from conformance.reference.request import Request
from conformance.reference.response import Response


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
