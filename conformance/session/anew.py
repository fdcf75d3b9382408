"""A test of a resumed run that needs a secret which was lost is run again, once what had it was provoked anew."""

from collections.abc import Generator
from typing import Any

import pytest
from _pytest.runner import call_and_report

from conformance.client.lost import LostError
from conformance.client.record import KEPT
from conformance.world.overlap import UNDER_WAY


class Anew:
    """A pytest plugin. A presigned URL, for example, stands in the journal without its signature."""

    def __init__(self) -> None:
        self._lost: LostError | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool:
        """As pytest does, with as many tries as values are found to be of no use."""
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        reports = self._tried(item)
        while self._lost and _spoil(item, self._lost):
            item.session._setupstate.teardown_exact(item.parent)  # type: ignore[arg-type]  # noqa: SLF001 - as pytest's
            reports = self._tried(item)
        for report in reports:
            item.ihook.pytest_runtest_logreport(report=report)
        ending = item.session.shouldfail or item.session.shouldstop
        call_and_report(item, "teardown", nextitem=None if ending else nextitem)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        item._request, item.funcargs = False, None  # type: ignore[attr-defined]  # noqa: SLF001 - as pytest's own
        return True

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
        if call.excinfo and isinstance(call.excinfo.value, LostError):
            self._lost = call.excinfo.value
        return (yield)

    def _tried(self, item: pytest.Item) -> list[pytest.TestReport]:
        """The reports of setup and call."""
        self._lost = None
        item._initrequest()  # type: ignore[attr-defined]  # noqa: SLF001 - fixtures are looked up again
        reports = [call_and_report(item, "setup", log=False)]
        if reports[0].passed and not item.config.option.setuponly:
            reports.append(call_and_report(item, "call", log=False))
        return reports


def _spoil(item: pytest.Item, lost: LostError) -> bool:
    """Forget what had the secret, and what came to nothing without it. Whether there was anything to forget."""
    record = KEPT.get()
    if record is None or not record.spoil(lost):
        return False
    info = item._fixtureinfo  # type: ignore[attr-defined]  # noqa: SLF001 - no other way to forget what they returned
    known = [each for several in info.name2fixturedefs.values() for each in several if each.cached_result]
    failed = {_name(each) for each in known if _is_lost(each.cached_result[2])}
    for each in known:
        if _name(each) in failed | record.spoilt:
            each.finish(item._request)  # type: ignore[attr-defined]  # noqa: SLF001 - as pytest does
    return True


def _name(definition: pytest.FixtureDef[Any]) -> str:
    return definition.argname.removesuffix(UNDER_WAY)


def _is_lost(raised: tuple[BaseException, Any] | None) -> bool:
    return raised is not None and isinstance(raised[0], LostError)
