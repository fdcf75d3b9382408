"""Failures that are known and tolerated for a while: a TOML file of `[[failure]]` tables."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from conformance.errors import ConfigurationError
from conformance.requirements import load

ENTRY = "failure"
KEYS = ("requirement", "finding", "breaks", "reason", "owner", "expires")
_FINDING = re.compile(r"[0-9a-f]{8}")
EXAMPLE = "`gimg-conformance baseline REPORT` writes one"


@dataclass(frozen=True)
class KnownFailure:
    """One entry. `id` is that of a requirement or of a finding."""

    id: str
    reason: str
    owner: str = ""
    expires: str = ""
    """The last day on which it counts, ISO 8601; empty: it has none."""
    expired: bool = False
    """On the day of the run."""
    breaks: tuple[str, ...] = ()
    """Of a finding, the ids of the requirements that it broke: a chosen run that tests them all can miss it."""

    @property
    def of_finding(self) -> bool:
        return _FINDING.fullmatch(self.id) is not None

    @property
    def broken(self) -> tuple[str, ...]:
        """The requirements that it is known to break, as far as the entry tells."""
        return self.breaks if self.of_finding else (self.id,)


def read_known(path: Path, today: date) -> tuple[KnownFailure, ...]:
    """The entries of a file. Raises ConfigurationError, which names the entry and the remedy."""
    try:
        plain = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}", EXAMPLE) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"{path}: not TOML: {error}", EXAMPLE) from None
    entries = plain.pop(ENTRY, [])
    if plain or not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        odd = f"unknown key {next(iter(plain))!r}" if plain else f"{ENTRY} is no list of tables"
        raise ConfigurationError(f"{path}: {odd}", f"write each entry as a table of its own, [[{ENTRY}]]")
    known = tuple(_entry(entry, f"{path}: entry {place}", today) for place, entry in enumerate(entries, 1))
    ids = [entry.id for entry in known]
    if double := next((id_ for id_ in ids if ids.count(id_) > 1), ""):
        raise ConfigurationError(f"{path}: {double} stands there twice", "leave one of the two out")
    return known


def _entry(plain: Mapping[str, Any], place: str, today: date) -> KnownFailure:
    if odd := next((key for key in plain if key not in KEYS), ""):
        raise ConfigurationError(f"{place}: unknown key {odd!r}", f"known keys: {', '.join(KEYS)}")
    texts = {name: _text(plain, name, place) for name in ("requirement", "finding", "reason", "owner")}
    if bool(texts["requirement"]) is bool(texts["finding"]):
        what = "both a requirement and a finding" if texts["finding"] else "no requirement and no finding"
        raise ConfigurationError(f"{place}: names {what}", 'write requirement = "AUTH-4" or finding = "…"')
    if not texts["reason"]:
        raise ConfigurationError(f"{place}: has no reason", 'add reason = "…"')
    last = plain.get("expires")
    if last is not None and type(last) is not date:
        raise ConfigurationError(f"{place}: expires is no date", "write a day without quotes, expires = 2027-01-31")
    id_ = texts["requirement"] or texts["finding"]
    _must_exist(texts, place)
    expired = last is not None and last < today
    return KnownFailure(id_, texts["reason"], texts["owner"], str(last or ""), expired, _breaks(plain, place))


def _breaks(plain: Mapping[str, Any], place: str) -> tuple[str, ...]:
    ids = plain.get("breaks", [])
    if not isinstance(ids, list) or not all(isinstance(id_, str) for id_ in ids):
        raise ConfigurationError(f"{place}: breaks is no list of strings", 'write breaks = ["AUTH-4"]')
    if ids and "finding" not in plain:
        raise ConfigurationError(f"{place}: breaks belongs to a finding", "leave it out")
    for id_ in ids:
        _must_be_a_requirement(id_, place)
    return tuple(ids)


def _text(plain: Mapping[str, Any], name: str, place: str) -> str:
    if not isinstance(value := plain.get(name, ""), str):
        raise ConfigurationError(f"{place}: {name} must be a string", "put it in quotes")
    return value


def _must_exist(texts: Mapping[str, str], place: str) -> None:
    if texts["requirement"]:
        _must_be_a_requirement(texts["requirement"], place)
    if texts["finding"] and not _FINDING.fullmatch(texts["finding"]):
        raise ConfigurationError(
            f"{place}: {texts['finding']!r} is no id of a finding", "report.json has them: eight hexadecimal digits"
        )


def _must_be_a_requirement(id_: str, place: str) -> None:
    if id_ not in load():
        raise ConfigurationError(
            f"{place}: no requirement has the id {id_!r}", "`gimg-conformance requirements` lists them"
        )
