"""One customer of a reference server."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from conformance.reference import Running

WEBHOOKS = "/api/account/webhooks"


@dataclass(frozen=True)
class Caller:
    server: Running
    http: httpx.Client
    name: str

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.server.accounts[self.name].key}"}

    @property
    def cookie(self) -> dict[str, str]:
        return {"Cookie": self.server.accounts[self.name].cookie}

    @property
    def balance(self) -> int:
        return self.server.service.parts.ledger.balance[self.name]

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {**self.bearer, **options.pop("headers", {})}
        return self.http.request(method, f"/api/v1/{path}", headers=headers, **options)

    def generate(self, prompt: str = "A heron at dawn", *, once: str | None = None, **body: Any) -> httpx.Response:
        headers = {} if once is None else {"Idempotency-Key": once}
        return self.call("POST", "generate", json={"prompt": prompt, **body}, headers=headers)

    def generation(self, prompt: str = "A heron at dawn", **body: Any) -> str:
        """The id of an accepted generation."""
        answer = self.generate(prompt, **body)
        assert answer.status_code == 202, answer.text
        generation_id = answer.json()["generationId"]
        assert isinstance(generation_id, str)
        return generation_id

    def poll(self, generation_id: str) -> httpx.Response:
        return self.call("GET", f"generations/{generation_id}")

    def upload(self, *, once: str | None = None, **body: Any) -> httpx.Response:
        headers = {} if once is None else {"Idempotency-Key": once}
        valid = {"filename": "heron.png", "contentType": "image/png", "size": 4}
        return self.call("POST", "upload", json={**valid, **body}, headers=headers)

    def put(self, content: bytes, content_type: str = "image/png") -> str:
        """The key of an uploaded file."""
        answer = self.upload(contentType=content_type, size=len(content)).json()
        put = self.http.put(answer["url"], content=content, headers={"Content-Type": content_type})
        assert put.status_code == 200, put.text
        key = answer["key"]
        assert isinstance(key, str)
        return key

    def webhook(self, url: str, *events: str) -> dict[str, Any]:
        """A registered webhook."""
        body = {"url": url, "events": list(events or self.server.service.parts.rules.events), "label": "test"}
        answer = self.http.post(WEBHOOKS, json=body, headers=self.cookie)
        assert answer.status_code == 201, answer.text
        webhook: dict[str, Any] = answer.json()
        return webhook

    def rest(self) -> None:
        """Let work that does not wait for the clock finish: each poll is a round through the server's loop."""
        for _ in range(5000):
            if self.http.get("/__clock").json()["busy"] == 0:
                return
        raise AssertionError("the server does not come to rest")

    def step(self) -> bool:
        """Let work finish, then move to the next timer; False when there is none."""
        self.rest()
        time = self.http.get("/__clock").json()
        if time["next"] is None:
            return False
        self.advance((datetime.fromisoformat(time["next"]) - datetime.fromisoformat(time["now"])).total_seconds())
        return True

    def run_out(self) -> None:
        """Step until nothing is left to wait for."""
        while self.step():
            pass

    def advance(self, seconds: float) -> dict[str, Any]:
        """Move the test clock."""
        answer = self.http.post("/__clock", json={"advance": seconds})
        assert answer.status_code == 200, answer.text
        moved: dict[str, Any] = answer.json()
        return moved


Meet = Callable[..., Caller]
