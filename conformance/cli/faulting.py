"""`gimg-conformance faults run`, and which entries of the catalogue words choose."""

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.text import Text

from conformance.cli.campaign import MEANS, Fate, Result, Tests, run, section_of
from conformance.cli.campaign_progress import CampaignProgress
from conformance.cli.report_folder import make
from conformance.counted import counted
from conformance.errors import ConfigurationError
from conformance.faults import Fault, Variation, catalogue, everything
from conformance.faults.catalogue import AND, LIKELY
from conformance.near import did_you_mean, near
from conformance.report.layout import console_for
from conformance.requirements.translation import ENGLISH
from conformance.verdict import INTERRUPTED

FEW = 2
"""Findings that one deviation may well take."""
COLOURS = {
    Fate.KILLED: "green",
    Fate.CONFORMANT: "green",
    Fate.SURVIVED: "red",
    Fate.WRONGLY: "red",
    Fate.ACCUSED: "red",
    Fate.UNDECIDED: "yellow",
    Fate.ERROR: "magenta",
}


def chosen(names: Sequence[str]) -> list[Fault | Variation]:
    """The entries of these names or sections; all of the catalogue when none is given. Raises ConfigurationError."""
    entries = list(everything())
    known = {entry.name for entry in entries} | {section_of(entry) for entry in entries}
    if unknown := [name for name in names if name not in known]:
        hint = f"{did_you_mean(near(unknown[0], sorted(known)))} `gimg-conformance faults list` lists them".lstrip()
        raise ConfigurationError(f"unknown fault or section {unknown[0]!r}", hint)
    return [entry for entry in entries if not names or entry.name in names or section_of(entry) in names]


def paired(names: Sequence[str]) -> list[Fault | Variation]:
    """The pairs of likely variations in which one of these is; all when none is given. Raises ConfigurationError."""
    if unknown := [name for name in names if name not in LIKELY]:
        raise ConfigurationError(f"{unknown[0]!r} is in no pair", f"likely variations are {', '.join(LIKELY)}")
    return [pair for pair in catalogue.pairs() if not names or {*pair.name.split(AND)} & {*names}]


def run_faults(
    names: Sequence[str],
    workers: int,
    report_dir: Path,
    *,
    tests: str = Tests.USUAL,
    pairs: bool = False,
    lang: str = ENGLISH,
) -> int:
    """Run the campaign, or that of the pairs of variations with one of these names; write faults.json and faults.html.

    `lang` is that of the page: "en" or "zh-TW".

    Returns 130 when it was interrupted, and both files have what was known by then; else 1 when an entry did not come
    out as it should, else 3 when a file could not be written, else 0.
    """
    from conformance.cli.fault_page import campaign_page  # noqa: PLC0415 - loads the templates

    make(report_dir)
    entries, console = paired(names) if pairs else chosen(names), Console(highlight=False)
    processes, began = workers or os.cpu_count() or 1, time.monotonic()
    results, interrupted = _results(entries, processes, Tests(tests), console)
    seconds = time.monotonic() - began
    _sum_up(results, len(entries), console)
    took = f"{seconds:.0f} s with {counted(processes, 'process', 'processes')}"
    console.print(Text(f"{took}, {seconds / len(results):.2f} s each" if results else took))
    _tell_findings([result for result in results if result.findings], console)
    good = all(result.good for result in results)
    plain = [asdict(result) for result in sorted(results, key=lambda result: result.name)]
    page = campaign_page(results, entries, seconds, lang)
    texts = {"faults.json": json.dumps(plain, indent=1), "faults.html": page}
    written = [_written(text, report_dir / name, console) for name, text in texts.items()]
    return INTERRUPTED if interrupted else 0 if all(written) and good else 3 if good else 1


def _results(
    entries: Sequence[Fault | Variation], processes: int, tests: Tests, console: Console
) -> tuple[list[Result], bool]:
    """Those that there are, each told as it comes, and whether Ctrl-C or SIGTERM came before the last."""
    from conformance.session.termination import terminable  # noqa: PLC0415 - loads the suite

    results, err = list[Result](), console_for(sys.stderr)
    progress = CampaignProgress(len(entries), err, live=err.is_terminal and not err.is_dumb_terminal)
    try:
        with terminable(), progress.shown(), closing(run(entries, processes, tests, progress.tick)) as every:
            for result in every:
                results.append(result)
                with progress.ended(good=result.good):
                    _tell(result, console)
    except KeyboardInterrupt:
        return results, True
    return results, False


def _sum_up(results: Sequence[Result], entries: int, console: Console) -> None:
    """How many there are of each fate, and what these words mean."""
    counts = Counter(result.fate for result in results)
    fates = ", ".join(f"{n} {fate}" for fate, n in sorted(counts.items()))
    if len(results) < entries:
        told = f"Interrupted: {len(results)} of {entries} entries were run"
    else:
        told = counted(entries, "entry", "entries")
    console.print(Text(f"{told}: {fates}" if fates else told))
    for fate, meaning in MEANS.items():
        if counts[fate]:
            console.print(Text(f"           {fate}: {meaning}", style="dim"), soft_wrap=True)


def _written(text: str, path: Path, console: Console) -> bool:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        console.print(Text(f"{path} could not be written: {error.strerror}", style="yellow"), soft_wrap=True)
        return False
    console.print(Text(str(path), style="dim"), soft_wrap=True)
    return True


def _tell_findings(results: Sequence[Result], console: Console) -> None:
    """How many findings the reports told of each fault, which is one deviation, and which of them take three or more.

    More than one is no error: some deviations look like two, and a report must not hide one of them.
    """
    counts = Counter(result.findings for result in results)
    if counts:
        told = ", ".join(f"{number}: {entries}" for number, entries in sorted(counts.items()))
        console.print(Text(f"findings per fault: {told}"))
    for result in sorted(results, key=lambda each: each.name):
        if result.findings > FEW:
            console.print(Text(f"           {result.findings} findings: {result.name}", style="dim"), soft_wrap=True)


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
        console.print(Text(f"           expected to fail: {expected}\n           {result.told}", style="yellow"))
