"""Which sentences of the documentation a requirement rests on: its `source`, followed to them."""

import re
from collections.abc import Callable, Iterable, Sequence

from conformance.requirements.documentation import ABOUT, BODY, INTRODUCTION, REQUEST_LINE, Kind, Sentence
from conformance.requirements.requirement import RegistryError, Requirement

Sentences = tuple[Sentence, ...]
_ELSEWHERE = re.compile(r"RFC \d")
"""A source beside the documentation."""
_NUMBERS = re.compile(r"sentences? (\d+)(?: and (\d+))?")
_METHOD = re.compile(r"(GET|POST|PUT|PATCH|DELETE) /")
_HEADINGS = "headings of the three operations"
_AND = " and "


def words_of(rows: Iterable[Requirement]) -> set[str]:
    """The words by which sources name what stands below a heading, and minor headings."""
    parts = {part for row in rows for clause in row.source.split("; ") for part in clause.split(", ")[1:]}
    return {
        word
        for part in parts - {*_MEANT, BODY, REQUEST_LINE}
        if not _NUMBERS.fullmatch(part)
        for word in ([part] if part.startswith(ABOUT) else part.split(_AND))
    }


def followed(row: Requirement, every: Sequence[Sentence]) -> Sentences:
    """In order. Raises `RegistryError` for a source that leads to no sentence."""
    tops = {one.path[0] for one in every if one.path}
    found, top = set[Sentence](), ""
    for clause in row.source.split("; "):
        if _ELSEWHERE.match(clause):
            continue
        parts = clause.split(", ")
        if parts[0] in tops:
            top = parts.pop(0)
        reached = _operations(every) if clause == _HEADINGS else _reached(parts, top, every)
        if not reached:
            raise RegistryError(f"{row.id}: no sentence of the documentation is called {clause!r}", _REMEDY, "registry")
        found |= {*reached}
    return tuple(one for one in every if one in found)


_REMEDY = "correct its source, or run `python -m conformance.requirements DOCUMENTATION.txt`"


def _operations(every: Sequence[Sentence]) -> Sentences:
    return tuple(one for one in every if one.kind is Kind.HEADING and len(one.path) == 1 and _METHOD.match(one.path[0]))


def _reached(parts: list[str], top: str, every: Sequence[Sentence]) -> Sentences:
    """What a clause leads to, one part after the other; nothing where one leads nowhere."""
    within = tuple(one for one in every if one.path[:1] == (top,))
    place: tuple[str, ...] = (top,)
    for part in parts:
        own = tuple(one for one in within if one.path == place)
        minor = tuple(one for one in within if one.path == (top, part))
        if minor:
            within, place = minor, (top, part)
        elif part in {_LIST, _HEADING}:
            within = _MEANT[part](own)
        elif numbers := _NUMBERS.fullmatch(part):
            prose = _of(Kind.SENTENCE)(own) or _of(Kind.SENTENCE)(within)
            within = tuple(
                prose[int(number) - 1] for number in numbers.groups() if number and int(number) <= len(prose)
            )
        else:
            within = _MEANT.get(part, _called(part))(within)
    # A minor heading means what is listed below it, not how each row is explained.
    return _of(Kind.HEADING, Kind.ITEM)(within) if (top, parts[-1]) == place else within


def _of(*kinds: Kind) -> Callable[[Sentences], Sentences]:
    return lambda within: tuple(one for one in within if one.kind in kinds)


def _closing(within: Sentences) -> Sentences:
    """The last paragraph."""
    last = max((one.block for one in within if one.kind is Kind.SENTENCE), default=0)
    return tuple(one for one in within if one.block == last)


def _listed(within: Sentences) -> Sentences:
    """The rows of a list, and the sentence that introduces it: that tells of each row."""
    first = next((at for at, one in enumerate(within) if one.kind is Kind.ITEM), len(within))
    return within[max(0, first - 1) :]


def _called(part: str) -> Callable[[Sentences], Sentences]:
    """By name. A paragraph about something is all of it, and the introduction of a list belongs to each row."""
    names = {part} if part.startswith(ABOUT) else {*part.split(_AND)}

    def those(within: Sentences) -> Sentences:
        blocks = {one.block for one in within if names & {*one.names}}
        if part.startswith(ABOUT):
            return tuple(one for one in within if one.block in blocks)
        found = tuple(one for one in within if names & {*one.names})
        introduction = within[:1] if found and within[0].kind is Kind.SENTENCE and found[0].kind is Kind.ITEM else ()
        return (*introduction, *found)

    return those


_LIST, _HEADING = "list", "heading"
_MEANT: dict[str, Callable[[Sentences], Sentences]] = {
    _HEADING: _of(Kind.HEADING),
    "example": _of(Kind.EXAMPLE),
    "closing paragraph": _closing,
    _LIST: _listed,
    INTRODUCTION: lambda within: within[:1],
    BODY: lambda within: tuple(one for one in within if BODY in one.names),
    REQUEST_LINE: lambda within: tuple(one for one in within if REQUEST_LINE in one.names),
}
"""Words of sources that are no names."""
