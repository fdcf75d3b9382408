"""The fixtures of the suite, by name."""

from conformance.world.fixtures import *  # noqa: F403 - pytest finds fixtures by their names in this module
