"""The documentation's text as sentences: where each stands, and a hash by which it is known again without its text.

A sentence is a sentence of prose, a heading, a row of a list (its name, and each sentence below it apart), or a line of
an example.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256
from importlib.resources import files
from itertools import groupby

INTRODUCTION = "introduction"
"""Stands for the first heading, which is the title, in the sources of the registry."""
ABOUT = "paragraph on "
"""Begins the name of a paragraph of prose, by a word of it."""
BODY, REQUEST_LINE = "body", "request line"
_FILE = "documentation.json"
_FORMAT = "gimg-documentation/1"
_END = re.compile(r"(?<=[。\uff01\uff1f!?])\s*(?=\S)|(?<=\.)\s+(?=[A-Z])")
_BULLET = re.compile(r"\s*[•*-]\s+(?=\S)")
_CODE = re.compile(r"[{}\[\]()]|//|# |curl\b|import\b|const\b|[A-Z]+ https?://|[A-Z][\w-]*: \S")
_NO_HEADING = re.compile(r"[。\uff01\uff1f!?:;,\uff0c\uff1a\uff1b]|\.$")
_LONGEST_HEADING = 60
_METHOD = re.compile(r"(GET|POST|PUT|PATCH|DELETE)\s*(?=/)")
_ASIDE = re.compile(r"\s*\(.*\)$")


class Kind(StrEnum):
    """What a sentence is part of."""

    HEADING = "heading"
    SENTENCE = "sentence"
    ITEM = "item"
    NOTE = "note"
    """Below an item."""
    EXAMPLE = "example"


@dataclass(frozen=True, slots=True)
class Sentence:
    """`line` counts from 1, `block` the paragraphs, rows and examples. `text` is empty where only the hash is kept."""

    hash: str
    line: int
    path: tuple[str, ...]
    """The headings above it."""
    kind: Kind
    block: int
    names: tuple[str, ...] = ()
    """The words of the registry's sources by which it is called."""
    text: str = ""


def hash_of(text: str) -> str:
    """16 hexadecimal digits, the same however the text is spaced, and whatever width its characters have."""
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    return sha256(plain.encode()).hexdigest()[:16]


def sentences(text: str, words: Iterable[str]) -> tuple[Sentence, ...]:
    """All of a text, in order. `words` are those that name a place in the sources; headings among them are minor."""
    known = frozenset(words)
    return tuple(_named(_read(text, known), known))


def kept() -> tuple[Sentence, ...]:
    """Those of the documentation that the registry was made from."""
    table = json.loads(files(__package__).joinpath(_FILE).read_text(encoding="utf-8"))
    return tuple(
        Sentence(row["hash"], row["line"], tuple(row["path"]), Kind(row["kind"]), row["block"], tuple(row["names"]))
        for row in table["sentences"]
    )


def written(every: Iterable[Sentence]) -> str:
    """What is kept of them, in JSON, a line each."""
    rows = (
        {"hash": one.hash, "line": one.line, "path": one.path, "kind": one.kind, "block": one.block, "names": one.names}
        for one in every
    )
    lines = ",\n".join(f"  {json.dumps(row, ensure_ascii=False)}" for row in rows)
    return f'{{"format": "{_FORMAT}", "sentences": [\n{lines}\n]}}\n'


def _read(text: str, words: frozenset[str]) -> Iterator[Sentence]:
    path, block, in_list = tuple[str, ...](), 0, False
    for first, lines in _paragraphs(text):
        heading = _heading(lines)
        if heading:
            minor = heading in words and len(path) > 0 and path[0] != INTRODUCTION
            path, block, in_list = _below(path, heading, minor=minor), block + 1, False
            yield _sentence(lines[0], first, path, Kind.HEADING, block)
        elif _BULLET.match(lines[0]):
            in_list = True
            for line, row in enumerate(lines, first):
                block += 1
                yield _sentence(_BULLET.sub("", row), line, path, Kind.ITEM, block)
        elif in_list and lines[0][0].isspace():
            yield from _prose(lines, first, path, Kind.NOTE, block)
        else:
            block, in_list = block + 1, False
            if _CODE.match(lines[0]):
                yield from (_sentence(row, n, path, Kind.EXAMPLE, block) for n, row in enumerate(lines, first))
            else:
                yield from _prose(lines, first, path, Kind.SENTENCE, block)


def _paragraphs(text: str) -> Iterator[tuple[int, list[str]]]:
    """With the number of the first line of each."""
    for empty, group in groupby(enumerate(text.splitlines(), 1), lambda pair: not pair[1].strip()):
        if not empty:
            (first, row), *rest = group
            yield first, [row, *(row for _, row in rest)]


def _heading(lines: list[str]) -> str:
    """The name of a heading without what stands in brackets, or "" for what is none."""
    (line, *more), bare = lines, lines[0].strip()
    if more or line[0].isspace() or len(bare) > _LONGEST_HEADING or _CODE.match(bare) or _BULLET.match(line):
        return ""
    if not _METHOD.match(bare) and _NO_HEADING.search(bare):
        return ""
    return _ASIDE.sub("", _METHOD.sub(r"\1 ", bare))


def _below(path: tuple[str, ...], heading: str, *, minor: bool) -> tuple[str, ...]:
    if not path:
        return (INTRODUCTION,)
    return (path[0], heading) if minor else (heading,)


def _prose(lines: list[str], first: int, path: tuple[str, ...], kind: Kind, block: int) -> Iterator[Sentence]:
    """Sentences that may go over several lines, each with the line on which it begins."""
    starts, whole = list[int](), ""
    for row in lines:
        starts.append(len(whole) + bool(whole))
        whole = f"{whole} {row.strip()}" if whole else row.strip()
    at = 0
    for part in _END.split(whole):
        at = whole.index(part, at)
        line = first + sum(start <= at for start in starts) - 1
        yield _sentence(part, line, path, kind, block)
        at += len(part)


def _sentence(text: str, line: int, path: tuple[str, ...], kind: Kind, block: int) -> Sentence:
    return Sentence(hash_of(text), line, path, kind, block, text=text.strip())


def _named(every: Iterable[Sentence], words: frozenset[str]) -> Iterator[Sentence]:
    for _, group in groupby(every, lambda one: one.block):
        first, *rest = group
        if first.kind is Kind.ITEM:
            name = max((word for word in words if first.text.startswith(word)), key=len, default="")
            yield from (replace(one, names=(name,) if name else ()) for one in (first, *rest))
        else:
            yield from (replace(one, names=tuple(sorted(_called(one, first, words)))) for one in (first, *rest))


def _called(one: Sentence, first: Sentence, words: frozenset[str]) -> set[str]:
    """Prose is called by what a paragraph is about, a line of an example by its words."""
    if one.kind is Kind.SENTENCE:
        return {word for word in words if word.startswith(ABOUT) and word.removeprefix(ABOUT) in one.text}
    if one.kind is not Kind.EXAMPLE:
        return set()
    found = {word for word in words if re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", one.text)}
    found |= {BODY} if first.text.startswith("{") else set()
    return found | ({REQUEST_LINE} if re.match(r"[A-Z]+ https?://", one.text) else set())
