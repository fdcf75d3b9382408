"""Servers that refuse other people's ids in their own way, and are right."""

from conformance.faults.catalogue import permitted
from conformance.reference import Service
from conformance.reference.request import Request
from conformance.reference.response import Response


@permitted("R24")
def a_refusal_uses_words_of_records(service: Service) -> None:
    """An envelope with status and error, whose words are those of a failed generation."""

    def change(request: Request, response: Response) -> Response:
        if request.route != "generation" or response.status != 404:
            return response
        return response.with_json({"status": "failed", "error": "not found", "type": "error", "outputs": None})

    service.rewriters.append(change)


@permitted("R24")
def a_refusal_has_no_body(service: Service) -> None:
    """A 404 says all there is to say."""

    def change(request: Request, response: Response) -> Response:
        refused = request.route == "generation" and response.status == 404
        return Response(404, response.without("Content-Type").headers) if refused else response

    service.rewriters.append(change)
