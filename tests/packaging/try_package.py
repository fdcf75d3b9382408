"""Builds the package, installs it where nothing else is, and uses it there; 1 when something is not as it should be.

`python -m tests.packaging.try_package [--python PYTHON]… [--lowest]`, from the top of the repository. It needs build,
uv and mypy, which `tox -e package` has. Without --python, each Python from 3.11 is tried that PATH has; with --lowest,
the first of them once more, with the oldest versions of the dependencies that pyproject.toml allows.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from conformance import __version__
from tests.packaging.contents import ADDED, difference, files_of_sdist, files_of_wheel

ROOT = Path(__file__).parents[2]
PROGRAM = Path(__file__).with_name("somebody_elses.py")
PYTHONS = tuple(f"python3.{minor}" for minor in range(11, 16))
MISTAKE = "\naddress(404)\n"
"""Added to the program, it has one type error."""


class Failed(Exception):  # noqa: N818 - as it is told
    """The package is not as it should be, and why."""


def said(command: Sequence[str | Path], where: Path = ROOT, *, alone: bool = False, status: int = 0) -> str:
    """What a command printed. `alone`: without our environment. Raises Failed for another exit status."""
    names = {"PATH": "/usr/bin:/bin", "HOME": str(where), "LANG": "C.UTF-8"} if alone else None
    ran = subprocess.run(
        command, cwd=where, env=names, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if ran.returncode != status:
        raise Failed(f"{' '.join(map(str, command))}: status {ran.returncode}, expected {status}\n{ran.stdout}")
    return ran.stdout


def demand(good: bool, otherwise: str) -> None:
    if not good:
        raise Failed(otherwise)


def built(folder: Path) -> Path:
    """The wheel. Raises Failed unless that of the sdist is that of the checkout, and both hold what they should."""
    build = [sys.executable, "-m", "build", "--installer", "uv", str(ROOT), "--outdir"]
    said([*build, str(folder / "sdist")])
    said([*build, str(folder / "checkout"), "--wheel"])
    (sdist,), (wheel,) = folder.glob("sdist/*.tar.gz"), folder.glob("sdist/*.whl")
    (other,) = folder.glob("checkout/*.whl")
    demand(wheel.read_bytes() == other.read_bytes(), f"the wheel of {sdist.name} is not that of the checkout")
    kept = set(said(["git", "ls-files"]).split("\n")) - {""}
    package = {name for name in kept if name.startswith("conformance/")}
    for path, unlike in (
        (sdist, difference(files_of_sdist(sdist), kept)),
        (wheel, difference(files_of_wheel(wheel), package | ADDED)),
    ):
        demand(not unlike, f"{path.name}: {unlike}")
    return wheel


@dataclass(frozen=True)
class Place:
    """An empty folder, and an environment with one Python and the package alone."""

    folder: Path
    python: str
    lowest: bool

    @property
    def programs(self) -> Path:
        return self.folder / "env" / "bin"

    def install(self, wheel: Path) -> None:
        said(["uv", "venv", "--quiet", "--no-python-downloads", "--python", self.python, str(self.folder / "env")])
        # The oldest versions are asked for by name: a wheel's own dependencies are not direct ones.
        oldest = (
            ["--resolution", "lowest-direct", "--requirements", str(ROOT / "pyproject.toml")] if self.lowest else []
        )
        said(["uv", "pip", "install", "--quiet", "--python", str(self.programs / "python"), *oldest, str(wheel)])

    def run(self) -> str:
        """The last line of the main job, which has to end with 0."""
        ours = str(self.programs / "gimg-conformance")
        told = said([ours, "--version"], self.folder, alone=True)
        demand(told.split()[-1] == __version__, f"--version says {told}")
        command = [ours, "run", "--profile", "gate", "--report-dir", "reports"]
        return said(command, self.folder, alone=True).splitlines()[-1]

    def use(self) -> None:
        """Somebody else's program runs, and mypy sees our types in it and a mistake in their use."""
        program = self.folder / PROGRAM.name
        shutil.copy(PROGRAM, program)
        told = said([self.programs / "python", program.name, "reports/report.json"], self.folder, alone=True)
        demand(not told, f"{program.name} says {told}")
        mypy = [sys.executable, "-m", "mypy", "--strict", "--python-executable", str(self.programs / "python")]
        said([*mypy, program.name], self.folder)
        program.write_text(PROGRAM.read_text(encoding="utf-8") + MISTAKE, encoding="utf-8")
        told = said([*mypy, program.name], self.folder, status=1)
        demand('has incompatible type "int"; expected "str"' in told, f"mypy says {told}")


def here(pythons: Iterable[str]) -> list[str]:
    """Those that start; a shim without a Python behind it does not."""
    return [name for name in pythons if shutil.which(name) and _starts(name)]


def _starts(python: str) -> bool:
    return subprocess.run([python, "-V"], capture_output=True, check=False).returncode == 0


def tried(python: str, wheel: Path, *, lowest: bool = False) -> None:
    """Install the wheel for this Python, use it, and tell how that went. Raises Failed."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        place = Place(Path(name), python, lowest)
        place.install(wheel)
        last = place.run()
        place.use()
    which = f"{python}, lowest versions" if lowest else python
    print(f"{which}: {last} ({time.monotonic() - began:.0f} s)", flush=True)


def main() -> int:
    words = argparse.ArgumentParser()
    words.add_argument("--python", action="append", default=[], help="a name on PATH, or a path (may be repeated)")
    words.add_argument("--lowest", action="store_true", help="try the lowest versions of the dependencies as well")
    order = words.parse_args()
    pythons = here(order.python or PYTHONS)
    try:
        demand(bool(pythons) and len(pythons) >= len(order.python), "such a Python is not here")
        with tempfile.TemporaryDirectory() as name:
            wheel = built(Path(name))
            print(f"{wheel.name}: the same from the checkout and from the sdist", flush=True)
            for python in pythons:
                tried(python, wheel)
            if order.lowest:
                tried(pythons[0], wheel, lowest=True)
    except Failed as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
