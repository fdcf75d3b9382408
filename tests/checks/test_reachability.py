"""What is said of a path that does not carry a delivery as it was sent."""

import hashlib
import json
from typing import Any

import pytest

from conformance.checks.reachability import lost_on_the_way
from conformance.evidence import Exchange, Request, Response

SENT = "é \u2028".encode()
ECHO = {"sha256": hashlib.sha256(SENT).hexdigest(), "length": len(SENT)}


def answered(status: int, body: Any) -> Exchange:
    response = Response(status, (("Content-Type", "application/json"),), json.dumps(body).encode())
    return Exchange(Request("POST", "https://hooks.example/canary"), response, 0, 0)


def test_what_arrives_as_it_was_sent_is_no_loss() -> None:
    assert lost_on_the_way(SENT, answered(200, ECHO)) == ""


@pytest.mark.parametrize(
    ("exchange", "said"),
    [
        (answered(200, {**ECHO, "sha256": "0" * 64, "length": 4}), f"{len(SENT)} bytes were sent and 4 arrived"),
        (answered(200, {"message": "nobody is here"}), "not the receiver's"),
        (answered(502, ECHO), "not the receiver's"),
        (answered(200, ["sha256"]), "not the receiver's"),
        (
            Exchange(Request("POST", "https://hooks.example/canary"), None, 0, 0, failure="certificate not trusted"),
            "certificate not trusted",
        ),
    ],
)
def test_what_was_lost_is_told(exchange: Exchange, said: str) -> None:
    assert said in lost_on_the_way(SENT, exchange)
