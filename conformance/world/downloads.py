"""Fetches the files behind outputs, as a stranger would: one plain request, no credential, no redirect followed."""

from urllib.parse import urlsplit

from conformance.checks.outputs import FORMATS, OUTPUT, Output
from conformance.checks.traffic import INFRASTRUCTURE
from conformance.errors import Inconclusive
from conformance.evidence import Exchange
from conformance.world.life import Life
from conformance.world.world import World


def outputs_of(world: World, life: Life) -> tuple[Output, ...]:
    """Every file of a succeeded generation, each fetched twice: first all of them once, then all again.

    Raises Inconclusive (LIFE-9, OUT-2, OUT-4, OUT-5) when there is nothing to fetch.
    """
    places = [(kind, entry, _url(entry, kind)) for entry in life.outputs for kind in FORMATS]
    rounds = [[fetch(world, url, kind) for kind, _, url in places] for _ in range(2)]
    return tuple(
        Output(kind, entry, life.end, downloads)
        for (kind, entry, _), *downloads in zip(places, *rounds, strict=True)
    )  # fmt: skip


def _url(entry: dict[str, object], kind: str) -> str:
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


def fetch(world: World, url: str, kind: str) -> Exchange:
    """One download; a second one where the first got no answer, or one that infrastructure gives (R35)."""
    exchange = _get(world, url, kind)
    return exchange if exchange.response and exchange.status not in INFRASTRUCTURE else _get(world, url, kind)


def _get(world: World, url: str, kind: str) -> Exchange:
    return world.recorder.send("GET", url, probe=f"download of an output, {kind}", tags=(OUTPUT, kind))


def must_have_answered(world: World, exchange: Exchange) -> None:
    """Raises Inconclusive when another host than the API's gave no answer at all: that may be our network's fault."""
    if exchange.response is None and not _is_the_targets(world, exchange.request.url):
        raise Inconclusive(
            f"{urlsplit(exchange.request.url).netloc} does not answer ({exchange.failure})",
            "check that the host in the target's URLs can be reached from here",
        )


def _is_the_targets(world: World, url: str) -> bool:
    return urlsplit(url).netloc == urlsplit(world.base_url).netloc
