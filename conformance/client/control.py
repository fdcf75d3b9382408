"""Requests to a target's test clock. They are no part of the API, so they are neither recorded nor counted."""

from typing import Any

import httpx

from conformance.errors import Inconclusive


class Control:
    """Sends what `SteppedClock` asks for to one URL."""

    def __init__(self, url: str, seconds: float = 30) -> None:
        self._url = url
        self._client = httpx.Client(timeout=seconds, trust_env=False)

    def __call__(self, method: str, body: Any) -> Any:
        """The JSON of the answer. Raises Inconclusive when it is not a 200 with JSON."""
        try:
            answer = self._client.request(method, self._url, json=body)
            if answer.status_code == httpx.codes.OK:
                return answer.json()
            received = f"status {answer.status_code}"
        except (httpx.HTTPError, ValueError) as error:
            received = f"{type(error).__name__}: {error}"
        raise Inconclusive(
            f"{method} {self._url}: the test clock did not answer as it should ({received})",
            "check [clock] control in the target file",
        )

    def close(self) -> None:
        self._client.close()
