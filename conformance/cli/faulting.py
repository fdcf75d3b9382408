"""`gimg-conformance faults list` and `faults run`."""

import json
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from conformance.errors import ConfigurationError
from conformance.faults import Fault, Variation, everything
from conformance.faults.campaign import Fate, Result, run, section_of

COLOURS = {
    Fate.KILLED: "green",
    Fate.CONFORMANT: "green",
    Fate.SURVIVED: "red",
    Fate.WRONGLY: "red",
    Fate.ACCUSED: "red",
    Fate.ERROR: "magenta",
}


def chosen(names: Sequence[str]) -> list[Fault | Variation]:
    """The entries of these names or sections; all of the catalogue when none is given. Raises ConfigurationError."""
    entries = list(everything())
    known = {entry.name for entry in entries} | {section_of(entry) for entry in entries}
    if unknown := [name for name in names if name not in known]:
        raise ConfigurationError(f"no fault or section is named {unknown[0]!r}", "see `gimg-conformance faults list`")
    return [entry for entry in entries if not names or entry.name in names or section_of(entry) in names]


def list_faults() -> None:
    """Print the catalogue: what each entry breaks, or which ruling permits it, and who would notice."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("fault or variation", ratio=2)
    table.add_column("breaks", ratio=1, style="red")
    table.add_column("permitted by", ratio=1, style="green")
    table.add_column("what it does", ratio=3)
    for entry in everything():
        wrong = isinstance(entry, Fault)
        named = " ".join(entry.breaks if isinstance(entry, Fault) else entry.rulings)
        table.add_row(entry.name, named if wrong else "", "" if wrong else named, " ".join(entry.text.split()))
    Console(highlight=False).print(table)


def run_faults(names: Sequence[str], workers: int, report_dir: Path, *, whole: bool) -> int:
    """Run the campaign, write faults.json, and return 0 when every entry came out as it should, else 1."""
    entries, console = chosen(names), Console(highlight=False)
    results = []
    for result in run(entries, workers or os.cpu_count() or 1, whole=whole):
        results.append(result)
        _tell(result, console)
    report_dir.mkdir(parents=True, exist_ok=True)
    path = report_dir / "faults.json"
    path.write_text(json.dumps([asdict(r) for r in sorted(results, key=lambda r: r.name)], indent=1), encoding="utf-8")
    counts = Counter(str(result.fate) for result in results)
    console.print(Text(f"{len(results)} entries: " + ", ".join(f"{n} {fate}" for fate, n in sorted(counts.items()))))
    console.print(Text(str(path), style="dim"))
    return 0 if all(result.good for result in results) else 1


def _tell(result: Result, console: Console) -> None:
    line = Text.assemble(
        (f"{result.fate:10} ", COLOURS[result.fate]),
        (f"{result.seconds:4.1f} s ", "dim"),
        result.name,
        ("  " + " ".join(result.failed), "dim"),
    )
    console.print(line, soft_wrap=True)
    if not result.good:
        expected = " ".join(result.expected) or "nothing"
        console.print(Text(f"           should fail: {expected}\n           {result.told}", style="yellow"))
