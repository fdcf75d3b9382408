"""What a test says about itself: the requirement it judges, and the least profile that runs it."""

from typing import Literal

import pytest

Profile = Literal["smoke", "gate", "certify"]
PROFILES: tuple[Profile, ...] = ("smoke", "gate", "certify")


def requirement(*ids: str) -> pytest.MarkDecorator:
    """The ids of the registry that the test judges; normally one."""
    return pytest.mark.requirement(*ids)


def along(*axes: str) -> pytest.MarkDecorator:
    """The axes (`conformance.requirements.Axis`, by value) that the test looks along, beside the plain case."""
    return pytest.mark.along(*axes)


def runs_in(profile: Profile, because: str = "") -> pytest.MarkDecorator:
    """The smallest profile that includes the test; `gate` where a test does not say. `because` is told of a smaller."""
    return pytest.mark.runs_in(profile, because=because)


waits = pytest.mark.waits
"""The test waits for the target's clock for minutes; it takes session-wide fixtures only, and runs last."""
