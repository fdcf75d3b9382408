"""Benchmark: the same faults before `schemathesis run` and before this suite, side by side, as a Markdown document.

`python -m tests.alternative.bench_alternative > reports/alternative.md`. Every run has a reference server of its own
on this machine, with one fault of the catalogue; the sample is spread over its sections without regard to who finds
what. How schemathesis is run, and why:

- It reads our contract, has the key and the dashboard's session, and runs all its checks from a fixed seed. It does not
  invent credentials, which headers given on the command line override without its knowledge, so that it would raise
  false alarms.
- It is run twice: with all its phases, and as many examples as make it send about as many requests as a certify run;
  and with the phases of examples and fuzzing, and as many examples as make it send about as many as a gate run. Its
  phase of coverage alone sends more than that.
- Its server's clock runs a thousand times as fast as real time: generations end between two of its requests, and an
  hour's quota is not used up. It answers only where it is asked: deliveries to invented addresses are refused.
- What it also reports of the conformant server, from any of three seeds, is a false alarm and catches no fault.

This suite is run as a user would run it, by `gimg-conformance run`, once with each of these profiles, with the target
file of a server on a stepped clock. It catches a fault when a requirement fails that does not fail on the conformant
server.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from typing import Any
from urllib.parse import urlsplit

from conformance import reference
from conformance.cli.campaign import section_of
from conformance.faults import FAULTS, Fault, load, named
from conformance.reference.request import Request
from conformance.reference.response import Response
from tests.alternative.comparison import Failure, failures_of, new, sampled

SAMPLE = 40
ALL_PHASES = "examples,coverage,fuzzing,stateful"
SEEDS = (1, 2, 3)
"""The first is used with faults, all of them on the conformant server."""
SCALE = 1000
AT_ONCE = 2
ENDED = {0, 1, 3}
"""Exit statuses of both tools: nothing found, something found, and (this suite) not decided."""
CONTRACT = Path(__file__).parents[2] / "openapi.yaml"
MISSED = Path(__file__).with_name("missed.md")
"""What users of other tools would miss: written by hand, and the end of the document."""
COMMANDS = Path(sys.executable).parent


@dataclass(frozen=True)
class Run:
    """What a tool reported, the requests that the server answered, and seconds from start to end of the process."""

    failures: frozenset[Failure]
    requests: int
    seconds: float


Tool = Callable[[str, int], Run]


def by_schemathesis(fault: str, seed: int, *, phases: str, examples: int) -> Run:
    """Its verdict on a server with this fault; none: the conformant one."""
    with served(fault, reference.RunningClock(SCALE)) as (server, answered), tempfile.TemporaryDirectory() as folder:
        account, path = server.accounts["primary"], Path(folder) / "events.ndjson"
        # fmt: off
        seconds = timed(
            COMMANDS / "schemathesis", "run", CONTRACT, "--url", server.base_url,
            "--header", f"Authorization: Bearer {account.key}", "--header", f"Cookie: {account.cookie}",
            "--generation-with-security-parameters", "false", "--checks", "all", "--continue-on-failure",
            "--phases", phases, "--max-examples", examples, "--seed", seed,
            "--generation-database", "none", "--report", "ndjson", "--report-ndjson-path", path, folder=folder,
        )
        # fmt: on
        events = map(json.loads, path.read_text(encoding="utf-8").splitlines())
        return Run(failures_of(events), answered.total(), seconds)


def by_this_suite(fault: str, seed: int, *, profile: str) -> Run:
    """The same for this suite; the failures are the requirements that failed."""
    with served(fault, reference.SteppedClock()) as (server, answered), tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "target.toml"
        target.write_text(server.target_toml(), encoding="utf-8")
        command = (COMMANDS / "gimg-conformance", "run", target, "--profile", profile, "--seed", seed)
        seconds = timed(*command, "--report-dir", folder, folder=folder)
        report = json.loads((Path(folder) / "report.json").read_text(encoding="utf-8"))
        failed = (row["id"] for row in report["requirements"] if row["verdict"] == "fail")
        return Run(frozenset(Failure(id_, "", "") for id_ in failed), answered.total(), seconds)


SCHEMATHESIS = "schemathesis"
TOOLS: dict[str, Tool] = {
    SCHEMATHESIS: partial(by_schemathesis, phases=ALL_PHASES, examples=86),
    "this suite, certify": partial(by_this_suite, profile="certify"),
    f"{SCHEMATHESIS}, few requests": partial(by_schemathesis, phases="examples,fuzzing", examples=47),
    "this suite, gate": partial(by_this_suite, profile="gate"),
}


@contextmanager
def served(fault: str, clock: reference.Clock) -> Iterator[tuple[reference.Running, Counter[str]]]:
    """A server, and how many requests it answered on each route, those that move its clock apart."""
    answered: Counter[str] = Counter()

    def count(request: Request, response: Response) -> Response:
        answered[request.route] += 1
        return response

    def alter(service: reference.Service) -> None:
        if fault:
            named(fault).apply(service)
        service.rewriters.append(count)
        keep_home(service)

    with reference.start(clock=clock, alter=alter) as server:
        yield server, answered


def keep_home(service: reference.Service) -> None:
    """Deliveries to other machines are refused before a connection is tried."""
    sender = service.parts.sender
    post = sender.post

    async def guarded(url: str, *arguments: Any) -> None:
        if urlsplit(url).hostname not in {"127.0.0.1", "localhost"}:
            raise ConnectionRefusedError(url)
        await post(url, *arguments)

    setattr(sender, "post", guarded)  # noqa: B010 - the type checker would take it for a mistake


def timed(*command: object, folder: str) -> float:
    """Seconds. Raises RuntimeError when the tool came to no verdict, good or bad."""
    began = time.perf_counter()
    ended = subprocess.run([str(word) for word in command], cwd=folder, capture_output=True, text=True, check=False)
    if ended.returncode not in ENDED:
        raise RuntimeError(f"{command[0]} ended with {ended.returncode}: {ended.stdout[-2000:]}{ended.stderr[-2000:]}")
    return time.perf_counter() - began


def sample() -> list[Fault]:
    load()
    sections: dict[str, list[Fault]] = defaultdict(list)
    for fault in sorted(FAULTS.values(), key=section_of):
        sections[section_of(fault)].append(fault)
    return list(sampled(sections, SAMPLE))


def main() -> None:
    faults = sample()
    with ProcessPoolExecutor(AT_ONCE) as pool:
        conformant = {
            name: [pool.submit(tool, "", seed) for seed in (SEEDS if name.startswith(SCHEMATHESIS) else SEEDS[:1])]
            for name, tool in TOOLS.items()
        }
        faulty = {name: [pool.submit(tool, fault.name, SEEDS[0]) for fault in faults] for name, tool in TOOLS.items()}
        alarms = {
            tool: frozenset().union(*(run.result().failures for run in runs)) for tool, runs in conformant.items()
        }
        runs = {tool: [run.result() for run in started] for tool, started in faulty.items()}
    caught = {tool: [new(run.failures, alarms[tool]) for run in results] for tool, results in runs.items()}
    print_head()
    print_summary(runs, caught, alarms)
    print_faults(faults, caught)
    print_alarms(alarms)
    print(f"\n{MISSED.read_text(encoding='utf-8')}", end="")


def print_head() -> None:
    print("# Beside the alternative\n")
    print(
        f"{SAMPLE} of {len(FAULTS)} faults of the catalogue, each before `schemathesis run` and before this suite,\n"
        "at two budgets of requests."
    )
    print(f"{datetime.now(UTC).date()}; schemathesis {version('schemathesis')}, gimg-conformance "
          f"{version('gimg-conformance')}, Python {python_version()}, {AT_ONCE} runs at a time.\n")  # fmt: skip
    print(
        "How both were run, and what counts: the head of `tests/alternative/bench_alternative.py`, which wrote this.\n"
    )


def print_summary(
    runs: dict[str, list[Run]], caught: dict[str, list[list[Failure]]], alarms: dict[str, frozenset[Failure]]
) -> None:
    print(f"| | {' | '.join(runs)} |\n| --- |{' --: |' * len(runs)}")
    rows: dict[str, list[object]] = {
        f"faults caught, of {SAMPLE}": [sum(map(bool, found)) for found in caught.values()],
        "false alarms on the conformant server": [len(found) for found in alarms.values()],
        "requests sent, a fault": [sum(run.requests for run in results) // SAMPLE for results in runs.values()],
        "seconds, a fault": [round(sum(run.seconds for run in results) / SAMPLE, 1) for results in runs.values()],
    }
    for name, values in rows.items():
        print(f"| {name} | {' | '.join(map(str, values))} |")


def print_faults(faults: list[Fault], caught: dict[str, list[list[Failure]]]) -> None:
    print(f"\n## Fault by fault\n\n| fault | breaks | {' | '.join(caught)} |\n| --- | --- |{' --- |' * len(caught)}")
    for fault, *found in zip(faults, *caught.values(), strict=True):
        cells = [", ".join(sorted({f"{one.check} {one.operation}".strip() for one in each})) or "-" for each in found]
        print(f"| {fault.name} | {', '.join(fault.breaks)} | {' | '.join(cells)} |")


def print_alarms(alarms: dict[str, frozenset[Failure]]) -> None:
    print("\n## False alarms on the conformant server\n")
    for tool, found in alarms.items():
        print(f"{tool}: {len(found) or 'none'}\n")
        print("".join(f"- {one.check}, {one.operation}: {one.shape}\n" for one in sorted(found)), end="")


if __name__ == "__main__":
    main()
