"""What a new version of the documentation changes: its sentences beside those that the registry was made from."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from conformance.requirements.documentation import Sentence


class Fate(StrEnum):
    """What happened to a sentence that is not as and where it was."""

    CHANGED = "changed"
    WENT = "went"
    CAME = "came"
    MOVED = "moved"
    """Its words are the same; it stands elsewhere among the others."""


@dataclass(frozen=True, slots=True)
class Change:
    """`old` is None for what came, `new` for what went."""

    fate: Fate
    old: Sentence | None
    new: Sentence | None


Pair = tuple[Sentence, Sentence]


def changes(old: Sequence[Sentence], new: Sequence[Sentence]) -> tuple[Change, ...]:
    """Those of the sentences that are not as they were, in the order of the new text; what went, where it stood.

    A sentence whose text is not kept cannot be compared word by word: what changed is what stands in the same gap
    between sentences that did not, or bears the same name in the same place.
    """
    matcher = SequenceMatcher(None, [one.hash for one in old], [one.hash for one in new], autojunk=False)
    gaps = [(old[a:b], new[c:d]) for tag, a, b, c, d in matcher.get_opcodes() if tag != "equal"]
    gone, come = [one for few, _ in gaps for one in few], [one for _, few in gaps for one in few]
    moved = [*_paired(gone, come, lambda one: one.hash)]
    changed = list[Pair]()
    for key in (_by_name, lambda one: one.kind):
        for few, others in gaps:
            taken = {*moved, *changed}
            changed += _paired(_without(few, taken, 0), _without(others, taken, 1), key)
    taken = {*moved, *changed}
    changed += _paired(_without(gone, taken, 0), _without(come, taken, 1), _by_name)
    taken = {*moved, *changed}
    found = [
        *(Change(Fate.MOVED, *pair) for pair in moved),
        *(Change(Fate.CHANGED, *pair) for pair in changed),
        *(Change(Fate.WENT, one, None) for one in _without(gone, taken, 0)),
        *(Change(Fate.CAME, None, one) for one in _without(come, taken, 1)),
    ]
    return tuple(sorted(found, key=_line))


def _line(change: Change) -> int:
    place = change.new or change.old
    return place.line if place else 0


def _by_name(one: Sentence) -> Hashable:
    """What bears no name is like nothing else."""
    return (one.path, one.kind, one.names) if one.names else one


def _without(few: Iterable[Sentence], taken: Iterable[Pair], side: int) -> list[Sentence]:
    known = {id(pair[side]) for pair in taken}
    return [one for one in few if id(one) not in known]


def _paired(gone: Iterable[Sentence], come: Iterable[Sentence], key: Callable[[Sentence], Hashable]) -> Iterator[Pair]:
    """Each of the first with the next of the second that has the same key."""
    waiting = defaultdict[Hashable, list[Sentence]](list)
    for one in come:
        waiting[key(one)].append(one)
    for one in gone:
        if waiting[key(one)]:
            yield one, waiting[key(one)].pop(0)
