"""Everything between a test and the wire: accounts, scenarios, and how to provoke and await things."""

from conformance.world.life import Life
from conformance.world.marks import requirement, runs_in, waits
from conformance.world.world import World, prerequisite

__all__ = ["Life", "World", "prerequisite", "requirement", "runs_in", "waits"]
