"""How accounts that are not served are asked."""

import json
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from conformance.cases.bodies import a_generation
from conformance.cases.input_images import image
from conformance.client import Api
from conformance.client.sender import served
from conformance.contract import load
from conformance.errors import Throttled
from conformance.evidence import Exchange
from conformance.evidence.blame import TOO_MANY, must_be_whole
from conformance.world.slots import Slot, filled, slot
from conformance.world.world import World

FORGED: dict[str, dict[str, dict[str, Any]]] = {
    "headers and a cookie": {
        "headers": {"X-Plan": "Pro", "X-User-Plan": "Pro", "X-Tier": "Pro", "Cookie": "plan=Pro; tier=Pro"}
    },
    "the body": {
        "fields": {"plan": "Pro", "tier": "Pro", "user": {"plan": "Pro"}, "credits": 1000, "costCredits": 0, "cost": 0}
    },
    "the query": {"query": {"plan": "Pro", "tier": "Pro", "credits": "1000"}},
}
"""A better plan and more credits, as a caller may claim to have them."""


OK = 200
OF_AN_IMAGE = (400, 403, 404, 422)


def claim(api: Api, where: str) -> Exchange:
    """A valid generate call that claims to be of a better account. The claim may be refused as such (R15)."""
    found, forged = load().operations["generate"], FORGED[where]
    query = f"?{urlencode(forged['query'])}" if "query" in forged else ""
    return api.request(
        found.method, found.url() + query, "generate",
        headers={"Content-Type": "application/json", **forged.get("headers", {})},
        content=json.dumps(a_generation(**forged.get("fields", {}))).encode(),
        probe=f"account {api.account}, a better one in {where}",
    )  # fmt: skip


@dataclass(frozen=True)
class Edit:
    """The fields of an edit, and what may be answered for its image before plan or credits are looked at (R16)."""

    fields: dict[str, Any]
    of_its_image: tuple[int, ...]


def an_edit(world: World, api: Api, another: Slot) -> Edit:
    """Of an image of the account's own, or where it may not upload (R1), of `another`, which is not its own (R15)."""
    place = slot(world, api, image(shade=90), probe=f"account {api.account}, an input image")
    if place.call.status == OK:
        own = filled(place, place.put(probe="the bytes"))
        return Edit({"type": "edit", "inputImageKeys": [own.key]}, ())
    return Edit({"type": "edit", "inputImageKeys": [another.key]}, OF_AN_IMAGE)


def ask(api: Api, fields: dict[str, Any]) -> Exchange:
    """A valid generate call of an account that is to be turned away.

    A 429 is an answer like others here, since some targets take credits or caps for rates, but only where it is this
    call that draws it: asked again, it does so once more, while others are served before and after (R44). Raises
    Throttled where the hourly quota is used up, or where a proxy in front of the target throttles whatever comes.
    """
    exchange = _asked(api, fields)
    if exchange.status != TOO_MANY:
        return exchange
    before, again, after = _others_are_served(api), _asked(api, fields), _others_are_served(api)
    if not (before and after):
        must_be_whole(replace(exchange, expects_429=False))
    return again


def _asked(api: Api, fields: dict[str, Any]) -> Exchange:
    exchange = api.generate(a_generation(**fields), probe=f"account {api.account}", expects_429=True)
    if exchange.status == TOO_MANY and exchange.header("x-ratelimit-remaining") == "0":
        raise Throttled(f"the quota of account {api.account!r} is used up", "wait until it is restored")
    return exchange


def _others_are_served(api: Api) -> bool:
    control = api.sender.control
    return control is None or served(api.sender.recorder.keep(control("generate")))
