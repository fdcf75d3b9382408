"""Writes the samples in `reports/sample/`: `python -m tests.samples.make_samples [FOLDER]`.

Each is a certify run against the reference server, as report.json, report.html and report.md, with the clock, the
identifiers and the machine of `steady`. A request more or less in a race of the run, which the suite may take under
load, is the one thing that moves its numbers: write samples on a machine that does nothing else.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from conformance.report import Report, write
from conformance.session.rebuild import Evidence, rebuilt
from tests.samples.steady import HOST, steady, steady_attempt, steady_exchange

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "reports" / "sample"
FORMATS = ("json", "html", "md")
SAMPLES = {
    "conformant": (),
    "three-faults": ("a-missing-key-is-forbidden-on-upload", "third-retry-late", "no-limit-header-on-404"),
}
_HOSTS = re.compile(r"http://127\.0\.0\.1:\d+")


def sampled(name: str, folder: Path) -> tuple[Report, Evidence]:
    """A run of this sample in the folder, told steadily. Raises ConfigurationError where it came to no report."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST", "GIMG", "COV"))}
    subprocess.run(
        [sys.executable, "-m", "tests.samples.steady_run", str(folder), *SAMPLES[name]],
        env=kept | {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONHASHSEED": "0"},
        cwd=folder, stdout=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    report, (sent, came) = rebuilt(folder)
    return steady(report, sent), (list(map(steady_exchange, sent)), list(map(steady_attempt, came)))


def write_sample(name: str, place: Path) -> list[Path]:
    """Run it, and write its files into the place."""
    with tempfile.TemporaryDirectory() as folder:
        report, evidence = sampled(name, Path(folder))
    files = [write(each, report, place, *evidence) for each in FORMATS]
    for file in files:
        file.write_text(_HOSTS.sub(HOST, file.read_text(encoding="utf-8")), encoding="utf-8")
    return files


def main(folder: str = "") -> None:
    """Write all of them."""
    for name in SAMPLES:
        for file in write_sample(name, Path(folder or FOLDER) / name):
            print(file)  # noqa: T201 - that is what it did


if __name__ == "__main__":
    main(*sys.argv[1:])
