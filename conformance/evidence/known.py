"""Finds any of many words in a text at once: in time by the length of the text, however many words there are.

Where a word of 15 bytes stands in a text, one of the text's numbers of eight bytes, read at every eighth place, lies
wholly within it. So a word is found by the eight numbers that may be this one, and shorter ones by four of four bytes.
"""

import sys
from collections.abc import Iterable, Iterator
from typing import Literal

MOST_ALIKE = 8
"""Words that may share a number. More were made to be slow to tell apart, and are not looked for."""

Span = tuple[int, int]
"""Begin and end."""


class Known:
    """The words to look for. They are added by one thread at a time; any number may look for them meanwhile."""

    def __init__(self) -> None:
        self._tables = (_Table("Q", 8), _Table("I", 4))

    def add(self, word: bytes, *, surely: bool) -> None:
        """Look for a word from now on, `surely` however many there are like it. ValueError: less than 7 bytes."""
        for table in self._tables:
            if len(word) >= table.least:
                table.add(word, surely=surely)
                return
        raise ValueError(f"{len(word)} bytes are found everywhere")

    def spans(self, text: bytes) -> Iterator[Span]:
        """Where words stand, in no particular order; they may overlap."""
        for table in self._tables:
            yield from table.spans(text)


class _Table:
    """`code` is the `memoryview` format of a number, `width` its bytes.

    Readers need no lock: they look up one number at a time, and what it leads to is replaced as a whole.
    """

    def __init__(self, code: Literal["Q", "I"], width: int) -> None:
        self.least = 2 * width - 1
        self._code, self._width = code, width
        self._places: dict[int, tuple[tuple[int, bytes], ...]] = {}
        """Words by number, each with the place of the number in it."""

    def add(self, word: bytes, *, surely: bool) -> None:
        slack = len(word) - self.least
        load, begin = min((self._load(word, begin), begin) for begin in {0, slack // 2, slack})
        if surely or load < MOST_ALIKE:
            for number, place in self._numbers(word, begin):
                self._places[number] = (*self._places.get(number, ()), (place, word))

    def spans(self, text: bytes) -> Iterator[Span]:
        whole, places = len(text) - len(text) % self._width, self._places
        if not places or not whole:
            return
        numbers = memoryview(text)[:whole].cast(self._code)
        if places.keys().isdisjoint(numbers):
            return
        for index in [index for index, number in enumerate(numbers) if number in places]:
            for place, word in places[numbers[index]]:
                begin = index * self._width - place
                if begin >= 0 and text.startswith(word, begin):
                    yield begin, begin + len(word)

    def _load(self, word: bytes, begin: int) -> int:
        return max(len(self._places.get(number, ())) for number, _ in self._numbers(word, begin))

    def _numbers(self, word: bytes, begin: int) -> Iterator[tuple[int, int]]:
        for place in range(begin, begin + self._width):
            yield int.from_bytes(word[place : place + self._width], sys.byteorder), place


def joined(spans: Iterable[Span]) -> list[Span]:
    """In order, and those that overlap as one, so that no part of any stays behind."""
    found: list[Span] = []
    for begin, end in sorted(spans):
        if found and begin < found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((begin, end))
    return found
