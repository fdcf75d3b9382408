"""`run()`: the suite in a process of its own, since pytest changes what a process has only one of."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import conformance
from conformance.errors import ConfigurationError, SuiteError
from conformance.library.described import Target
from conformance.report import Report
from conformance.report.files import USUAL

SECONDS_TO_END = 60
"""Real ones, that a run whose program was interrupted has to remove its webhooks and to write its report."""
PACKAGES = str(Path(conformance.__file__).parents[1])


def run(
    target: Target | Path | str | None = None,
    *,
    profile: Literal["smoke", "gate", "certify"] | None = None,
    only: Sequence[str] = (),
    report_dir: Path | str = "reports",
    report: str = USUAL,
    seed: int | None = None,
    workers: int = 1,
    strict: bool = False,
    known_failures: Path | str | None = None,
    max_wait: float = 0,
    max_seconds: float = 0,
    wait: bool = False,
    wait_for_target: float = 0,
    timeout: float | None = None,
    extension: Path | str | None = None,
    ca: Path | str | None = None,
    proxy: str = "",
    headers: Sequence[str] = (),
) -> Report:
    """Test a target, and return the report that `report_dir` then holds; its `exit_status` and `verdict` decide.

    `target`: a `Target`, the path of a target file, or None for the embedded reference server. The other arguments are
    the options of `gimg-conformance run`: `profile` is gate for a target and certify for the embedded server where it
    is None; `only` has requirements, areas and tests; `report` names formats with commas; `max_wait`, `max_seconds`,
    `wait_for_target` and `timeout` are real seconds, of which 0 means no limit and None the usual; `headers` are lines
    such as "Name: value". Nothing is printed.

    Raises ConfigurationError where the target or an option is wrong, before anything is sent (the exit status 2 of the
    command), and SuiteError where there is no report, for a fault of ours. When the program is interrupted
    (KeyboardInterrupt), the run is ended: it removes its webhooks and writes the report of what it knows.
    """
    described = Target.from_file(target) if isinstance(target, str | Path) else target or Target()
    folder = Path(report_dir).absolute()
    try:
        file, secrets = described.written(folder)
    except OSError as error:
        told = f"report_dir {report_dir}: {error.strerror}"
        raise ConfigurationError(told, "name a folder that can be written") from None
    order = {
        "target": file, "base_url": described.base_url or None, "api_key": described.api_key or None,
        "profile": profile, "only": list(only), "report_dir": folder, "report": report, "seed": seed,
        "workers": workers, "strict": strict, "known_failures": known_failures, "max_wait": max_wait,
        "max_seconds": max_seconds, "wait": wait, "wait_for_target": wait_for_target, "timeout": timeout, "ca": ca,
        "extension": extension, "proxy": proxy, "headers": list(headers),
    }  # fmt: skip
    _ended(_told_of_run(order, secrets))
    return Report.read(folder)


def _told_of_run(order: Mapping[str, Any], secrets: Mapping[str, str]) -> dict[str, Any]:
    """What the other process says of how it ended. What is secret reaches it on no command line."""
    path = os.pathsep.join(filter(None, (PACKAGES, os.environ.get("PYTHONPATH", ""))))
    process = subprocess.Popen(
        # A session of its own: what a terminal sends at Ctrl-C comes from here alone, and once.
        [sys.executable, "-P", "-m", "conformance.library"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
        env=os.environ | {"PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"} | dict(secrets), start_new_session=True,
    )  # fmt: skip
    try:
        said, cried = process.communicate(json.dumps(order, default=str))
    except BaseException:
        _end(process)
        raise
    try:
        told: dict[str, Any] = json.loads(said)
    except ValueError:
        last = (cried.strip().splitlines() or [f"exit status {process.returncode}"])[-1]
        told = {"broken": f"the process of the run died: {last}"}
    return told


def _end(process: "subprocess.Popen[str]") -> None:
    process.terminate()
    try:
        process.communicate(timeout=SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()


def _ended(told: Mapping[str, Any]) -> None:
    """Raises ConfigurationError or SuiteError where the run left no report."""
    if refused := told.get("refused"):
        raise ConfigurationError(*refused)
    if broken := told.get("broken"):
        raise SuiteError(broken, "please report it")
