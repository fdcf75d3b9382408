"""The pytest plugin's face: its options and marks. What it does is in `session`, loaded only when the suite runs."""

from pathlib import Path

import pytest

from conformance.errors import ConfigurationError

SUITE = Path(__file__).parent / "suite"
OPTIONS = {
    "target": ("", "the target file (TOML)"),
    "base-url": ("", "the target's base URL, in place of a file"),
    "api-key": ("", "its key, or env:NAME (default: the variable GIMG_API_KEY)"),
    "profile": ("", "smoke, gate or certify (default: gate for a target, certify for the embedded server)"),
    "report-dir": ("reports", "where report.json, junit.xml and the journal are written"),
    "seed": ("0", "makes the choices of generated tests repeatable"),
    "max-wait": ("0", "leave out what would wait longer, in real seconds (0: no limit)"),
    "wait-for-target": ("0", "wait for a target that is starting, for at most so many real seconds"),
    "section": ("", "run this file of the suite (test_SECTION.py) and, of the others, what smoke includes"),
    "fault": ("", "apply this fault of the catalogue to the embedded server"),
}
MARKS = (
    "requirement(*ids): the rows of the registry that the test judges",
    "runs_in(profile): the smallest profile that includes the test",
    "waits: waits for the target's clock for minutes",
)
JOURNAL = "gimg_journal"
REFUSAL = pytest.StashKey[ConfigurationError]()
"""Why the run was refused: its message and its hint, which pytest's usage error has in one text."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("gimg", "conformance of the image-generation API")
    for name, (default, text) in OPTIONS.items():
        group.addoption(f"--gimg-{name}", default=default, help=text)
    group.addoption("--gimg-wait", action="store_true", default=False, help="wait for the reset of a used-up quota")
    group.addoption("--gimg-strict", action="store_true", default=False, help="SHOULDs decide as well")


def pytest_configure(config: pytest.Config) -> None:
    for line in MARKS:
        config.addinivalue_line("markers", line)
    if not _runs_the_suite(config):
        return
    from conformance.session import Controller, Worker  # noqa: PLC0415 - other people's pytest runs pay nothing

    try:
        session = Worker(config) if _is_our_worker(config) else Controller(config)
    except ConfigurationError as error:
        config.stash[REFUSAL] = error
        raise pytest.UsageError(str(error)) from None
    config.pluginmanager.register(session, "gimg-session")


def _runs_the_suite(config: pytest.Config) -> bool:
    return _is_our_worker(config) or (
        not hasattr(config, "workerinput") and any(_is_in_the_suite(argument) for argument in config.args)
    )


def _is_our_worker(config: pytest.Config) -> bool:
    """Whether this is an xdist worker of a run of the suite: its controller says so."""
    return JOURNAL in getattr(config, "workerinput", {})


def _is_in_the_suite(argument: str) -> bool:
    if argument.startswith("conformance.suite"):
        return True
    path = Path(argument.partition("::")[0]).absolute()
    return path == SUITE or SUITE in path.parents
