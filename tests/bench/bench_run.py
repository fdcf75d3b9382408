"""Benchmark: what a run takes from process start to exit, part by part, beside a bare loop of its requests.

`python -m tests.bench.bench_run [--beside CHECKOUT] [--rounds 3] [PROFILE…]`. Everything runs on this machine against
the embedded server. Of all rounds the one with the least CPU seconds counts, since other work on the machine only adds
to them; another checkout of this repository is measured in turns with this one.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PROFILES = ("smoke", "gate", "certify")
SECTION = "plans"
"""Its entries of the catalogue are run to see what one takes: they wait for nothing, and send little."""
PARTS = ("start", "collection", "tests", "requests", "server", "waiting", "judging", "writing")
INSIDE = {"requests", "server", "waiting"}
"""Parts of the tests: the client's side of requests, the embedded server's side, and moving its clock."""
GOALS = {"--help": 0.2, "smoke": 1.5, "gate": 2.0, "certify": 5.0, "one fault": 0.7}
Figure = tuple[float, float]
"""CPU seconds, of all processes, and wall seconds."""
Figures = dict[str, Figure]


def spent(checkout: Path, *arguments: object, **environment: str) -> tuple[Figure, str]:
    """What a program of the checkout takes, and what it prints. Raises RuntimeError when it fails."""
    variables = os.environ | {"PYTHONPATH": f"{checkout}{os.pathsep}{HERE}", "BENCH_BEGAN": str(time.time())}
    variables.pop("PYTHONDONTWRITEBYTECODE", None)
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [sys.executable, *map(str, arguments)], env=variables | environment, cwd=checkout,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, arguments))}: {done.stdout}{done.stderr}")
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall), done.stdout


def help_text(checkout: Path) -> Figures:
    return {"--help": spent(checkout, "-m", "conformance.cli", "--help")[0]}


def one_fault(checkout: Path) -> Figures:
    with tempfile.TemporaryDirectory() as folder:
        cli = ("-m", "conformance.cli", "faults", "run", SECTION, "--workers", "1", "--report-dir", folder)
        (cpu, wall), _ = spent(checkout, *cli)
        entries = len(json.loads((Path(folder) / "faults.json").read_text(encoding="utf-8")))
    return {"one fault": (cpu / entries, wall / entries)}


def a_run(profile: str) -> Callable[[Path], Figures]:
    def measure(checkout: Path) -> Figures:
        with tempfile.TemporaryDirectory() as folder:
            parts, cli = Path(folder) / "parts.json", ("-m", "conformance.cli", "run", "--profile", profile)
            whole, _ = spent(checkout, *cli, "--report-dir", folder, "--", "-p", "parts", BENCH_PARTS=str(parts))
            found = {name: tuple(figure) for name, figure in json.loads(parts.read_text(encoding="utf-8")).items()}
            _, told = spent(checkout, HERE / "bare_loop.py", Path(folder) / "evidence")
        cpu, wall = (float(word) for word in told.split())
        return {
            profile: whole,
            **{name: found[name] for name in PARTS if name in found},
            "bare loop of the same requests": (cpu, wall),
        }

    return measure


def least(measure: Callable[[Path], Figures], checkouts: Sequence[Path], rounds: int) -> list[Figures]:
    """For each checkout the figures of the round whose first figure has the least CPU seconds."""
    every = [[measure(checkout) for checkout in checkouts] for _ in range(rounds)]
    return [min(column, key=lambda figures: next(iter(figures.values()))) for column in zip(*every, strict=True)]


def lines(columns: list[Figures]) -> Iterator[str]:
    """Of each checkout's figures, side by side."""
    for name in columns[0]:
        shown = f"{'    ' if name in INSIDE else '  ' if name in PARTS else ''}{name}"
        figures = "   ".join(f"{cpu:8.2f} {wall:8.2f}" for cpu, wall in (each.get(name, (0, 0)) for each in columns))
        goal = f"   goal {GOALS[name]:g}" if name in GOALS else ""
        yield f"{shown:38}{figures}{goal}"
        if name == "bare loop of the same requests":
            ratios = (next(iter(each.values()))[0] / each[name][0] for each in columns)
            yield f"{'  times the bare loop':38}{'            '.join(f'{ratio:8.1f}' for ratio in ratios)}   goal 3"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("profiles", nargs="*", metavar="PROFILE", help=", ".join(PROFILES))
    parser.add_argument("--beside", type=Path, metavar="CHECKOUT", help="measure another checkout as well, in turns")
    parser.add_argument("--rounds", type=int, default=3, help="measure so often, and show the least")
    options = parser.parse_args()
    checkouts = [ROOT, *([options.beside.absolute()] if options.beside else [])]
    print(f"{'':38}{'   '.join(f'{checkout.name:>17}' for checkout in checkouts)}")
    print(f"{'':38}{'   '.join('   CPU s   wall s' for _ in checkouts)}")
    for measure in (help_text, *(a_run(profile) for profile in options.profiles or PROFILES), one_fault):
        for line in lines(least(measure, checkouts, options.rounds)):
            print(line, flush=True)


if __name__ == "__main__":
    main()
