"""Pictures made from a hash, without a model: real PNG and WebP files of the requested size."""

import io
from collections.abc import Sequence
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Literal

from .model import Generation, Order
from .rules import Rules

if TYPE_CHECKING:
    from PIL import Image

Format = Literal["png", "webp"]
FORMATS: tuple[Format, ...] = ("png", "webp")
GRID = 8  # blocks per side of a picture
PIXELS_MAX = 64_000_000  # of an uploaded picture: a few kilobytes may claim to be gigabytes
EDIT_GRID = 64  # an edit keeps more of its input than a hash has to say


class UnreadableInput(Exception):  # noqa: N818 - ends a generation, not the program
    """An uploaded file is no picture of the three types."""


class Painter:
    """Paints a picture when it is first requested, and keeps the bytes."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.painted: dict[tuple[str, int, Format], bytes] = {}
        self._files: dict[tuple[object, ...], bytes] = {}
        """What was painted for the same prompt before, which takes longer than all else that the server does."""

    def dimensions(self, order: Order) -> tuple[int, int]:
        """Width and height in pixels."""
        factor = self.rules.magnification.get(order.quality, 1)
        width, height = order.size.split("x")
        return int(width) * factor, int(height) * factor

    def picture(self, generation: Generation, index: int, kind: Format) -> bytes:
        """The file of one output."""
        name = (generation.id, index, kind)
        if name not in self.painted:
            self.painted[name] = self.paint(generation, index, kind)
        return self.painted[name]

    def paint(self, generation: Generation, index: int, kind: Format) -> bytes:
        seed, size = f"{generation.order.prompt}\n{index}", self.dimensions(generation.order)
        content = seed, *generation.inputs, size, kind
        if content not in self._files:
            self._files[content] = self._pillow.encode(self._pillow.sketch(seed, generation.inputs), size, kind)
        return self._files[content]

    def look_at(self, inputs: Sequence[bytes]) -> None:
        """Raises UnreadableInput when an uploaded file cannot be decoded."""
        for content in inputs:
            self._pillow.decode(content)

    @cached_property
    def _pillow(self) -> "Pillow":
        return Pillow()


class Pillow:
    """What the painter asks of Pillow, which is imported with the first picture: most runs of the server paint none."""

    def __init__(self) -> None:
        from PIL import Image  # noqa: PLC0415 - keeps the start of the server fast

        self.image = Image

    def sketch(self, seed: str, inputs: Sequence[bytes]) -> "Image.Image":
        """The small picture of a seed, with the inputs shining through."""
        digest = sha256(seed.encode()).digest()
        sketch = self.image.frombytes("P", (GRID, GRID), bytes(byte % 16 for byte in digest + digest[::-1]))
        sketch.putpalette(sha256(digest).digest() + digest[:16])
        for content in inputs:
            size = (EDIT_GRID, EDIT_GRID)
            below = self.decode(content).resize(size)
            sketch = self.image.blend(below, sketch.convert("RGB").resize(size, self.image.Resampling.NEAREST), 0.25)
        return sketch

    def decode(self, content: bytes) -> "Image.Image":
        try:
            with self.image.open(io.BytesIO(content), formats=("PNG", "JPEG", "WEBP")) as picture:
                decoded = picture.convert("RGB") if picture.width * picture.height <= PIXELS_MAX else None
        except Exception as error:  # Pillow's decoders raise many kinds on broken files
            raise UnreadableInput from error
        if decoded is None:
            raise UnreadableInput
        return decoded

    def encode(self, sketch: "Image.Image", size: tuple[int, int], kind: Format) -> bytes:
        """Blocks compress in milliseconds and to a few kilobytes, which is why the sketch is not smoothed."""
        large = sketch.resize(size, self.image.Resampling.NEAREST)
        buffer = io.BytesIO()
        if kind == "png":
            large.save(buffer, "PNG", compress_level=1)
        else:
            large.convert("RGB").save(buffer, "WEBP", lossless=True, method=0, quality=0)
        return buffer.getvalue()
