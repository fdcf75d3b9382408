"""`gimg-conformance requirements --against`: a new version of the documentation as a work list."""

import sys
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from conformance.errors import ConfigurationError
from conformance.report.hostile import one_line
from conformance.report.layout import Labelled, console_for, in_signs_of
from conformance.requirements import Registry
from conformance.requirements.against import Change, Fate, changes
from conformance.requirements.basis import followed, words_of
from conformance.requirements.documentation import Sentence, sentences

STYLES = {Fate.CHANGED: "yellow", Fate.WENT: "red", Fate.CAME: "green", Fate.MOVED: "dim"}
LONGEST = 300
LEAST_KNOWN = 0.1
"""Of the sentences, the share without which a text is another one."""
NOBODY = "no requirement rests on it"


def compare(path: Path, registry: Registry, old: Sequence[Sentence]) -> int:
    """Print what happened to each sentence, then the requirements to be looked at; 1 where there is something to do.

    `old` are the sentences on which the registry rests. Raises ConfigurationError for a file that has hardly any.
    """
    new = sentences(_text(path), words_of(registry))
    found = changes(old, new)
    same = len(old) - sum(change.old is not None for change in found)
    known = same + sum(change.fate is Fate.MOVED for change in found)
    if known < len(old) * LEAST_KNOWN:
        raise ConfigurationError(
            f"{path} has {known} of {len(old)} sentences of the documentation",
            "give the text of its page, as it is shown",
        )
    rests = resting(registry, old)
    console = console_for(sys.stdout)
    counts = Counter(change.fate for change in found)
    told = ", ".join(f"{counts[fate]} {fate}" for fate in Fate)
    console.print(Text(f"{len(new)} sentences: {told}, {same} as they were", style="bold"))
    for change in found:
        _tell(change, rests, console)
    _tell_work(found, rests, registry, console)
    return int(any(change.fate is not Fate.MOVED for change in found))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}", "name a text file") from None
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error}", "save it as text in UTF-8") from None


def resting(registry: Registry, every: Sequence[Sentence]) -> Mapping[Sentence, Sequence[str]]:
    """The ids of the requirements that rest on each sentence. Raises RegistryError for a source that leads nowhere."""
    found = defaultdict[Sentence, list[str]](list)
    for row in registry:
        for one in followed(row, every):
            found[one].append(row.id)
    return found


def _tell(change: Change, rests: Mapping[Sentence, Sequence[str]], console: Console) -> None:
    place = change.new or change.old
    if place is None:
        return
    where = _where(change)
    above = f"  {one_line(', '.join(place.path))}" if place.path else ""
    label = Text.assemble((f"{change.fate:9}", STYLES[change.fate]))
    words = Text.assemble(where, (above, "dim"))
    if change.new and change.fate is not Fate.MOVED:
        words.append(f"\n{one_line(change.new.text, LONGEST)}")
    ids = rests.get(change.old, ()) if change.old else ()
    if change.fate is not Fate.MOVED:
        words.append(f"\n{' '.join(ids) or NOBODY}", style="cyan" if ids else "dim")
    console.print(Text())
    console.print(Labelled(label, words), crop=False)


def _where(change: Change) -> str:
    new, old = (f"line {one.line}" if one else "" for one in (change.new, change.old))
    return f"{new}, was {old}" if new and old else new or f"was {old}"


def _tell_work(
    found: Sequence[Change], rests: Mapping[Sentence, Sequence[str]], registry: Registry, console: Console
) -> None:
    work = defaultdict[str, list[Change]](list)
    for change in found:
        if change.old and change.fate is not Fate.MOVED:
            for id_ in rests.get(change.old, ()):
                work[id_].append(change)
    if work:
        console.print(Text(f"\nTo be looked at: {len(work)} of {len(registry)} requirements", style="bold"))
    for row in registry:
        if row.id in work:
            words = Text.assemble(row.sentence, ("\n", ""), ("; ".join(map(_briefly, work[row.id])), "yellow"))
            console.print(Labelled(Text(f"{row.id:9}{row.level:7}"), in_signs_of(console, words)), crop=False)


def _briefly(change: Change) -> str:
    return f"{change.fate} ({_where(change)})"
