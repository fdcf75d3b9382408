"""Conformant servers on which one call shows in what a later one is answered."""

from collections import Counter

from conformance.faults.catalogue import permitted
from conformance.faults.verbs import answer, before_repeat, first_of, key_of, on_record, on_response
from conformance.reference import Service
from conformance.reference.model import Generation
from conformance.reference.request import Request
from conformance.reference.response import Response, json_response


def _is_known(service: Service, request: Request) -> bool:
    return bool(request.account and key_of(request) and first_of(service, request))


@permitted("R11")
def a_known_key_is_answered_before_the_body_is_judged(service: Service) -> None:
    """Chosen by servers that look keys up in a gateway: a mistake in a retry gets the existing generation as well."""

    def replay(request: Request, proper: Response) -> Response:
        first = first_of(service, request)
        headers = [pair for pair in proper.headers if pair[0] != "Content-Type"]
        found = json_response(202, service.parts.presenter.accepted(first)) if first else proper
        return found.with_headers(headers)

    on_response(service, answer("generate", 400, 422, to=lambda request: _is_known(service, request)), replay)


@permitted("R11", "R19")
def a_record_counts_its_repeats(service: Service) -> None:
    """Chosen by servers with a page for support: a field of its own grows with every repeat, refused or not."""
    repeats = Counter[str]()

    def count(generation: Generation, _: object) -> None:
        repeats[generation.id] += 1

    before_repeat(service, count)
    on_record(service, lambda generation, record: record | {"repeats": repeats[generation.id]})
