"""Servers that break what is promised of the API as a whole."""

from conformance.faults.catalogue import breaks
from conformance.faults.verbs import (
    FOUND,
    NOT_FOUND,
    answer,
    becomes,
    becomes_refusal,
    on_response,
    refusal,
    with_headers,
)
from conformance.reference import Service
from conformance.reference.response import json_response


@breaks("API-1", also={"UP-1": "a valid upload is not answered 200 then"})
def upload_is_not_there(service: Service) -> None:
    """The storage service is mounted under another path: every upload is answered 404."""
    on_response(service, answer("upload"), becomes(refusal(404)))


@breaks(
    "API-2",
    also={
        "LIFE-24": "a 5xx is what an unknown id must not draw",
        "LIFE-25": "nor is it a 404",
        "LIFE-26": "a stranger's id is unknown to him",
    },
)
def an_unknown_id_is_an_exception(service: Service) -> None:
    """The exception for a missing row is not caught: monitoring pages somebody for a customer's typing error."""
    on_response(service, NOT_FOUND, becomes_refusal(500, "oops"))


@breaks("API-3")
def json_is_sent_as_html(service: Service) -> None:
    """The framework's default media type is left in place: clients that look at it do not parse the answer."""
    html = with_headers(("Content-Type", "text/html; charset=utf-8"))
    on_response(service, FOUND, html)


@breaks("API-5")
def a_get_on_generate_is_a_greeting(service: Service) -> None:
    """A health page is routed where only POST is documented: a client with the wrong method is told all is well."""
    on_response(
        service,
        answer("generate", to=lambda request: request.method == "GET"),
        lambda request, response: json_response(200, {"hello": "there"}).with_headers(response.headers[1:]),
    )


@breaks("API-1", also={"LIFE-1": "no generation is found"})
def polling_is_not_there(service: Service) -> None:
    """Polls were moved to another version of the path: what was ordered is never seen."""
    on_response(service, answer("generation", to=lambda request: request.account), becomes_refusal(404))
