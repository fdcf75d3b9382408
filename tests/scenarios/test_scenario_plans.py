"""Whose a 429 is that an account draws which is not served anyway."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.client import Api
from conformance.errors import Throttled
from conformance.evidence import Exchange, Request, Response
from conformance.scenarios.plans import ask


@dataclass
class Answers:
    """An account whose calls are answered with these statuses; controls take their part of them, in turn."""

    statuses: Iterator[int]
    account: str = "free"
    sent: list[str] = field(default_factory=list)

    @property
    def sender(self) -> Any:
        keep = SimpleNamespace(keep=lambda exchange: exchange)
        return SimpleNamespace(control=lambda _: self._answer("generation", expects_429=True), recorder=keep)

    def generate(self, _: Any, *, expects_429: bool, probe: str) -> Exchange:
        assert probe
        return self._answer("generate", expects_429=expects_429)

    def _answer(self, operation: str, *, expects_429: bool) -> Exchange:
        self.sent.append(operation)
        request, response = Request("POST", "http://t/x"), Response(next(self.statuses))
        return Exchange(request, response, 0, 1, account="free", operation=operation, expects_429=expects_429)


def asked(*statuses: int) -> tuple[int, int]:
    """The status of the answer, and how many requests it took."""
    api = Answers(iter(statuses))
    return ask(cast("Api", api), {}).status, len(api.sent)


def test_what_the_call_itself_draws_is_its_answer() -> None:
    assert asked(403) == (403, 1)
    assert asked(429, 404, 429, 404) == (429, 4)


def test_what_passes_by_itself_is_no_answer() -> None:
    assert asked(429, 404, 403, 404) == (403, 4)


@pytest.mark.parametrize("statuses", [(429, 429, 429, 404), (429, 404, 429, 429), (429, 429, 429, 429)])
def test_a_proxy_that_throttles_whatever_comes_is_not_charged_to_the_target(statuses: tuple[int, ...]) -> None:
    with pytest.raises(Throttled, match="within the documented rate limits"):
        asked(*statuses)
