"""What the reference server promises, once more and in the plainest way: no server, only what it has to answer.

Nothing is ever settled: what is left of an account's credits, and what has become of a job, follow from what was
accepted and from the time.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from conformance.contract import documented
from conformance.reference.clock import START

LIMITS = documented()
QUOTA, WINDOW, EXPIRY = LIMITS.quota, LIMITS.window_seconds, int(LIMITS.url_seconds)
QUEUED, RUN = 1, 2
PRICES = {"low": 1, "medium": 2, "high": 4}
DEFAULTS = {"type": "text2img", "size": "1024x1024", "quality": "medium", "n": 1, "inputImageKeys": ()}
FATES = {  # by a marker in the prompt, which says how and after how many seconds it ends
    "[policy: block]": ("blocked", QUEUED),
    "[policy: block the output]": ("blocked", QUEUED + RUN),
    "[model: fail]": ("failed", QUEUED + RUN),
}
REJECTED = "[policy: reject]"


@dataclass
class Job:
    """An accepted order. `id` is learnt from the server's answer; `duration` in seconds."""

    owner: str
    order: dict[str, Any]
    began: float
    fate: str
    duration: int
    id: str = ""

    @property
    def cost(self) -> int:
        return PRICES[self.order["quality"]] * int(self.order["n"])

    def status(self, now: float) -> str:
        if now >= self.began + self.duration:
            return self.fate
        return "queued" if now < self.began + QUEUED else "running"

    def holds(self, now: float) -> int:
        """The credits it has taken and not given back."""
        return 0 if self.status(now) in {"blocked", "failed"} else self.cost


@dataclass
class File:
    """A place for a file. `key` and `url` are learnt; `size` in bytes; `expires` in epoch seconds."""

    owner: str
    content: bytes
    picture: bool
    expires: float
    put: bool = False
    key: str = ""
    url: str = ""


@dataclass(frozen=True)
class Expected:
    """An answer. A job or file without an id is a new one."""

    status: int
    job: Job | None = None
    file: File | None = None
    remaining: int = 0
    reset: int = 0
    retry_after: int | None = None


@dataclass
class Customer:
    """`always` is the status of every valid call of generate, where it is always the same."""

    credits: int
    always: int = 0
    used: int = 0
    reset: int = 0


@dataclass
class Model:
    customers: dict[str, Customer]
    now: float = START.timestamp()
    jobs: list[Job] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    keys: dict[tuple[str, str, str], tuple[Any, Expected]] = field(default_factory=dict)
    """By account, operation and key: what was asked for, and the answer."""

    def credits(self, account: str) -> int:
        """What can still be bought."""
        return self.customers[account].credits - sum(job.holds(self.now) for job in self.jobs if job.owner == account)

    def remaining(self, account: str) -> int:
        """The calls left in the window that is open, or would be with the next call."""
        customer = self.customers[account]
        return QUOTA if self.now >= customer.reset else QUOTA - customer.used

    def generate(self, account: str, body: dict[str, Any], key: str = "") -> Expected:
        return self._counted(account, lambda: self._generate(account, {**DEFAULTS, **body}, key))

    def upload(self, account: str, content: bytes, *, picture: bool, key: str = "") -> Expected:
        file = File(account, content, picture, math.floor(self.now) + EXPIRY)
        return self._counted(
            account, lambda: self._once(account, "upload", key, len(content), lambda: Expected(200, file=file))
        )

    def poll(self, account: str, job: Job | None) -> Expected:
        found = job is not None and job.owner == account
        return self._counted(account, lambda: Expected(200, job) if found else Expected(404))

    def put(self, file: File, content: bytes) -> int:
        """The status that the storage answers."""
        if self.now > file.expires or len(content) != len(file.content):
            return 403
        file.put = True
        return 200

    def learn(self, expected: Expected) -> None:
        """What was expected has come, and has its id."""
        if expected.job is not None and expected.job not in self.jobs:
            self.jobs.append(expected.job)
        if expected.file is not None and expected.file not in self.files:
            self.files.append(expected.file)

    def _counted(self, account: str, serve: Callable[[], Expected]) -> Expected:
        customer = self.customers[account]
        if self.now >= customer.reset:
            customer.used, customer.reset = 0, math.ceil(self.now + WINDOW)
        if customer.used == QUOTA:
            return Expected(429, reset=customer.reset, retry_after=math.ceil(customer.reset - self.now))
        customer.used += 1
        return replace(serve(), remaining=QUOTA - customer.used, reset=customer.reset)

    def _once(self, account: str, operation: str, key: str, content: object, serve: Callable[[], Expected]) -> Expected:
        if not key or (place := (account, operation, key)) not in self.keys:
            answer = serve()
            if key and answer.status < 300:
                self.keys[account, operation, key] = content, answer
            return answer
        first, answer = self.keys[place]
        return answer if first == content else Expected(422)

    def _generate(self, account: str, order: dict[str, Any], key: str) -> Expected:
        if self.customers[account].always == 403:
            return Expected(403)
        if not 1 <= order["n"] <= LIMITS.images or (order["type"] == "edit" and not order["inputImageKeys"]):
            return Expected(400)
        return self._once(account, "generate", key, order, lambda: self._accept(account, order))

    def _accept(self, account: str, order: dict[str, Any]) -> Expected:
        inputs = [self._file(account, key) for key in order["inputImageKeys"]]
        if None in inputs:
            return Expected(400)
        marker = next((marker for marker in FATES if marker in order["prompt"]), "")
        fate, duration = FATES.get(marker, ("succeeded", QUEUED + RUN))
        if any(file and not file.picture for file in inputs) and not marker:
            fate = "failed"
        job = Job(account, order, self.now, fate, duration)
        if self.customers[account].always or job.cost > self.credits(account):
            return Expected(402)
        return Expected(422) if REJECTED in order["prompt"] else Expected(202, job)

    def _file(self, account: str, key: str) -> File | None:
        return next((file for file in self.files if file.key == key and file.owner == account and file.put), None)
