"""Conformant servers that read other bodies than the reference does."""

from conformance.faults.catalogue import permitted
from conformance.faults.verbs import answer, becomes_refusal, on_response
from conformance.reference import Service
from conformance.reference.request import Request


@permitted("R15")
def large_bodies_are_refused_with_413(service: Service) -> None:
    """Chosen by servers whose parser has a limit of its own: 413 in JSON, whatever the body holds."""
    large = answer(
        "generate", to=lambda request: request.account and int(request.header("content-length") or 0) > 65_536
    )
    on_response(service, large, becomes_refusal(413, "Body too large"))


@permitted("R15")
def other_codings_are_refused(service: Service) -> None:
    """Chosen by servers that read plain UTF-8 only: 415 for any content coding and for any other charset."""

    def strange(request: Request) -> bool:
        media = (request.header("content-type") or "").lower()
        return bool(request.account) and ("charset" in media or request.header("content-encoding") is not None)

    for route in ("generate", "upload"):
        on_response(service, answer(route, to=strange), becomes_refusal(415, "Send plain JSON."))
