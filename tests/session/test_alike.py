"""What exchanges that are wrong have in common is told, and how many there were of their kind."""

import json
from typing import Any

from conformance.evidence import Exchange, Request, Response
from conformance.session.alike import told


def poll(
    account: str = "primary", tags: tuple[str, ...] = (), operation: str = "generation", **record: Any
) -> Exchange:
    answer = Response(200, (), json.dumps(record).encode())
    return Exchange(Request("GET", "http://t/x"), answer, 0.0, 1.0, account=account, operation=operation, tags=tags)


def test_a_single_one_is_told_by_itself() -> None:
    assert told([poll()], [poll(), poll()]) == ""


def test_what_all_wrong_ones_share_and_others_do_not_is_told() -> None:
    edits = [poll(type="edit", n=1), poll(type="edit", n=2)]
    others = [poll(type="text2img", n=1, account="other")] * 1000

    assert told(edits, [*edits, *others]) == (
        "2 of the 1,002 calls of generation answered 200, all of account primary, all with type edit"
    )
    assert told(edits, edits) == "all 2 calls of generation"


def test_downloads_are_told_by_their_format() -> None:
    wrong = [poll("", ("output", "webp"), "") for _ in range(3)]
    assert told(wrong, [*wrong, poll("", ("output", "png"), "")]) == (
        "3 of the 4 downloads answered 200, all of the format webp"
    )


def test_what_is_of_several_kinds_is_only_counted() -> None:
    mixed = [poll(), poll(operation="upload")]
    assert told(mixed, [*mixed, poll(account="other")]) == "2 like it, all of account primary"
