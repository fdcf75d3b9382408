"""`gimg-conformance faults list`: the catalogue, one line for each entry."""

import re
import sys
from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from conformance.cli.campaign import section_of
from conformance.cli.faulting import chosen
from conformance.counted import counted
from conformance.faults import Fault, Variation
from conformance.report.layout import Labelled, console_for
from conformance.requirements import load

KINDS = {"fault": Fault, "variation": Variation}
WORDS = {Fault: ("fault", "faults"), Variation: ("permitted variation", "permitted variations")}
RULING = re.compile(r"R[0-9]+")


def list_faults(
    names: Sequence[str] = (), requirement: str = "", kind: str | None = None, *, verbose: bool = False
) -> None:
    """Print the catalogue by section, or these names and sections of it, in the order of the alphabet.

    `requirement` is one that a fault breaks, or a ruling that permits a variation. `verbose`: with what users would
    notice. Raises ConfigurationError for a name, requirement or ruling that there is not.
    """
    entries = [entry for entry in _about(requirement, chosen(names)) if not kind or isinstance(entry, KINDS[kind])]
    console, last = console_for(sys.stdout, breaks=verbose), ""
    for (section, _, of), group in groupby(
        sorted(entries, key=_place), lambda entry: (*_place(entry)[:2], type(entry))
    ):
        few = list(group)
        blank = "\n" if last and section != last else ""
        console.print(Text.assemble(blank, (section, "bold cyan"), (f"  {counted(len(few), *WORDS[of])}", "dim")))
        for entry in few:
            _list(entry, console, verbose=verbose)
        last = section
    counts = (counted(sum(isinstance(entry, of) for entry in entries), *words) for of, words in WORDS.items())
    console.print(Text(f"\n{', '.join(counts)}", style="dim"))


def _about(id_: str, entries: Sequence[Fault | Variation]) -> Iterator[Fault | Variation]:
    if not id_:
        yield from entries
        return
    id_ = id_.upper()
    known = load().ruling(id_).id if RULING.fullmatch(id_) else load()[id_].id
    yield from (entry for entry in entries if known in _ids(entry))


def _ids(entry: Fault | Variation) -> tuple[str, ...]:
    return entry.breaks if isinstance(entry, Fault) else entry.rulings


def _place(entry: Fault | Variation) -> tuple[str, bool, str]:
    """By section, there faults before variations, and those by name."""
    return section_of(entry), isinstance(entry, Variation), entry.name


def _list(entry: Fault | Variation, console: Console, *, verbose: bool) -> None:
    told, style = ("breaks", "red") if isinstance(entry, Fault) else ("permitted by", "green")
    ids = Text(f"{told} {' '.join(_ids(entry))}", style=style)
    if not verbose:
        console.print(Labelled(Text("  "), Text.assemble((entry.name, "bold"), "  ", ids)), crop=False)
        return
    console.print(Text.assemble("  ", (entry.name, "bold"), "  ", ids), soft_wrap=True)
    console.print(Padding(" ".join(entry.text.split()), (0, 0, 0, 6)))
