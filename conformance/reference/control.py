"""The control of a stepped clock: reads the time, and moves it."""

import math
from typing import Any

from .clock import SteppedClock, iso
from .errors import Issue, invalid
from .request import Request
from .response import Response, json_response
from .service import Handler, Service
from .validation import parse

PATH = "/__clock"
BODY_MAX = 1024


def methods(clock: SteppedClock) -> dict[str, Handler]:
    """GET answers the time; POST with `{"advance": seconds}` moves it first."""

    async def read(_service: Service, _request: Request) -> Response:
        return json_response(200, _shown(clock))

    async def advance(_service: Service, request: Request) -> Response:
        seconds = parse(await request.read(BODY_MAX)).get("advance")
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds < math.inf:
            raise invalid([Issue(("advance",), "expected seconds, 0 or more")])
        await clock.advance(seconds)
        return json_response(200, _shown(clock))

    return {"GET": read, "POST": advance}


def _shown(clock: SteppedClock) -> dict[str, Any]:
    due = clock.next()
    return {"now": iso(clock.now()), "next": None if due is None else iso(due), "busy": clock.busy()}
