"""The pytest plugin: its options and marks. The rest is in `session`, which is loaded only when the suite runs."""

import argparse
import time

import pytest

from conformance.errors import ConfigurationError
from conformance.plan.asked import asks_for_the_suite
from conformance.plan.refusal import REFUSAL

OPTIONS = {
    "target": ("", "target file (TOML)"),
    "base-url": ("", "base URL of the target, instead of a target file"),
    "api-key": ("", "API key for the base URL, or env:NAME (default: the variable GIMG_API_KEY)"),
    "profile": ("", "smoke, gate or certify (default: gate for a target, certify for the embedded server)"),
    "report-dir": ("reports", "folder for the reports and the evidence"),
    "report": ("", "what to write there beside report.json: names with commas, as in `gimg-conformance run --report`"),
    "lang": ("en", "language of report.html: en or zh-TW"),
    "seed": ("", "seed of the random requests: the same seed, the same requests (default: 0)"),
    "max-wait": ("0", "skip tests that would wait longer than this, in real seconds (0: no limit)"),
    "max-seconds": ("0", "end the whole run after this, in real seconds, with what is known (0: no limit)"),
    "wait-for-target": ("0", "how many real seconds to wait for a target that is still starting"),
    "timeout": ("", "how many real seconds one exchange with the API may take (default: 15)"),
    "ca": ("", "PEM file of an authority that is trusted beside the usual ones"),
    "proxy": ("", "URL of an HTTP proxy, env:NAME, or env: what HTTPS_PROXY and the like say"),
    "tunnel-command": ("", "command with {port}, or env:NAME, that makes the receiver public and prints its URL"),
    "failed": ("", "run what failed or was inconclusive in this report.json"),
    "section": ("", "run this file of the suite (test_SECTION.py) and the smoke tests of the others"),
    "requirements": ("", "file of the requirements that tests of your own judge (TOML)"),
    "known-failures": ("", "file of failures that are known and tolerated (TOML)"),
    "vendor": ("", "whose target it is, as a JSON object, instead of [vendor] in the target file"),
    "replay": ("", "judge the run in this report folder again, without its target"),
    "fault": ("", "run the embedded server with this fault of the catalogue"),
}
MARKS = (
    "requirement(*ids): the requirements that the test judges",
    "along(*axes): the axes that the test looks along, beside the plain case",
    "runs_in(profile): the smallest profile that includes the test",
    "waits: waits for minutes of the target's time",
)
JOURNAL = "gimg_journal"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("gimg", "conformance of the image-generation API")
    for name, (default, text) in OPTIONS.items():
        group.addoption(f"--gimg-{name}", default=default, help=text)
    group.addoption("--gimg-began", type=float, default=time.monotonic(), help=argparse.SUPPRESS)
    group.addoption(
        "--gimg-only",
        action="append",
        default=[],
        help="run only this: a requirement, an area, a test, a file (may be repeated)",
    )
    group.addoption(
        "--gimg-header", action="append", default=[],
        help="'Name: value' or 'Name: env:NAME': a further header of each request to the target (may be repeated)",
    )  # fmt: skip
    group.addoption(
        "--gimg-resume", action="store_true", default=False,
        help="go on with the run in the report folder that was interrupted",
    )  # fmt: skip
    group.addoption(
        "--gimg-again", action="store_true", default=False,
        help="provoke what failed once more at the end, and note what came of it",
    )  # fmt: skip
    group.addoption(
        "--gimg-wait", action="store_true", default=False, help="if too little of the quota is left, wait for its reset"
    )
    group.addoption(
        "--gimg-keep-secrets",
        action="store_true",
        default=False,
        help="keep the webhook secrets of removed endpoints, so that signatures can be judged again",
    )
    group.addoption(
        "--gimg-strict",
        action="store_true",
        default=False,
        help="SHOULD requirements decide the verdict too, not only MUST",
    )


def pytest_configure(config: pytest.Config) -> None:
    for line in MARKS:
        config.addinivalue_line("markers", line)
    if not _runs_the_suite(config):
        return
    from conformance.session import Controller, Replay, Worker  # noqa: PLC0415 - other people's pytest runs pay nothing

    kind = Worker if _is_our_worker(config) else Replay if config.getoption("--gimg-replay") else Controller
    try:
        session = kind(config)
    except ConfigurationError as error:
        config.stash[REFUSAL] = error
        raise pytest.UsageError(str(error)) from None
    config.pluginmanager.register(session, "gimg-session")


def _runs_the_suite(config: pytest.Config) -> bool:
    if hasattr(config, "workerinput"):
        return _is_our_worker(config)
    return asks_for_the_suite(config.args) or bool(config.getoption("--gimg-requirements"))


def _is_our_worker(config: pytest.Config) -> bool:
    """Whether this is an xdist worker of a run of the suite: its controller says so."""
    return JOURNAL in getattr(config, "workerinput", {})
