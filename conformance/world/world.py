"""The world a test is given: the target's accounts, its clock, and how to provoke what it judges."""

import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from conformance.checks import expect
from conformance.client import Api, Quota, Recorder
from conformance.client.current import at_work
from conformance.client.past import Past
from conformance.client.record import KEPT
from conformance.client.sender import Sender
from conformance.errors import NotTested
from conformance.evidence import Exchange
from conformance.target import TargetClock, TargetFile
from conformance.target.clock import Sleeper
from conformance.world.overlap import Promise

T = TypeVar("T")
LONGEST_TYPICAL = 60.0
"""Seconds of the target's time that nobody pauses beyond, however long generations take."""
UNDISTURBED = 0.5
"""Real seconds from which on a measurement is not disturbed by what the rest of the run does."""
OPAQUE = 16
"""Characters of a cookie's value that may be a session; a shorter one is a word that stands elsewhere, too."""


@dataclass
class World:
    """Built once for a process and used by all its threads. `process` names it, `seed` makes its choices repeatable."""

    target: TargetFile
    sender: Sender
    clock: TargetClock
    quota: Quota
    seed: int = 0
    process: str = "main"
    max_wait: float = 0
    """The most real seconds one wait may last; 0: no limit."""
    typical_seconds: float = 0
    """How long generations of this target have been seen to take, in its own time."""
    never_ended: bool = False
    """A generation was still at work when its time was up."""
    sleeper: Sleeper = field(default_factory=lambda: time)
    past: Past = field(default_factory=Past, repr=False)
    """Of a run that is resumed: what its earlier parts recorded."""
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    @property
    def recorder(self) -> Recorder:
        return self.sender.recorder

    @property
    def base_url(self) -> str:
        return self.target.target.base_url

    def account(self, name: str) -> Api:
        """The API under this account's key. Raises NotTested, with the line to add, when the target has none."""
        account = self.target.account(name)
        if account is None:
            raise NotTested(f"needs the account {name!r}", f'add [accounts.{name}] key = "…" to the target file')
        token = self.recorder.vault.keep(account.key.removeprefix("gimg_"), name)
        key = f"gimg_{token}" if account.key.startswith("gimg_") else token
        return Api(self.sender, self.base_url, name, key, self.quota)

    def anonymous(self) -> Api:
        """The API without a credential."""
        return Api(self.sender, self.base_url, "", "", self.quota)

    def cookie(self, name: str) -> str:
        """The token of an account's dashboard session cookie. Raises NotTested with the line to add."""
        account = self.target.account(name)
        if account is None or not account.cookie:
            raise NotTested(
                f"needs the session cookie of account {name!r}",
                f'add cookie = "…" to [accounts.{name}] in the target file',
            )
        for pair in account.cookie.split(";"):
            value = pair.partition("=")[2].strip().strip('"')
            if len(value) >= OPAQUE:  # an echo may leave the name away
                self.recorder.vault.keep(value, f"{name}-cookie-value")
        return self.recorder.vault.keep(account.cookie, f"{name}-cookie")

    def prompt(self, fate: str) -> str:
        """The prompt that meets this fate (rejected, blocked, failed). Raises NotTested with the line to add."""
        text: str = getattr(self.target.prompts, fate)
        if not text:
            raise NotTested(f"needs a prompt that is {fate}", f'add {fate} = "…" to [prompts] in the target file')
        return text

    def fresh(self, what: str = "key") -> str:
        """A name never used before on any target, repeatable only in its form (idempotency keys must be new)."""
        return f"conformance-{what}-{uuid.uuid4()}"

    def pause(self, seconds: float) -> None:
        """Let real seconds pass: for what the target does without regard to its clock."""
        self.sleeper.sleep(seconds)

    def seconds_since(self, exchange: Exchange) -> float:
        """Of the target's time, since an exchange ended; 0 for a test clock."""
        real = self.clock.real_seconds(1.0)
        return (self.sleeper.monotonic() - exchange.ended) / real if real else 0.0

    def must_wait(self, seconds: float) -> None:
        """Raises NotTested when a wait of so many seconds of the target's time is longer than the run may wait."""
        real = self.clock.real_seconds(seconds)
        if self.max_wait and real > self.max_wait:
            raise NotTested(f"would wait {real:.0f} s", f"raise --max-wait to {real:.0f} or offer a test clock")

    def begin(self, provoke: Callable[[], T], what: str, seconds: float, *, shortest: float = 0) -> Promise[T]:
        """Begin a scenario that waits for so many seconds of the target's time; `what` it awaits is shown meanwhile.

        Where time is moved rather than awaited, it is left for later. So it is where the `shortest` time that it
        measures, in the target's seconds, is so short in real ones that the rest of the run would disturb it. Raises
        NotTested when the run may not wait.
        """
        self.must_wait(seconds)
        if record := KEPT.get():
            record.awaits(at_work(), what, seconds)
        delicate = 0 < self.clock.real_seconds(shortest) < UNDISTURBED
        at_once = not (self.clock.stepped or delicate)
        return Promise(provoke, what, self.clock.real_seconds(seconds), at_once=at_once)

    def learn(self, seconds: float, *, ended: bool) -> None:
        """A generation was watched for so many seconds of the target's time, and ended or did not."""
        with self._lock:
            if ended:
                self.typical_seconds = max(self.typical_seconds, min(seconds, LONGEST_TYPICAL))
            else:
                self.never_ended = True


def prerequisite(holds: bool, exchange: Exchange, wanted: str, root: str) -> None:
    """Raises Inconclusive when a step that is not under test did not succeed: charged to the requirement `root`, unless
    somebody else spoilt it (R44).
    """
    expect(exchange).must(holds, wanted, root)
