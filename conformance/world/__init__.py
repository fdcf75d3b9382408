"""What a scenario is given: accounts, lives of generations, uploads, bursts, the webhook laboratory."""

from conformance.world.life import Life
from conformance.world.world import World, prerequisite

__all__ = ["Life", "World", "prerequisite"]
