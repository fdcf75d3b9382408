"""For programs that embed the suite: `from conformance import run, Target, Report`."""

from conformance.library.calling import run
from conformance.library.described import Target

__all__ = ["Target", "run"]
