"""Servers that refuse other people's ids in their own way, and are right."""

from dataclasses import replace

from conformance.faults.catalogue import permitted
from conformance.faults.verbs import NOT_FOUND, json_becomes, on_response
from conformance.reference import Service


@permitted("R24")
def a_refusal_uses_words_of_records(service: Service) -> None:
    """An envelope with status and error, whose words are those of a failed generation."""
    words = {"status": "failed", "error": "not found", "type": "error", "outputs": None}
    on_response(service, NOT_FOUND, json_becomes(lambda _: words))


@permitted("R24")
def a_refusal_has_no_body(service: Service) -> None:
    """A 404 says all there is to say."""
    on_response(service, NOT_FOUND, lambda _, response: replace(response.without("Content-Type"), body=b""))
