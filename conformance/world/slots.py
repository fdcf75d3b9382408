"""Places for files: announced by an upload call, and filled by a PUT to the presigned URL that it answers."""

from dataclasses import dataclass

from conformance.cases.bodies import an_upload
from conformance.cases.input_images import PNG, image
from conformance.client import Api
from conformance.evidence import Exchange
from conformance.world.downloads import is_absolute
from conformance.world.world import World, prerequisite


@dataclass(frozen=True)
class Slot:
    """A place for `content`, as it was announced; `call` is the exchange of the upload operation."""

    world: World
    call: Exchange
    content: bytes
    content_type: str

    @property
    def url(self) -> str:
        """Raises Inconclusive (UP-1, UP-25) when there is none."""
        prerequisite(self.call.status == 200, self.call, "status 200", "UP-1")
        url = self.call.member("url")
        prerequisite(isinstance(url, str) and is_absolute(url), self.call, "an absolute url", "UP-25")
        return str(url)

    @property
    def key(self) -> str:
        """For inputImageKeys. Raises Inconclusive (UP-1, UP-26) when there is none."""
        prerequisite(self.call.status == 200, self.call, "status 200", "UP-1")
        key = self.call.member("key")
        prerequisite(isinstance(key, str) and bool(key), self.call, "a key", "UP-26")
        return str(key)

    @property
    def signed(self) -> str:
        """The URL with the secrets that the evidence does not show."""
        return self.world.recorder.reveal(self.url)

    def put(
        self, *, content: bytes | tuple[bytes, ...] | None = None, content_type: str = "", url: str = "", probe: str
    ) -> Exchange:
        """PUT what was announced, or something else, to the URL, or to another. Never with the API key.

        Of several pieces each is a chunk, and the request does not say how long they are together.
        """
        return self.world.sender.send(
            "PUT", url or self.url, headers={"Content-Type": content_type or self.content_type},
            content=self.content if content is None else content, probe=probe, tags=("storage",), kind="storage",
        )  # fmt: skip


def slot(world: World, api: Api, content: bytes, content_type: str = PNG, *, probe: str = "", **fields: object) -> Slot:
    """Announce these bytes."""
    body = an_upload(size=len(content), contentType=content_type, **fields)
    call = api.upload(body, probe=probe or f"{len(content)} bytes of {content_type}")
    return Slot(world, call, content, content_type)


def filled(place: Slot, put: Exchange) -> Slot:
    """The slot. Raises Inconclusive (UP-27) unless this PUT filled it."""
    prerequisite(200 <= put.status < 300, put, "a 2xx status", "UP-27")
    return place


def input_image(world: World, api: Api, shade: int) -> Slot:
    """A small PNG, announced and put. Raises Inconclusive (UP-1, UP-25, UP-26, UP-27) when that does not succeed."""
    place = slot(world, api, image(shade=shade), probe="an input image")
    _ = place.url, place.key
    return filled(place, place.put(probe="the bytes"))
