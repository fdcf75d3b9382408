"""An endpoint for tests: blocking calls, from any thread."""

from collections.abc import Awaitable, Callable, Sequence

from conformance.evidence.attempt import Attempt, Refusal
from conformance.receiver.answers import Answer
from conformance.receiver.routing import Place
from conformance.receiver.way import OwnPort

Run = Callable[[Callable[[], Awaitable[None]]], None]


class Endpoint:
    """One URL that deliveries may be sent to. Made by `Receiver.open`."""

    def __init__(self, place: Place, *, url: str, path: str, review: Callable[[], None], run: Run) -> None:
        self.id = place.name
        self.url = url
        self.path = path
        self._place, self._review, self._run = place, review, run

    def expect(self, generation_id: str, script: Sequence[Answer] | None = None) -> None:
        """Announce a generation, with its own script or (None) the endpoint's. Its held deliveries are answered."""
        self._place.orders.expect(generation_id, script)
        self._review()

    def hold_unknown(self) -> None:
        """From now on hold deliveries of generations that are not announced."""
        self._place.orders.holding = True

    def admit_unknown(self) -> None:
        """Answer every generation by the endpoint's script, held ones included."""
        self._place.orders.holding = False
        self._review()

    def attempts(self, generation_id: str | None = None) -> tuple[Attempt, ...]:
        """What has arrived (of one generation), in order of arrival.

        An attempt appears when its answer is being sent, or as soon as it is held back; then `ended` is None.
        """
        return self._place.log.attempts(generation_id)

    def wait_for(
        self, n: int, generation_id: str | None = None, *, timeout: float = 30.0, ended: bool = False
    ) -> tuple[Attempt, ...]:
        """Wait until at least `n` attempts (of one generation) have arrived, and with `ended` are over.

        `timeout` is in real seconds. Raises TimeoutError, which says how many came.
        """
        return self._place.log.wait_for(n, generation_id, timeout=timeout, over=ended)

    def refused(self) -> tuple[Refusal, ...]:
        """The first 1000 requests to this endpoint that are not attempts."""
        return self._place.log.refused()

    @property
    def late(self) -> int:
        """How many attempts came after `close`."""
        return sum(attempt.late for attempt in self.attempts())

    def drain(self) -> None:
        """From now on answer everything 200 at once: held and stalled attempts and unknown generations too.

        An answer whose first bytes are sent is completed at once as it began. A port of its own opens for good.
        """
        self._place.orders.draining = True
        self._review()
        if self._place.port is not None:
            self._run(self._place.port.open)

    def close(self) -> None:
        """Drain, and count what still comes as late."""
        self._place.orders.closed = True
        self.drain()

    def open_port(self) -> None:
        """Accept connections again. Raises ValueError without a port of its own, as does `close_port`."""
        self._run(self._port().open)

    def close_port(self) -> None:
        """Refuse connections; when this returns, they are refused."""
        self._run(self._port().close)

    def _port(self) -> OwnPort:
        if self._place.port is None:
            raise ValueError(f"{self.id} has no port of its own")
        return self._place.port
