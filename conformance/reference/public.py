"""What needs no key: finished images, and presigned PUTs."""

import asyncio
import hashlib

from .errors import not_found
from .model import Generation
from .painter import FORMATS, Format
from .request import Request
from .response import Response
from .service import Service


async def image(service: Service, request: Request) -> Response:
    """GET an output: public, immutable, cacheable."""
    generation = service.parts.generations.get(request.params["id"])
    output = None if generation is None else _output(generation, request.params["file"])
    if generation is None or output is None:
        raise not_found("image")
    tag = f'"{hashlib.sha256(request.path.encode()).hexdigest()[:32]}"'  # the bytes behind a path never change
    caching = (("Cache-Control", "public, max-age=31536000, immutable"), ("ETag", tag))
    if request.header("if-none-match") == tag:
        return Response(304, caching)
    index, kind = output
    content = await asyncio.to_thread(service.parts.painter.picture, generation, index, kind)
    return Response(200, (("Content-Type", f"image/{kind}"), *caching), content)


def _output(generation: Generation, file: str) -> tuple[int, Format] | None:
    """Which output a file name means, if the generation has it."""
    if generation.status != "succeeded":
        return None
    return {f"{index}.{kind}": (index, kind) for index in range(generation.order.n) for kind in FORMATS}.get(file)


async def put_object(service: Service, request: Request) -> Response:
    """PUT with a presigned URL."""
    content = await request.read(service.parts.rules.upload_bytes_max)
    service.parts.bucket.put(request.params["key"], content)
    tag = hashlib.md5(content, usedforsecurity=False).hexdigest()
    return Response(200, (("ETag", f'"{tag}"'),))
