"""All self-tests run on all cores, a file of them on one, since its tests share what they run. Slow ones are marked.

`python -m pytest -m "not slow"` is the quick loop.
"""

import os
import signal

import pytest

os.environ.pop("GITHUB_ACTIONS", None)  # what is tested is no job of GitHub's, wherever the tests run
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in the background of a shell; whoever is started inherits it
    signal.signal(signal.SIGINT, signal.default_int_handler)
RUNS = {"begin", "ended", "results", "runs"}
"""Fixtures that run the suite, or its commands, in processes of their own. Whoever takes one is slow."""


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Only where no tests and no number of processes (`-n 0`: this one) were named, and xdist is there."""
    chosen = config.args_source is not pytest.Config.ArgsSource.TESTPATHS or hasattr(config, "workerinput")
    if not chosen and config.pluginmanager.hasplugin("xdist") and config.option.numprocesses is None:
        config.option.numprocesses, config.option.dist = "auto", "loadfile"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if RUNS.intersection(getattr(item, "fixturenames", ())):
            item.add_marker("slow")
