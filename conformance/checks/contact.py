"""First contact (R38): a run judges a target only once it is shown that this API answers and lets the key in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from conformance.checks.windows import AHEAD, LIMIT, UNAUTHORIZED, integer, now
from conformance.errors import Inconclusive, Throttled, Unreachable
from conformance.evidence import Exchange
from conformance.evidence.blame import GATEWAY, TOO_MANY
from conformance.evidence.jsontext import read_json

NO_TARGET = "no-target"
"""The code of errors that leave nothing of a run to be judged."""
ABSENT = frozenset({404, 405, 501})
"""What a server answers where it has no such path or method."""
_OF_THE_API = frozenset({400, 401, 402, 422, 429})
SERVER_ERROR = 500
A_NEW_WINDOW = 10
"""Seconds: a reset that is an hour ahead, less this, is that of a window which has just begun."""
CHECK_URL = "check base_url: the API is expected at {}/api/v1/…"
CHECK_HOST = "check base_url and that the target is up"
CHECK_UP = f"{CHECK_HOST}; `--wait-for-target SECONDS` waits for one that is starting"


def is_of_the_api(exchange: Exchange) -> bool:
    """Whether the response bears a sign of this API; any other server would hardly answer so by accident."""
    if not _is_json(exchange):
        return False
    limits = exchange.header("x-ratelimit-limit") or exchange.header("x-ratelimit-remaining")
    accepted = 200 <= exchange.status < 300 and isinstance(exchange.json, dict)
    return bool(limits) or exchange.status in _OF_THE_API or accepted


def _is_json(exchange: Exchange) -> bool:
    if exchange.response is None or exchange.failure:
        return False
    try:
        read_json(exchange.response.body)
    except ValueError:
        return False
    return True


@dataclass(frozen=True)
class FirstContact:
    """One call of each operation under the primary key, sent before anything else; all of them are free.

    What costs credits has an empty object for its body, and what takes an id one that was never given out.
    """

    base_url: str
    by_operation: Mapping[str, Exchange]
    """In the order in which they were sent."""

    @property
    def calls(self) -> tuple[Exchange, ...]:
        return tuple(self.by_operation.values())

    @property
    def upload(self) -> Exchange:
        return self.by_operation["upload"]

    @property
    def unknown(self) -> Exchange:
        """The poll of an id that was never given out."""
        return self.by_operation["generation"]

    @property
    def told(self) -> str:
        return "; ".join(call.told for call in self.calls)

    @property
    def is_starting(self) -> bool:
        """Nothing answers yet, or only a gateway does: what waiting may mend."""
        return all(call.response is None or call.status in GATEWAY for call in self.calls)

    @property
    def refuses_the_key(self) -> bool:
        return all(call.status == UNAUTHORIZED for call in self.calls)

    def trouble(self, waited: float | None = 0) -> Inconclusive | None:
        """Why nothing can be judged, the key's refusal aside; None when this API answers.

        `waited`: seconds for which the target was given time to start; None: there is no option for that.
        """
        hint = CHECK_HOST if waited is None else CHECK_UP
        hint = f"{CHECK_HOST}; it was given {waited:g} s to start" if waited else hint
        if all(call.failure for call in self.calls):
            return _no_answer(self, hint)
        if all(call.failure or call.status in GATEWAY for call in self.calls):
            statuses = " and ".join(sorted({str(call.status) for call in self.calls if not call.failure}))
            return Unreachable(f"only a gateway answers at {self.base_url} (status {statuses})", hint, NO_TARGET)
        if not any(is_of_the_api(call) for call in self.calls):
            what = "answers every call with a server error" if self._breaks_down() else "does not answer like this API"
            return Inconclusive(f"{self.base_url} {what} ({self.told})", CHECK_URL.format(self.base_url), NO_TARGET)
        throttled = next((call for call in self.calls if call.status == TOO_MANY), None)
        return _throttled(throttled) if throttled else None

    def _breaks_down(self) -> bool:
        return all(call.status >= SERVER_ERROR and call.status not in ABSENT for call in self.calls)

    def lacks(self, needed: int) -> Throttled | None:
        """Why a run that may need so many calls is not begun: the quota that the headers tell is smaller.

        Headers that contradict themselves are not believed: they will be judged.
        """
        left = believable(self.calls)
        if left is None or left >= needed:
            return None
        return Throttled(
            f"the quota of account 'primary' has {left} calls left, and this run may need {needed} "
            f"(it is restored at {until(self.unknown)})",
            "run it again then, or add --wait", NO_TARGET,
        )  # fmt: skip


def _no_answer(contact: FirstContact, hint: str) -> Unreachable:
    first = contact.calls[0]
    if "plain HTTP" in first.failure:
        hint = "write http:// instead of https:// in base_url, or the port that speaks HTTPS"
    elif "CERTIFICATE_VERIFY_FAILED" in first.failure:
        hint = "name the authority that signed its certificate with --ca FILE, or the host that it was made for"
    elif "proxy" in first.failure:
        hint = "check --proxy, or leave it out where the target can be reached directly"
    if first.response is None:
        return Unreachable(f"{contact.base_url} cannot be reached: {first.failure}", hint, NO_TARGET)
    return Unreachable(f"{contact.base_url}: no answer is complete: {first.failure}", hint, NO_TARGET)


def _throttled(call: Exchange) -> Throttled:
    return Throttled(
        f"the target throttles the primary key on its first call ({call.told}); its quota is restored at {until(call)}",
        "run it again then, or add --wait; nobody else should use the key meanwhile", NO_TARGET,
    )  # fmt: skip


def seconds_to_reset(call: Exchange) -> float | None:
    """Seconds of the target's time until the quota is restored, by its reset or else its Retry-After; None: unknown."""
    reset, time, wait = (
        integer(call.header("x-ratelimit-reset")), now(call), integer(call.header("retry-after"))
    )  # fmt: skip
    if reset is not None and time is not None and 0 <= reset - time <= AHEAD:
        return reset - time
    return float(wait) if wait is not None and wait <= AHEAD else None


def until(call: Exchange) -> str:
    """When the quota is restored, in the target's time, as ISO 8601."""
    seconds, time = seconds_to_reset(call), now(call)
    if seconds is None or time is None:
        return "a time that its headers do not tell"
    return datetime.fromtimestamp(time + seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def believable(calls: Sequence[Exchange]) -> int | None:
    """How many calls remain, where all of the headers agree with each other and with the documentation."""
    told = [integer(call.header("x-ratelimit-remaining")) for call in calls]
    counts = [count for count in told if count is not None and count <= LIMIT]
    limits = {call.header("x-ratelimit-limit") for call in calls}
    ahead = seconds_to_reset(calls[-1])
    if len(counts) < len(calls) or limits != {str(LIMIT)} or ahead is None:
        return None
    falls = [before - after for before, after in pairwise(counts)]
    just_begun = ahead > AHEAD - 5 - A_NEW_WINDOW and counts[0] < LIMIT - 1 - len(calls)
    return None if just_begun or any(fall not in {0, 1} for fall in falls) else counts[-1]
