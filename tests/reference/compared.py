"""The model and the reference server side by side: every call goes to both, and their answers must agree."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from conformance.reference import Service
from conformance.reference.clock import iso
from conformance.reference.response import Response
from tests.reference.in_process import InProcess
from tests.reference.model import Customer, Expected, File, Job, Model

UNKNOWN = "00000000-0000-4000-8000-000000000000"
CUSTOMERS = {"primary": 100_000, "other": 30, "metered": 3, "broke": 0, "free": 100, "capped": 100}
ALWAYS = {"free": 403, "capped": 402}
LIMIT, REMAINING, RESET = "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"


class Compared:
    """`seen` counts the answers, by operation and status."""

    def __init__(self, alter: Callable[[Service], object] | None = None) -> None:
        self.server = InProcess(alter)
        self.server.service.parts.ledger.balance.update(CUSTOMERS)
        self.model = Model({name: Customer(held, ALWAYS.get(name, 0)) for name, held in CUSTOMERS.items()})
        self.seen = Counter[tuple[str, int]]()

    def close(self) -> None:
        self.server.close()

    def generate(self, account: str, body: dict[str, Any], key: str = "") -> Expected:
        """A call of generate; a job that is new has its id afterwards."""
        expected = self.model.generate(account, body, key)
        answer = self.server.call(account, "POST", "generate", body, key)
        self._agree("generate", expected, answer)
        if job := expected.job:
            self._same_id(job, answer.json()["generationId"], self.model.jobs)
            assert answer.json()["status"] == job.status(self.model.now)
        self.model.learn(expected)
        return expected

    def upload(self, account: str, content: bytes, *, picture: bool = True, key: str = "") -> Expected:
        """An announcement of these bytes as a PNG; `picture` says whether they are one."""
        body = {"filename": "heron.png", "contentType": "image/png", "size": len(content)}
        expected = self.model.upload(account, content, picture=picture, key=key)
        answer = self.server.call(account, "POST", "upload", body, key)
        self._agree("upload", expected, answer)
        if file := expected.file:
            told = answer.json()
            if not file.key:
                assert told["key"] not in {known.key for known in self.model.files}
                file.key, file.url = told["key"], told["url"]
            assert told == {"key": file.key, "url": file.url}
        self.model.learn(expected)
        return expected

    def put(self, file: File, content: bytes | None = None) -> int:
        """The bytes that were announced, or others, are put to their place."""
        sent = file.content if content is None else content
        expected = self.model.put(file, sent)
        answer = self.server.request("PUT", file.url, {"Content-Type": "image/png"}, sent)
        self.seen["put", answer.status] += 1
        assert answer.status == expected
        return expected

    def poll(self, account: str, job: Job | None) -> Expected:
        """A poll of a job of anybody's, or of none."""
        expected = self.model.poll(account, job)
        answer = self.server.call(account, "GET", f"generations/{job.id if job else UNKNOWN}")
        self._agree("generation", expected, answer)
        if expected.job:
            self._same_record(expected.job, answer.json())
        return expected

    def advance(self, seconds: float) -> None:
        self.server.advance(seconds)
        self.model.now += seconds

    def buy_what_remains(self, account: str) -> None:
        """The cheapest images one by one, until an image is refused: that is what the credits are worth."""
        while self.generate(account, {"prompt": "A heron", "quality": "low"}).status == 202:
            pass

    def spend_window(self, account: str, leave: int) -> None:
        """Calls of the open window, but for so many."""
        while self.model.remaining(account) > leave:
            self.poll(account, None)

    def _agree(self, operation: str, expected: Expected, answer: Response) -> None:
        self.seen[operation, answer.status] += 1
        after = answer.header("Retry-After")
        told = answer.status, int(answer.header(REMAINING) or -1), int(answer.header(RESET) or -1), after and int(after)
        assert told == (expected.status, expected.remaining, expected.reset, expected.retry_after)
        assert answer.header(LIMIT) == "600"

    def _same_id(self, job: Job, told: str, known: list[Job]) -> None:
        if not job.id:
            assert told not in {one.id for one in known}
            job.id = told
        assert told == job.id

    def _same_record(self, job: Job, record: dict[str, Any]) -> None:
        now, status = self.model.now, job.status(self.model.now)
        over = now >= job.began + job.duration
        outputs, error = record.pop("outputs"), record.pop("error")
        assert record == {
            "id": job.id,
            "status": status,
            "type": job.order["type"],
            "costCredits": job.cost,
            "createdAt": iso(job.began),
            "completedAt": iso(job.began + job.duration) if over else None,
        }
        assert len(outputs) == (job.order["n"] if status == "succeeded" else 0)
        assert bool(error) == (status in {"blocked", "failed"})
