"""Who may drive a relay: whoever has its token. Who guesses is slowed down."""

import hmac
import time
from collections.abc import Callable
from http import HTTPStatus

from conformance.errors import ConfigurationError

SHORTEST = 16
"""Characters of a token: what is shorter can be guessed."""
GUESSES, PAUSE = 10, 60.0
"""After this many wrong tokens an address is refused whatever it brings, for that long since, in real seconds."""
_REMEMBERED = 1024


class Admission:
    """Compares tokens in constant time. `monotonic` tells real seconds."""

    def __init__(self, token: str, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Raises ConfigurationError for a token that is easily guessed, or no header can carry."""
        if len(token) < SHORTEST or not token.isascii() or not token.isprintable() or " " in token:
            raise ConfigurationError(
                f"the relay's token must have {SHORTEST} characters or more, in printable ASCII without spaces",
                "make one with `openssl rand -hex 24`, and give it as env:NAME",
            )
        self._expected, self._monotonic = f"Bearer {token}".encode(), monotonic
        self._wrong: dict[str, tuple[int, float]] = {}

    def refusal(self, authorization: bytes, address: str) -> HTTPStatus | None:
        """Why somebody at this address is not let in with this header; None: they are."""
        count, since = self._wrong.get(address, (0, 0.0))
        if count >= GUESSES and self._monotonic() - since < PAUSE:
            return HTTPStatus.TOO_MANY_REQUESTS
        if hmac.compare_digest(authorization, self._expected):
            self._wrong.pop(address, None)
            return None
        self._wrong.pop(address, None)
        self._wrong[address] = (1 if count >= GUESSES else count + 1), self._monotonic()
        if len(self._wrong) > _REMEMBERED:
            del self._wrong[next(iter(self._wrong))]
        return HTTPStatus.UNAUTHORIZED
