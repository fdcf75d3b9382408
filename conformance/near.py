"""What a word that is not known may have meant."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

LEAST = 3
"""Characters of a part that tells something of a name."""


def near(word: str, known: Iterable[str], most: int = 3, alike: float = 0.6) -> list[str]:
    """Those of the known words that are most like it, then those in which it stands.

    `alike`: from 0, which any word is, to 1, which the same word is.
    """
    words = [*known]
    parts = (name for name in sorted(words, key=len) if len(word) >= LEAST and word in name)
    return list(dict.fromkeys([*get_close_matches(word, words, most, alike), *parts]))[:most]


def did_you_mean(names: Sequence[str]) -> str:
    """A question for the beginning of a remedy; empty where there are none."""
    *others, last = names or [""]
    return f"did you mean {', '.join(others)}{' or ' if others else ''}{last}?" if last else ""
