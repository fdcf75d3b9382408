"""First contact: whether something answers, whether it is this API, and whether it knows the primary key."""

from dataclasses import dataclass

from conformance.checks.contact import is_another_server, is_of_the_api
from conformance.errors import Inconclusive, Unreachable
from conformance.evidence import Exchange

NO_TARGET = "no-target"
"""The code of errors that leave nothing of a run to be judged."""


@dataclass(frozen=True)
class FirstContact:
    """One call of each operation, sent before anything else, `generate` without a credential, so that it is free.

    `unknown` is a poll of an id that was never given out. Each raises Unreachable when no response came.
    """

    base_url: str
    calls: tuple[Exchange, Exchange, Exchange]

    @property
    def generate(self) -> Exchange:
        return _answered(self.calls[0])

    @property
    def upload(self) -> Exchange:
        return _answered(self.calls[1])

    @property
    def unknown(self) -> Exchange:
        return _answered(self.calls[2])

    @property
    def is_another_server(self) -> bool:
        """Whether nothing that came is this API's answer."""
        return is_another_server(self.calls)

    @property
    def told(self) -> str:
        return "; ".join(call.told for call in self.calls)

    def check_answers(self) -> "FirstContact":
        """Raises Unreachable when nothing answers."""
        if not any(call.response for call in self.calls):
            raise Unreachable(
                f"{self.base_url} cannot be reached: {self.calls[0].failure}",
                "check base_url and that the target is up",
                NO_TARGET,
            )
        return self

    def check_is_the_api(self) -> "FirstContact":
        """Raises Inconclusive when it is another server (API-1), or one that answers nothing but 5xx (API-2)."""
        if not any(is_of_the_api(call) for call in self.calls):
            raise Inconclusive(
                f"{self.base_url} does not answer like this API ({self.told})",
                "check base_url: the API is expected at {base_url}/api/v1/…",
                NO_TARGET,
                root="API-1" if self.is_another_server else "API-2",
            )
        return self

    def check_key(self) -> "FirstContact":
        """Raises Inconclusive (AUTH-11) when the primary key is refused wherever it was sent."""
        _, upload, unknown = self.calls
        if upload.status == unknown.status == 401:
            raise Inconclusive(
                f"the target refuses the key of account 'primary' ({upload.told}; {unknown.told})",
                "check accounts.primary.key in the target file, or --api-key",
                NO_TARGET,
                root="AUTH-11",
            )
        return self


def _answered(call: Exchange) -> Exchange:
    if call.response is None:
        raise Unreachable(call.told, "check that the target is up and reachable from here")
    return call
