"""Benchmark: what hostile and broken targets do to a run, as a table. Exit status 1 when a row is not as wanted.

`python -m tests.hostile.bench_hostile [NAME…] [--list] [--profile gate] [--clock 10] [--jobs 2] [--patience SECONDS]`.
Everything runs on this machine, on 127.0.0.1, by the installed command; each row is a process of its own with a peer
of its own, and, where the peer stands before a good server, a reference server behind it. The row `well` before all
others is the same server when nothing misbehaves: its seconds are the target's own, not those of the run.

A row is ok when the status is a wanted one, the run ends within 60 s beyond the target's own delays, takes at most
500 MiB of resident memory and 50 MB of files, leaves no webhook behind, prints no traceback and nothing that a terminal
would obey, and no secret stands in anything that was written or said. Runs that take more than 1536 MiB, 500 MB or
their patience (240 s) are killed, and not ok.
"""

import argparse
import multiprocessing
import re
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection

from tests.hostile.catalogue import CONFORMANT, Behaviour, load
from tests.hostile.judgement import Row, complaints
from tests.hostile.peer import pass_on
from tests.hostile.row import measured

SPARE_SECONDS = 180.0
"""What a row may take beyond the run itself: to start its server, to look into files, to end."""
WELL = Behaviour("well", "Nothing misbehaves.", pass_on, frozenset({CONFORMANT}), fronts=True)
COLUMNS = "{:34} {:>6} {:>6} {:>7} {:>8} {:>7} {:>4}  {:60}  {}"
HEAD = ("behaviour", "wanted", "status", "seconds", "peak MiB", "disk MB", "left", "verdict", "")


@dataclass(frozen=True)
class Terms:
    """Of all rows; empty or 0: those of the behaviour."""

    profile: str
    clock: str
    patience: float


def main() -> int:
    words, known = _words(), load()
    if words.list:
        print("\n".join(f"{one.name:34} {one.told}" for one in known.values()))
        return 0
    if unknown := [name for name in words.names if name not in known]:
        print(f"unknown: {', '.join(unknown)}; --list tells all", file=sys.stderr)
        return 2
    chosen = [known[name] for name in words.names] or list(known.values())
    return int(not tabled(chosen, Terms(words.profile, words.clock, words.patience), words.jobs))


def _words() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="rows; all of them when none is named")
    parser.add_argument("--list", action="store_true", help="tell what each behaviour does, and end")
    parser.add_argument("--profile", default="gate")
    parser.add_argument("--clock", default="", help="real, stepped or a scale, in place of each behaviour's own")
    parser.add_argument("--jobs", type=int, default=2, help="rows at a time")
    parser.add_argument("--patience", type=float, default=0.0, help="seconds after which a run is killed")
    return parser.parse_args()


def tabled(chosen: Iterable[Behaviour], terms: Terms, jobs: int) -> bool:
    """Print the rows as they come, in order: whether all are as wanted."""
    chosen = list(chosen)
    clocks = dict.fromkeys(terms.clock or one.clock for one in chosen if one.fronts)
    print(COLUMNS.format(*HEAD).rstrip(), flush=True)
    with _pool(jobs) as pool:
        controls = {clock: pool.submit(apart, WELL, Terms(terms.profile, clock, terms.patience)) for clock in clocks}
        rows = [pool.submit(apart, one, terms) for one in chosen]
        print_one = partial(printed, controls=controls, terms=terms)
        fine = [print_one(WELL, row, clock=clock) for clock, row in controls.items()]
        fine += [print_one(one, row) for one, row in zip(chosen, rows, strict=True)]
    print(f"{sum(fine)} of {len(fine)} rows as wanted")
    return all(fine)


@contextmanager
def _pool(jobs: int) -> Iterator[ThreadPoolExecutor]:
    """Rows that have not begun are given up when this is left by an exception."""
    pool = ThreadPoolExecutor(jobs)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def printed(
    one: Behaviour,
    coming: Future[Row | None],
    *,
    controls: dict[str, Future[Row | None]],
    terms: Terms,
    clock: str = "",
) -> bool:
    """Wait for a row and print it: whether it is as wanted."""
    row = coming.result()
    control = controls[clock or terms.clock or one.clock].result() if one.fronts else None
    wanted = " ".join(map(str, sorted(one.wanted)))
    name = f"{one.name} (clock {clock})" if clock else one.name
    if row is None:
        print(COLUMNS.format(name, wanted, *"-----", "", "this script broke down before an end"), flush=True)
        return False
    wrong = complaints(one, row, control.seconds if control else 0.0)
    numbers = (f"{row.seconds:.1f}", f"{row.peak_mib:.0f}", f"{row.disk_mb:.1f}", "?" if row.left is None else row.left)
    status = "killed" if row.status is None else row.status
    print(COLUMNS.format(name, wanted, status, *numbers, _short(row.sentence), "; ".join(wrong) or "ok"), flush=True)
    return not wrong


def _short(sentence: str, most: int = 60) -> str:
    text = re.sub(r"[^\x20-\x7e\xa1-\uffff]+", " ", sentence)
    return text if len(text) <= most else text[: most - 1] + "…"


def apart(one: Behaviour, terms: Terms) -> Row | None:
    """The row, measured in a process of its own; None when that broke down, or did not end in time."""
    context = multiprocessing.get_context("spawn")
    ours, its = context.Pipe(duplex=False)
    process = context.Process(target=_measure, args=(its, one.name, terms))
    process.start()
    its.close()
    try:
        return ours.recv() if ours.poll((terms.patience or one.patience) + SPARE_SECONDS) else None
    except EOFError:
        return None
    finally:
        process.join(5)
        process.kill()


def _measure(answer: Connection, name: str, terms: Terms) -> None:
    row = measured(load().get(name, WELL), terms.profile, terms.clock, terms.patience)
    with suppress(BrokenPipeError):  # whoever asked has ended
        answer.send(row)


if __name__ == "__main__":
    sys.exit(main())
