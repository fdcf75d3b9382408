"""The histories that were chosen by hand and those of the seed, each replayed once."""

import uuid
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest

from conformance.cases.bodies import TOO_MANY, a_generation
from conformance.cases.histories import histories
from conformance.cases.input_images import image
from conformance.cases.traces import Step, Trace, Verb
from conformance.client import Api
from conformance.contract import load
from conformance.errors import NotApplicable, NotTested, SuiteError
from conformance.evidence import Exchange
from conformance.scenarios.idempotency import REPEAT, made
from conformance.world.credentials import Probe, wrong_credential
from conformance.world.downloads import fetch, url_of
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
    lives: dict[str, Life] = field(default_factory=dict)
    """Of the generations that were watched to their end."""
    answers: dict[int, Exchange] = field(default_factory=dict)
    missing: dict[int, NotTested] = field(default_factory=dict)
    """What the run lacks for refused calls, without which the rest goes on."""
    trouble: SuiteError | None = None

    def answer(self, step: Step) -> Exchange:
        """Raises what kept the replay from coming so far, or from this step."""
        if step.number in self.missing:
            raise self.missing[step.number]
        if step.number not in self.answers and self.trouble:
            raise self.trouble
        return self.answers[step.number]

    def others(self, name: str) -> list[str]:
        """The ids of all other generations of the trace."""
        ids = [generation_id(call.answer) for other, call in self.calls.items() if other != name]
        return [id_ for id_ in ids if id_]

    def before(self, step: Step) -> Exchange:
        """The answer to the first step with the verb of this one and about the same thing."""
        return self.answers[
            next(one.number for one in self.trace.steps if (one.verb, one.name) == (step.verb, step.name))
        ]

    def run(self) -> None:
        """Do all steps; at the end nothing is left at work."""
        try:
            needed = {step.on for step in self.trace.steps if step.verb != "refuse"}
            self.apis = {on: self.world.account(on) for on in sorted(needed)}
            with ExitStack() as at_work:
                for step in self.trace.steps:
                    if step.verb == "generate":
                        at_work.enter_context(self.world.quota.work(step.on))
                    if answer := self._do(step):
                        self.answers[step.number] = answer
                left = [step for step in self.trace.steps if step.verb == "generate" and step.name not in self.lives]
                for step in {step.on: step for step in left}.values():
                    self._watch(step)
        except SuiteError as error:
            self.trouble = error

    def _do(self, step: Step) -> Exchange | None:
        act: dict[Verb, Callable[[Step], Exchange | None]] = {
            "generate": self._generate, "repeat": self._again, "change": self._again, "poll": self._poll,
            "look": self._poll, "end": lambda step: self._watch(step).ended(step.status), "download": self._download,
            "upload": self._upload, "put": self._put, "refuse": self._refuse,
        }  # fmt: skip
        return act[step.verb](step)

    def _generate(self, step: Step) -> Exchange:
        prompt = self.world.prompt(step.fate) if step.fate else f"A {step.name} by the water"
        body = a_generation(type="text2img", prompt=prompt) | self._fields(step)
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
        self.lives[step.name] = watch(self.world, self.apis[step.on], call.answer)
        return self.lives[step.name]

    def _download(self, step: Step) -> Exchange:
        return fetch(self.world, url_of(self.lives[step.name].outputs[0], "png"), "png")

    def _refuse(self, step: Step) -> Exchange | None:
        """A call that is valid but for one thing, or a deletion of nothing; None where the run lacks what it needs."""
        try:
            return self._refused(step, self.world.account(step.on))
        except NotTested as error:
            self.missing[step.number] = error
            return None

    def _refused(self, step: Step, api: Api) -> Exchange:
        probe, body = _probe(step), a_generation() | self._fields(step)
        if step.name == "credential":
            value = wrong_credential(Probe.EXTENDED, self.world.recorder.vault.reveal(api.key))
            return self.world.anonymous().call("generate", headers={"Authorization": str(value)}, probe=probe)
        if step.name in {"id", "delete"}:
            url = load().operations["generation"].url(unknown := str(uuid.uuid4()))
            asks = step.name == "id"
            return api.generation(unknown, probe=probe) if asks else api.request("DELETE", url, probe=probe)
        if step.name == "prompt":
            body["prompt"] = self.world.prompt("rejected")
        return api.generate(body | ({"n": TOO_MANY} if step.name == "body" else {}), probe=probe)

    def _upload(self, step: Step) -> None:
        self.slots[step.name] = slot(self.world, self.apis[step.on], image(shade=40 * len(self.slots)))

    def _put(self, step: Step) -> None:
        filled(self.slots[step.name], self.slots[step.name].put(probe=_probe(step)))


def _probe(step: Step) -> str:
    return f"{step.trace}, step {step.number}: {step.verb} {step.name}"


@pytest.fixture(scope="session")
def replayed(world: World) -> Callable[[Step | None], Replay]:
    """The replay of the trace that a step belongs to. Without a step NotApplicable: no history of the seed has any."""
    replays: OnceTable[str, Replay] = OnceTable("replayed")

    def run(step: Step) -> Replay:
        replay = Replay(world, next(trace for trace in histories(world.seed) if trace.name == step.trace))
        replay.run()
        return replay

    def of(step: Step | None) -> Replay:
        if step is None:
            raise NotApplicable("no history of this seed shows it")
        return replays.once(step.trace, step.trace, lambda: run(step))

    return of
