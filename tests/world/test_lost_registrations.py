"""Whatever became of the answer to a registration, what it left at the target is looked for and removed."""

import json
import time
from types import SimpleNamespace
from typing import Any

import pytest

from conformance.evidence import Exchange, Request, Response
from conformance.receiver import Receiver
from conformance.target import PassingClock
from conformance.world.laboratory import Laboratory

THEIRS = {"id": "theirs", "label": "production", "url": "https://example.com/hooks"}


class Dashboard:
    """Registers whatever it is sent, and answers so; it has a registration of somebody else's."""

    def __init__(self, answer: Response | None) -> None:
        self.answer, self.entries = answer, [THEIRS]

    def send(self, method: str, url: str, *, content: bytes, **_: Any) -> Exchange:
        answer: Response | None = Response(204)
        if method == "POST":
            self.entries = [*self.entries, json.loads(content) | {"id": f"hook {len(self.entries)}"}]
            answer = self.answer
        elif method == "GET":
            answer = Response(200, (), json.dumps({"webhooks": self.entries}).encode())
        else:
            self.entries = [entry for entry in self.entries if not url.endswith(entry["id"].replace(" ", "%20"))]
        return Exchange(Request(method, url), answer, 0, 1, failure="" if answer else "the connection broke")


@pytest.mark.parametrize(
    "answer",
    [None, Response(502), Response(201), Response(201, (), b'{"id": ["hook 1"]}'), Response(200, (), b'{"cut')],
    ids=["lost", "a gateway's", "without a body", "with a strange id", "cut off"],
)
def test_what_a_lost_answer_left_behind_is_removed_at_the_end(answer: Response | None) -> None:
    dashboard = Dashboard(answer)
    world: Any = SimpleNamespace(sender=dashboard, base_url="http://h", cookie=lambda _: "c", clock=PassingClock())
    with Receiver(now=time.time) as receiver:
        laboratory = Laboratory(world, receiver, SimpleNamespace(append=list))  # type: ignore[arg-type]
        laboratory.register("primary", "https://example.com/one")
        laboratory.register("primary", "https://example.com/two")
        assert len(dashboard.entries) == 3
        laboratory.close_everything()

    assert dashboard.entries == [THEIRS]
