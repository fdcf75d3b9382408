"""The reference server: everything the documentation describes, except a real image model.

It is built of small parts (`Parts`), numbers (`Rules`) and one clock, all of them replaceable from outside, and it
imports nothing else of this project, so that the two cannot share a mistake.
"""

from .accounts import accounts_from
from .clock import Clock, RunningClock, SteppedClock, clock_named
from .rules import Rules
from .server import Running, serve, start
from .service import Service
from .target import target_toml

__all__ = [
    "Clock",
    "Rules",
    "Running",
    "RunningClock",
    "Service",
    "SteppedClock",
    "accounts_from",
    "clock_named",
    "serve",
    "start",
    "target_toml",
]
