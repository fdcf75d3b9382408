"""Presigned URLs: used as announced, used otherwise, and used late."""

import random
import string
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from conformance.cases.bodies import an_upload
from conformance.cases.input_images import JPEG, MEDIA_TYPES, PNG, WEBP, cut_out, image, padded, photograph
from conformance.cases.presigned import altered, recased, signed_for, unsigned
from conformance.client import Api
from conformance.contract import documented
from conformance.errors import Inconclusive, NotApplicable
from conformance.evidence import Exchange
from conformance.evidence.blame import must_be_whole
from conformance.world.held_calls import together
from conformance.world.once_table import OnceTable
from conformance.world.overlap import Promise
from conformance.world.slots import Slot, filled, slot
from conformance.world.world import World, prerequisite

EXPIRED = documented().url_seconds
STILL_GOOD, LONG_OVER = EXPIRED - 60, EXPIRED + 20
"""Seconds after a URL was handed out: a minute before it expires, when it does, and a little after."""
LARGEST = documented().upload_bytes
FILENAMES = (
    "heliotrope-lantern.png",
    "Quicksilver Meadow (1).png",
    "夏日海邊燈塔下的貓.png",
    'caf%C3%A9creme%20brulee/summer "2026"\\b.png',
)


COPY, MARKS, EMOJI, DOTS, LONG, LONG_CJK = NAMES = (
    "a copy", "punctuation", "an emoji", "leading dots", "a long random name", "a long random name in CJK",
)  # fmt: skip
"""Names that a file may have, in words."""


@dataclass
class Inputs:
    """An input image of each media type, each announced and put once, when first asked for."""

    world: World
    api: Api
    slots: OnceTable[str, Slot] = field(default_factory=lambda: OnceTable("inputs"))
    puts: OnceTable[str, Exchange] = field(default_factory=lambda: OnceTable("inputs/put"))

    def slot(self, kind: str) -> Slot:
        return self.slots.once(kind, kind, lambda: slot(self.world, self.api, image(kind), kind))

    def put(self, kind: str) -> Exchange:
        """Raises Inconclusive (UP-1, UP-25) when there is no URL to put to."""
        return self.puts.once(kind, kind, lambda: self.slot(kind).put(probe="the announced bytes"))

    def key(self, kind: str) -> str:
        """For an edit. Raises Inconclusive (UP-13, UP-25, UP-26, UP-27) when the image could not be brought there."""
        call = self.slot(kind).call
        prerequisite(call.status == 200, call, "status 200", "UP-13")
        return filled(self.slot(kind), self.put(kind)).key


@pytest.fixture(scope="session")
def inputs(world: World, primary: Api) -> Inputs:
    """On the primary account, whose edits use them."""
    return Inputs(world, primary)


@dataclass
class NamedFiles(Inputs):
    """Files of odd names, by `NAMES`; some of them oblong or transparent."""

    def slot(self, kind: str) -> Slot:
        content, media_type = {COPY: (photograph, JPEG), EMOJI: (cut_out, WEBP)}.get(kind, (image, PNG))
        filename = self._filename(kind)
        return self.slots.once(
            kind, kind, lambda: slot(self.world, self.api, content(), media_type, filename=filename, probe=kind)
        )

    def _filename(self, kind: str) -> str:
        drawn = random.Random(self.world.seed)  # noqa: S311 - repeatable
        length = documented().filename_characters
        return {
            COPY: "it's Heliotrope (1) [final]!.jpg",
            MARKS: "100% #1? tea&cake + *maybe* = ~50;,$@^`{}|<>.png",
            EMOJI: "🏮 Ce\u0301zanne 夏日.webp",
            DOTS: "...Quicksilver.png",
            LONG: "".join(drawn.choices(f"{string.ascii_letters}{string.digits} -_().,'!+&=~@", k=length)),
            LONG_CJK: "".join(map(chr, drawn.choices(range(0x4E00, 0x9FA5), k=length))),
        }[kind]


@pytest.fixture(scope="session")
def named_files(world: World, customer: Api) -> NamedFiles:
    return NamedFiles(world, customer, OnceTable("named_files"), OnceTable("named_files/put"))


@dataclass(frozen=True)
class Shelf:
    """What edits start from: plain images of the primary account, and `odd` files of the account `other`."""

    plain: Inputs
    odd: NamedFiles


@pytest.fixture(scope="session")
def shelf(inputs: Inputs, named_files: NamedFiles) -> Shelf:
    return Shelf(inputs, named_files)


@pytest.fixture(scope="session")
def uploads_at_once(world: World, customer: Api) -> tuple[Exchange, ...]:
    """The same call twice at the same time."""
    with world.quota.work(customer.account, 2):
        return together(world, customer, 2, "the same upload twice at once").calls


@dataclass(frozen=True)
class WrongPuts:
    """PUTs that are wrong in one respect, by what is wrong, then one that is right, all to one place.

    `replacing`: those that are wrong, once the file is there.
    """

    world: World
    slot: Slot
    wrong: dict[str, Exchange | NotApplicable]
    right: Exchange
    replacing: dict[str, Exchange | NotApplicable] = field(default_factory=dict)

    def refused(self, which: str) -> Exchange:
        """A PUT whose answer means something. Raises Inconclusive (UP-27) where the right one is refused."""
        found = {**self.wrong, **self.replacing}[which]
        if isinstance(found, NotApplicable):
            raise found
        must_be_whole(found)
        if not 200 <= found.status < 300:
            prerequisite(200 <= self.right.status < 300, self.right, "a 2xx status", "UP-27")
        return found


@pytest.fixture(scope="session")
def puts_to_altered_urls(world: World, customer: Api) -> WrongPuts:
    """The URL with its signature changed, taken away, and exchanged for that of another URL."""
    one, another = (slot(world, customer, image(), filename=name) for name in FILENAMES[:2])
    urls: dict[str, Callable[[], str]] = {
        "changed": lambda: altered(one.signed),
        "in another case": lambda: recased(one.signed),
        "taken away": lambda: unsigned(one.signed),
        "another's": lambda: signed_for(one.signed, another.signed),
    }
    wrong = {how: _tried(one, make, f"the signature {how}") for how, make in urls.items()}
    right = one.put(probe="the URL as it was handed out")
    once_there = "changed, the file being there"
    return WrongPuts(
        world, one, wrong, right, {once_there: _tried(one, urls["changed"], f"the signature {once_there}")}
    )


def _tried(one: Slot, make: Callable[[], str], probe: str) -> Exchange | NotApplicable:
    try:
        return one.put(url=make(), probe=probe)
    except NotApplicable as reason:
        return reason


@pytest.fixture(scope="session")
def mismatched_puts(world: World, customer: Api) -> WrongPuts:
    """Another length, and another media type, than was announced."""
    content = image()
    one = slot(world, customer, content, filename=FILENAMES[2])
    wrong: dict[str, Exchange | NotApplicable] = {
        "shorter": one.put(content=content[:-1], probe="one byte less than announced"),
        "longer": one.put(content=content + b"\0", probe="one byte more than announced"),
        "type": one.put(content_type="image/jpeg", probe="another media type than announced"),
    }
    right = one.put(probe="what was announced")
    longer = one.put(content=content + b"\0", probe="one byte more than announced, the file being there")
    return WrongPuts(world, one, wrong, right, {"longer, the file being there": longer})


@pytest.fixture(scope="session")
def disguised_puts(world: World, customer: Api) -> WrongPuts:
    """What is no image, and a body in chunks that does not say how long it is, for an announced WebP."""
    content = image(WEBP)
    one = slot(world, customer, content, WEBP, filename=FILENAMES[2])
    wrong: dict[str, Exchange | NotApplicable] = {
        "HTML": one.put(content_type="text/html", probe="text/html in place of an image"),
        "in chunks": one.put(content=(content, bytes(4096)), probe="4096 bytes more than announced, in chunks"),
    }
    return WrongPuts(world, one, wrong, one.put(probe="what was announced"))


@pytest.fixture(scope="session")
def equal_calls(customer: Api) -> tuple[Exchange, Exchange]:
    """The same call twice, one right after the other."""
    body = an_upload(filename=FILENAMES[3])
    one, two = (customer.upload(body, probe="the same upload") for _ in range(2))
    return one, two


@pytest.fixture(scope="session")
def large_file(world: World, customer: Api) -> Exchange:
    """A PNG as large as uploads may be, announced and put."""
    exchange = slot(world, customer, padded(image(), LARGEST)).put(probe=f"{LARGEST} bytes")
    must_be_whole(exchange)
    return exchange


@dataclass(frozen=True)
class Expiry:
    """`fresh`: a PUT at once; `good`: one a minute before the end; `late`: PUTs after it, by media type.

    The one called "again" is to the URL of `good`, which was answered `age` seconds after that URL was asked for.
    """

    world: World
    fresh: Exchange
    good: Exchange
    age: float
    late: dict[str, Exchange]

    def still_good(self) -> Exchange:
        """Raises Inconclusive where the PUT may have come after the end, so that a refusal says nothing."""
        if self.age >= EXPIRED and not 200 <= self.good.status < 300:
            raise Inconclusive(
                f"the PUT meant for {STILL_GOOD:g} s after the URL was handed out took until {self.age:.0f} s after it",
                "run again on a machine with less to do, or with a target whose clock is slower",
            )
        return self.good


@pytest.fixture(scope="session")
def expiry_under_way(world: World, customer: Api) -> Promise[Expiry]:
    """One URL that is used in time and then again, and one of each media type that is used too late."""

    def wait() -> Expiry:
        began = world.clock.reading()
        early = slot(world, customer, image())
        unused = {kind: slot(world, customer, image(kind), kind) for kind in MEDIA_TYPES}
        fresh = slot(world, customer, image()).put(probe="just after the URL was handed out")
        world.clock.sleep(STILL_GOOD)
        good = early.put(probe=f"{STILL_GOOD:g} s after the URL was handed out")
        age = world.clock.reading() - began
        world.clock.sleep(LONG_OVER - STILL_GOOD)
        probe = f"{LONG_OVER:g} s after the URL was handed out"
        late = {kind: one.put(probe=probe) for kind, one in unused.items()}
        return Expiry(world, fresh, good, age, late | {"again": early.put(probe=f"{probe}, again")})

    return world.begin(wait, "the expiry of an upload's URL", LONG_OVER)


@pytest.fixture(scope="session")
def expiry(expiry_under_way: Promise[Expiry]) -> Expiry:
    return expiry_under_way.result()
