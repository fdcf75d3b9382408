"""The values of the registry: what the documentation promises, one row for what can fail by itself."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Self

from conformance.errors import SuiteError
from conformance.near import did_you_mean, near


class RegistryError(SuiteError):
    """A file of the registry is wrong; the message names the file and the row."""


class UnknownRequirement(SuiteError):  # noqa: N818 - the word that follows "error:" in the terminal
    """An id that no row of the registry has."""


class Level(StrEnum):
    """How binding a requirement is."""

    MUST = "MUST"
    """The documentation says it."""
    SHOULD = "SHOULD"
    """The documentation implies it, or a published standard or ordinary security does."""
    OPEN = "OPEN"
    """The documentation leaves it free: recorded as an observation, never judged."""


class Need(StrEnum):
    """What a test takes beyond the primary account's key."""

    OTHER = "other"
    BURNER = "burner"
    FREE = "free"
    BROKE = "broke"
    CAPPED = "capped"
    METERED = "metered"
    COOKIE = "cookie"
    """The primary account's dashboard session."""
    OTHER_COOKIE = "other.cookie"
    REJECTED = "rejected"
    """A prompt refused at submission; likewise the next two."""
    BLOCKED = "blocked"
    FAILED = "failed"
    WEBHOOKS = "webhooks"
    """A receiver that the target reaches."""
    WAITING = "waiting"
    """The target's clock must move, or real time be waited for."""
    EXHAUSTS = "exhausts"
    """Uses up an account's quota or concurrency."""


class Axis(StrEnum):
    """A circumstance beside the plain one in which a promise must be kept as well, with its words for the table."""

    words: str

    def __new__(cls, value: str, words: str) -> Self:
        axis = str.__new__(cls, value)
        axis._value_, axis.words = value, words
        return axis

    CACHED = "cached", "after an answer that may come from a cache, or after a replayed one"
    SECOND_BURST = "second-burst", "in or after a second burst of calls"
    AFTER_429 = "after-429", "after a 429"
    AFTER_RESET = "after-reset", "after the reset of the window"
    RETRY = "retry", "on retries only"
    AT_ONCE = "at-once", "two at the same time"
    ORDER = "order", "several images, another quality or size, an edit"
    RANDOM = "random", "a long random value, where letters repeated would do"
    ZERO = "zero", "the value 0"
    NON_ASCII = "non-ascii", "text that is not ASCII"
    PUNCTUATION = "punctuation", "a name with punctuation or blanks"
    OPERATION = "operation", "another operation"
    ACCOUNT = "account", "another account"
    EVENT = "event", "another event, or another kind of end"
    CLIENT_GONE = "client-gone", "the client goes away"
    WORKER = "worker", "on one of several workers of the server"
    LATE = "late", "once a late result arrives after the end"
    HOUR = "hour", "an hour later"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One promise. `untested` is the reason why no test judges it, or empty.

    `axes` are those along which tests look; `unreached` has the reason for each where no test can look.
    """

    id: str
    area: str
    level: Level
    sentence: str
    source: str
    """Where in the documentation: the heading in the documentation's own words, then the place under it."""
    rulings: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()
    untested: str = ""
    axes: tuple[Axis, ...] = ()
    unreached: Mapping[Axis, str] = field(default_factory=dict)
    occasion: str = ""
    """What a conformant target may withhold, without which there is nothing to judge (R43); else empty."""


@dataclass(frozen=True, slots=True)
class Area:
    """A section of the registry; `prefix` begins the ids of its rows."""

    prefix: str
    title: str


@dataclass(frozen=True, slots=True)
class Ruling:
    """How a silent or ambiguous place of the documentation is read."""

    id: str
    where: str
    reading: str


@dataclass(frozen=True)
class Registry:
    """All rows in the order of the documentation."""

    rows: tuple[Requirement, ...]
    areas: tuple[Area, ...]
    rulings: tuple[Ruling, ...]
    sha256: str
    """Hexadecimal, over the bytes of the files in the order in which they are read."""

    def __iter__(self) -> Iterator[Requirement]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __contains__(self, id_: object) -> bool:
        return id_ in self._by_id

    def __getitem__(self, id_: str) -> Requirement:
        """Raises `UnknownRequirement`."""
        if id_ not in self._by_id:
            hint = f"{self._suggestion(id_.upper())} `gimg-conformance requirements` lists all {len(self)}"
            raise UnknownRequirement(f"no requirement has the id {id_}", hint, "registry")
        return self._by_id[id_]

    def ruling(self, id_: str) -> Ruling:
        """Raises `UnknownRequirement`."""
        for ruling in self.rulings:
            if ruling.id == id_:
                return ruling
        first, last = (int(ruling.id[1:]) for ruling in (self.rulings[0], self.rulings[-1]))
        raise UnknownRequirement(f"no ruling has the id {id_}", f"they are R{first} to R{last}", "registry")

    def by_area(self) -> Mapping[Area, tuple[Requirement, ...]]:
        return {area: tuple(row for row in self.rows if row.area == area.prefix) for area in self.areas}

    def _suggestion(self, wrong: str) -> str:
        """The area, or ids, like the wrong one; where its area is not known either, how ids begin."""
        prefix, dash, _ = wrong.partition("-")
        areas = [area.prefix for area in self.areas]
        for area in near(prefix, areas, 1):
            ids = [row.id for row in self if row.area == area]
            return did_you_mean(near(wrong.replace(prefix, area, 1), ids) or ids[:3] if dash else [area])
        return f"ids begin with {', '.join(f'{area}-' for area in areas)};"

    @cached_property
    def _by_id(self) -> Mapping[str, Requirement]:
        return {row.id: row for row in self.rows}
