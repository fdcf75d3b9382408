"""Why something is not tested: each requirement has a reason of its own."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.plan.cost import NO_ROOM
from conformance.plan.marks import Profile
from conformance.requirements.tests_index import tests_of as index_of
from conformance.session import Controller
from conformance.session.ending import stopped_by
from conformance.session.reasons import BY_FILES, BY_SECTION, PACKAGE, SUITE, no_room, why_left_out, why_unseen
from conformance.session.sharing import Sharing
from conformance.session.worker import CHOSEN, LEFT_OUT, OTHERS, REFUSED, WITHOUT_ROOM
from tests.session.conftest import Begin


@dataclass(frozen=True)
class Item:
    """A test as pytest collects it."""

    name: str
    ids: tuple[str, ...] = ()
    profile: str = "gate"
    file: str = "test_api.py"
    because: str = ""

    @property
    def path(self) -> Path:
        return SUITE / self.file

    def get_closest_marker(self, name: str) -> Any:
        args = self.ids if name == "requirement" else (self.profile,)
        return SimpleNamespace(args=args, kwargs={"because": self.because}) if args else None


def config(section: str = "", **options: Any) -> pytest.Config:
    given = {"--gimg-section": section}.get
    found = SimpleNamespace(option=SimpleNamespace(**options), getoption=given, stash={})
    return cast("pytest.Config", found)


def items(*found: Item) -> Sequence[pytest.Item]:
    return cast("Sequence[pytest.Item]", found)


RUN, DESELECTED = Item("run", ("A-1",)), Item("deselected", ("A-1", "A-2", "A-3"))
BEYOND, FAR = Item("beyond", ("A-2", "A-4"), "certify"), Item("far", ("A-5",), "certify")
APART = Item("apart", ("A-3", "A-4", "A-6"))
EVERY = items(RUN, DESELECTED, BEYOND, FAR, APART)


def test_each_requirement_has_the_reason_that_is_nearest_to_its_being_tested() -> None:
    found = why_left_out(EVERY, items(RUN, BEYOND, APART), items(RUN), config("x", keyword="run"), "gate")

    beyond = "deselected by the gate profile; tested with `--profile certify`"
    assert found == {
        "A-2": "deselected by -k", "A-3": "deselected by -k", "A-4": BY_SECTION, "A-5": beyond, "A-6": BY_SECTION,
    }  # fmt: skip


def test_the_least_profile_that_would_do_is_named() -> None:
    found = why_left_out(items(APART, BEYOND), items(APART, BEYOND), (), config(), "smoke")

    assert found["A-4"] == "deselected by the smoke profile; tested with `--profile gate`"
    assert found["A-2"] == "deselected by the smoke profile; tested with `--profile certify`"


def test_what_a_smaller_profile_has_no_room_for_has_that_reason_there() -> None:
    every = items(BEYOND, Item("left", ("A-4",), "certify", because=NO_ROOM))

    assert why_left_out(every, every, (), config(), "gate")["A-4"] == NO_ROOM
    assert "by the smoke profile" in why_left_out(every, every, (), config(), "smoke")["A-4"]
    assert [no_room(item, "gate") for item in every] == ["", NO_ROOM]
    assert [no_room(item, "certify") for item in every] == ["", ""]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"keyword": "x"}, "-k"),
        ({"markexpr": "x", "deselect": None}, "-m"),
        ({"keyword": "x", "markexpr": "y", "deselect": ["z"]}, "-k or -m or --deselect"),
        ({"keyword": ""}, "an option of pytest"),
    ],
)
def test_the_option_is_named(options: dict[str, Any], words: str) -> None:
    assert why_left_out(items(RUN), (), (), config(**options), "gate") == {"A-1": f"deselected by {words}"}


@pytest.fixture(scope="module")
def whole() -> list[Item]:
    """Every test of the suite that names its requirements in its source."""
    index = index_of(SUITE, PACKAGE / "checks")
    tests = {test.removeprefix("suite/"): ids for test, ids in index.items() if test.startswith("suite/")}
    return [Item(test.partition("::")[2] + "[x]", ids, file=test.partition("::")[0]) for test, ids in tests.items()]


@pytest.mark.parametrize(
    ("section", "profile", "reason"),
    [
        ("", "gate", "deselected by the gate profile; tested with `--profile certify`"),
        ("plans", "gate", BY_SECTION),
        ("", "certify", None),
    ],
)
def test_what_the_contract_would_have_made_was_left_out(
    whole: list[Item], section: str, profile: Profile, reason: str | None
) -> None:
    found = why_unseen(items(*whole), config(section), profile)

    assert found.get("GEN-21") == reason  # more than four images: a case of the contract alone
    assert "AUTH-1" not in found
    assert "RATE-1" not in found  # a matter of all traffic


def test_what_was_not_named_is_told_as_that(whole: list[Item]) -> None:
    found = why_unseen(items(*(item for item in whole if item.file != "test_api.py")), config("x"), "gate")
    alone = why_unseen(items(*(item for item in whole if "AUTH-1" in item.ids)), config(), "certify")

    assert found["API-1"] == found["GEN-21"] == alone["RATE-6"] == BY_FILES
    assert "AUTH-1" not in alone


@pytest.mark.parametrize(
    ("said", "most", "words"),
    [
        ("stopping after 1 failures", 1, "-x"),
        ("stopping after 3 failures", 3, "--maxfail=3"),
        ("1 error during collection", 1, "1 error during collection"),
        ("", 1, ""),
    ],
)
def test_what_stopped_a_run_is_told_as_the_option(said: str, most: int, words: str) -> None:
    assert stopped_by(config(maxfail=most), said) == words


def test_pytests_own_reasons_are_no_interruption() -> None:
    controller = object.__new__(Controller)
    controller.interrupted, controller.stopped = False, ""
    for error in (pytest.Session.Interrupted("stopping after 1 failures"), KeyboardInterrupt()):
        controller.pytest_keyboard_interrupt(cast("Any", SimpleNamespace(type=type(error), value=error)))

    assert (controller.interrupted, controller.stopped) == (True, "stopping after 1 failures")


def test_a_worker_tells_its_controller() -> None:
    controller = object.__new__(Controller)
    controller.left_out, controller.without_room, controller.chosen, controller.others = {}, Counter(), {}, set()
    told = {LEFT_OUT: {"A-1": "deselected by -k"}, WITHOUT_ROOM: {NO_ROOM: 2}, REFUSED: ["no", "do"]}
    told |= {CHOSEN: {"suite/test_api.py::a": ("A-2",)}, OTHERS: ["A-3"]}
    for node in (SimpleNamespace(workeroutput=told), SimpleNamespace(workeroutput=told), SimpleNamespace()):
        Sharing(controller, lambda: None).pytest_testnodedown(node)

    assert controller.left_out == {"A-1": "deselected by -k"}
    assert controller.without_room == {NO_ROOM: 2}
    assert (controller.chosen, controller.others) == ({"suite/test_api.py::a": ("A-2",)}, {"A-3"})
    assert str(controller.refusal) == "no. Do"


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_a_run_tells_them_apart(begin: Begin, workers: tuple[str, ...]) -> None:
    fault = "--gimg-fault=polling-needs-no-key"
    status, said, report = begin(
        "--gimg-profile=gate", "-k", "credential or bare_key or scheme", "-x", fault, *workers,
        sections=("authentication", "plans"),
    ).ended()  # fmt: skip
    reasons = {row["id"]: row["reason"] for row in report["requirements"] if row["verdict"] == "not_tested"}

    assert (status, report["verdict"]) == (pytest.ExitCode.TESTS_FAILED, "nonconformant")
    assert "the run stopped early: -x\n" in said
    assert reasons["AUTH-13"] == "deselected by -k"
    assert reasons["AUTH-16"] == "deselected by the gate profile; tested with `--profile certify`"
    assert reasons["RATE-6"] == BY_FILES
    assert "the run stopped before this was tested: -x" in reasons.values()
