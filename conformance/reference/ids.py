"""Identifiers and secrets from a seed."""

import random
import uuid


class Ids:
    """The same seed gives the same sequence."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - repeatable on purpose: nothing here guards anything real

    def uuid(self) -> str:
        """A version 4 UUID."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def secret(self) -> str:
        """A webhook's signing secret."""
        return f"whsec_{self._random.getrandbits(192):048x}"
