"""Thousands of steps of several customers, each answer predicted by the model; and proof that it notices faults."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from conformance.cases.input_images import image
from conformance.cases.repeatable import BACKEND
from conformance.faults import named
from conformance.reference import Service
from tests.reference.compared import CUSTOMERS, Compared
from tests.reference.model import FATES, REJECTED

T = TypeVar("T")
POOR = ("other", "metered")
ACCOUNTS = st.sampled_from(("primary", "primary", "primary", *POOR, *POOR, "broke", "free", "capped"))
KEYS = st.just("") | st.sampled_from([f"key {number}" for number in range(30)])
PROMPTS = st.sampled_from(("A heron", "A heron", "A crane", *FATES, REJECTED))
QUALITIES = st.sampled_from(("low", "low", "medium", "high"))
BODIES = PROMPTS.map(lambda prompt: {"prompt": prompt}) | st.fixed_dictionaries(
    {"prompt": PROMPTS, "quality": QUALITIES},
    optional={"n": st.sampled_from((1, 2, 4, 5)), "size": st.just("1024x1536")},
)
CHANGES = st.just({}) | st.sampled_from(
    ({"size": "1024x1536"}, {"prompt": "A crane"}, {"quality": "high"}, {"n": 2}, {"n": 5})
)
SECONDS = st.sampled_from((0.25, 1, 1, 2, 3, 3, 3, 60, 299.5, 301, 3600))
CONTENTS = st.sampled_from((image(shade=80), image(shade=90), b"no picture"))
UNKNOWN = st.sampled_from(([], [], [], ["uploads/unknown"]))
RECENT = st.integers(0, 3)

RUN = settings(
    derandomize=True,
    backend=BACKEND,
    database=None,
    deadline=None,
    max_examples=150,
    stateful_step_count=50,
    suppress_health_check=[HealthCheck.too_slow],  # an hour's quota may be used up at the beginning
)


def recent(made: list[T], back: int) -> T:
    """One of the latest."""
    return made[-1 - back % len(made)]


@dataclass(frozen=True)
class Call:
    """A call of generate that was accepted."""

    account: str
    body: dict[str, Any]
    key: str


class Customers(RuleBasedStateMachine):
    """Whatever customers do, in any order."""

    alter: ClassVar[Callable[[Service], object] | None] = None
    late: ClassVar[bool] = False
    """Begins with few calls left of an hour's quota, after all the others were made."""
    seen: ClassVar[Counter[tuple[str, int]]]

    def __init__(self) -> None:
        super().__init__()
        self.both = Compared(type(self).alter)
        if self.late:
            for account in POOR:
                self.both.spend_window(account, leave=1)
        self.calls: list[Call] = []

    def teardown(self) -> None:
        self.seen.update(self.both.seen)
        self.both.close()

    @rule(account=ACCOUNTS, body=BODIES, key=KEYS)
    def generate(self, account: str, body: dict[str, Any], key: str) -> None:
        if self.both.generate(account, body, key).status == 202 and key:
            self.calls.append(Call(account, body, key))

    @precondition(lambda self: self.calls)
    @rule(back=RECENT, change=CHANGES, account=st.none() | ACCOUNTS)
    def repeat(self, back: int, change: dict[str, Any], account: str | None) -> None:
        call = recent(self.calls, back)
        self.generate(account or call.account, call.body | change, call.key)

    @precondition(lambda self: self.both.model.files)
    @rule(backs=st.lists(RECENT, min_size=1, max_size=2), more=UNKNOWN, key=KEYS, account=st.none() | ACCOUNTS)
    def edit(self, backs: list[int], more: list[str], key: str, account: str | None) -> None:
        inputs = [recent(self.both.model.files, back) for back in backs]
        keys = [file.key for file in inputs] + more
        self.generate(account or inputs[0].owner, {"prompt": "Winter", "type": "edit", "inputImageKeys": keys}, key)

    @rule(account=ACCOUNTS, content=CONTENTS, key=KEYS)
    def upload(self, account: str, content: bytes, key: str) -> None:
        self.both.upload(account, content, picture=content.startswith(b"\x89PNG"), key=key)

    @precondition(lambda self: self.both.model.files)
    @rule(back=RECENT, more=st.sampled_from((b"", b"", b"", b"\0")))
    def put(self, back: int, more: bytes) -> None:
        file = recent(self.both.model.files, back)
        self.both.put(file, file.content + more)

    @precondition(lambda self: self.both.model.jobs)
    @rule(back=RECENT, account=st.none() | ACCOUNTS)
    def poll(self, back: int, account: str | None) -> None:
        job = recent(self.both.model.jobs, back)
        self.both.poll(account or job.owner, job)

    @rule(seconds=SECONDS)
    def wait(self, seconds: float) -> None:
        self.both.advance(seconds)

    @rule(account=ACCOUNTS)
    def wait_for_the_reset(self, account: str) -> None:
        self.both.advance(max(self.both.model.customers[account].reset - self.both.model.now, 0))

    @rule(account=st.sampled_from(POOR))
    def buy_what_remains(self, account: str) -> None:
        self.both.buy_what_remains(account)

    @invariant()
    def the_books_agree(self) -> None:
        books = self.both.server.service.parts.ledger.balance
        assert {name: books[name] for name in CUSTOMERS} == {name: self.both.model.credits(name) for name in CUSTOMERS}


def machine(alter: Callable[[Service], object] | None = None, *, late: bool = False) -> type[Customers]:
    """The machine, on a server of its own kind."""
    return type("Customers", (Customers,), {"alter": alter and staticmethod(alter), "late": late, "seen": Counter()})


def test_the_reference_answers_as_the_model_predicts() -> None:
    customers = machine()
    run_state_machine_as_test(customers, settings=RUN)
    assert REACHED - customers.seen.keys() == set()


def test_the_reference_answers_as_the_model_predicts_when_an_hours_quota_is_used_up() -> None:
    customers = machine(late=True)
    run_state_machine_as_test(customers, settings=settings(RUN, max_examples=15))
    assert 429 in {status for _, status in customers.seen}


REACHED = {
    *(("generate", status) for status in (202, 400, 402, 403, 422)),
    ("upload", 200),
    ("generation", 200),
    ("generation", 404),
    ("put", 200),
    ("put", 403),
}
"""A machine that never comes so far proves nothing."""


UNTIL_FOUND = settings(RUN, phases=[Phase.generate], max_examples=600)


@pytest.mark.parametrize(
    "fault",
    [
        "a-late-repeat-is-charged",
        "another-size-is-another-call",
        "blocked-is-given-back-once",
        "bytes-go-to-the-latest-upload",
        "keys-are-shared-by-all-accounts",
        "the-last-to-use-a-key-owns-it",
    ],
)
def test_it_finds_a_fault(fault: str) -> None:
    with pytest.raises(AssertionError):
        run_state_machine_as_test(machine(named(fault).apply), settings=UNTIL_FOUND)


@pytest.mark.parametrize("fault", ["refused-calls-draw-on-the-next-window", "the-601st-call-is-served"])
def test_it_finds_a_fault_at_the_end_of_a_quota(fault: str) -> None:
    with pytest.raises(AssertionError):
        run_state_machine_as_test(machine(named(fault).apply, late=True), settings=UNTIL_FOUND)
