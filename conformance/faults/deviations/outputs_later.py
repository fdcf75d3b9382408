"""Servers whose images are wrong later, for other clients, or for prompts and inputs of other shapes."""

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from conformance.faults.catalogue import breaks
from conformance.faults.deviations.outputs import _cached_as, _dimensions, _outputs
from conformance.faults.verbs import (
    Object,
    Proper,
    When,
    answer,
    around,
    body_through,
    on_response,
    refuse_orders,
    status_becomes,
    with_headers,
)
from conformance.reference import Service
from conformance.reference.model import Generation, Order
from conformance.reference.painter import Format
from conformance.reference.request import Request
from conformance.reference.response import Response


def _contents(service: Service, order: Order) -> list[bytes]:
    """What was put under the keys of an order."""
    uploads = service.parts.bucket.uploads
    return [uploads[key].content or b"" for key in order.input_image_keys if key in uploads]


def _opened(content: bytes) -> Any:
    from PIL import Image  # noqa: PLC0415 - heavy: most faults paint nothing

    return Image.open(io.BytesIO(content))


@breaks("OUT-7", along=("punctuation",))
def the_prompt_stands_in_the_url(service: Service) -> None:
    """The file is named after the prompt, unencoded: what follows a # or ? never reaches the CDN."""
    _names_files_after_prompts(service, lambda prompt: "#" in prompt)


@breaks("OUT-7", along=("non-ascii",))
def a_chinese_prompt_is_encoded_twice(service: Service) -> None:
    """The file is named after the prompt, and its percent signs are encoded again: no such file is found."""
    _names_files_after_prompts(service, lambda prompt: not prompt.isascii())


def _names_files_after_prompts(service: Service, which: Callable[[str], bool]) -> None:
    """Files of these prompts are not found under the URL that the record tells."""
    base_url = service.parts.base_url

    def alter(order: Order, outputs: list[Object]) -> list[Object]:
        if not which(order.prompt):
            return outputs
        return [
            {**entry, **{kind: f"{base_url}/images/{order.prompt}/{index}.{kind}" for kind in ("png", "webp")}}
            for index, entry in enumerate(outputs)
        ]

    _outputs(service, alter)


@breaks("GEN-1", along=("non-ascii",))
def a_chinese_prompt_is_refused(service: Service) -> None:
    """A check of the prompt's letters knows one alphabet: customers in Taipei cannot order in their language."""
    refuse_orders(
        service, "prompt: invalid characters", lambda order: order.type == "text2img" and not order.prompt.isascii()
    )


@breaks("GEN-2", along=("punctuation",))
def a_named_file_is_not_found_for_its_edit(service: Service) -> None:
    """Files are looked up by their encoded names: an input with a bracket in its name is called unknown."""
    uploads = service.parts.bucket.uploads
    refuse_orders(
        service,
        "inputImageKeys: unknown",
        lambda order: any("(" in uploads[key].order.filename for key in order.input_image_keys if key in uploads),
    )


@breaks("GEN-2", along=("order",))
def an_input_is_used_up_by_its_edit(service: Service) -> None:
    """Inputs are deleted with the job that used them: the second edit of one photograph is refused."""
    used = set[str]()

    def taken(order: Order) -> bool:
        again = not used.isdisjoint(order.input_image_keys)
        used.update(order.input_image_keys)
        return again

    refuse_orders(service, "inputImageKeys: unknown", taken)


@breaks("OUT-13", along=("order",))
def an_edit_keeps_the_shape_of_an_oblong_input(service: Service) -> None:
    """The canvas is fitted to the input: what was ordered as a portrait comes out as wide as the photograph."""

    def fitted(order: Order, width: int, height: int) -> tuple[int, int]:
        for content in _contents(service, order)[:1]:
            w, h = _opened(content).size
            return (width, width * h // w) if w != h else (width, height)
        return width, height

    _dimensions(service, fitted)


@breaks("OUT-13", along=("order",))
def a_photograph_turns_the_canvas(service: Service) -> None:
    """The camera's orientation is applied to the canvas too: width and height are exchanged for photographs."""

    def turned(order: Order, width: int, height: int) -> tuple[int, int]:
        sideways = any(_opened(content).getexif().get(0x0112) in {5, 6, 7, 8} for content in _contents(service, order))
        return (height, width) if sideways else (width, height)

    _dimensions(service, turned)


def _of_input(service: Service, kind: str, which: Callable[[bytes], bool]) -> When:
    """Holds of downloads with this ending whose order has as its first input what this holds of."""

    def holds(request: Request) -> bool:
        inputs = service.parts.generations[request.params["id"]].inputs
        return request.path.endswith(kind) and bool(inputs) and which(inputs[0])

    return answer("image", 200, to=holds)


def _as_jpeg(content: bytes) -> bytes:
    buffer = io.BytesIO()
    _opened(content).convert("RGB").save(buffer, "JPEG")
    return buffer.getvalue()


@breaks("OUT-8", along=("order",))
def an_edit_of_a_jpeg_is_a_jpeg(service: Service) -> None:
    """The result is saved in the format of its first input: editors that take only PNG refuse it."""
    on_response(
        service,
        _of_input(service, "png", lambda content: content.startswith(b"\xff\xd8")),
        body_through(_as_jpeg),
    )


@breaks("OUT-9", along=("order",))
def an_edit_of_a_transparent_image_breaks(service: Service) -> None:
    """The encoder is given four channels where it expects three: what was cut out before cannot be edited."""
    on_response(
        service,
        _of_input(service, "webp", lambda content: _opened(content).mode in {"RGBA", "LA"}),
        body_through(lambda body: body[: len(body) // 2]),
    )


@breaks("OUT-2", along=("order",))
def a_full_edit_is_three(service: Service) -> None:
    """The editing worker takes as many images as inputs, less one: the last of a full order is lost."""
    most = service.parts.rules.n_max
    _outputs(service, lambda order, outputs: outputs[:-1] if (order.type, order.n) == ("edit", most) else outputs)


@breaks("OUT-7", along=("account",))
def another_customer_s_files_are_private(service: Service) -> None:
    """A bucket per customer, and only the first was opened: everybody else's images answer 403."""
    made = service.parts.generations
    theirs = answer("image", 200, to=lambda request: made[request.params["id"]].account.name != "primary")
    on_response(service, theirs, status_becomes(403))


# Later, and for other clients.


def _an_hour_later(service: Service, which: Callable[[Request], bool] = lambda _: True) -> When:
    """Holds of downloads of files that are about an hour old."""

    def old(request: Request) -> bool:
        ended = service.parts.generations[request.params["id"]].completed_at or 0
        return service.parts.clock.now() - ended > 3000 and which(request)

    return answer("image", 200, to=old)


def _not_the_first(request: Request) -> bool:
    return not request.params["file"].startswith("0")


@breaks("OUT-7", along=("hour",))
def only_the_first_image_is_kept(service: Service) -> None:
    """A clean-up keeps what the gallery shows: the other images of an order are gone after lunch."""
    on_response(service, _an_hour_later(service, _not_the_first), status_becomes(404))


@breaks("OUT-11", along=("hour",))
def an_archive_compresses_all_but_the_first(service: Service) -> None:
    """Older files are compressed again: checksums of what was approved no longer match."""
    on_response(service, _an_hour_later(service, _not_the_first), body_through(lambda body: body + b"\0"))


@breaks("OUT-10", along=("hour",))
def an_archive_forgets_the_media_type(service: Service) -> None:
    """Older files move to a cheaper storage without their metadata: browsers offer them for download."""
    on_response(service, _an_hour_later(service), with_headers(("Content-Type", "application/octet-stream")))


@breaks("OUT-16", along=("hour",))
def an_archive_is_not_cached(service: Service) -> None:
    """Older files come through the API with its header: every view of an old page loads every image again."""
    on_response(service, _an_hour_later(service), _cached_as("private, max-age=31536000, immutable"))


@breaks("OUT-17", along=("hour",))
def the_lifetime_runs_down(service: Service) -> None:
    """The lifetime counts from the making, not from the answer: what is immutable is stale after an hour."""
    on_response(service, _an_hour_later(service), _cached_as("public, max-age=0, immutable"))


@breaks("OUT-18", along=("hour",))
def an_archive_marks_nothing_immutable(service: Service) -> None:
    """Older files come with another template: a reload asks again for every image."""
    on_response(service, _an_hour_later(service), _cached_as("public, max-age=31536000"))


@breaks("OUT-11", also={"OUT-10": "and its media type"})
def a_browser_gets_a_webp_for_a_png(service: Service) -> None:
    """The CDN looks at Accept and converts: what was saved as a PNG from a page is none."""

    def converted(request: Request, response: Response) -> Response:
        generation = service.parts.generations[request.params["id"]]
        body = service.parts.painter.picture(generation, int(request.params["file"][0]), "webp")
        return replace(response, body=body).with_headers([("Content-Type", "image/webp")])

    wants_webp = answer("image", 200, to=lambda request: "image/webp" in (request.header("accept") or "")
                        and request.path.endswith("png"))  # fmt: skip
    on_response(service, wants_webp, converted)


@breaks("OUT-7")
def other_pages_may_not_show_it(service: Service) -> None:
    """Protection against hot links is on: images that are public are broken on every customer's page."""
    on_response(service, answer("image", 200, to=lambda request: request.header("referer")), status_becomes(403))


@breaks("OUT-11", along=("order",))
def files_are_named_by_customer_and_number(service: Service) -> None:
    """The generation is left out of the file's name: each order overwrites the images of the one before."""
    latest = dict[tuple[str, int], Generation]()

    def picture(proper: Proper, generation: Generation, index: int, kind: Format) -> Any:
        latest[generation.account.name, index] = max(
            latest.get((generation.account.name, index), generation), generation, key=lambda made: made.created_at
        )
        newest = latest[generation.account.name, index]
        return proper(newest if newest.order.size == generation.order.size else generation, index, kind)

    around(service.parts.painter, "picture", picture)
