"""What is judged of a download."""

import hashlib
from dataclasses import replace

import pytest

from conformance.checks.outputs import (
    OUTPUT,
    directives,
    fresh_seconds,
    keeps_the_aspect,
    media_type,
    served_alike_for_ever,
    the_same_for_ever,
    there_for_everybody,
)
from conformance.evidence import Exchange, File, Response
from conformance.evidence.images import beginnings, look_at
from tests.checks.polls import exchange


def download(body: bytes = b"image", status: int = 200, url: str = "https://cdn/1.png", **headers: str) -> Exchange:
    pairs = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    found = exchange("", status, body, url=url, headers=pairs, tags=(OUTPUT, "png"), account="")
    assert found.response is not None
    file = File(len(body), hashlib.sha256(body).hexdigest(), look_at(body), beginnings(body))
    return replace(found, response=replace(found.response, file=file))


def test_directives_are_read_as_the_rfc_has_them() -> None:
    found = directives(download(cache_control='Public, MAX-AGE=60, private="Set-Cookie, X", immutable'))

    assert found == {"public": "", "max-age": "60", "private": "Set-Cookie, X", "immutable": ""}
    assert directives(download()) == {}


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("max-age=60", 60), ('max-age="60"', 60), ("max-age=-1", 0), ("max-age", 0), ("s-maxage=9", 0)],
)
def test_a_lifetime_is_a_number_of_seconds(value: str, seconds: int) -> None:
    assert fresh_seconds(download(cache_control=value)) == seconds


def test_a_media_type_is_compared_without_case_and_parameters() -> None:
    assert media_type(download(content_type="Image/PNG; charset=binary")) == "image/png"
    assert media_type(download()) == ""


@pytest.mark.parametrize(
    ("size", "kept"),
    [((2048, 3072), True), ((1365, 2048), True), ((1360, 2048), True), ((2048, 2048), False), ((1440, 2560), False),
     ((0, 10), False)],
)  # fmt: skip
def test_an_aspect_ratio_is_kept_within_a_hundredth(size: tuple[int, int], *, kept: bool) -> None:
    assert keeps_the_aspect(size, (1024, 1536)) is kept


def test_a_url_yields_the_same_bytes() -> None:
    assert the_same_for_ever([download(), download()]).findings == ()
    assert [f.requirement for f in the_same_for_ever([download(), download(b"other")]).findings] == ["OUT-11"]
    assert the_same_for_ever([download(), download(b"other", url="https://cdn/2.png")]).judged == frozenset()


def test_how_far_other_bytes_are_those_that_came_before_is_told() -> None:
    kept = the_same_for_ever([download(b"same, old"), download(b"same, and new")]).findings
    large = [download(bytes(5000)), download(bytes(3000) + b"new")]
    discarded = [replace(each, response=replace(each.response or Response(0), body=b"")) for each in large]

    assert [finding.received for finding in kept] == ["13 others, alike up to byte 6"]
    assert [finding.received for finding in the_same_for_ever(discarded).findings] == [
        "3003 others, alike up to byte 2048 at least"
    ]


def test_a_url_that_was_good_stays_good() -> None:
    gone = download(status=404)

    assert [f.requirement for f in there_for_everybody([download(), gone]).findings] == ["OUT-7"]
    assert there_for_everybody([gone, gone]).judged == frozenset()  # the tests say it
    assert there_for_everybody([download(), download()]).judged == {"OUT-7"}


def test_what_a_first_answer_promises_later_ones_promise_as_well() -> None:
    good = download(content_type="image/png", cache_control="max-age=60, immutable")
    worse = download(content_type="image/webp", cache_control="private")

    found = served_alike_for_ever([good, good, worse])

    assert [finding.requirement for finding in found.findings] == ["OUT-10", "OUT-16", "OUT-17", "OUT-18"]
    assert served_alike_for_ever([worse, good, good]).findings == ()
    assert served_alike_for_ever([good]).judged == frozenset()
