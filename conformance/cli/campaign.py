"""Runs the suite against each entry of the catalogue, and compares what failed with what should."""

import contextlib
import gc
import importlib
import io
import json
import os
import tempfile
import time
from collections.abc import Callable, Collection, Generator, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from conformance.cli.processes import each_apart
from conformance.faults.catalogue import Fault, Variation
from conformance.requirements import load

PACKAGE = Path(__file__).parents[1]
SUITE = PACKAGE / "suite"
JUDGED = {"MUST", "SHOULD"}
NO_API = "API-1"


class Fate(StrEnum):
    """What became of an entry; the four of a fault are four different results."""

    KILLED = "killed"
    SURVIVED = "survived"
    WRONGLY = "killed by the wrong requirement"
    ERROR = "error"
    CONFORMANT = "conformant"
    ACCUSED = "accused"
    UNDECIDED = "undecided"
    """A variation of which a requirement is inconclusive, or a MUST not tested."""


MEANS = {
    Fate.KILLED: "exactly the requirements that the fault names fail",
    Fate.SURVIVED: "no requirement fails, so that the suite does not see the fault",
    Fate.WRONGLY: "other requirements fail than those that the fault names",
    Fate.ERROR: "the run came to no report that could be judged",
    Fate.CONFORMANT: "no requirement fails at a server that differs as it may",
    Fate.ACCUSED: "a requirement fails at a server that differs as it may",
    Fate.UNDECIDED: "at a server that differs as it may, a requirement came to no verdict",
}
"""The words of a campaign, explained."""


class Tests(StrEnum):
    """Which tests an entry meets beside the smoke tests."""

    SECTION = "section"
    """Those of its section of the suite."""
    USUAL = "usual"
    """Likewise for a fault; all for a variation, since nothing may be judged otherwise because of it, nor left open."""
    ALL = "all"


@dataclass(frozen=True)
class Result:
    """`failed`, `unnamed`, `undecided`: requirement ids that failed, failed without being named, or are unclear."""

    name: str
    fate: Fate
    expected: tuple[str, ...]
    failed: tuple[str, ...]
    unnamed: tuple[str, ...]
    undecided: tuple[str, ...]
    seconds: float
    told: str = ""
    findings: int = 0
    """How many deviations the report tells of."""

    @property
    def good(self) -> bool:
        return self.fate in {Fate.KILLED, Fate.CONFORMANT}


def run(
    entries: Iterable[Fault | Variation], workers: int = 2, tests: Tests = Tests.USUAL,
    tick: Callable[[], object] = lambda: None,
) -> Generator[Result]:  # fmt: skip
    """Each entry's result as it comes; `tick` is called about every second. Close it to stop what is under way."""
    chosen = list(entries)
    import_once({section_of(entry) for entry in chosen})
    tasks = [(entry.name, _meets_all(entry, tests)) for entry in chosen]
    with contextlib.closing(each_apart(_one, tasks, workers, tick)) as ended:
        for (name, _), result, status in ended:
            died = Result(name, Fate.ERROR, (), (), (), (), 0.0, f"its process ended with the status {status}")
            yield result or died


def _meets_all(entry: Fault | Variation, tests: Tests) -> bool:
    return tests is Tests.ALL or (tests is Tests.USUAL and isinstance(entry, Variation))


def judged(entry: Fault | Variation, report: dict[str, Any], seconds: float, *, whole: bool = True) -> Result:
    """Compare a report with what the entry promises. Unless the run was `whole`, what was not tested is no matter."""
    rows = [row for row in report["requirements"] if row["level"] in JUDGED]
    failed = tuple(row["id"] for row in rows if row["verdict"] == "fail")
    broken = tuple(row["id"] for row in report["requirements"] if row["verdict"] == "error")
    undecided = tuple(row["id"] for row in rows if row["verdict"] == "inconclusive")
    if isinstance(entry, Variation):
        undecided += tuple(row["id"] for row in rows if whole and _is_missing(row, entry))
        fate = Fate.ACCUSED if failed else Fate.UNDECIDED if undecided else Fate.CONFORMANT
        expected, unnamed = tuple[str, ...](), failed
    else:
        expected = entry.breaks
        unnamed = tuple(sorted(set(failed) - set(expected) - {name for name, _ in entry.also}))
        killed = set(expected) <= set(failed)
        fate = Fate.KILLED if killed and not unnamed else Fate.WRONGLY if failed else Fate.SURVIVED
    # Of another server there is nothing to judge but that it is another, and the report says so as a problem.
    another = {NO_API} & set(expected) & set(failed)
    if broken or (report["problems"] and not another) or not report["tested"]:
        fate = Fate.ERROR
    told = {*unnamed, *broken, *(undecided if isinstance(entry, Variation) else ())}
    reasons = report["problems"] if report["tested"] else report["because"]
    reasons = [*reasons, *(f"{row['id']}: {row['reason']}" for row in report["requirements"] if row["id"] in told)]
    told_of = len(report["findings"])
    return Result(entry.name, fate, expected, failed, unnamed, undecided, seconds, "\n".join(reasons), told_of)


def _is_missing(row: dict[str, Any], entry: Variation) -> bool:
    """Whether a MUST was not tested although the run could have all that it needs."""
    needs = load()[row["id"]].needs if row["id"] in load() else ()
    return row["level"] == "MUST" and row["verdict"] == "not_tested" and not {*needs} & {*entry.without}


def import_once(sections: Collection[str] = ()) -> None:
    """What every forked process needs, or those of these sections, is loaded before the forks."""
    import httpx  # noqa: F401, PLC0415 - see above
    import PIL.Image  # noqa: F401, PLC0415
    import uvicorn  # noqa: F401, PLC0415

    import conformance.reference  # noqa: PLC0415
    import conformance.session  # noqa: F401, PLC0415
    from conformance.cases.examples import examples  # noqa: PLC0415
    from conformance.cases.fields import cases  # noqa: PLC0415
    from conformance.contract import load as load_contract  # noqa: PLC0415
    from conformance.session.plugins import fixture_modules  # noqa: PLC0415
    from conformance.session.reasons import index_of_tests  # noqa: PLC0415

    load_contract()
    index_of_tests()
    for module in (*fixture_modules(), *_files_of_the_suite()):
        importlib.import_module(module)
    for valid in (True, False):
        for operation in ("generate", "upload"):
            cases(operation, valid=valid)
            if "examples" in sections:
                examples(operation, valid=valid, seed=0)
    gc.collect()
    gc.freeze()  # what is loaded now lives as long as the processes, which need not look at it again


def _one(task: tuple[str, bool]) -> Result:
    from conformance.faults.catalogue import named  # noqa: PLC0415 - in the forked process

    name, whole = task
    entry, began = named(name), time.monotonic()
    report, said = report_on(entry, whole=whole)
    seconds = time.monotonic() - began
    if report is None:
        return Result(name, Fate.ERROR, (), (), (), (), seconds, said)
    return judged(entry, report, seconds, whole=whole)


def report_on(
    entry: Fault | Variation, *, whole: bool = False, plugins: Sequence[object] = ()
) -> tuple[dict[str, Any] | None, str]:
    """Run the suite in this process against an entry: report.json's content, or None and what pytest said last."""
    output = io.StringIO()
    with tempfile.TemporaryDirectory() as folder:
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
            _run_suite(entry, Path(folder), whole=whole, plugins=plugins)
        try:
            return json.loads((Path(folder) / "report.json").read_text(encoding="utf-8")), ""
        except OSError:
            return None, output.getvalue()[-2000:]


def _run_suite(entry: Fault | Variation, folder: Path, *, whole: bool, plugins: Sequence[object]) -> None:
    import pytest  # noqa: PLC0415 - loaded before the fork

    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    os.environ.pop("PYTEST_ADDOPTS", None)
    chosen = [] if whole else [f"--gimg-section={section_of(entry)}"]
    pytest.main(
        [
            "-c", os.devnull, "--rootdir", str(folder), "--confcutdir", str(PACKAGE), "-p", "conformance.plugin",
            "-p", "no:cacheprovider", "-q", "--tb=no", "--capture=no", f"--gimg-fault={entry.name}",
            f"--gimg-report-dir={folder}", "--gimg-report=json", *chosen,
            # By its path: for a name, pytest would look for a conftest.py in the working directory.
            str(SUITE),
        ],
        plugins=[*plugins],
    )  # fmt: skip


def _files_of_the_suite() -> list[str]:
    return [f"conformance.suite.{path.stem}" for path in sorted(SUITE.glob("test_*.py"))]


def section_of(entry: Fault | Variation) -> str:
    """The section of the suite that an entry belongs to, which its module is named after.

    What shows later, or along an axis, may have a module of its own.
    """
    return entry.apply.__module__.rpartition(".")[2].removesuffix("_later")
