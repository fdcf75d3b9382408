"""The registry in another language.

A translation is a folder of files like the registry's own. Each entry has, as `english`, the digest of the texts that
it translates: once these change it is stale. What is stale or missing is told in English, and `guards` name it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

from conformance.requirements import load
from conformance.requirements.reading import AREA_FILES, RULINGS_FILE, check, check_id, place_of, table_of
from conformance.requirements.requirement import Area, Registry, RegistryError, Requirement, Ruling, UnknownRequirement

ENGLISH = "en"
LANGUAGES = (ENGLISH, "zh-TW")
TRANSLATED = ("title", "sentence", "occasion", "untested", "where", "reading")
"""The fields of an area, a requirement and a ruling that are translated."""

_Told = TypeVar("_Told", Area, Requirement, Ruling)
_AREA = {"area": str, "english": str, "title": str, "requirement": list}
_ROW = {"id": str, "english": str, "sentence": str}
_ROW_OPTIONAL = {"occasion": str, "untested": str}
_RULING = {"id": str, "english": str, "where": str, "reading": str}


@dataclass(frozen=True, slots=True)
class Entry:
    """What a file of the translation says of one area, requirement or ruling."""

    file: str
    id: str
    """An area's is its prefix."""
    english: str
    """The `digest` of what was translated."""
    texts: Mapping[str, str]
    """By field."""


def sentence(id_: str, lang: str) -> str:
    """A requirement's sentence. Raises `UnknownRequirement`, and `RegistryError` for an unknown language."""
    return told(lang)[id_].sentence


def area_title(prefix: str, lang: str) -> str:
    """The title of an area. Raises as `sentence` does."""
    for area in told(lang).areas:
        if area.prefix == prefix:
            return area.title
    raise UnknownRequirement(f"no area has the prefix {prefix}", code="registry")


def ruling_text(id_: str, lang: str) -> str:
    """How a ruling reads the documentation. Raises as `sentence` does."""
    return told(lang).ruling(id_).reading


@cache
def told(lang: str) -> Registry:
    """The whole registry in one of `LANGUAGES`. Raises `RegistryError`."""
    if lang not in LANGUAGES:
        raise RegistryError(f"the registry has no language {lang!r}", f"it has {', '.join(LANGUAGES)}", "registry")
    return load() if lang == ENGLISH else translated(load(), entries(lang))


def translated(registry: Registry, given: Iterable[Entry]) -> Registry:
    """The registry in the words of the entries, and in its own where an entry is stale or missing."""
    by_id = {entry.id: entry for entry in given}
    return replace(
        registry,
        rows=tuple(_in_words_of(by_id.get(row.id), row) for row in registry.rows),
        areas=tuple(_in_words_of(by_id.get(area.prefix), area) for area in registry.areas),
        rulings=tuple(_in_words_of(by_id.get(ruling.id), ruling) for ruling in registry.rulings),
    )


def _in_words_of(entry: Entry | None, value: _Told) -> _Told:
    english = texts(value)
    if entry is None or entry.english != digest(english):
        return value
    words: dict[str, Any] = {name: entry.texts.get(name, text) for name, text in english.items()}
    return replace(value, **words)


def texts(value: Area | Requirement | Ruling) -> dict[str, str]:
    """What there is to translate, by field."""
    return {name: text for name in TRANSLATED if (text := getattr(value, name, ""))}


def texts_by_id(registry: Registry) -> dict[str, dict[str, str]]:
    """All that there is to translate, by id; an area's is its prefix."""
    areas = {area.prefix: texts(area) for area in registry.areas}
    rows = {row.id: texts(row) for row in registry.rows}
    return areas | rows | {ruling.id: texts(ruling) for ruling in registry.rulings}


def digest(english: Mapping[str, str]) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of the texts, one on a line."""
    return sha256("\n".join(english.values()).encode()).hexdigest()[:16]


def entries(lang: str) -> list[Entry]:
    """What the translation into this language says. Raises `RegistryError`, which names the file and the row."""
    return read_entries(files("conformance.requirements"), lang)


def read_entries(folder: Traversable, lang: str) -> list[Entry]:
    """The same, from the folder `lang` in this one."""
    found = [entry for name in AREA_FILES for entry in _of_area(folder, f"{lang}/{name}")]
    return [*found, *_of_rulings(folder, f"{lang}/{RULINGS_FILE}")]


def _of_area(folder: Traversable, name: str) -> Iterator[Entry]:
    table = table_of(folder, name)
    check(name, table, _AREA)
    yield _entry(name, table["area"], table)
    for n, row in enumerate(table["requirement"], 1):
        place = place_of(name, n, row)
        check(place, row, _ROW, _ROW_OPTIONAL)
        check_id(place, table["area"], row["id"])
        yield _entry(name, row["id"], row)


def _of_rulings(folder: Traversable, name: str) -> Iterator[Entry]:
    table = table_of(folder, name)
    check(name, table, {"ruling": list})
    for n, ruling in enumerate(table["ruling"], 1):
        check(place_of(name, n, ruling), ruling, _RULING)
        yield _entry(name, ruling["id"], ruling)


def _entry(name: str, id_: str, table: Mapping[str, Any]) -> Entry:
    return Entry(name, id_, table["english"], {field: table[field] for field in TRANSLATED if field in table})
