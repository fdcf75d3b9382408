"""The traces that the suite ships are histories of the model and of the reference server, and claim what both say."""

from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from conformance.cases.bodies import TOO_MANY
from conformance.cases.histories import LENGTH, histories
from conformance.cases.input_images import image
from conformance.cases.traces import Step, Trace, read_traces, traces
from conformance.plan.settings import SEED
from conformance.requirements import load
from tests.reference.compared import Compared
from tests.reference.in_process import BASE_URL
from tests.reference.model import QUEUED, REJECTED, RUN, File, Job

FATES = {"": "", "blocked": "[policy: block]", "failed": "[model: fail]"}
SEEDS = (SEED, 1)
EVERY = pytest.mark.parametrize(
    "trace",
    [
        pytest.param(trace, id=f"{trace.name}, seed {seed}")
        for seed in SEEDS
        for trace in histories(seed)
        if seed == SEED or trace not in traces()
    ],
)
WRONG: dict[str, tuple[dict[str, Any], int]] = {
    "body": ({"n": TOO_MANY}, 400),
    "prompt": ({"prompt": REJECTED}, 422),
    "credits": ({}, 402),
}
"""What is different in the body of a call that is wrong in this respect, and the status of its answer."""


class Checked:
    """A trace replayed on the model and the server together; each step must be answered as it claims."""

    def __init__(self, both: Compared) -> None:
        self.both = both
        self.calls: dict[str, tuple[dict[str, Any], str, Job]] = {}
        self.files: dict[str, File] = {}

    def generate(self, step: Step) -> None:
        body = {"prompt": f"A {step.name} {FATES[step.fate]}", "quality": "low"} | self.changes(step)
        expected = self.both.generate(step.on, body, step.key)
        assert expected.status == 202
        assert expected.job
        assert expected.job not in [job for _, _, job in self.calls.values()]
        self.calls[step.name] = body, step.key, expected.job

    def repeat(self, step: Step) -> None:
        body, key, job = self.calls[step.name]
        assert key
        assert job.owner == step.on
        assert self.both.generate(step.on, body, key).job is job

    def change(self, step: Step) -> None:
        body, key, job = self.calls[step.name]
        assert job.owner == step.on
        assert body | self.changes(step) != body
        assert 400 <= self.both.generate(step.on, body | self.changes(step), key).status < 500

    def changes(self, step: Step) -> dict[str, Any]:
        edit = {"type": "edit", "inputImageKeys": [self.files[name].key for name in step.inputs]}
        return dict(step.fields) | (edit if step.inputs else {})

    def end(self, step: Step) -> None:
        self.both.advance(QUEUED + RUN)
        _, _, job = self.calls[step.name]
        self.both.poll(step.on, job)
        assert job.status(self.both.model.now) == step.status

    def look(self, step: Step) -> None:
        _, _, job = self.calls[step.name]
        assert self.both.poll(step.on, job).job is job

    def download(self, step: Step) -> None:
        _, _, job = self.calls[step.name]
        assert self.both.server.request("GET", f"{BASE_URL}/images/{job.id}/0.png", {}).status == 200

    def refuse(self, step: Step) -> None:
        if step.name == "id":
            assert self.both.poll(step.on, None).status == 404
        if step.name in WRONG:
            wrong, status = WRONG[step.name]
            body = {"prompt": "A heron", "quality": "low"} | self.changes(step) | wrong
            assert self.both.generate(step.on, body).status == status

    def poll(self, step: Step) -> None:
        assert self.both.poll(step.on, self.calls[step.name][2]).status == 404

    def upload(self, step: Step) -> None:
        file = self.both.upload(step.on, image(shade=40 * len(self.files))).file
        assert file
        self.files[step.name] = file

    def put(self, step: Step) -> None:
        assert self.both.put(self.files[step.name]) == 200


@EVERY
def test_a_trace_is_a_history_of_the_model_and_of_the_reference(trace: Trace) -> None:
    with closing(Compared()) as both:
        checked = Checked(both)
        for step in trace.steps:
            act: Callable[[Step], None] = getattr(checked, step.verb)
            act(step)


@EVERY
def test_a_trace_is_short_and_shows_what_the_registry_knows(trace: Trace) -> None:
    shown = [step.shows for step in trace.steps if step.shows]
    assert 4 <= len(trace.steps) <= (8 if trace in traces() else LENGTH)
    assert shown
    assert all(load()[name].level == "MUST" for name in shown)
    assert not [step for step in trace.steps if step.shows and step.verb in {"end", "upload", "put"}]


def test_names_are_used_once() -> None:
    names = [trace.name for trace in histories(SEED)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("step", "error"),
    [
        ('{ on = "other" }', ValueError),
        ('{ on = "other", generate = "a", repeat = "a" }', ValueError),
        ('{ on = "other", generate = "a", idempotency = "k" }', TypeError),
        ('{ generate = "a" }', TypeError),
    ],
)
def test_what_is_misspelt_is_refused(step: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        read_traces(f'[[trace]]\nname = "t"\nfinds = "f"\nsteps = [{step}]')
