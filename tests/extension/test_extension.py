"""Somebody's own tests beside the suite: what they are given, and that they decide nothing about the documentation."""

import io
import os
import re
import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import cast
from xml.etree import ElementTree as ET

import pytest
from rich.console import Console

from conformance import Report, Target, reference, run
from conformance.errors import ConfigurationError
from conformance.evidence import Exchange, Request, Response
from conformance.evidence.nonconformity import Nonconformity
from conformance.report.annotations import annotations
from conformance.report.terminal import print_report
from conformance.session.extending import MEND, extension_of, not_collected
from tests.cli.conftest import ROOT
from tests.extension.acme.test_balance import CREDITS, Bought
from tests.extension.acme.test_balance import test_an_order_lowers_the_balance as an_order_lowers_the_balance
from tests.extension.acme_server import acme

ACME = Path(__file__).parent / "acme"
DOCUMENT = (ROOT / "conformance" / "session" / "README.md").read_text(encoding="utf-8")
Ended = tuple[int, str]


@pytest.fixture
def vendor(tmp_path: Path) -> Path:
    """A folder with a copy of Acme's tests."""
    shutil.copytree(ACME, tmp_path / "acme", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


@pytest.fixture
def with_pytest(vendor: Path) -> Callable[..., Ended]:
    """Exit status and output of pytest there, as a vendor has installed it."""

    def ended(*arguments: str) -> Ended:
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "GIMG", "COV"))
        }
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "conformance.plugin", *arguments], cwd=vendor, text=True,
            env=inherited | {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}, capture_output=True,
            check=False, timeout=60,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    return ended


def test_the_documented_command_judges_an_extension_alone(vendor: Path, with_pytest: Callable[..., Ended]) -> None:
    [command] = re.findall(r"^\.venv/bin/python -m pytest (acme .*)$", DOCUMENT, re.MULTILINE)

    with reference.start(alter=acme()) as server:
        (vendor / "staging.toml").write_text(server.target_toml())
        status, said = with_pytest(*command.split(), "-p", "no:cacheprovider")
    report = Report.read(vendor / "reports")

    assert status == 0, said
    assert re.search(r"^PARTIAL  no deviation found: .*; extension ACME conformant$", said, re.MULTILINE)
    assert [(part.area, part.verdict, part.tested, part.total) for part in report.extensions] == [
        ("ACME", "conformant", 4, 4)
    ]
    assert report.suite.selection
    assert report.suite.selection.words == ["the tests of ACME alone"]


FAULTY = """
from conformance.plan import requirement, runs_in

@requirement("ACME-3")
@runs_in("smoke")
def test_of_nothing():
    [].pop()
"""


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report folder of a smoke run with the extension, of a server that keeps what is documented, but not ACME-1.

    What Acme's endpoint answers would break much of the documentation, were it judged by that: no quota, a 500.
    One more of Acme's tests is wrong itself.
    """
    folder = tmp_path_factory.mktemp("acme")
    shutil.copytree(ACME, folder / "acme", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "acme" / "test_faulty.py").write_text(FAULTY)
    with reference.start(alter=acme(told=lambda held: f"{held} gimg_credits", status=500)) as server:
        (folder / "target.toml").write_text(server.target_toml())
        run(
            Target.from_file(folder / "target.toml"), profile="smoke", report_dir=folder / "reports",
            report="junit,html,md", extension=folder / "acme",
        )  # fmt: skip
    return folder / "reports"


@pytest.mark.parametrize(("file", "workers"), [("test_bad.py", 1), ("test_bad.py", 2), ("conftest.py", 1)])
def test_a_file_that_cannot_be_collected_is_its_authors(
    vendor: Path, file: str, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    (vendor / "acme" / file).write_text("\nimport nosuchmodule\n")
    monkeypatch.chdir(vendor)

    with pytest.raises(ConfigurationError) as caught:
        run(extension="acme", profile="smoke", workers=workers)

    assert f"acme/{file}:2: " in caught.value.message
    assert "ModuleNotFoundError: No module named 'nosuchmodule'" in caught.value.message
    assert caught.value.hint == MEND
    assert not (vendor / "reports").exists()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x = 1\ndef f(:\n", "test_bad.py:2: SyntaxError: invalid syntax"),
        ("x = 1\n\nx.y\n", "test_bad.py:3: AttributeError: 'int' object has no attribute 'y'"),
    ],
)
def test_the_line_of_a_mistake_is_named(tmp_path: Path, text: str, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("test_bad.py").write_text(text)

    with pytest.raises((SyntaxError, AttributeError)) as caught:
        runpy.run_path(str(tmp_path / "test_bad.py"))

    assert not_collected(tmp_path / "test_bad.py", caught.value).message == told


def test_an_extension_breaks_the_build_and_not_the_verdict(broken: Path) -> None:
    report = Report.read(broken)
    [part] = report.extensions

    assert (report.verdict, report.exit_status, report.findings) == ("conformant", 1, [])
    assert (part.verdict, part.exit_status) == ("nonconformant", 1)
    assert [finding.requirements for finding in part.findings] == [["ACME-1"]]
    assert not [row.id for row in report.requirements if row.id.startswith("ACME")]
    assert not [check.id for check in report.checks if "test_balance" in check.id]
    assert {one.area for one in report.scenarios if one.name.startswith("extension/")} == {"ACME"}
    [check] = [check for check in part.checks if check.verdict == "fail"]
    assert "extension/bought" in check.scenarios
    assert check.exchanges


def test_what_acme_does_not_serve_is_told_as_a_deviation() -> None:
    request, missing = Request("GET", f"http://h{CREDITS}"), Response(404, body=b'{"error": "not_found"}')
    told = Exchange(request, missing, 0.0, 1.0)

    with pytest.raises(Nonconformity, match="credits before the order a whole number"):
        an_order_lowers_the_balance(Bought(told, told, told))


def test_every_report_tells_it_apart(broken: Path) -> None:
    report, console = Report.read(broken), Console(file=io.StringIO(), width=120)
    print_report(report, console)
    said = console.file.getvalue()  # type: ignore[attr-defined]
    page, text = ((broken / name).read_text(encoding="utf-8") for name in ("report.html", "report.md"))
    failed = {
        (case.get("classname"), (case.get("name") or "").partition(" ")[0])
        for case in ET.parse(broken / "junit.xml").iter("testcase")  # noqa: S314 - our own file
        if case.find("failure") is not None or case.find("error") is not None
    }

    assert re.search(r"^Finding of extension ACME: a deviation of the target$", said, re.MULTILINE)
    assert re.search(
        r"^CONFORMANT  no deviation found: smoke, .*; extension ACME nonconformant, 1 of its tests at fault$",
        said,
        re.MULTILINE,
    )
    assert re.search(
        r"^1 MUST requirement failed; 1 MUST requirement not judged because of a fault of the tests$",
        said,
        re.MULTILINE,
    )
    assert re.search(r"^Faults of its tests .*\n! IndexError: .* \(test_faulty.py, line 7\)$", said, re.MULTILINE)
    assert "test_faulty.py::test_of_nothing: ACME-3" in said
    assert "please report" not in said + text
    assert "- ACME-3: IndexError" in text
    assert "- 1 MUST requirement not judged because of a fault of the tests" in text
    assert "requirements ACME-1" not in said
    assert text.startswith("# ✓ CONFORMANT: no deviation found")
    assert "## Extension ACME (What Acme adds), apart from the documentation" in text
    assert "Extension ACME: What Acme adds" in page
    assert failed == {("Extension ACME (What Acme adds)", id_) for id_ in ("ACME-1", "ACME-3")}
    assert [line.partition("::")[2].partition(" ")[0] for line in annotations(report)] == ["error"]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("ACME", "AUTH", "the area AUTH is the documentation's. Take a prefix"),
        ('"ACME-2"', '"ACME-1"', "ACME-1 is the id of two rows"),
        ('["R9"]', '["R999"]', "ACME-2 follows R999, which is no ruling"),
        ('level = "SHOULD"', 'level = "MAY"', "level has the unknown word 'MAY'"),
    ],
)
def test_a_file_of_requirements_that_is_wrong_is_refused(vendor: Path, before: str, after: str, told: str) -> None:
    path = _replaced(vendor, before, after)

    with pytest.raises(ConfigurationError, match=re.escape(told)):
        extension_of(cast("pytest.Config", SimpleNamespace(getoption=lambda _: path)))
    with pytest.raises(ConfigurationError, match="No such file"):
        extension_of(cast("pytest.Config", SimpleNamespace(getoption=lambda _: vendor / "absent.toml")))


def test_a_test_that_names_what_no_row_has_is_refused(vendor: Path, with_pytest: Callable[..., Ended]) -> None:
    _replaced(vendor, "ACME-4", "ACME-9")

    status, said = with_pytest("acme", "--gimg-requirements=acme/requirements.toml")

    assert status == pytest.ExitCode.USAGE_ERROR
    assert "names the unknown requirement 'ACME-4'" in said


def _replaced(vendor: Path, before: str, after: str) -> Path:
    path = vendor / "acme" / "requirements.toml"
    path.write_text(path.read_text().replace(before, after))
    return path


def test_a_folder_without_requirements_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"there is no requirements\.toml in it"):
        run(extension=tmp_path, report_dir=tmp_path / "reports")


def test_a_folder_that_is_not_there_is_told_with_its_neighbour(vendor: Path) -> None:
    near = re.escape(f"--extension {vendor / 'acmee'}: there is no such folder. Did you mean {vendor / 'acme'}?")

    with pytest.raises(ConfigurationError, match=near):
        run(extension=vendor / "acmee", report_dir=vendor / "reports")
    with pytest.raises(ConfigurationError, match=r"there is no such folder\. Name a folder with tests"):
        run(extension=vendor / "unlike" / "all", report_dir=vendor / "reports")


def test_requirements_without_any_test_are_refused(vendor: Path) -> None:
    (vendor / "acme" / "test_balance.py").rename(vendor / "acme" / "balance.py")
    told = f"{vendor / 'acme'}: no test was found for the requirements of ACME. A test is a function test_… in a file"

    with pytest.raises(ConfigurationError, match=re.escape(told)) as refused:
        run(extension=vendor / "acme", report_dir=vendor / "reports")
    assert 'carries @requirement("ACME-1")' in str(refused.value)
    assert not (vendor / "reports").exists()
