"""What the page says by itself, in English and in Traditional Chinese: `phrases.toml` has both.

Sentences that other rooms make (the cause of a finding, what was received) stay in English, and are marked as such,
but for those that stand in every report.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from conformance.requirements import load
from conformance.requirements.translation import ENGLISH, LANGUAGES, texts_by_id, told


@cache
def phrases() -> Mapping[str, tuple[str, ...]]:
    """Each phrase in the order of LANGUAGES, by its key."""
    return {key: tuple(texts) for key, texts in _file()["phrases"].items()}


@cache
def sentences() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Patterns of English sentences of other rooms, and what they are in Chinese."""
    return tuple((re.compile(pattern), chinese) for pattern, chinese in _file()["sentences"].items())


@cache
def _file() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads((files("conformance") / "report" / "phrases.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Words:
    """The phrases in one language. Raises KeyError for a phrase that there is not."""

    lang: str = ENGLISH

    def __call__(self, key: str, **values: object) -> str:
        """The phrase with these values; `n` chooses between the forms for one and for several."""
        one, _, several = phrases()[key][LANGUAGES.index(self.lang)].partition("|")
        return (one if values.get("n") == 1 or not several else several).format(**values)

    def translated(self, sentence: str) -> str:
        """A sentence of another room in this language; empty where it is known in English alone."""
        if self.lang == ENGLISH:
            return sentence
        found = ((pattern.fullmatch(sentence), chinese) for pattern, chinese in sentences())
        return next((match.expand(chinese) for match, chinese in found if match), "")

    def of_registry(self, english: str) -> str:
        """A sentence, title or reading of the registry; one that it no longer has stays as the report has it."""
        return _registry(self.lang).get(english, english)


@cache
def _registry(lang: str) -> Mapping[str, str]:
    """What the registry's English texts are in this language."""
    english, words = texts_by_id(load()), texts_by_id(told(lang))
    return {text: words[id_].get(name, text) for id_, fields in english.items() for name, text in fields.items()}
