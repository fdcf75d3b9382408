"""Names are given where fixtures begin and end, and a test is given what its fixtures were given."""

import pytest

from conformance.client.current import Scenario, at_work, sending
from conformance.errors import Inconclusive
from conformance.session.scenarios import Absent, Scenarios

pytest_plugins = ("pytester",)

SUITE = """
import pytest
from conformance.client import Api
from conformance.client.current import Scenario, at_work, sending
from conformance.errors import Inconclusive

seen = {}

@pytest.fixture(scope="session")
def first_contact():
    seen["first contact"] = at_work()

@pytest.fixture(scope="session")
def primary(first_contact) -> Api: ...

@pytest.fixture(scope="session")
def submitted(primary):
    seen["submitted"] = at_work()
    yield
    seen["submitted, over"] = at_work()

@pytest.fixture(scope="session")
def gallery(submitted, primary):
    seen["gallery"] = at_work()
    yield
    seen["gallery, over"] = at_work()

@pytest.fixture(scope="session")
def late_under_way(submitted):
    seen["late, begun"] = at_work()

@pytest.fixture(scope="session")
def late(late_under_way):
    seen["late"] = at_work()

@pytest.fixture(scope="session")
def broken(submitted):
    raise ValueError("broken")

@pytest.fixture(scope="session")
def on_broken(broken): ...

@pytest.fixture
def observe():
    seen["observe"] = at_work()

for fixture in (first_contact, primary, submitted, gallery, late_under_way, late, broken, on_broken, observe):
    fixture._fixture_function.__module__ = "conformance.scenarios.some"

@pytest.fixture(scope="session")
def someone_elses():
    seen["someone else's"] = at_work()

def test_one(gallery, primary, observe, someone_elses): seen["one"] = at_work()

def test_two(late): ...

@pytest.mark.usefixtures("on_broken")
def test_three(): ...

def test_four(primary): ...
"""


class Witness:
    """Keeps what each test was given, and what the module saw."""

    def __init__(self, scenarios: Scenarios) -> None:
        self.scenarios, self.given, self.seen = scenarios, dict[str, tuple[str, ...]](), dict[str, str]()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> object:
        report = yield
        self.given[item.name] = self.scenarios.behind(item)
        self.seen = item.module.seen  # type: ignore[attr-defined]
        return report


@pytest.fixture
def witness(pytester: pytest.Pytester) -> Witness:
    found = Witness(Scenarios())
    pytester.makepyfile(test_some=SUITE)
    pytester.inline_run("-p", "no:cacheprovider", plugins=[found.scenarios, found]).assertoutcome(passed=3, failed=1)
    return found


def test_fixtures_send_under_their_names_and_tests_under_theirs(witness: Witness) -> None:
    one = "test_some.py::test_one"

    assert witness.seen == {
        "first contact": "first_contact", "submitted": "submitted", "gallery": "gallery", "observe": one,
        "someone else's": one, "one": one, "late, begun": "late", "late": "late",
        "gallery, over": "gallery/at the end", "submitted, over": "submitted/at the end",
    }  # fmt: skip
    assert at_work() == ""


def test_a_test_is_given_what_its_fixtures_are_given_but_nothing_by_way_of_an_account(witness: Witness) -> None:
    assert {name: given[1:] for name, given in witness.given.items()} == {
        "test_one": ("gallery", "submitted"), "test_two": ("late", "submitted"),
        "test_three": ("on_broken", "broken", "submitted"), "test_four": (),
    }  # fmt: skip


def test_who_replays_has_no_laboratory_for_a_scenario_that_was_not_recorded() -> None:
    with (
        sending(Scenario("delivered")),
        pytest.raises(Inconclusive, match=r"^what delivered brings about is not recorded"),
    ):
        _ = Absent().hooks
    assert not hasattr(Absent(), "_pytestfixturefunction")
