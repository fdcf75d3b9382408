"""Which part of the suite a run asked for, as far as it is known while tests are collected."""

import pytest

from conformance.plan.choice import CHOICE
from conformance.plan.marks import PROFILES, Profile
from conformance.plan.settings import SETTINGS


def in_section(config: pytest.Config, section: str, least: Profile = "gate") -> bool:
    """Whether the run includes what this section has from the profile `least` on; what was chosen runs in any."""
    choice = config.stash.get(CHOICE, None)
    if choice and not choice.lending:
        return f"suite/test_{section}.py" in choice.files
    only = str(config.getoption("--gimg-section", ""))
    return only in {"", section} and PROFILES.index(config.stash[SETTINGS].profile) >= PROFILES.index(least)
