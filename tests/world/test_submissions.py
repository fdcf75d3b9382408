"""What is blamed where a valid body is refused: the combination, or one of its values."""

import json
from typing import Any, cast

import pytest

from conformance.client import Api, a_generation
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
    sent = {json.dumps(body): answered(statuses[name]) for name, body in bodies.items() if name in statuses}
    return Submissions(cast("World", None), cast("Api", None), sent)


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
