"""Finished generations of every size, quality and number, and the files behind their outputs."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from conformance.cases.bodies import a_generation
from conformance.cases.input_images import MEDIA_TYPES, PNG
from conformance.checks.outputs import FORMATS, Output
from conformance.client import Api
from conformance.client.current import Scenario, give, sending
from conformance.client.lost import LostError
from conformance.client.record import recorded
from conformance.errors import SuiteError
from conformance.evidence import Exchange
from conformance.evidence.blame import must_be_whole
from conformance.plan.marks import Profile
from conformance.scenarios.uploads import COPY, EMOJI, LONG, LONG_CJK, MARKS, Shelf
from conformance.world.downloads import fetch, fetch_as_a_browser, outputs_of
from conformance.world.generations import generate_together
from conformance.world.life import Life
from conformance.world.once_table import OnceTable
from conformance.world.submissions import Submissions
from conformance.world.world import World

HOUR = 3600.0


@dataclass(frozen=True)
class Order:
    """What is asked for; `edit` is how many input images it starts from."""

    size: str = "1024x1024"
    quality: str = "low"
    n: int = 1
    edit: int = 0
    profile: Profile = "gate"
    prompt: str = ""
    files: tuple[str, ...] = ()
    """Which of the files of odd names (`NAMES`) it starts from."""

    @property
    def name(self) -> str:
        """Readable and stable: a node id is made of it."""
        return f"{'edit ' if self.edit else ''}{self.quality} {self.size} n={self.n}"

    @property
    def sides(self) -> tuple[int, int]:
        width, _, height = self.size.partition("x")
        return int(width), int(height)

    def body(self, **fields: Any) -> dict[str, Any]:
        """With the type named, so that its echo can be judged."""
        kind = "edit" if self.edit else "text2img"
        fields = {"prompt": self.prompt, **fields} if self.prompt else fields
        return a_generation(type=kind, size=self.size, quality=self.quality, n=self.n, **fields)


CHEAPEST = Order(profile="smoke")
"""The generation that every run makes; it leaves out all but prompt and quality."""
DEAREST = Order("1536x1024", "high", 3)
SMALL = (Order("1024x1536", "medium", 2), DEAREST, Order("1024x1024", "low", 4))
"""With the cheapest: each size, each quality, each n."""
LARGE = tuple(
    Order(size, quality, n, profile="certify")
    for size, quality, n in (
        ("1024x1536", "low", 1), ("1536x1024", "low", 2), ("1024x1536", "low", 3),
        ("1024x1024", "medium", 3), ("1536x1024", "medium", 4), ("1536x1024", "medium", 1),
        ("1024x1024", "high", 1), ("1024x1536", "high", 4), ("1024x1024", "high", 2),
    )
)  # fmt: skip
"""With those: each size with each quality, each size with each n, each quality with each n."""
EDIT = Order("1536x1024", "medium", 2, edit=3, profile="certify")
EDIT_OF_ONE = Order(edit=1, profile="certify")
DEAREST_EDIT = Order("1024x1536", "high", edit=1, profile="certify")
ODD = (
    Order("1024x1536", n=2, prompt='50% off? #1 "Café" 貓 🏮 tea & cake/soup; <b>50</b>', profile="certify"),
    Order("1024x1536", edit=1, files=(COPY,), profile="certify"),
    Order("1536x1024", edit=1, files=(EMOJI,), profile="certify"),
    Order(n=4, edit=4, files=(COPY, MARKS, LONG, LONG_CJK), profile="certify"),
)
"""An odd prompt, inputs of odd names, and oblong or transparent ones; on the account `other`."""
EVERY = (CHEAPEST, *SMALL, EDIT, *LARGE, EDIT_OF_ONE, DEAREST_EDIT, *ODD)
POLLED_AGAIN = (*SMALL, EDIT_OF_ONE, *ODD)
"""At the end of the run."""


@dataclass
class Gallery:
    """Provokes a group of orders when the first of it is asked for; a group that could not be made stays so."""

    world: World
    submissions: Submissions
    groups: dict[str, Callable[[], list[Life]]]
    lives: OnceTable[Order, Life] = field(default_factory=lambda: OnceTable("gallery"))
    files: OnceTable[Order, tuple[Output, ...]] = field(default_factory=lambda: OnceTable("gallery/files"))
    troubles: dict[str, SuiteError] = field(default_factory=dict)

    def life(self, order: Order) -> Life:
        """The life of this order's generation. Raises what kept it, or its group, from being made."""
        group = next(name for name, orders in GROUPS.items() if order in orders)
        scenario = give(self.lives.scenario(group, group))
        with sending(scenario):
            if order not in self.lives:
                self._make(group, scenario)
        must_be_whole(self.lives[order].accepted)
        return self.lives[order]

    def accepted(self, order: Order) -> Exchange:
        """The answer to the call. Raises Inconclusive where one of its values is refused by itself."""
        return self.submissions.of_valid_values(self.life(order).accepted, self.life(order).body)

    def outputs(self, order: Order) -> tuple[Output, ...]:
        """Its files. Raises Inconclusive when there are none to look at."""
        life = self.life(order)
        return self.files.once(order, order.name, lambda: outputs_of(self.world, life))

    def look_again(self) -> None:
        """Poll some generations and fetch all files once more, and one of each as a page of another site would.

        The passive checks compare.
        """
        for order in POLLED_AGAIN:
            if (life := self.lives.get(order)) and life.over:
                life.api.generation(life.id, probe="at the end of the run")
        for files in self.files.values():
            with contextlib.suppress(LostError):  # an interrupted process had their URLs
                for file in files:
                    fetch(self.world, file.first.request.url, file.kind)
                for file in files[: len(FORMATS)]:
                    fetch_as_a_browser(self.world, file.first.request.url, file.kind)

    def _make(self, name: str, scenario: Scenario) -> None:
        if name in self.troubles:
            raise self.troubles[name]
        try:
            made = recorded(scenario, lambda: tuple(self.groups[name]()))
            self.lives |= zip(GROUPS[name], made, strict=True)
        except SuiteError as error:
            self.troubles[name] = error
            raise


GROUPS = {
    "cheapest": (CHEAPEST,), "small": SMALL, "large": LARGE, "edit": (EDIT,),
    "edit of one": (EDIT_OF_ONE, DEAREST_EDIT), "odd": ODD,
}  # fmt: skip


@pytest.fixture(scope="session")
def gallery(world: World, primary: Api, submissions: Submissions, submitted: Life, shelf: Shelf) -> Iterator[Gallery]:
    """On the primary account; the cheapest generation is the one that every run makes.

    At the end of the run its files are looked at again.
    """

    def made(*orders: Order, look_between: bool = False, keyed: bool = True, **fields: object) -> list[Life]:
        bodies = [order.body(**fields) for order in orders]
        return generate_together(world, primary, bodies, look_between=look_between, keyed=keyed)

    def edited(orders: tuple[Order, ...], *kinds: str, look_between: bool = False) -> list[Life]:
        return made(*orders, look_between=look_between, inputImageKeys=[shelf.plain.key(kind) for kind in kinds])

    def odd() -> list[Life]:
        other = world.account("other")
        keys = [{"inputImageKeys": [shelf.odd.key(name) for name in order.files]} if order.files else {}
                for order in ODD]  # fmt: skip
        bodies = [order.body(**its) for order, its in zip(ODD, keys, strict=True)]
        return generate_together(world, other, bodies, keyed=True)

    made_so_far = Gallery(
        world,
        submissions,
        {
            "cheapest": lambda: [submitted],
            "small": lambda: made(*SMALL, look_between=True, keyed=False),  # as most customers send theirs
            "large": lambda: made(*LARGE),
            "edit": lambda: edited((EDIT,), *MEDIA_TYPES, look_between=True),
            "edit of one": lambda: edited((EDIT_OF_ONE, DEAREST_EDIT), PNG),
            "odd": odd,
        },
    )
    yield made_so_far
    with contextlib.suppress(SuiteError):
        an_hour_later(world)
        made_so_far.look_again()


def an_hour_later(world: World) -> None:
    """At the end of a run: later by an hour, where that costs nothing."""
    if not world.clock.real_seconds(HOUR):
        world.clock.sleep(HOUR)
