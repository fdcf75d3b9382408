"""Servers whose images are not what was ordered, or not where the record says, or not for everybody and for ever."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from conformance.faults.catalogue import breaks
from conformance.faults.verbs import status_becomes, writes
from conformance.reference import Service
from conformance.reference.errors import ApiError
from conformance.reference.model import Account, Generation, Order
from conformance.reference.request import Request
from conformance.reference.response import Response

Entry = dict[str, Any]
When = Callable[[Request], bool]


def _entries(service: Service, alter: Callable[[Generation, list[Entry]], Any]) -> None:
    """Change the outputs that records show of a succeeded generation."""
    presenter = service.parts.presenter
    proper = presenter.outputs
    presenter.outputs = (  # type: ignore[method-assign]
        lambda generation: alter(generation, proper(generation)) if generation.status == "succeeded" else []
    )


def _downloads(service: Service, when: When, change: Callable[[Response], Response]) -> None:
    writes(
        service, lambda request, response: request.route == "image" and response.status == 200 and when(request), change
    )


def _order(service: Service, request: Request) -> Order:
    return service.parts.generations[request.params["id"]].order


def _is(request: Request, kind: str) -> bool:
    return request.params["file"].endswith(kind)


@breaks("GEN-2")
def edits_in_high_quality_are_refused(service: Service) -> None:
    """The model that edits has no such setting, and nobody told the documentation."""
    accept = service.studio.accept

    async def chosen(account: Account, order: Order) -> Generation:
        if order.type == "edit" and order.quality == "high":
            raise ApiError(400, "invalid_body", "quality: not for edits")
        return await accept(account, order)

    service.studio.accept = chosen  # type: ignore[method-assign]


@breaks("GEN-2")
def edits_of_a_jpeg_are_refused(service: Service) -> None:
    """The editor takes two of the three types that can be uploaded."""
    studio = service.studio
    proper = studio.inputs

    def inputs(account: Account, order: Any) -> tuple[bytes, ...]:
        found = proper(account, order)
        if any(content.startswith(b"\xff\xd8") for content in found):
            raise ApiError(400, "invalid_body", "inputImageKeys: unsupported image")
        return found

    studio.inputs = inputs  # type: ignore[method-assign]


@breaks("GEN-1")
def high_portraits_cannot_be_ordered(service: Service) -> None:
    """A model that knows all sizes but one in its best quality: a valid order is called invalid."""
    accept = service.studio.accept

    async def refuse(account: Account, order: Order) -> Generation:
        if (order.type, order.quality, order.size) == ("text2img", "high", "1024x1536"):
            raise ApiError(400, "not_served", "quality: not for this size")
        return await accept(account, order)

    service.studio.accept = refuse  # type: ignore[method-assign]


@breaks("LIFE-9")
def dear_edits_never_end(service: Service) -> None:
    """No machine was set up for edits of the best quality: they stay queued, and paid for."""
    run = service.studio.run

    async def forget(generation: Generation) -> None:
        if (generation.order.type, generation.order.quality) != ("edit", "high"):
            await run(generation)

    service.studio.run = forget  # type: ignore[method-assign]


@breaks("OUT-1")
def previews_stand_in_outputs_while_it_runs(service: Service) -> None:
    """Clients that look for outputs instead of the status show an unfinished image."""
    presenter = service.parts.presenter
    proper = presenter.record

    def record(generation: Generation) -> Entry:
        preview = {"png": f"{presenter.base_url}/preview.png", "webp": f"{presenter.base_url}/preview.webp"}
        shown = proper(generation)
        return shown | {"outputs": [preview | {"width": 64, "height": 64}]} if shown["status"] == "running" else shown

    presenter.record = record  # type: ignore[method-assign]


@breaks("OUT-2")
def four_images_are_three(service: Service) -> None:
    """A range that ends one too early, from the fourth on: one image in four is paid for and lost."""
    _entries(service, lambda generation, entries: entries[:3])


@breaks("OUT-2")
def an_edit_makes_one_image(service: Service) -> None:
    """Edits ignore n."""
    _entries(service, lambda generation, entries: entries[:1] if generation.order.type == "edit" else entries)


@breaks("OUT-2")
def a_high_image_comes_with_its_draft(service: Service) -> None:
    """The intermediate image is listed as well, under URLs of its own."""

    def alter(generation: Generation, entries: list[Entry]) -> list[Entry]:
        draft = {name: f"{entries[0][name]}?draft" for name in ("png", "webp")}
        return [*entries, entries[0] | draft] if generation.order.quality == "high" else entries

    _entries(service, alter)


@breaks("OUT-2")
def an_edit_has_no_outputs(service: Service) -> None:
    """The result of an edit is written where nobody looks."""
    _entries(service, lambda generation, entries: [] if generation.order.type == "edit" else entries)


@breaks("OUT-3")
def all_variations_are_the_first(service: Service) -> None:
    """Every entry has the first one's URLs: four images are paid for, one is seen."""
    _entries(service, lambda generation, entries: [entries[0]] * len(entries))


@breaks("OUT-3", also={"OUT-9": "a PNG is behind both", "OUT-10": "and one media type"})
def both_formats_have_one_url(service: Service) -> None:
    """The format was to be negotiated; plain clients get a PNG twice."""
    _entries(service, lambda generation, entries: [entry | {"webp": entry["png"]} for entry in entries])


@breaks("OUT-4", also={"HOOK-27": "deliveries show the same"})
def png_urls_are_paths(service: Service) -> None:
    """Clients put their own host before it, and find nothing."""
    _entries(service, lambda g, entries: [e | {"png": e["png"].removeprefix(service.parts.base_url)} for e in entries])


@breaks("OUT-5")
def webp_urls_have_no_scheme(service: Service) -> None:
    """Only browsers know what //host/path means."""
    _entries(service, lambda g, entries: [e | {"webp": e["webp"].partition(":")[2]} for e in entries])


@breaks("OUT-5")
def large_images_have_no_webp(service: Service) -> None:
    """The encoder has a limit, and null stands where the URL belongs."""
    _entries(
        service,
        lambda generation, entries: (
            [entry | {"webp": None} for entry in entries] if generation.order.quality == "high" else entries
        ),
    )


@breaks("OUT-6", also={"GEN-17": "a text is not 1024"})
def sizes_are_strings(service: Service) -> None:
    """Layouts that multiply get NaN."""
    _entries(service, lambda g, entries: [e | {"width": str(e["width"]), "height": str(e["height"])} for e in entries])


@breaks("OUT-6", also={"GEN-17": "what is missing is not 1024"})
def the_last_entry_has_no_height(service: Service) -> None:
    """The size is known of images that were measured, and the last one was not yet."""
    _entries(service, lambda g, entries: [*entries[:-1], {k: v for k, v in entries[-1].items() if k != "height"}])


@breaks("OUT-7")
def downloads_need_the_key(service: Service) -> None:
    """Images cannot be embedded: browsers send no Authorization header."""

    def change(request: Request, response: Response) -> Response:
        keyless = request.route == "image" and request.header("authorization") is None
        return Response(401, (("Content-Type", "text/plain"),), b"Unauthorized") if keyless else response

    service.rewriters.append(change)


@breaks("OUT-7")
def the_second_image_is_missing(service: Service) -> None:
    """Uploads to the CDN are not awaited: only the first is there in time."""
    _downloads(service, lambda request: request.params["file"][0] == "1", status_becomes(404))


@breaks("OUT-7")
def a_webp_is_a_redirect(service: Service) -> None:
    """The CDN sends clients on to the storage host; those that follow no redirect get nothing."""
    _downloads(
        service,
        lambda request: _is(request, "webp"),
        lambda response: Response(302, (("Location", "/elsewhere"), ("Cache-Control", "no-cache"))),
    )


@breaks("OUT-7")
def a_url_is_good_once(service: Service) -> None:
    """A signed link for one download: the page shows the image until it is reloaded."""
    seen = Counter[str]()

    def again(request: Request) -> bool:
        seen[request.path] += 1
        return seen[request.path] > 1

    _downloads(service, again, status_becomes(410))


@breaks("OUT-7")
def urls_expire_within_the_hour(service: Service) -> None:
    """What is public and immutable is gone after lunch."""

    def old(request: Request) -> bool:
        ended = service.parts.generations[request.params["id"]].completed_at or 0
        return service.parts.clock.now() - ended > 3000

    _downloads(service, old, status_becomes(403))


@breaks("OUT-8")
def a_png_is_cut_off(service: Service) -> None:
    """The last bytes were not flushed: viewers show a grey stripe."""
    _downloads(service, lambda request: _is(request, "png"), _body(lambda body: body[: len(body) // 2]))


@breaks("OUT-8")
def a_png_is_a_webp(service: Service) -> None:
    """One file is stored under both names; editors that take only PNG refuse it."""
    _swap(service, lambda generation, kind: "webp" if kind == "png" else kind)


@breaks("OUT-9")
def a_webp_is_a_png(service: Service) -> None:
    """The file is renamed, not encoded: pages load five times slower."""
    _swap(service, lambda generation, kind: "png")


@breaks("OUT-9")
def a_portrait_has_no_real_webp(service: Service) -> None:
    """One size goes through an older worker, which only knows PNG."""
    _swap(service, lambda generation, kind: "png" if generation.order.size == "1024x1536" else kind)


@breaks("OUT-9")
def the_fourth_webp_is_broken(service: Service) -> None:
    """The batch of an encoder ends with the third."""
    _downloads(service, lambda request: request.params["file"] == "3.webp", _body(lambda body: body[:30]))


def _body(change: Callable[[bytes], bytes]) -> Callable[[Response], Response]:
    return lambda response: Response(response.status, response.headers, change(response.body))


def _swap(service: Service, choose: Callable[[Generation, Any], Any]) -> None:
    painter = service.parts.painter
    proper = painter.picture
    painter.picture = (  # type: ignore[method-assign]
        lambda generation, index, kind: proper(generation, index, choose(generation, kind))
    )


@breaks("OUT-10")
def files_are_octet_streams(service: Service) -> None:
    """Browsers offer them for download instead of showing them."""
    _downloads(service, lambda request: True, _headers(("Content-Type", "application/octet-stream")))


@breaks("OUT-10")
def a_webp_is_called_a_png(service: Service) -> None:
    """One media type for all: browsers that were told not to sniff show nothing."""
    _downloads(service, lambda request: _is(request, "webp"), _headers(("Content-Type", "image/png")))


@breaks("OUT-10")
def an_edit_is_called_a_jpeg(service: Service) -> None:
    """An edit is served under its input's media type."""
    _downloads(
        service, lambda request: _order(service, request).type == "edit", _headers(("Content-Type", "image/jpeg"))
    )


def _headers(*pairs: tuple[str, str]) -> Callable[[Response], Response]:
    return lambda response: response.with_headers(pairs)


@breaks("OUT-11")
def the_second_download_is_another_image(service: Service) -> None:
    """The image is made anew when the cache has dropped it: what was approved is not what is printed."""
    _repaints(service, lambda order, count: count > 1)


@breaks("OUT-11")
def high_images_are_replaced_later(service: Service) -> None:
    """An upscaled file takes the place of the first one after its second download."""
    _repaints(service, lambda order, count: order.quality == "high" and count > 2)


def _repaints(service: Service, when: Callable[[Order, int], bool]) -> None:
    painter = service.parts.painter
    proper, seen = painter.picture, Counter[tuple[object, ...]]()

    def picture(generation: Generation, index: int, kind: Any) -> bytes:
        seen[generation.id, index, kind] += 1
        other = when(generation.order, seen[generation.id, index, kind])
        return painter.paint(generation, index + 7, kind) if other else proper(generation, index, kind)

    painter.picture = picture  # type: ignore[method-assign]


@breaks("OUT-11")
def a_metadata_chunk_tells_the_time(service: Service) -> None:
    """The pixels are the same and the bytes are not: checksums and caches do not recognise the file."""
    seen = Counter[str]()

    def change(request: Request, response: Response) -> Response:
        if request.route != "image" or response.status != 200 or not _is(request, "webp"):
            return response
        seen[request.path] += 1
        return _body(lambda body: body + bytes([seen[request.path] % 256, 0]))(response)

    service.rewriters.append(change)


@breaks("OUT-12")
def the_pixels_of_a_landscape_are_a_portraits(service: Service) -> None:
    """Width and height are exchanged in the painter, for one size."""
    _paints(service, lambda order, size: size[::-1] if order.size == "1536x1024" and order.quality == "low" else size)


@breaks("OUT-12")
def the_record_of_a_high_image_tells_the_draft_s_size(service: Service) -> None:
    """The image is twice as large as the record says: pages scale it down and load it all the same."""

    def alter(generation: Generation, entries: list[Entry]) -> list[Entry]:
        width, height = generation.order.size.split("x")
        return [entry | {"width": int(width), "height": int(height)} for entry in entries]

    _entries(service, alter)


@breaks("OUT-12")
def a_webp_is_a_pixel_short(service: Service) -> None:
    """The encoder wants even numbers of something: one column is lost."""
    painter = service.parts.painter
    proper = painter.paint

    def paint(generation: Generation, index: int, kind: Any) -> bytes:
        if kind == "png":
            return proper(generation, index, kind)
        width, height = painter.dimensions(generation.order)
        pillow = painter._pillow  # noqa: SLF001 - a fault reaches in
        return pillow.encode(pillow.sketch("short", ()), (width - 1, height), kind)

    painter.paint = paint  # type: ignore[method-assign]


def _paints(service: Service, change: Callable[[Order, tuple[int, int]], tuple[int, int]]) -> None:
    """The painter paints in another size than the record tells."""
    painter, presenter = service.parts.painter, service.parts.presenter
    proper, paint = painter.dimensions, painter.paint

    def painted(generation: Generation, index: int, kind: Any) -> bytes:
        painter.dimensions = lambda order: change(order, proper(order))  # type: ignore[method-assign]
        try:
            return paint(generation, index, kind)
        finally:
            painter.dimensions = proper  # type: ignore[method-assign]

    painter.paint = painted  # type: ignore[method-assign]
    assert presenter.painter is painter  # noqa: S101 - the record keeps telling the proper size


def _dimensions(service: Service, change: Callable[[Order, int, int], tuple[int, int]]) -> None:
    """Both the record and the image have another size."""
    painter = service.parts.painter
    proper = painter.dimensions
    painter.dimensions = lambda order: change(order, *proper(order))  # type: ignore[method-assign]


@breaks("OUT-13")
def every_medium_image_is_a_square(service: Service) -> None:
    """One quality's model knows one size only: banners arrive as squares."""
    _dimensions(service, lambda order, w, h: (1024, 1024) if order.quality == "medium" else (w, h))


@breaks("OUT-13")
def many_images_are_small(service: Service) -> None:
    """With n=4 they are made at half the size, to save memory."""
    _dimensions(service, lambda order, w, h: (w // 2, h // 2) if order.n == 4 and order.quality == "low" else (w, h))


@breaks("OUT-13")
def an_edit_has_its_input_s_shape(service: Service) -> None:
    """Edits ignore the size and come out square."""
    _dimensions(service, lambda order, w, h: (1024, 1024) if order.type == "edit" and order.n > 1 else (w, h))


@breaks("OUT-14")
def high_is_always_square(service: Service) -> None:
    """HD 2K is 2048 by 2048, whatever was asked for: posters are cropped by hand."""
    _dimensions(service, lambda order, w, h: (2048, 2048) if order.quality == "high" else (w, h))


@breaks("OUT-14")
def high_landscapes_are_widescreen(service: Service) -> None:
    """16:9 where 3:2 was asked for."""
    _dimensions(service, lambda order, w, h: (2560, 1440) if order.quality == "high" and w > h else (w, h))


@breaks("OUT-15")
def high_portraits_are_small(service: Service) -> None:
    """A limit on the longer side shrinks them below what was asked for."""
    _dimensions(service, lambda order, w, h: (800, 1200) if order.quality == "high" and w < h else (w, h))


@breaks("OUT-16", also={"OUT-17": "no max-age", "OUT-18": "and not immutable"})
def webps_are_not_stored(service: Service) -> None:
    """Every view of a page loads every image again."""
    _downloads(service, lambda request: _is(request, "webp"), _headers(("Cache-Control", "no-store")))


@breaks("OUT-16")
def images_of_edits_are_private(service: Service) -> None:
    """The CDN passes every request on to the origin, which breaks down on the first busy day."""
    _downloads(
        service,
        lambda request: _order(service, request).type == "edit",
        _headers(("Cache-Control", "private, max-age=31536000, immutable")),
    )


@breaks("OUT-17")
def nothing_stays_fresh(service: Service) -> None:
    """max-age=0: browsers ask again for every image they have."""
    _downloads(service, lambda request: True, _headers(("Cache-Control", "public, max-age=0, immutable")))


@breaks("OUT-18")
def nothing_is_marked_immutable(service: Service) -> None:
    """A reload asks again for every image."""
    _downloads(service, lambda request: True, _headers(("Cache-Control", "public, max-age=31536000")))


@breaks("PLAN-9")
def portraits_cost_more(service: Service) -> None:
    """Charged by the pixel, although one image of low quality costs one credit."""
    _priced(service, lambda order: order.size != "1024x1024")


@breaks("PLAN-9")
def edits_cost_more(service: Service) -> None:
    """A price that is documented nowhere."""
    _priced(service, lambda order: order.type == "edit")


def _priced(service: Service, dear: Callable[[Order], bool]) -> None:
    of = service.parts.prices.of
    service.parts.prices.of = lambda order: of(order) + dear(order)  # type: ignore[method-assign]


@breaks("OUT-7")
def a_webp_breaks_off_at_first(service: Service) -> None:
    """Converted when it is first asked for, under a length that was estimated: the first viewers get half an image."""
    seen = Counter[str]()

    def first(request: Request) -> bool:
        seen[request.path] += 1
        return _is(request, "webp") and seen[request.path] <= 2

    _downloads(service, first, lambda r: r.with_headers([("Content-Length", str(len(r.body) + 100))]))
