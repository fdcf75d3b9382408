"""Whatever became of the answer to a registration, what it left at the target is looked for and removed."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from conformance.errors import Unreachable
from conformance.evidence import Exchange, Request, Response
from conformance.world.hooks import Hooks
from conformance.world.registrar import Registrar

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
    world: Any = SimpleNamespace(sender=dashboard, base_url="http://h", cookie=lambda _: "c")
    registrar = Registrar(world)
    registrar.register("primary", "https://example.com/one")
    registrar.register("primary", "https://example.com/two")
    assert len(dashboard.entries) == 3
    registrar.remove_everything()

    assert dashboard.entries == [THEIRS]


def test_what_is_registered_for_one_address_is_removed_and_nothing_else() -> None:
    dashboard = Dashboard(None)
    world: Any = SimpleNamespace(sender=dashboard, base_url="http://h", cookie=lambda _: "c")
    registrar = Registrar(world)
    for name in ("one", "two"):
        registrar.register("primary", f"https://example.com/{name}")
    registrar.remove_lost("primary", "https://example.com/one")

    assert [entry["url"] for entry in dashboard.entries] == [THEIRS["url"], "https://example.com/two"]


class Opened:
    """A receiver of our own, with addresses that are told apart."""

    def __init__(self) -> None:
        self.drained = list[str]()
        self.count = 0

    def open(self, **_: Any) -> Any:
        self.count += 1
        url = f"https://example.com/{self.count}"
        return SimpleNamespace(url=url, path=f"/{self.count}", drain=lambda: self.drained.append(url))


class Flaky(Dashboard):
    """Loses so many answers to registrations."""

    def __init__(self, losses: int) -> None:
        super().__init__(None)
        self.losses = losses

    def send(self, method: str, url: str, *, content: bytes, **options: Any) -> Exchange:
        if method == "POST":
            self.losses -= 1
            self.answer = None if self.losses >= 0 else Response(201, (), b'{"id": "hook 9", "secret": "whsec_1"}')
        return super().send(method, url, content=content, **options)


def hooks(dashboard: Dashboard, receiver: Opened) -> Hooks:
    vault = SimpleNamespace(reveal=str)
    world: Any = SimpleNamespace(
        sender=dashboard, base_url="http://h", cookie=lambda _: "c", clock=SimpleNamespace(stepped=True),
        recorder=SimpleNamespace(vault=vault),
    )  # fmt: skip
    return Hooks(world, receiver, None, Registrar(world))  # type: ignore[arg-type]


def test_an_endpoint_whose_registration_was_lost_is_opened_at_another_address() -> None:
    dashboard, receiver = Flaky(1), Opened()
    hook = hooks(dashboard, receiver).open("primary", "a")

    assert hook.endpoint.url == "https://example.com/2"
    assert receiver.drained == ["https://example.com/1"]
    assert [entry["url"] for entry in dashboard.entries] == [THEIRS["url"], "https://example.com/2"]


def test_one_that_is_lost_twice_is_given_up() -> None:
    dashboard = Flaky(2)

    with pytest.raises(Unreachable):
        hooks(dashboard, Opened()).open("primary", "a")
