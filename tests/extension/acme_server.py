"""The reference server with what Acme adds, applied from outside."""

from collections.abc import Callable
from typing import Any

from conformance.reference import Service
from conformance.reference.request import Request
from conformance.reference.response import Response, json_response

Told = Callable[[float], Any]


def acme(*, told: Told = int, status: int = 200, region: str = "north") -> Callable[[Service], None]:
    """GET /api/v1/credits tells the credits as `told` makes them; every answer names the region.

    With another `status`, the endpoint has no rate-limit headers either.
    """

    def applied(service: Service) -> None:
        def rewrite(request: Request, response: Response) -> Response:
            if (request.method, request.path) == ("GET", "/api/v1/credits") and response.status != 401:
                counted = [pair for pair in response.headers if pair[0].startswith("X-RateLimit") and status == 200]
                response = json_response(
                    status, {"credits": told(service.parts.ledger.balance[request.caller.name])}, tuple(counted)
                )
            return response.with_headers([("X-Acme-Region", region)] if region else [])

        service.rewriters.append(rewrite)

    return applied
