"""Which part of the suite a run asked for, as far as it is known while tests are collected."""

import pytest

from conformance.world.settings import SETTINGS


def in_section(config: pytest.Config, section: str) -> bool:
    """Whether the run includes more of this section than what smoke includes."""
    only = str(config.getoption("--gimg-section", ""))
    return only in {"", section} and config.stash[SETTINGS].profile != "smoke"
