"""Peers whose JSON holds what nobody expects there."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from tests.hostile.catalogue import BROKEN, UNDECIDED, behaviour
from tests.hostile.replies import changed, reply, with_json
from tests.hostile.wire import Call, Wire

WEBHOOK = "/api/account/webhooks/"
COST_ROWS = ("GEN", "LIFE", "PLAN")
COSTS = {
    "cost-1e400": (b"1e400", COST_ROWS, "costCredits is 1e400, which no double can hold."),
    "cost-nan": (b"NaN", None, "costCredits is NaN, so that the whole body is no JSON."),
    "cost-4000-digits": (b"9" * 4000, COST_ROWS, "costCredits is an integer of 4,000 digits."),
    "cost-5000-digits": (b"9" * 5000, None, "costCredits is an integer of 5,000 digits, which Python does not read."),
}
BODIES = {
    "null": (b"null", "Every body of a good server is null."),
    "empty-array": (b"[]", "Every body of a good server is an empty array."),
    "lone-surrogate": (b'"\\ud800"', "Every body of a good server is a string of half a character."),
}


def cost(call: Call, wire: Wire, *, value: bytes) -> None:
    answer = wire.ask(call)
    wire.send(changed(answer, re.sub(rb'("costCredits":)\d+', rb"\g<1>" + value, answer.body)) if call.is_poll
              else answer.raw)  # fmt: skip


for _name, (_value, _may_fail, _told) in COSTS.items():
    behaviour(BROKEN, name=_name, told=_told, fronts=True, may_fail=_may_fail)(partial(cost, value=_value))


def instead(call: Call, wire: Wire, *, body: bytes) -> None:
    answer = wire.ask(call)
    wire.send(answer.raw if answer.json is None else changed(answer, body))


for _name, (_value, _told) in BODIES.items():
    # The list of webhooks is one of the bodies: nobody could find what was registered.
    behaviour(BROKEN, UNDECIDED, name=f"{_name}-of-a-good-server", told=_told, fronts=True, may_leave=True)(
        partial(instead, body=_value)
    )


def plainly(call: Call, wire: Wire, *, body: bytes) -> None:
    wire.send(reply(200, body))


for _name, (_value, _told) in BODIES.items():
    behaviour(UNDECIDED, name=_name, told=f"Everything is answered 200: {_told.split(' is ')[1]}")(
        partial(plainly, body=_value)
    )


@behaviour(BROKEN, UNDECIDED, fronts=True)
def lone_surrogates(call: Call, wire: Wire) -> None:
    """Every JSON object of a good server has a member of half a character."""
    wire.send(with_json(wire.ask(call), lambda content: content.update(note="\ud800")))


@behaviour(BROKEN, UNDECIDED, fronts=True, may_fail=("HOOK",))
def webhook_ids_are_numbers(call: Call, wire: Wire) -> None:
    """The ids of webhooks are numbers, in registrations, in lists and in paths."""
    asked, known = call, call.target.removeprefix(WEBHOOK)
    if call.target.startswith(WEBHOOK) and known.isdigit():
        asked = call.with_target(WEBHOOK + (wire.stage.named(int(known)) or known))
    answer = wire.ask(asked)
    if not call.target.startswith(WEBHOOK.rstrip("/")):
        return wire.send(answer.raw)
    return wire.send(with_json(answer, _numbered(wire.stage.number)))


def _numbered(number: Callable[[str], int]) -> Callable[[dict[str, Any]], None]:
    def change(content: dict[str, Any]) -> None:
        for webhook in content.get("webhooks", [content]):
            if "id" in webhook:
                webhook["id"] = number(webhook["id"])

    return change
