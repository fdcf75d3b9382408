"""Whose request it is: the scenario that is at work here, whose name every exchange and attempt bears."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

AT_THE_END = "/at the end"
"""How the name ends of what a scenario's fixture sends when it is torn down."""


@dataclass(eq=False)
class Scenario:
    """Something that sends: a fixture, one value of a table whose values are made when asked for, or a test.

    `given` are the scenarios whose values it asked for while it was at work, in their order. Any thread may add.
    """

    name: str
    given: dict["Scenario", None] = field(default_factory=dict, repr=False)


_AT_WORK: ContextVar[Scenario | None] = ContextVar("scenario_at_work", default=None)
"""Copied into the threads that a scenario starts."""


def working() -> Scenario | None:
    """The scenario that is at work in this context; None where there is none."""
    return _AT_WORK.get()


def at_work() -> str:
    """The name of the scenario that is at work in this context; empty where there is none."""
    scenario = _AT_WORK.get()
    return scenario.name if scenario else ""


def give(scenario: Scenario) -> Scenario:
    """The same, once it is noted that whoever is at work was given its value."""
    asker = _AT_WORK.get()
    if asker is not None and asker is not scenario:
        asker.given[scenario] = None
    return scenario


@contextmanager
def sending(scenario: Scenario) -> Iterator[None]:
    """What is sent meanwhile belongs to this scenario."""
    token = _AT_WORK.set(scenario)
    try:
        yield
    finally:
        _AT_WORK.reset(token)
