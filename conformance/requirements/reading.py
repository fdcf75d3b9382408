"""The registry's files, read strictly: what is misspelt is refused, never ignored."""

import re
import tomllib
from collections.abc import Mapping
from enum import StrEnum
from hashlib import sha256
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

from conformance.requirements.requirement import Area, Axis, Level, Need, Registry, RegistryError, Requirement, Ruling

AREA_FILES = (
    "auth.toml",
    "rate.toml",
    "idem.toml",
    "gen.toml",
    "plan.toml",
    "up.toml",
    "life.toml",
    "out.toml",
    "hook.toml",
    "sign.toml",
    "retry.toml",
    "api.toml",
)
"""In the order of the documentation, what concerns all of it last."""
RULINGS_FILE = "rulings.toml"

_Word = TypeVar("_Word", bound=StrEnum)

_AREA = {"area": str, "title": str, "requirement": list}
_ROW = {"id": str, "level": str, "sentence": str, "source": str, "rulings": list}
_ROW_OPTIONAL = {"needs": list, "untested": str, "axes": list, "unreached": dict, "occasion": str}
_WORDS = {"rulings", "needs", "axes"}
_RULING = {"id": str, "where": str, "reading": str}


def read(folder: Traversable) -> Registry:
    """Raises `RegistryError`, which names the file and the row."""
    contents = {name: _content(folder, name) for name in (*AREA_FILES, RULINGS_FILE)}
    areas: list[Area] = []
    rows: list[Requirement] = []
    for name in AREA_FILES:
        area, its_rows = _area(name, _toml(name, contents[name]))
        areas.append(area)
        rows += its_rows
    rulings = _rulings(_toml(RULINGS_FILE, contents[RULINGS_FILE]))
    return Registry(tuple(rows), tuple(areas), rulings, sha256(b"".join(contents.values())).hexdigest())


def read_area(content: bytes, name: str) -> Registry:
    """A registry of one area, in the format of ours: that of an extension. Raises `RegistryError`."""
    area, rows = _area(name, _toml(name, content))
    for n, row in enumerate(rows, 1):
        if row.id in {earlier.id for earlier in rows[: n - 1]}:
            raise _wrong(name, f"{row.id} is the id of two rows")
    return Registry(tuple(rows), (area,), (), sha256(content).hexdigest())


def table_of(folder: Traversable, name: str) -> dict[str, Any]:
    """What this TOML file says. Raises `RegistryError`."""
    return _toml(name, _content(folder, name))


def _content(folder: Traversable, name: str) -> bytes:
    try:
        return folder.joinpath(name).read_bytes()
    except FileNotFoundError:
        raise _wrong(name, "it is not there") from None


def _toml(name: str, content: bytes) -> dict[str, Any]:
    try:
        return tomllib.loads(content.decode())
    except ValueError as error:  # not UTF-8, or not TOML
        raise _wrong(name, str(error)) from error


def _area(name: str, table: Mapping[str, Any]) -> tuple[Area, list[Requirement]]:
    check(name, table, _AREA)
    area = Area(table["area"], table["title"])
    if not re.fullmatch("[A-Z]+", area.prefix):
        raise _wrong(name, f"area is {area.prefix!r}, not a word in capitals")
    return area, [_row(place_of(name, n, row), area, row) for n, row in enumerate(table["requirement"], 1)]


def _row(place: str, area: Area, row: Mapping[str, Any]) -> Requirement:
    check(place, row, _ROW, _ROW_OPTIONAL)
    check_id(place, area.prefix, row["id"])
    return Requirement(
        id=row["id"],
        area=area.prefix,
        level=_one_of(Level, place, "level", row["level"]),
        sentence=row["sentence"],
        source=row["source"],
        rulings=tuple(row["rulings"]),
        needs=tuple(_one_of(Need, place, "needs", need) for need in row.get("needs", ())),
        untested=row.get("untested", ""),
        axes=tuple(_one_of(Axis, place, "axes", axis) for axis in row.get("axes", ())),
        unreached=_unreached(place, row.get("unreached", {})),
        occasion=row.get("occasion", ""),
    )


def _unreached(place: str, reasons: Mapping[str, Any]) -> dict[Axis, str]:
    for axis, why in reasons.items():
        _check_value(place, f"unreached.{axis}", why, str)
    return {_one_of(Axis, place, "unreached", axis): why for axis, why in reasons.items()}


def _rulings(table: Mapping[str, Any]) -> tuple[Ruling, ...]:
    check(RULINGS_FILE, table, {"ruling": list})
    for n, ruling in enumerate(table["ruling"], 1):
        place = place_of(RULINGS_FILE, n, ruling)
        check(place, ruling, _RULING)
        if ruling["id"] != f"R{n}":
            raise _wrong(place, f"the id is not R{n}, and rulings are numbered in order")
    return tuple(Ruling(**ruling) for ruling in table["ruling"])


def check(place: str, table: object, required: Mapping[str, type], optional: Mapping[str, type] | None = None) -> None:
    """Refuse a table that lacks a key, has an unknown one, or a value of the wrong type. Raises `RegistryError`."""
    if not isinstance(table, dict):
        raise _wrong(place, "it is not a table")
    known = {**required, **(optional or {})}
    if unknown := sorted(table.keys() - known.keys()):
        raise _wrong(place, f"unknown key {unknown[0]}; known are {', '.join(known)}")
    if missing := [key for key in required if key not in table]:
        raise _wrong(place, f"{missing[0]} is missing")
    for key, value in table.items():
        _check_value(place, key, value, known[key])


def check_id(place: str, prefix: str, id_: str) -> None:
    """Refuse an id that is not of the area with this prefix. Raises `RegistryError`."""
    if not re.fullmatch(rf"{prefix}-[1-9][0-9]*", id_):
        raise _wrong(place, f"the id is not {prefix}- and a number")


def _check_value(place: str, key: str, value: object, kind: type) -> None:
    if not isinstance(value, kind):
        raise _wrong(place, f"{key} is a {type(value).__name__}, not a {kind.__name__}")
    if isinstance(value, str) and value != value.strip():
        raise _wrong(place, f"{key} begins or ends with white space")
    if not value and key not in _WORDS:
        raise _wrong(place, f"{key} is empty")
    if isinstance(value, list) and key in _WORDS:
        _check_words(place, key, value)


def _check_words(place: str, key: str, words: list[object]) -> None:
    if wrong := [word for word in words if not isinstance(word, str)]:
        raise _wrong(place, f"{key} holds {wrong[0]!r}, which is not a string")
    if len(set(words)) < len(words):
        raise _wrong(place, f"{key} says something twice")


def _one_of(kind: type[_Word], place: str, key: str, word: str) -> _Word:
    try:
        return kind(word)
    except ValueError:
        raise _wrong(place, f"{key} has the unknown word {word!r}; known are {', '.join(kind)}") from None


def place_of(name: str, number: int, row: object) -> str:
    """Names a row in messages: its file, its number and its id if it has one."""
    id_ = row.get("id") if isinstance(row, dict) else None
    return f"{name}, row {number} ({id_})" if id_ else f"{name}, row {number}"


def _wrong(place: str, what: str) -> RegistryError:
    return RegistryError(f"{place}: {what}", code="registry")
