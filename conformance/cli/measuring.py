"""Measures what scenarios cost, and writes `conformance/plan/costs.json`: `python -m conformance.cli.measuring`.

Each run has a reference server of its own, and a target file that lacks a part. With a folder as argument the reports
are kept there, and those that are there already are not measured again.
"""

import json
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from conformance import reference
from conformance.client.journal import EXCHANGES, files_of, read_lines
from conformance.client.journaled import journaled
from conformance.evidence import Exchange
from conformance.plan.amount import Bill
from conformance.plan.cost_table import AT_THE_END, PLACE, WHOLE, Case, CostTable, Measured, Scenario, Wait, to_json
from conformance.plan.lacks import COOKIE, PARTS, PROMPTS
from conformance.report.files import JSON_NAME
from conformance.session.spending import Ledger
from conformance.verdict import Verdict

A_KEY_ALONE = frozenset(PARTS)
A_COOKIE = A_KEY_ALONE - {"primary" + COOKIE}
RUNS = (
    Measured(WHOLE),
    *(Measured(profile, lacks) for profile in ("gate", "smoke") for lacks in (frozenset[str](), A_KEY_ALONE)),
    Measured("gate", A_COOKIE),
    Measured("gate", frozenset(part for part in A_COOKIE if not part.startswith(PROMPTS))),
    Measured(WHOLE, A_KEY_ALONE),
    Measured(WHOLE, A_COOKIE),
    *(Measured(WHOLE, frozenset({part})) for part in PARTS),
)
"""The first has everything. Those of a key alone, and of a key and its cookie, are what most people have."""
RANDOM = re.compile(r"(?<=\")uploads/.*| \([0-9a-f]{6}\)$")
"""What of a scenario's name comes from the key of an upload, or from a digest of it: every run has others."""


@dataclass(frozen=True)
class Seen:
    """What a run left in its report folder."""

    run: Measured
    folder: Path

    @cached_property
    def report(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / JSON_NAME).read_text(encoding="utf-8"))
        return found

    @cached_property
    def evidence(self) -> list[Exchange]:
        found = [exchange for exchange, _ in read_lines(files_of(self.folder / "evidence", EXCHANGES))]
        return sorted(found, key=lambda exchange: exchange.number)

    @cached_property
    def bills(self) -> dict[str, Bill]:
        """What each scenario took."""
        ledgers = defaultdict[str, Ledger](Ledger)
        for exchange in self.evidence:
            ledgers[name_of(exchange.scenario)].add(exchange)
        return {name: ledger.amounts for name, ledger in ledgers.items() if ledger.amounts}

    @cached_property
    def seconds(self) -> Mapping[str, float]:
        """Of the target's time that went by for each scenario."""
        found, before = defaultdict[str, float](float), None
        for exchange in self.evidence:
            if exchange.clock is not None:
                found[name_of(exchange.scenario)] += max(0.0, exchange.clock - (before or exchange.clock))
                before = exchange.clock
        # At the end an hour is let go by, where that costs nothing.
        return {name: 0.0 if name.endswith(AT_THE_END) else seconds for name, seconds in found.items()}

    @property
    def tests(self) -> dict[str, dict[str, Any]]:
        return {check["id"]: check for check in self.report["checks"] if check["id"].startswith("suite/")}


def name_of(scenario: str) -> str:
    """The name that it has in every run."""
    return RANDOM.sub("", scenario)


def without(toml: str, lacks: Iterable[str]) -> str:
    """A target file's text without these parts."""
    for part in lacks:
        if part.startswith(PROMPTS):
            toml = re.sub(rf"(?m)^{part.removeprefix(PROMPTS)} = .*\n", "", toml)
        elif part.endswith(COOKIE):
            head = re.escape(f"[accounts.{part.removesuffix(COOKIE)}]\n")
            toml = re.sub(rf"({head}(?:(?!\[).*\n)*?)cookie = .*\n", r"\1", toml)
        else:
            toml = re.sub(rf"\[accounts\.{part}\]\n(?:(?!\[).*\n)*", "", toml)
    return toml


def measure(run: Measured, folder: Path) -> Seen:
    """Run the suite, unless the folder has its report."""
    if not (folder / JSON_NAME).exists():
        folder.mkdir(parents=True)
        with reference.start() as server:
            target = folder / "target.toml"
            # Accounts first: a cookie goes with its account.
            target.write_text(without(server.target_toml(), sorted(run.lacks, key=PARTS.index)), encoding="utf-8")
            command = [sys.executable, "-m", "conformance.cli", "run", str(target), "--profile", run.profile]
            command += ["--report-dir", str(folder), "--report", "json"]
            # Its status is that of a run that could not test everything.
            subprocess.run(command, check=False, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
    return Seen(run, folder)


def table_of(every: Sequence[Seen]) -> CostTable:
    """What these runs cost; the first one had everything."""
    whole = every[0]
    waits = {name: Wait(*wait) for name, wait in journaled(whole.folder / "evidence").awaited.items()}
    areas = {name_of(one["name"]): one["area"] for one in whole.report["scenarios"]}
    tests = {name: _case(name, check, every) for name, check in whole.tests.items()}
    names = {name for case in tests.values() for name in case.scenarios} | whole.bills.keys()
    took = whole.seconds
    scenarios = {
        name: Scenario(
            _bills(name, every), areas.get(name, ""), 0.0 if name in waits else round(took.get(name, 0.0), 1)
        )
        for name in sorted(names)
        if any(name in seen.bills for seen in every)
    }
    known = scenarios.keys()
    kept = {name: Case(case.requirements, case.scenarios & known, case.needs) for name, case in tests.items()}
    return CostTable(tuple(seen.run for seen in every), scenarios, waits, kept)


def _bills(name: str, every: Sequence[Seen]) -> dict[Measured, Bill]:
    """What is as with everything is left out, of runs of that profile."""
    whole, found = every[0].bills.get(name, {}), {every[0].run: every[0].bills.get(name, {})}
    for seen in every[1:]:
        bill = seen.bills.get(name)
        if seen.run.profile == WHOLE and (bill or {}) != whole:
            found[seen.run] = bill or {}
        elif seen.run.profile != WHOLE and bill is not None:
            found[seen.run] = bill
    return found


def _case(name: str, check: Mapping[str, Any], every: Sequence[Seen]) -> Case:
    needs = {
        part
        for seen in every
        for part in seen.run.lacks
        if seen.run == Measured(WHOLE, frozenset({part}))
        and seen.tests.get(name, {}).get("verdict") == Verdict.NOT_TESTED != check["verdict"]
    }
    return Case(tuple(check["requirements"]), frozenset(map(name_of, check["scenarios"])), frozenset(needs))


def written(table: CostTable) -> str:
    """A line for each run, scenario and test, so that changes can be read."""
    parts = []
    for title, part in to_json(table).items():
        items = part.items() if isinstance(part, dict) else ((None, one) for one in part)
        lines = [(f"{json.dumps(name)}: " if name is not None else "") + json.dumps(one) for name, one in items]
        left, right = "{}" if isinstance(part, dict) else "[]"
        parts.append(f'"{title}": {left}\n' + ",\n".join(lines) + f"\n{right}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def main(folder: Path) -> None:
    """Measure all of `RUNS`, and write the table."""
    if not PLACE.exists():  # every run plans itself
        PLACE.write_text(written(CostTable((), {}, {}, {})), encoding="utf-8")
    every = [measure(run, folder / f"{run.profile}-{'-'.join(sorted(run.lacks)) or 'all'}") for run in RUNS]
    PLACE.write_text(written(table_of(every)), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as kept:
            main(Path(kept))
