"""Servers whose images are not what was ordered, or not where the record says, or not for everybody and for ever."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from conformance.faults.catalogue import breaks
from conformance.faults.verbs import (
    DOWNLOADED,
    Object,
    Proper,
    When,
    answer,
    around,
    becomes,
    body_through,
    on_record,
    on_response,
    on_result,
    refuse_orders,
    status_becomes,
    with_headers,
)
from conformance.reference import Service
from conformance.reference.errors import ApiError
from conformance.reference.model import Generation, Order
from conformance.reference.painter import Format
from conformance.reference.request import Request
from conformance.reference.response import Response
from conformance.reference.rules import Rules

SQUARE, PORTRAIT, LANDSCAPE = Rules().sizes


def _outputs(service: Service, alter: Callable[[Order, list[Object]], list[Object]]) -> None:
    """Change the outputs that records show of a succeeded generation."""
    on_result(
        service.parts.presenter,
        "outputs",
        lambda outputs, generation: alter(generation.order, outputs) if outputs else outputs,
    )


def _each_output(service: Service, alter: Callable[[Object, Order], Object]) -> None:
    """Change every one of these outputs."""
    _outputs(service, lambda order, outputs: [alter(output, order) for output in outputs])


def _downloaded(ending: str) -> When:
    """Holds of downloads of files with this ending."""
    return answer("image", 200, to=lambda request: request.params["file"].endswith(ending))


def _downloaded_edit(service: Service) -> When:
    made = service.parts.generations
    return answer("image", 200, to=lambda request: made[request.params["id"]].order.type == "edit")


def _counted(kind: str, which: Callable[[int], bool]) -> When:
    """Holds of downloads of files with this ending, by how often the file has been asked for."""
    seen = Counter[str]()

    def counted(request: Request) -> bool:
        seen[request.path] += 1
        return request.path.endswith(kind) and which(seen[request.path])

    return answer("image", 200, to=counted)


@breaks("GEN-2")
def edits_in_high_quality_are_refused(service: Service) -> None:
    """The model that edits lacks a setting, and nobody told the documentation: the dearest edits are called invalid."""
    refuse_orders(service, "quality: not for edits", lambda order: (order.type, order.quality) == ("edit", "high"))


@breaks("GEN-2")
def edits_of_a_jpeg_are_refused(service: Service) -> None:
    """The editor takes two of the three types that can be uploaded: photographs cannot be edited."""

    def inputs(found: tuple[bytes, ...], *_: object) -> tuple[bytes, ...]:
        if any(content.startswith(b"\xff\xd8") for content in found):
            raise ApiError(400, "invalid_body", "inputImageKeys: unsupported image")
        return found

    on_result(service.studio, "inputs", inputs)


@breaks("GEN-1")
def high_portraits_cannot_be_ordered(service: Service) -> None:
    """The model knows all sizes but one in its best quality: a valid order is called invalid."""
    refuse_orders(
        service,
        "quality: not for this size",
        lambda order: (order.type, order.quality, order.size) == ("text2img", "high", PORTRAIT),
    )


@breaks("LIFE-9")
def dear_edits_never_end(service: Service) -> None:
    """No machine was set up for edits of the best quality: they stay queued, and paid for."""

    async def run(proper: Proper, generation: Generation) -> None:
        if (generation.order.type, generation.order.quality) != ("edit", "high"):
            await proper(generation)

    around(service.studio, "run", run)


@breaks("OUT-1")
def previews_stand_in_outputs_while_it_runs(service: Service) -> None:
    """Previews are written into the same column: clients that look for outputs show an unfinished image."""
    base_url = service.parts.base_url
    preview = {"png": f"{base_url}/preview.png", "webp": f"{base_url}/preview.webp", "width": 64, "height": 64}
    on_record(service, lambda _, record: record | ({"outputs": [preview]} if record["status"] == "running" else {}))


@breaks("OUT-2")
def four_images_are_three(service: Service) -> None:
    """The range ends one too early, from the last image on: one image in four is paid for and lost."""
    _outputs(service, lambda order, outputs: outputs[: service.parts.rules.n_max - 1])


@breaks("OUT-2")
def an_edit_makes_one_image(service: Service) -> None:
    """The editing worker does not read n: what was paid for is not there."""
    _outputs(service, lambda order, outputs: outputs[:1] if order.type == "edit" else outputs)


@breaks("OUT-2")
def a_high_image_comes_with_its_draft(service: Service) -> None:
    """The intermediate image is a row like the others: galleries show a draft that nobody ordered."""

    def alter(order: Order, outputs: list[Object]) -> list[Object]:
        draft = {name: f"{outputs[0][name]}?draft" for name in ("png", "webp")}
        return [*outputs, outputs[0] | draft] if order.quality == "high" else outputs

    _outputs(service, alter)


@breaks("OUT-2")
def an_edit_has_no_outputs(service: Service) -> None:
    """The result of an edit is written where polling does not look: it is paid for and never seen."""
    _outputs(service, lambda order, outputs: [] if order.type == "edit" else outputs)


@breaks("OUT-3")
def all_variations_are_the_first(service: Service) -> None:
    """The index is left out of the URL: several images are paid for, one is seen."""
    _outputs(service, lambda _, outputs: [outputs[0]] * len(outputs))


@breaks("OUT-3", also={"OUT-9": "a PNG is behind both", "OUT-10": "and one media type"})
def both_formats_have_one_url(service: Service) -> None:
    """The format was to be negotiated by a header that clients do not send: they get a PNG twice."""
    _each_output(service, lambda output, _: output | {"webp": output["png"]})


@breaks("OUT-4", also={"HOOK-27": "deliveries show the same"})
def png_urls_are_paths(service: Service) -> None:
    """The URL is written without the host's name: clients put their own before it, and find nothing."""
    base_url = service.parts.base_url
    _each_output(service, lambda output, _: output | {"png": output["png"].removeprefix(base_url)})


@breaks("OUT-5")
def webp_urls_have_no_scheme(service: Service) -> None:
    """The URL is built for a web page: only browsers know what //host/path means."""
    _each_output(service, lambda output, _: output | {"webp": output["webp"].partition(":")[2]})


@breaks("OUT-5")
def large_images_have_no_webp(service: Service) -> None:
    """The encoder's limit on sizes is not handled: null stands where clients expect the URL."""
    _each_output(service, lambda output, order: output | ({"webp": None} if order.quality == "high" else {}))


@breaks("OUT-6", also={"GEN-17": "a text is not 1024"})
def sizes_are_strings(service: Service) -> None:
    """Width and height are the two halves of a text: layouts that multiply get NaN."""
    _each_output(service, lambda output, _: output | {"width": str(output["width"]), "height": str(output["height"])})


@breaks("OUT-6", also={"GEN-17": "what is missing is not 1024"})
def the_last_entry_has_no_height(service: Service) -> None:
    """The record is written before the last image is measured: pages reserve no room for it."""
    _outputs(
        service,
        lambda _, outputs: [*outputs[:-1], {name: value for name, value in outputs[-1].items() if name != "height"}],
    )


@breaks("OUT-7")
def downloads_need_the_key(service: Service) -> None:
    """Downloads pass the API's middleware: images cannot be embedded, since browsers send no Authorization header."""
    unauthorized = Response(401, (("Content-Type", "text/plain"),), b"Unauthorized")
    keyless = answer("image", to=lambda request: request.header("authorization") is None)
    on_response(service, keyless, becomes(unauthorized))


@breaks("OUT-7")
def the_second_image_is_missing(service: Service) -> None:
    """Uploads to the CDN are not awaited: only the first image is there in time."""
    second = answer("image", 200, to=lambda request: request.params["file"][0] == "1")
    on_response(service, second, status_becomes(404))


@breaks("OUT-7")
def a_webp_is_a_redirect(service: Service) -> None:
    """The CDN sends clients on to the storage host: those that follow no redirect get nothing."""
    elsewhere = Response(302, (("Location", "/elsewhere"), ("Cache-Control", "no-cache")))
    on_response(service, _downloaded("webp"), becomes(elsewhere))


@breaks("OUT-7")
def a_url_is_good_once(service: Service) -> None:
    """Links are signed for one download: a page shows the image until it is reloaded."""
    on_response(service, _counted("", lambda times: times > 1), status_becomes(410))


@breaks("OUT-7")
def urls_expire_within_the_hour(service: Service) -> None:
    """Links are signed with the library's default lifetime: what is public and immutable is gone after lunch."""

    def old(request: Request) -> bool:
        ended = service.parts.generations[request.params["id"]].completed_at or 0
        return service.parts.clock.now() - ended > 3000

    on_response(service, answer("image", 200, to=old), status_becomes(403))


@breaks("OUT-8")
def a_png_is_cut_off(service: Service) -> None:
    """The file is published before its last bytes are flushed: viewers show a grey stripe."""
    on_response(service, _downloaded("png"), body_through(lambda body: body[: len(body) // 2]))


@breaks("OUT-8")
def a_png_is_a_webp(service: Service) -> None:
    """One file is stored under both names: editors that take only PNG refuse it."""
    _swap(service, lambda _, kind: "webp" if kind == "png" else kind)


@breaks("OUT-9")
def a_webp_is_a_png(service: Service) -> None:
    """The file is renamed, not encoded: pages load five times slower."""
    _swap(service, lambda *_: "png")


@breaks("OUT-9")
def a_portrait_has_no_real_webp(service: Service) -> None:
    """One size goes through an older worker, which only knows PNG: its pages load five times slower."""
    _swap(service, lambda order, kind: "png" if order.size == PORTRAIT else kind)


@breaks("OUT-9")
def the_fourth_webp_is_broken(service: Service) -> None:
    """The encoder's batch ends one file too early: the last image of a full order does not open."""
    last = f"{service.parts.rules.n_max - 1}.webp"
    on_response(service, _downloaded(last), body_through(lambda body: body[:30]))


def _swap(service: Service, choose: Callable[[Order, Format], Format]) -> None:
    """Another format is behind a file's name."""
    around(
        service.parts.painter,
        "picture",
        lambda picture, generation, index, kind: picture(generation, index, choose(generation.order, kind)),
    )


@breaks("OUT-10")
def files_are_octet_streams(service: Service) -> None:
    """The storage's default media type is left in place: browsers offer images for download instead of showing them."""
    on_response(service, DOWNLOADED, with_headers(("Content-Type", "application/octet-stream")))


@breaks("OUT-10")
def a_webp_is_called_a_png(service: Service) -> None:
    """The media type is a constant: browsers that were told not to sniff show nothing."""
    on_response(service, _downloaded("webp"), with_headers(("Content-Type", "image/png")))


@breaks("OUT-10")
def an_edit_is_called_a_jpeg(service: Service) -> None:
    """An edit inherits its input's media type: browsers that were told not to sniff show nothing."""
    on_response(service, _downloaded_edit(service), with_headers(("Content-Type", "image/jpeg")))


@breaks("OUT-11")
def the_second_download_is_another_image(service: Service) -> None:
    """The image is made anew when the cache has dropped it: what was approved is not what is printed."""
    _repaints(service, lambda _, count: count > 1)


@breaks("OUT-11")
def high_images_are_replaced_later(service: Service) -> None:
    """An upscaled file is stored under the name of the first one: what was approved is not what is printed."""
    _repaints(service, lambda order, count: order.quality == "high" and count > 2)


def _repaints(service: Service, when: Callable[[Order, int], bool]) -> None:
    """Another image is behind a file's name, by how often it has been asked for."""
    painter, seen = service.parts.painter, Counter[tuple[object, ...]]()

    def picture(proper: Proper, generation: Generation, index: int, kind: Format) -> Any:
        seen[generation.id, index, kind] += 1
        other = when(generation.order, seen[generation.id, index, kind])
        return painter.paint(generation, index + 7, kind) if other else proper(generation, index, kind)

    around(painter, "picture", picture)


@breaks("OUT-11")
def a_metadata_chunk_tells_the_time(service: Service) -> None:
    """The encoder writes the time into the file at every download: checksums and caches do not recognise it."""
    seen = Counter[str]()

    def change(request: Request, response: Response) -> Response:
        seen[request.path] += 1
        return replace(response, body=response.body + bytes([seen[request.path] % 256, 0]))

    on_response(service, _downloaded("webp"), change)


def _paints(service: Service, change: Callable[[Order, Format], Order]) -> None:
    """The image is painted as if another order had been given, and the record tells the proper one."""
    around(
        service.parts.painter,
        "paint",
        lambda paint, generation, index, kind: paint(
            replace(generation, order=change(generation.order, kind)), index, kind
        ),
    )


@breaks("OUT-12")
def the_pixels_of_a_landscape_are_a_portraits(service: Service) -> None:
    """Width and height are exchanged in the painter, for one size: pages stretch the image."""
    wrong = (LANDSCAPE, "low")
    _paints(service, lambda order, _: replace(order, size=PORTRAIT) if (order.size, order.quality) == wrong else order)


@breaks("OUT-12")
def the_record_of_a_high_image_tells_the_draft_s_size(service: Service) -> None:
    """The size is copied from the order, not measured: pages load twice as much as they show."""

    def ordered(output: Object, order: Order) -> Object:
        width, height = order.size.split("x")
        return output | {"width": int(width), "height": int(height)}

    _each_output(service, ordered)


@breaks("OUT-12")
def a_webp_is_a_pixel_short(service: Service) -> None:
    """The encoder rounds the width down: one column of the image is lost."""

    def short(order: Order, kind: Format) -> Order:
        width, height = service.parts.painter.dimensions(order)
        return replace(order, size=f"{width - 1}x{height}", quality="low") if kind == "webp" else order

    _paints(service, short)


def _dimensions(service: Service, change: Callable[[Order, int, int], tuple[int, int]]) -> None:
    """Both the record and the image have another size."""
    on_result(service.parts.painter, "dimensions", lambda size, order: change(order, *size))


def _squares(service: Service, which: Callable[[Order], bool]) -> None:
    """Both the record and the image are square for these orders."""
    _dimensions(service, lambda order, w, h: (min(w, h), min(w, h)) if which(order) else (w, h))


@breaks("OUT-13")
def every_medium_image_is_a_square(service: Service) -> None:
    """The model of one quality knows one size only: banners arrive as squares."""
    _squares(service, lambda order: order.quality == "medium")


@breaks("OUT-13")
def many_images_are_small(service: Service) -> None:
    """A full order is made at half the size, to save memory: customers get less than they chose."""
    many = service.parts.rules.n_max
    _dimensions(service, lambda order, w, h: (w // 2, h // 2) if (order.n, order.quality) == (many, "low") else (w, h))


@breaks("OUT-13")
def an_edit_has_its_input_s_shape(service: Service) -> None:
    """The editing worker takes the size from its input: what was ordered as a banner comes out square."""
    _squares(service, lambda order: order.type == "edit" and order.n > 1)


@breaks("OUT-14")
def high_is_always_square(service: Service) -> None:
    """The size of HD 2K is a constant, whatever was asked for: posters are cropped by hand."""
    _squares(service, lambda order: order.quality == "high")


@breaks("OUT-14")
def high_landscapes_are_widescreen(service: Service) -> None:
    """The size is looked up in a table of screens: 16:9 comes where 3:2 was asked for."""
    _dimensions(service, lambda order, w, h: (2560, 1440) if order.quality == "high" and w > h else (w, h))


@breaks("OUT-15")
def high_portraits_are_small(service: Service) -> None:
    """A limit on the longer side shrinks them below what was asked for: the dearest images are the smallest."""
    _dimensions(service, lambda order, w, h: (800, 1200) if order.quality == "high" and w < h else (w, h))


def _cached_as(text: str) -> Callable[[Request, Response], Response]:
    return lambda _, response: response.with_headers([("Cache-Control", text)])


@breaks("OUT-16", also={"OUT-17": "no max-age", "OUT-18": "and not immutable"})
def webps_are_not_stored(service: Service) -> None:
    """The API's own caching header is on one format: every view of a page loads every image again."""
    on_response(service, _downloaded("webp"), _cached_as("no-store"))


@breaks("OUT-16")
def images_of_edits_are_private(service: Service) -> None:
    """Edits are thought personal and marked private: the CDN passes every request on to the origin."""
    on_response(service, _downloaded_edit(service), _cached_as("private, max-age=31536000, immutable"))


@breaks("OUT-17")
def nothing_stays_fresh(service: Service) -> None:
    """The lifetime is a setting that was never set: browsers ask again for every image they have."""
    on_response(service, DOWNLOADED, _cached_as("public, max-age=0, immutable"))


@breaks("OUT-18")
def nothing_is_marked_immutable(service: Service) -> None:
    """The storage's template knows no immutable: a reload asks again for every image."""
    on_response(service, DOWNLOADED, _cached_as("public, max-age=31536000"))


@breaks("PLAN-9")
def portraits_cost_more(service: Service) -> None:
    """Images are charged by the pixel: a draft that should cost one credit costs more."""
    on_result(service.parts.prices, "of", lambda price, order: price + (order.size != SQUARE))


@breaks("PLAN-9")
def edits_cost_more(service: Service) -> None:
    """The price list has a row that is documented nowhere: editors of images pay more than they were told."""
    on_result(service.parts.prices, "of", lambda price, order: price + (order.type == "edit"))


@breaks("OUT-7")
def a_webp_breaks_off_at_first(service: Service) -> None:
    """The file is converted at the first download, under an estimated length: the first viewers get half an image."""
    on_response(
        service,
        _counted("webp", lambda times: times <= 2),
        lambda _, response: response.with_headers([("Content-Length", str(len(response.body) + 100))]),
    )
