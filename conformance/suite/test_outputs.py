"""outputs: real images of the requested size, public, immutable and cacheable (R20)."""

import pytest

from conformance.checks import expect, expect_that
from conformance.checks.lifecycle import TERMINAL
from conformance.checks.outputs import FORMATS, Output, directives, file_of, fresh_seconds, keeps_the_aspect, media_type
from conformance.plan import along, requirement, runs_in
from conformance.scenarios.outputs import CHEAPEST, EVERY, Gallery, Order

CACHE_CONTROL = "header Cache-Control"


def _each(orders: list[Order]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        "order", [pytest.param(order, id=order.name, marks=runs_in(order.profile)) for order in orders]
    )


every_order = _each(list(EVERY))
low_or_medium = _each([order for order in EVERY if order.quality != "high"])
high = _each([order for order in EVERY if order.quality == "high"])
text_only = _each([order for order in EVERY if not order.edit and order is not CHEAPEST])
edits = _each([order for order in EVERY if order.edit])


def files_of(gallery: Gallery, order: Order, *kinds: str) -> list[Output]:
    """The files of these formats, all of which were served. Raises Inconclusive (OUT-7) when one was not."""
    found = [output for output in gallery.outputs(order) if output.kind in (kinds or FORMATS)]
    for output in found:
        whole = file_of(output.first) is not None
        expect(output.first).must_be_answered("OUT-7", 200).must(whole, "all of the file", "OUT-7")
    return found


@requirement("GEN-1")
@along("non-ascii")
@text_only
def test_every_size_quality_and_number_is_accepted(gallery: Gallery, order: Order) -> None:
    """Each combination of size, quality and n is accepted."""
    expect(gallery.accepted(order)).to_be_accepted()


@requirement("GEN-2")
@along("order", "punctuation")
@edits
def test_an_edit_is_accepted_in_any_quality_and_number(gallery: Gallery, order: Order) -> None:
    """An edit is accepted for each media type and quality, with one output and with several."""
    expect(gallery.accepted(order)).to_be_accepted()


@requirement("LIFE-9")
@every_order
def test_every_order_comes_to_an_end(gallery: Gallery, order: Order) -> None:
    """Every generation ends within the time that the target file declares."""
    last = gallery.life(order).last_poll
    expect_that(last.member("status"), "the status when the time was up", last).to_be_one_of(sorted(TERMINAL))


@requirement("OUT-2")
@along("order")
@every_order
def test_there_is_an_output_for_each_of_n(gallery: Gallery, order: Order) -> None:
    """A succeeded generation has exactly n outputs."""
    record = gallery.life(order).ended("succeeded")
    outputs = record.member("outputs")
    count = len(outputs) if isinstance(outputs, list) else 0
    expect_that(count, "the number of outputs", record).to_equal(order.n)


@requirement("OUT-3")
@every_order
def test_all_urls_are_different(gallery: Gallery, order: Order) -> None:
    """No two URLs of a generation's outputs are the same."""
    life = gallery.life(order)
    urls = [url for entry in life.outputs for kind in FORMATS if isinstance(url := entry.get(kind), str)]
    expect_that(urls, "the URLs of the outputs", life.end).to_be_all_different()


def _is_a_size(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0 and value == int(value)


@requirement("OUT-7")
@along("non-ascii", "punctuation", "account")
@every_order
def test_outputs_are_public(gallery: Gallery, order: Order) -> None:
    """Every output URL answers 200, with the complete file, to a request without credentials."""
    for output in gallery.outputs(order):
        for download in output.downloads:
            expect(download).to_be_answered(200)
            expect_that(download.failure, "why the download broke off", download).to_equal("")


@requirement("OUT-8")
@along("order")
@every_order
def test_a_png_is_a_png(gallery: Gallery, order: Order) -> None:
    """The png URL yields a PNG image that can be decoded completely."""
    _each_is_of_its_format(gallery, order, "png")


@requirement("OUT-9")
@along("order")
@every_order
def test_a_webp_is_a_webp(gallery: Gallery, order: Order) -> None:
    """The webp URL yields a WebP image that can be decoded completely."""
    _each_is_of_its_format(gallery, order, "webp")


def _each_is_of_its_format(gallery: Gallery, order: Order, kind: str) -> None:
    for output in files_of(gallery, order, kind):
        expect_that(output.seen.format, f"the format of a {kind}", output.first).to_hold(
            output.seen.format == FORMATS[kind] and not output.seen.trouble,
            f"a {FORMATS[kind]} image", str(output.seen),
        )  # fmt: skip


@requirement("OUT-10")
@every_order
def test_the_media_type_is_that_of_the_format(gallery: Gallery, order: Order) -> None:
    """A PNG is served as image/png and a WebP as image/webp."""
    for output in files_of(gallery, order):
        for download in output.downloads:
            found = expect_that(media_type(download), "the media type", download, about="header Content-Type")
            found.to_equal(f"image/{output.kind}")


@requirement("OUT-12")
@every_order
def test_the_pixels_are_those_of_the_record(gallery: Gallery, order: Order) -> None:
    """Each image has the width and height in pixels that its entry states."""
    for output in files_of(gallery, order):
        root = {"png": "OUT-8", "webp": "OUT-9"}[output.kind]
        expect(output.first).must(output.seen.size is not None, "an image", root)
        expect(output.record).must(all(map(_is_a_size, output.recorded)), "width and height", "OUT-6")
        expect_that(output.seen.size, f"the size of a {output.kind}", output.first).to_equal(output.recorded)


@requirement("OUT-13")
@along("order")
@low_or_medium
def test_the_size_is_the_requested_one(gallery: Gallery, order: Order) -> None:
    """An image of low or medium quality has the requested size."""
    for output in files_of(gallery, order):
        _must(output, any(size == order.sides for size in output.sizes), f"the size {order.size}")


@requirement("OUT-14")
@high
def test_high_quality_keeps_the_aspect_ratio(gallery: Gallery, order: Order) -> None:
    """An image of high quality has the requested aspect ratio, within 1 %."""
    for output in files_of(gallery, order):
        holds = any(keeps_the_aspect(size, order.sides) for size in output.sizes)
        _must(output, holds, f"the aspect ratio of {order.size}")


@requirement("OUT-15")
@high
def test_high_quality_is_not_smaller(gallery: Gallery, order: Order) -> None:
    """An image of high quality is not smaller than requested on either side."""
    for output in files_of(gallery, order):
        holds = any(size[0] >= order.sides[0] and size[1] >= order.sides[1] for size in output.sizes)
        _must(output, holds, f"at least {order.size}")


def _must(output: Output, holds: bool, expected: str) -> None:
    expect(output.record).must(bool(output.sizes), "width and height", "OUT-6")
    what = f"width and height {output.sizes} of a {output.kind}"
    expect_that(output.sizes, what, output.record).to_hold(holds, expected, what)


@requirement("OUT-16")
@every_order
def test_shared_caches_may_keep_it(gallery: Gallery, order: Order) -> None:
    """Cache-Control has neither no-store nor private."""
    for output in files_of(gallery, order):
        for download in output.downloads:
            forbidden = sorted({"no-store", "private"} & directives(download).keys())
            found = expect_that(forbidden, "what forbids caches to keep it", download, about=CACHE_CONTROL)
            found.to_equal([])


@requirement("OUT-17")
@every_order
def test_it_stays_fresh(gallery: Gallery, order: Order) -> None:
    """Cache-Control has a max-age above 0."""
    for output in files_of(gallery, order):
        for download in output.downloads:
            control = download.header("cache-control") or "no Cache-Control"
            expect_that(fresh_seconds(download), "max-age", download, about=CACHE_CONTROL).to_hold(
                fresh_seconds(download) > 0, "a max-age above 0", control
            )


@requirement("OUT-18")
@every_order
def test_it_is_marked_immutable(gallery: Gallery, order: Order) -> None:
    """Cache-Control has immutable (RFC 8246)."""
    for output in files_of(gallery, order):
        for download in output.downloads:
            control = download.header("cache-control") or "no Cache-Control"
            expect_that(control, "Cache-Control", download, about=CACHE_CONTROL).to_hold(
                "immutable" in directives(download), "immutable", control
            )
