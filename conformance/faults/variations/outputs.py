"""Servers whose files are made or served otherwise, and are right."""

import io
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

from conformance.faults.catalogue import permitted
from conformance.faults.verbs import (
    DOWNLOADED,
    Object,
    Proper,
    answer,
    around,
    change_rules,
    on_response,
    on_result,
    with_headers,
)
from conformance.reference import Service
from conformance.reference.model import Generation, Order
from conformance.reference.request import Request
from conformance.reference.response import Response


def _high(service: Service, size: Callable[[int, int], tuple[int, int]]) -> None:
    """Images of high quality have the size that this makes of the requested one."""

    def dimensions(proper: tuple[int, int], order: Order) -> tuple[int, int]:
        width, height = order.size.split("x")
        return size(int(width), int(height)) if order.quality == "high" else proper

    on_result(service.parts.painter, "dimensions", dimensions)


@permitted("R20")
def high_has_the_requested_size(service: Service) -> None:
    """HD means more detail, not more pixels."""
    change_rules(service, magnification=MappingProxyType({}))


@permitted("R20")
def high_has_2048_pixels_on_its_longer_side(service: Service) -> None:
    """2K as in film: the shorter side follows, and is cut to whole pixels."""
    _high(service, lambda w, h: (2048 * w // max(w, h), 2048 * h // max(w, h)))


@permitted("R20")
def high_is_a_multiple_of_sixteen(service: Service) -> None:
    """An encoder that likes whole blocks: the aspect ratio is off by less than 1 %."""
    _high(service, lambda w, h: (int(w * 1.33) // 16 * 16, int(h * 1.33) // 16 * 16))


@permitted("R20")
def media_types_have_parameters(service: Service) -> None:
    """Image/PNG; charset=binary, says a storage that means well."""

    def change(_: Request, response: Response) -> Response:
        kind = (response.header("Content-Type") or "").replace("image/", "Image/")
        return response.with_headers([("Content-Type", f"{kind}; charset=binary")])

    on_response(service, DOWNLOADED, change)


@permitted("R20")
def caching_is_said_in_other_words(service: Service) -> None:
    """Another order and case, a shared lifetime besides, and what a CDN adds."""
    control = "Immutable, MAX-AGE=86400, s-maxage=31536000, stale-while-revalidate=60"
    on_response(
        service, DOWNLOADED, with_headers(("Cache-Control", control), ("Age", "17"), ("Vary", "Accept-Encoding"))
    )


@permitted("R20")
def urls_hold_a_public_token(service: Service) -> None:
    """Unguessable URLs with a query, the same for ever."""

    def outputs(proper: list[Object], generation: Generation) -> list[Object]:
        token = f"?token={generation.id[::-1]}"
        return [
            entry | {"png": entry["png"] + token, "webp": entry["webp"] + token, "index": index}
            for index, entry in enumerate(proper)
        ]

    on_result(service.parts.presenter, "outputs", outputs)


@permitted("R20")
def images_are_encoded_otherwise(service: Service) -> None:
    """True colour in place of a palette, and a WebP with losses."""

    def encode(_: Proper, sketch: Any, size: tuple[int, int], kind: str) -> bytes:
        buffer = io.BytesIO()
        sketch.convert("RGB").resize(size, 0).save(buffer, kind.upper(), compress_level=1, quality=30, method=0)
        return buffer.getvalue()

    around(service.parts.painter._pillow, "encode", encode)  # noqa: SLF001 - a variation reaches in


@permitted("R20")
def ranges_are_offered(service: Service) -> None:
    """A storage that also serves parts of files, and keeps the connection no longer than it must."""
    on_response(service, DOWNLOADED, with_headers(("Accept-Ranges", "bytes"), ("Connection", "close")))


@permitted("R2")
def images_carry_no_limits(service: Service) -> None:
    """Downloads are not API responses: here they carry headers of a CDN only."""
    on_response(service, answer("image"), with_headers(("X-Cache", "HIT"), ("Via", "1.1 cdn")))


@permitted("R20")
def files_are_cached_otherwise_later(service: Service) -> None:
    """After some minutes they come from the edge: another lifetime, an age, and a word for pages of other sites."""

    def change(request: Request, response: Response) -> Response:
        ended = service.parts.generations[request.params["id"]].completed_at or 0
        age = int(service.parts.clock.now() - ended)
        cached = [("Cache-Control", "public, immutable, max-age=86400"), ("Age", str(age)), ("X-Cache", "HIT")]
        return response.with_headers([*(cached if age > 1000 else ()), ("Access-Control-Allow-Origin", "*")])

    on_response(service, DOWNLOADED, change)
