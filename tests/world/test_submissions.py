"""What is blamed where a valid body is refused: the combination, or one of its values."""

import json
from itertools import count
from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.cases.bodies import a_generation
from conformance.client import Api, Quota
from conformance.errors import Inconclusive
from conformance.evidence import Exchange, Request, Response
from conformance.world.submissions import Submissions
from conformance.world.world import World

DEAR = {"quality": "high", "n": 4, "size": "1536x1024"}


def answered(status: int) -> Exchange:
    return Exchange(Request("POST", "http://t/api/v1/generate"), Response(status), 0, 1, operation="generate")


def asked_before(**statuses: int) -> Submissions:
    """Nothing more is sent: each value was asked for by itself, and answered with this status."""
    bodies: dict[str, Any] = {name: a_generation(**{name: value}) for name, value in DEAR.items()}
    found = Submissions(cast("World", None), cast("Api", None))
    found.sent |= {json.dumps(body): answered(statuses[name]) for name, body in bodies.items() if name in statuses}
    return found


def test_a_value_that_is_refused_by_itself_is_to_blame() -> None:
    with pytest.raises(Inconclusive, match="for n 4") as raised:
        asked_before(size=202, quality=202, n=400).of_valid_values(answered(400), DEAR)
    assert raised.value.root == "GEN-21"


def test_a_combination_of_values_that_are_taken_is_to_blame_itself() -> None:
    submissions = asked_before(size=202, quality=202, n=202)

    assert submissions.of_valid_values(answered(400), DEAR).status == 400


@pytest.mark.parametrize("status", [202, 402, 422, 500])
def test_only_a_400_speaks_of_values(status: int) -> None:
    assert asked_before().of_valid_values(answered(status), DEAR).status == status


class Account:
    """Refuses whatever it is sent, and remembers under which idempotency key it was."""

    def __init__(self) -> None:
        self.account, self.keys = "primary", list[str]()

    def generate(self, _: Any, *, idempotency_key: str, probe: str) -> Exchange:
        self.keys.append(idempotency_key)
        return answered(400)


def test_a_body_is_sent_once_and_what_is_sent_again_is_new() -> None:
    account, names = Account(), (f"key {number}" for number in count(1))
    world: Any = SimpleNamespace(quota=Quota(), fresh=lambda: next(names))
    submissions = Submissions(world, cast("Api", account))

    one, same = (submissions.send(a_generation()) for _ in range(2))
    submissions.send(a_generation(n=2))
    Submissions(world, cast("Api", account)).send(a_generation())

    assert one is same
    assert account.keys == ["key 1", "key 2", "key 3"]
