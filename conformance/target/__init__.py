"""Which server is judged: the target file, its accounts, and its clock."""

from conformance.target.clock import RunningClock, SteppedClock, TargetClock
from conformance.target.config import ACCOUNTS, Account, TargetFile, minimal, parse, read

__all__ = [
    "ACCOUNTS",
    "Account",
    "RunningClock",
    "SteppedClock",
    "TargetClock",
    "TargetFile",
    "minimal",
    "parse",
    "read",
]
