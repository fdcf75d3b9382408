"""Names what is sent after the fixture or the test that sends it, and tells which scenarios a test was given."""

from collections.abc import Generator, Iterator
from contextlib import ExitStack
from typing import Any, NoReturn

import pytest

from conformance.client import Api
from conformance.client.current import AT_THE_END, Scenario, at_work, sending, working
from conformance.client.record import KEPT, RAISED, Record, Returned, keeping
from conformance.client.tape import not_recorded
from conformance.plan.settings import EXTENSION
from conformance.session.collection import scenario_of
from conformance.world.hooks import Hooks
from conformance.world.laboratory import Laboratory
from conformance.world.overlap import UNDER_WAY
from conformance.world.world import World

FOUND = object()
ALIVE = (Iterator[Hooks], Laboratory)
"""What nobody needs who replays: whatever they brought about was returned by scenarios."""
TOOLS = (Api, World)
"""What scenarios send with: a fixture that returns one is none itself, nor is what it depends on given through it."""


NOBODYS = ("conformance.", "_pytest.", "pytest", "anyio.", "xdist.", "hypothesis", "schemathesis")
"""Where the fixtures are defined that are no extension's."""


class Absent:
    """Stands in place of what is ALIVE. A scenario that the run came not to, or not to the end of, asks for more."""

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):  # what Python and pytest look for by themselves
            raise AttributeError(name)
        raise not_recorded(f"what {at_work() or 'nobody'} brings about")


class Found:
    """A pytest plugin: what a scenario of an earlier run returned stands in place of its fixture."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any], request: Any) -> object:
        """None where the fixture is to be run."""
        record = KEPT.get()
        if record is None or not _is_scenario(fixturedef):
            return None
        found, key = self._found(record, fixturedef), fixturedef.cache_key(request)
        if found is None:
            scenario = working()
            if scenario and record.file:
                record.began(scenario, waits=fixturedef.argname.endswith(UNDER_WAY))
            return None
        if scenario := working():
            scenario.given |= found.given
        try:
            value = found.result()
        except RAISED as error:
            fixturedef.cached_result = (None, key, (error, None))
            raise
        fixturedef.cached_result = (value, key, None)
        return FOUND

    def _found(self, record: Record, fixturedef: pytest.FixtureDef[Any]) -> Returned | None:
        name = fixturedef.argname
        if name.endswith(UNDER_WAY):
            return Returned(None) if record.find(_name(name)) else None
        found = record.find(name)
        alive = record.file is None and fixturedef.func.__annotations__.get("return") in ALIVE
        return found or (Returned(Absent()) if alive else None)


class Scenarios:
    """A pytest plugin of every process that runs tests.

    A scenario is a session-wide or module-wide fixture of the suite, by its name; what begins a wait (`NAME_under_way`)
    and what ends it (`NAME`) are one. What it sends when it is torn down is another: `NAME/at the end`. What a test
    sends by itself is a scenario with the test's name.
    """

    def __init__(self, *, extended: bool = False) -> None:
        """`extended`: tests of an extension run as well, and what provokes for them is named so."""
        self._extended = extended
        self._known = dict[str, Scenario]()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, Any]:
        with sending(self._called(scenario_of(item))):
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, Any, Any]:
        theirs = self._extended and _is_theirs(fixturedef)
        if not (theirs or _is_scenario(fixturedef)):
            return (yield)
        name, ending = _name(fixturedef.argname, theirs=theirs), ExitStack()
        # Finalizers are called last in, first out: these two stand around what tears the fixture down.
        fixturedef.addfinalizer(ending.close)
        scenario = self._called(name)
        try:
            if theirs:  # whose value nobody keeps: it may be anything
                with sending(scenario):
                    return (yield)
            with keeping(scenario) as keep, sending(scenario):
                value = yield
                return value if fixturedef.argname.endswith(UNDER_WAY) else keep(value)
        finally:
            fixturedef.addfinalizer(lambda: ending.enter_context(sending(self._called(name + AT_THE_END))))

    def behind(self, item: pytest.Item) -> tuple[str, ...]:
        """The test's own scenario, and those it was given: directly, or by way of another one."""
        found = dict[str, None]()
        left = [self._called(name) for name in (scenario_of(item), *_fixtures(item, extended=self._extended))]
        while left:
            scenario = left.pop(0)
            if scenario.name not in found:
                found[scenario.name] = None
                left += tuple(scenario.given)
        return tuple(found)

    def _called(self, name: str) -> Scenario:
        return self._known.setdefault(name, Scenario(name))


def _fixtures(item: pytest.Item, *, extended: bool) -> list[str]:
    """The scenarios among the fixtures that a test asks for, and among those that they ask for in turn."""
    info = item._fixtureinfo  # type: ignore[attr-defined]  # noqa: SLF001 - no other way to learn who asks for what
    left, found = list(info.initialnames), dict[str, str]()
    while left:
        name = left.pop(0)
        definitions = info.name2fixturedefs.get(name, ())
        if name in found or not definitions:
            continue
        theirs = extended and _is_theirs(definitions[-1])
        if theirs or _is_scenario(definitions[-1]):
            found[name] = _name(name, theirs=theirs)
            left += definitions[-1].argnames
    return list(found.values())


def _is_scenario(definition: pytest.FixtureDef[Any]) -> bool:
    function = definition.func
    ours = definition.scope in {"session", "module"} and function.__module__.startswith("conformance.")
    return ours and function.__annotations__.get("return") not in TOOLS


def _is_theirs(definition: pytest.FixtureDef[Any]) -> bool:
    """Whether it provokes for the tests of an extension."""
    function = definition.func
    shared = definition.scope in {"session", "module"} and not function.__module__.startswith(NOBODYS)
    return shared and getattr(function, "__annotations__", {}).get("return") not in TOOLS


def _name(fixture: str, *, theirs: bool = False) -> str:
    return f"{EXTENSION if theirs else ''}{fixture.removesuffix(UNDER_WAY)}"
