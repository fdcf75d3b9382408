"""What a run left behind is found whatever its id is, and nobody else's is touched."""

from typing import Any

import pytest

from conformance.world.registrar import ours, path_of

LABEL, URL = "gimg-conformance 01234567", "http://127.0.0.1:1/hooks/x"


@pytest.mark.parametrize(
    "listing",
    [
        [{"id": 7, "label": LABEL}, {"id": 8, "label": "gimg-conformance"}],
        {"webhooks": [{"id": 7, "url": URL}, {"id": 8, "url": "https://other"}]},
        {"data": {"items": [{"id": 7, "label": LABEL, "url": URL}]}},
    ],
)
def test_an_entry_is_ours_by_its_label_or_its_url(listing: Any) -> None:
    assert ours(listing, LABEL, {URL}) == [7]


@pytest.mark.parametrize("listing", [None, [], "x", 7, {"label": LABEL}, [[[[[[{"id": 7, "label": LABEL}]]]]]]])
def test_a_strange_listing_has_none(listing: Any) -> None:
    assert ours(listing, LABEL, {URL}) == []


@pytest.mark.parametrize(
    ("webhook_id", "path"),
    [("wh_1", "/wh_1"), (17, "/17"), ("a/b?c", "/a%2Fb%3Fc"), ("", ""), (None, ""), (True, ""), ("..", ""),
     ({"id": 1}, ""), ("x" * 501, ""), ("\ud800", "/%3F")],
)  # fmt: skip
def test_an_id_is_one_segment_of_a_path(webhook_id: Any, path: str) -> None:
    assert path_of(webhook_id) == path
