"""All self-tests run on all cores. A file stays on one, since its tests share what they run."""

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Only where no tests and no number of processes (`-n 0`: this one) were named, and xdist is there."""
    chosen = config.args_source is not pytest.Config.ArgsSource.TESTPATHS or hasattr(config, "workerinput")
    if not chosen and config.pluginmanager.hasplugin("xdist") and config.option.numprocesses is None:
        config.option.numprocesses, config.option.dist = "auto", "loadfile"
