"""What a run that goes on tells of itself: asked at any time and in any thread."""

from collections.abc import Callable

import pytest

SPENT = pytest.StashKey[Callable[[], tuple[int, int]]]()
"""The requests and credits that it has taken, over all accounts."""
WAITS = pytest.StashKey[Callable[[], list[tuple[float, str]]]]()
"""What its workers wait for: when it is due, by `time.monotonic`, which all processes of a machine share, and what."""
ALLOWED = pytest.StashKey[Callable[[], str]]()
"""Why nothing more is sent, as the limits of the target file have it; "" as long as something may be."""
