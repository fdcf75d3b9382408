"""xdist: what the controller hands its workers, and what they tell it when they end."""

from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from conformance.errors import ConfigurationError
from conformance.plan.estimate import PLAN
from conformance.session.collection import name_of
from conformance.session.options import ENDS, PART, chosen_words
from conformance.session.planned import plan_of, workers_of
from conformance.session.worker import CHOSEN, JUDGED, LEFT_OUT, OTHERS, REFUSED, WITHOUT_ROOM, Worker


class Sharing:
    """A pytest plugin of the controller. Where no worker is started, nobody calls it."""

    def __init__(self, controller: Worker, begin: Callable[[], None]) -> None:
        """`begin` is called as soon as there is something to run."""
        self.controller, self.begin = controller, begin

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Hand each worker what all must share."""
        settings = self.controller.settings
        node.workerinput["gimg_journal"] = str(settings.journal_directory)
        node.workerinput["gimg_salt"] = settings.salt
        node.workerinput["gimg_only"] = chosen_words(self.controller.config)
        node.workerinput["gimg_seed"] = str(settings.seed)
        node.workerinput[ENDS] = settings.ends
        node.workerinput[PART], node.workerinput[JUDGED] = settings.part, sorted(self.controller.judged)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> Any:
        """Each worker has the tests that are planned for it, so that a run takes what it told beforehand."""
        from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # noqa: PLC0415 - only here

        @cache
        def worker_of() -> dict[str, str]:
            return {test: str(number) for number, share in enumerate(config.stash[PLAN].shares) for test in share}

        class AsPlanned(LoadScopeScheduling):  # type: ignore[misc]
            def _split_scope(self, nodeid: str) -> str:
                return worker_of().get(name_of(nodeid), "")

        return AsPlanned(config, log)

    @pytest.hookimpl(optionalhook=True, tryfirst=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: list[str]) -> None:  # noqa: ARG002 - the hook's
        """All workers collect the same tests. Of a resumed run, those that were judged are planned as well."""
        every, config = dict.fromkeys(map(name_of, (*ids, *self.controller.judged))), self.controller.config
        config.stash[PLAN] = plan_of(self.controller.settings, every, workers_of(config))
        if ids:  # else it was perhaps refused
            self.begin()

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take what it says of its collection: all say the same, but one whose files another ran."""
        told, controller = getattr(node, "workeroutput", {}), self.controller
        controller.left_out |= told.get(LEFT_OUT, {})
        controller.without_room |= Counter(told.get(WITHOUT_ROOM, {}))
        controller.chosen |= told.get(CHOSEN, {})
        controller.others |= {*told.get(OTHERS, ())}
        if REFUSED in told:
            controller.refusal = ConfigurationError(*told[REFUSED])
