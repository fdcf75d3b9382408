"""The histories of `traces.toml`, each replayed once."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest

from conformance.cases.bodies import a_generation
from conformance.cases.input_images import image
from conformance.cases.traces import Step, Trace, Verb, traces
from conformance.client import Api
from conformance.errors import SuiteError
from conformance.evidence import Exchange
from conformance.scenarios.idempotency import REPEAT, made
from conformance.world.generations import watch
from conformance.world.life import Life, generation_id
from conformance.world.once_table import OnceTable
from conformance.world.slots import Slot, filled, slot
from conformance.world.world import World


@dataclass(frozen=True)
class Call:
    """The call that made a generation of a trace."""

    body: dict[str, Any]
    key: str
    answer: Exchange

    @property
    def id(self) -> str:
        """Of the generation. Raises Inconclusive (IDEM-1, or GEN-2 without a key) when there is none."""
        return made(self.answer, "IDEM-1" if self.key else "GEN-2")


@dataclass
class Replay:
    """What a target answered to the steps of a trace. `trouble` is what ended it early."""

    world: World
    trace: Trace
    apis: dict[str, Api] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    calls: dict[str, Call] = field(default_factory=dict)
    slots: dict[str, Slot] = field(default_factory=dict)
    answers: dict[int, Exchange] = field(default_factory=dict)
    trouble: SuiteError | None = None

    def answer(self, step: Step) -> Exchange:
        """Raises what kept the replay from coming so far."""
        if step.number not in self.answers and self.trouble:
            raise self.trouble
        return self.answers[step.number]

    def others(self, name: str) -> list[str]:
        """The ids of all other generations of the trace."""
        ids = [generation_id(call.answer) for other, call in self.calls.items() if other != name]
        return [id_ for id_ in ids if id_]

    def run(self) -> None:
        """Do all steps; at the end nothing is left at work."""
        try:
            self.apis = {step.on: self.world.account(step.on) for step in self.trace.steps}
            with ExitStack() as at_work:
                for step in self.trace.steps:
                    if step.verb == "generate":
                        at_work.enter_context(self.world.quota.work(step.on))
                    if answer := self._do(step):
                        self.answers[step.number] = answer
                for step in {step.on: step for step in self.trace.steps if step.verb == "generate"}.values():
                    self._watch(step)
        except SuiteError as error:
            self.trouble = error

    def _do(self, step: Step) -> Exchange | None:
        act: dict[Verb, Callable[[Step], Exchange | None]] = {
            "generate": self._generate, "repeat": self._again, "change": self._again, "poll": self._poll,
            "end": lambda step: self._watch(step).ended(step.status), "upload": self._upload, "put": self._put,
        }  # fmt: skip
        return act[step.verb](step)

    def _generate(self, step: Step) -> Exchange:
        prompt = self.world.prompt(step.fate) if step.fate else f"A {step.name} by the water"
        body = a_generation(prompt=prompt) | self._fields(step)
        key = self.keys.setdefault(step.key, self.world.fresh()) if step.key else ""
        answer = self.apis[step.on].generate(body, idempotency_key=key, probe=_probe(step))
        self.calls[step.name] = Call(body, key, answer)
        return answer

    def _again(self, step: Step) -> Exchange:
        call = self.calls[step.name]
        body = call.body | self._fields(step)
        return self.apis[step.on].generate(body, idempotency_key=call.key, probe=_probe(step), tags=REPEAT)

    def _fields(self, step: Step) -> dict[str, Any]:
        keys = [self.slots[name].key for name in step.inputs]
        return {**step.fields, **({"type": "edit", "inputImageKeys": keys} if keys else {})}

    def _poll(self, step: Step) -> Exchange:
        return self.apis[step.on].generation(self.calls[step.name].id, probe=_probe(step))

    def _watch(self, step: Step) -> Life:
        call = self.calls[step.name]
        return watch(self.world, self.apis[step.on], call.answer)

    def _upload(self, step: Step) -> None:
        self.slots[step.name] = slot(self.world, self.apis[step.on], image(shade=40 * len(self.slots)))

    def _put(self, step: Step) -> None:
        filled(self.slots[step.name], self.slots[step.name].put(probe=_probe(step)))


def _probe(step: Step) -> str:
    return f"{step.trace}, step {step.number}: {step.verb} {step.name}"


@pytest.fixture(scope="session")
def replayed(world: World) -> Callable[[Step], Replay]:
    """The replay of the trace that a step belongs to."""
    replays: OnceTable[str, Replay] = OnceTable("replayed")

    def run(step: Step) -> Replay:
        replay = Replay(world, next(trace for trace in traces() if trace.name == step.trace))
        replay.run()
        return replay

    def of(step: Step) -> Replay:
        return replays.once(step.trace, step.trace, lambda: run(step))

    return of
