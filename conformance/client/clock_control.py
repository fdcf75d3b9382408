"""Requests to a target's test clock. They are no part of the API, so they are neither recorded nor counted."""

from typing import Any

import httpcore
import httpx

from conformance.client.deadline import Deadline
from conformance.client.failures import told
from conformance.client.meter import Meter, measured
from conformance.client.transports import Transports
from conformance.errors import Inconclusive, Unreachable
from conformance.evidence.jsontext import read_json
from conformance.target.network import Network

_MOST_BYTES = 4096
MOVING = 2
"""Times the seconds of an exchange: while its clock is moved, the target does whatever falls due."""
CHECK_UP = "check base_url and that the target is up"


class Control:
    """Sends what `MovedClock` asks for to one URL of the target."""

    def __init__(self, url: str, *, network: Network | None = None, deadline: Deadline | None = None) -> None:
        self._url, self._deadline, way = url, deadline or Deadline(), network or Network()
        self._seconds = way.seconds
        # Uncoded: a line gains nothing, and what undoes a coding would have to be bounded as well.
        headers = [("Accept-Encoding", "identity"), *way.headers]
        self._client = httpx.Client(transport=Transports(way, httpx.Limits()), headers=headers)

    def __call__(self, method: str, body: Any) -> Any:
        """The JSON of the answer. Raises Inconclusive when it is not a 200 with JSON, or the run's time is over,
        Unreachable when none came.
        """
        self._deadline.check()
        seconds = self._seconds * (MOVING if method == "POST" else 1)
        meter = Meter(min(seconds, self._deadline.left()))
        try:
            with (
                measured(meter),
                self._client.stream(method, self._url, json=body) as answer,
            ):
                meter.head_is_over()
                if answer.status_code == httpx.codes.OK:
                    return read_json(_body(answer))
                received = f"status {answer.status_code}"
        except (httpx.NetworkError, httpx.RemoteProtocolError, httpx.ProxyError) as error:
            raise Unreachable(
                f"the test clock cannot be reached, {method} {self._url}: {told(error)}", CHECK_UP
            ) from None
        except (httpx.HTTPError, httpcore.ReadTimeout, ValueError) as error:
            received = meter.exceeded or told(error)
        self._deadline.check()
        raise Inconclusive(
            f"no test clock answers at [clock] control ({method} {self._url}: {received})",
            "give the path of the target's test clock in the target file, or leave control out: its time then passes",
        )

    def close(self) -> None:
        self._client.close()


def _body(answer: httpx.Response) -> bytes:
    """The answer of a clock is a line. Raises ValueError for a longer one."""
    body = bytearray()
    for piece in answer.iter_raw():
        body += piece
        if len(body) > _MOST_BYTES:
            raise ValueError(f"more than {_MOST_BYTES} bytes")
    return bytes(body)
