"""Pages of real runs, and a Chromium to look at them."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[2]
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
FIVE = (
    "a-missing-key-is-a-bad-request",
    "third-retry-late",
    "an-ended-generation-runs-again",
    "too-many-images-become-four",
    "retry-after-is-a-date",
)
PHONE = {"width": 375, "height": 700}
DESK = {"width": 1200, "height": 900}
Open = Callable[..., "Page"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")


@pytest.fixture(scope="session")
def chromium() -> "Iterator[Browser]":
    """The browser; skips where there is none."""
    path = next((found for name in CHROMIUM if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip("there is no Chromium: `apt-get install chromium`")
    playwright = pytest.importorskip("playwright.sync_api", reason="no playwright: `pip install '.[browser]'`")
    with playwright.sync_playwright() as running:
        yield running.chromium.launch(executable_path=path, args=["--no-sandbox"])


@pytest.fixture
def opened(chromium: "Browser") -> Iterator[Open]:
    """Opens a page; at the end it must have loaded, run and said nothing of its own accord."""
    odd = list[str]()
    contexts = []

    def open_page(file: Path, after: str = "", *, bypass_csp: bool = False, **media: object) -> "Page":
        context = chromium.new_context(**{"viewport": DESK, "bypass_csp": bypass_csp, **media})  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: odd.append(said.text))
        page.on("pageerror", lambda error: odd.append(str(error)))
        page.on("dialog", lambda dialog: odd.append(dialog.message))
        page.on("request", lambda sent: odd.append(sent.url) if not sent.url.startswith(file.as_uri()) else None)
        page.goto(f"{file.as_uri()}{after}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert odd == []


def _ran(folder: Path, *command: str) -> Path:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "GIMG", "COV"))}
    subprocess.run(
        [sys.executable, *command], env=inherited | {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        cwd=folder, stdout=subprocess.DEVNULL, check=False, timeout=300,
    )  # fmt: skip
    return folder


def _in_chinese(folder: Path) -> None:
    _ran(folder, "-m", "conformance.cli", "report", ".", "--to", "html", "--lang", "zh-TW", "--output", "chinese")


@pytest.fixture(scope="session")
def faulty(chromium: "Browser", tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a certify run against a server with five faults; in `chinese` its page again."""
    folder = tmp_path_factory.mktemp("faulty")
    _ran(folder, str(Path(__file__).with_name("faulty_run.py")), str(folder), *FIVE)
    _in_chinese(folder)
    return folder


@pytest.fixture(scope="session")
def conformant(chromium: "Browser", tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a gate run against a server without any."""
    folder = tmp_path_factory.mktemp("conformant")
    _ran(folder, "-m", "conformance.cli", "run", "--profile", "gate", "--report-dir", ".")
    _in_chinese(folder)
    return folder


@pytest.fixture(scope="session")
def pages(faulty: Path, conformant: Path) -> dict[str, Path]:
    """The pages of both, in both languages."""
    return {
        "five faults": faulty / "report.html",
        "five faults, in Chinese": faulty / "chinese" / "report.html",
        "conformant": conformant / "report.html",
        "conformant, in Chinese": conformant / "chinese" / "report.html",
    }
