"""Servers that break what is promised of the API as a whole."""

from conformance.faults.catalogue import breaks
from conformance.reference import Service
from conformance.reference.errors import ApiError
from conformance.reference.request import Request
from conformance.reference.response import Response, json_response


@breaks("API-1", also={"UP-1": "a valid upload is not answered 200 then"})
def upload_is_not_there(service: Service) -> None:
    """The storage service is mounted under another path."""

    def change(request: Request, response: Response) -> Response:
        return ApiError(404, "not_found", "no").response() if request.route == "upload" else response

    service.rewriters.append(change)


@breaks(
    "API-2",
    also={
        "LIFE-24": "a 5xx is what an unknown id must not draw",
        "LIFE-25": "nor is it a 404",
        "LIFE-26": "a stranger's id is unknown to him",
    },
)
def an_unknown_id_is_an_exception(service: Service) -> None:
    """A missing row is not caught: monitoring pages somebody for every typing error of a customer."""

    def change(request: Request, response: Response) -> Response:
        if request.route == "generation" and response.status == 404:
            return ApiError(500, "internal", "oops", headers=response.headers[1:]).response()
        return response

    service.rewriters.append(change)


@breaks("API-3")
def json_is_sent_as_html(service: Service) -> None:
    """Clients that look at the media type do not parse the answer."""

    def change(request: Request, response: Response) -> Response:
        if request.route == "generation" and response.status == 200:
            return response.with_headers([("Content-Type", "text/html; charset=utf-8")])
        return response

    service.rewriters.append(change)


@breaks("API-5")
def a_get_on_generate_is_a_greeting(service: Service) -> None:
    """A health page answers where only POST is documented."""

    def change(request: Request, response: Response) -> Response:
        if request.route == "generate" and request.method == "GET":
            return json_response(200, {"hello": "there"}).with_headers(response.headers[1:])
        return response

    service.rewriters.append(change)


@breaks("API-1", also={"LIFE-1": "no generation is found"})
def polling_is_not_there(service: Service) -> None:
    """Polls were moved to another version of the path: what was ordered is never seen."""

    def change(request: Request, response: Response) -> Response:
        lost = request.route == "generation" and request.account
        return ApiError(404, "not_found", "no", headers=response.headers[1:]).response() if lost else response

    service.rewriters.append(change)
