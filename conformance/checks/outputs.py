"""What the files behind a generation's outputs must be (R20): judged on every download of a run, and by the tests."""

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from conformance.checks.expect import told
from conformance.checks.finding import Evidence, Finding, Ruled
from conformance.checks.table import judges
from conformance.evidence import Exchange, File
from conformance.evidence.images import Seen, alike_up_to
from conformance.evidence.symptom import STATUS, Symptom

OUTPUT = "output"
"""Tags the exchange of a download."""
FORMATS = {"png": "PNG", "webp": "WEBP"}
ASPECT = 0.01
"""How far, as a share, the aspect ratio of a larger image may be off: sides are whole pixels, or multiples of some."""


@dataclass(frozen=True)
class Output:
    """One file of a generation. `entry` is its entry of outputs, `kind` png or webp, `downloads` at least two."""

    kind: str
    entry: dict[str, Any]
    record: Exchange
    """The poll that showed the entry."""
    downloads: tuple[Exchange, ...]

    @property
    def first(self) -> Exchange:
        return self.downloads[0]

    @property
    def seen(self) -> Seen:
        """What the bytes are."""
        file = file_of(self.first)
        return file.seen if file else Seen(trouble="no file")

    @property
    def recorded(self) -> tuple[Any, Any]:
        """Width and height as the record has them."""
        return self.entry.get("width"), self.entry.get("height")

    @property
    def sizes(self) -> list[tuple[int, int]]:
        """What the record and the pixels say. Where they contradict each other that is a deviation of its own."""
        found = [(w, h) for w, h in [self.recorded] if isinstance(w, int) and isinstance(h, int)]
        return found + ([self.seen.size] if self.seen.size else [])


def directives(exchange: Exchange) -> dict[str, str]:
    """Cache-Control, names in lower case (RFC 9111, 5.2); a directive without an argument has an empty one."""
    found = re.findall(r'([\w-]+)(?:=("[^"]*"|[^\s,]*))?', exchange.header("cache-control") or "")
    return {name.lower(): value.strip('"') for name, value in found}


def fresh_seconds(exchange: Exchange) -> int:
    """max-age; 0 where it is absent or no number."""
    age = directives(exchange).get("max-age", "")
    return int(age) if age.isdecimal() else 0


def media_type(exchange: Exchange) -> str:
    """Content-Type without parameters, in lower case."""
    return (exchange.header("content-type") or "").partition(";")[0].strip().lower()


def keeps_the_aspect(size: tuple[int, int], requested: tuple[int, int]) -> bool:
    ratio = size[0] * requested[1] / (size[1] * requested[0]) if all(size) else 0
    return abs(ratio - 1) <= ASPECT


def _downloads(evidence: Evidence) -> list[Exchange]:
    return [e for e in evidence if OUTPUT in e.tags and e.response]


@judges("OUT-7")
def there_for_everybody(evidence: Evidence) -> Ruled:
    """A URL that has answered 200 without credentials does so again."""
    known, judged, findings = dict[str, Exchange](), False, []
    for download in _downloads(evidence):
        if download.request.url in known:
            judged = True
            if download.status != 200 or download.failure:
                symptom, before = Symptom(STATUS, "200, as before", str(download.status)), known[download.request.url]
                findings.append(Finding("OUT-7", "status 200, as before", told(download), download, (before,), symptom))
        elif download.status == 200:
            known[download.request.url] = download
    return Ruled(frozenset({"OUT-7"} if judged else ()), tuple(findings))


@judges("OUT-11")
def the_same_for_ever(evidence: Evidence) -> Ruled:
    """A URL yields the same bytes whenever it is asked."""
    by_url: dict[str, list[tuple[File, Exchange]]] = defaultdict(list)
    for download in _downloads(evidence):
        file = file_of(download)
        if download.status == 200 and file:
            by_url[download.request.url].append((file, download))
    again = [(*group[0], *other) for group in by_url.values() for other in group[1:]]
    findings = tuple(
        Finding("OUT-11", f"the {first.size} bytes that came before", _others(before, download), download, (before,))
        for first, before, other, download in again
        if first.sha256 != other.sha256
    )
    return Ruled(frozenset({"OUT-11"} if again else ()), findings)


def _others(before: Exchange, now: Exchange) -> str:
    """How many bytes came now, and how far they are those that came before."""
    (one, first), (two, other) = ((_content(each), file_of(each)) for each in (before, now))
    if first is None or other is None:
        return "none"
    if one and two:
        pairs = enumerate(zip(one, two, strict=False))
        place = next((place for place, pair in pairs if pair[0] != pair[1]), min(len(one), len(two)))
        return f"{other.size} others, alike up to byte {place}"
    return f"{other.size} others, alike up to byte {alike_up_to(first.beginnings, other.beginnings)} at least"


def _content(download: Exchange) -> bytes:
    return download.response.body if download.response else b""


@judges("OUT-10", "OUT-16", "OUT-17", "OUT-18")
def served_alike_for_ever(evidence: Evidence) -> Ruled:
    """What the first answer of a URL promises, its later ones promise as well."""
    first, judged, findings = dict[str, tuple[dict[str, bool], Exchange]](), set[str](), []
    for download in _downloads(evidence):
        if download.status == 200 and not download.failure:
            keeps = _promises(download)
            before, earlier = first.setdefault(download.request.url, (keeps, download))
            judged |= {name for name in before if before is not keeps and before[name]}
            findings += [
                Finding(name, PROMISED[name], _headers(download), download, (earlier,))
                for name in before
                if before[name] and not keeps[name]
            ]
    return Ruled(frozenset(judged), tuple(findings))


PROMISED = {
    "OUT-10": "the media type of the format, as before", "OUT-16": "neither no-store nor private, as before",
    "OUT-17": "a max-age above 0, as before", "OUT-18": "immutable, as before",
}  # fmt: skip


def _promises(download: Exchange) -> dict[str, bool]:
    said = directives(download)
    return {
        "OUT-10": media_type(download) in {f"image/{kind}" for kind in FORMATS if kind in download.tags},
        "OUT-16": not {"no-store", "private"} & said.keys(),
        "OUT-17": fresh_seconds(download) > 0,
        "OUT-18": "immutable" in said,
    }


def _headers(download: Exchange) -> str:
    return "; ".join(f"{name}: {download.header(name)}" for name in ("content-type", "cache-control"))


def file_of(download: Exchange) -> File | None:
    """What was downloaded; None where it did not come whole."""
    return download.response.file if download.response else None
