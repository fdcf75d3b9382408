"""Why a run was refused before anything was sent."""

import pytest

from conformance.errors import ConfigurationError

REFUSAL = pytest.StashKey[ConfigurationError]()
"""With message and hint apart: pytest's usage error has them in one text."""
