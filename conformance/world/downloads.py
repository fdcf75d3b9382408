"""Fetches the files behind outputs, as a stranger would: one plain request, no credential, no redirect followed."""

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from conformance.checks.outputs import FORMATS, OUTPUT, Output
from conformance.client.lost import LostError
from conformance.errors import Inconclusive
from conformance.evidence import Exchange
from conformance.world.life import Life
from conformance.world.world import World

BROWSER = {"Accept": "image/avif,image/webp,image/png,image/*;q=0.8,*/*;q=0.5", "Referer": "https://example.com/"}


def outputs_of(world: World, life: Life) -> tuple[Output, ...]:
    """Every file of a succeeded generation, each fetched twice: first all of them once, then all again.

    Raises Inconclusive (LIFE-9, OUT-2, OUT-4, OUT-5) when there is nothing to fetch.
    """
    life = _with_urls_at_hand(world, life)
    places = [(kind, entry, url_of(entry, kind)) for entry in life.outputs for kind in FORMATS]
    rounds = [[fetch(world, url, kind) for kind, _, url in places] for _ in range(2)]
    return tuple(
        Output(kind, entry, life.end, downloads)
        for (kind, entry, _), *downloads in zip(places, *rounds, strict=True)
    )  # fmt: skip


def _with_urls_at_hand(world: World, life: Life) -> Life:
    """The same, polled once more where it was found with URLs whose signatures an interrupted process had."""
    try:
        for url in (entry.get(kind) for entry in life.outputs for kind in FORMATS):
            world.recorder.reveal(str(url))
    except LostError:
        return replace(life, polls=(life.api.generation(life.id, probe="once more, for its URLs"),))
    return life


def url_of(entry: dict[str, object], kind: str) -> str:
    """Where an entry of outputs has its image, as png or webp. Raises Inconclusive (OUT-4, OUT-5) if there is none."""
    url = entry.get(kind)
    if not isinstance(url, str) or not is_absolute(url):
        raise Inconclusive(
            f"depends on an absolute {kind} URL; there is {url!r}", root={"png": "OUT-4", "webp": "OUT-5"}[kind]
        )
    return url


def is_absolute(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme.lower() in {"http", "https"} and bool(parts.netloc)


def fetch(world: World, url: str, kind: str, *, by: str = "", headers: Mapping[str, str] | None = None) -> Exchange:
    """One download; a second one where the first was lost (R44). `by`: who else asks, with these headers."""
    return world.sender.send(
        "GET", url, headers=headers, probe=f"{kind} of an output{by and f', by {by}'}",
        tags=(OUTPUT, kind), file=True, kind="download",
    )  # fmt: skip


def fetch_as_a_browser(world: World, url: str, kind: str) -> Exchange:
    """As an image on a page of some other site."""
    return fetch(world, url, kind, by="a browser", headers=BROWSER)
