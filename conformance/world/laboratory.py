"""The laboratory of the webhook tests: generations are caused, and what is delivered of them is read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from conformance.cases.bodies import a_generation
from conformance.checks.retries import FIRST_ATTEMPT
from conformance.checks.signatures import signing
from conformance.client import Api
from conformance.evidence import Exchange
from conformance.evidence.attempt import Attempt
from conformance.evidence.delivery import Delivery
from conformance.receiver import Answer
from conformance.world.generations import watch
from conformance.world.hooks import Hook, Hooks
from conformance.world.life import Life, generation_id
from conformance.world.registrar import FAILED, SUCCEEDED
from conformance.world.world import World

PATIENCE = 3 * FIRST_ATTEMPT
"""Seconds of the target's time after which a first attempt is given up."""
MORE_TO_COME, AT_LEAST = FIRST_ATTEMPT + 10, 10.0
"""Seconds of the target's time left for what should not come, once the control has; the least where they are dear."""
LONGEST_IDLE = 5.0
"""Real seconds that nobody should have to wait for nothing."""


@dataclass(frozen=True)
class Cause:
    """A body of generate, and the event that its end sends; `scripts` are by endpoint, in place of its own."""

    body: dict[str, Any]
    event: str = SUCCEEDED
    probe: str = ""
    scripts: Mapping[str, tuple[Answer, ...]] = field(default_factory=dict)
    keyed: bool = True
    """Under an idempotency key what the network loses may be sent again (R44), and takes no other cause with it."""


@dataclass(frozen=True)
class Caused:
    """A generation, watched to its end."""

    life: Life
    event: str

    @property
    def id(self) -> str:
        return generation_id(self.life.accepted)


@dataclass
class Laboratory:
    """One for a process, shared by the scenarios under way. `announced` is only added to and looked up in."""

    world: World
    hooks: Hooks
    announced: set[str] = field(default_factory=set)
    """The ids of the generations that were caused."""

    # Causing and waiting.

    @property
    def free_event(self) -> str:
        """The event of what costs nothing, a failure, where one can be provoked."""
        return FAILED if self.world.target.prompts.failed else SUCCEEDED

    def free_cause(self, probe: str, scripts: Mapping[str, tuple[Answer, ...]] | None = None) -> Cause:
        """A generation that ends in `free_event`."""
        prompt = self.world.target.prompts.failed
        return Cause(a_generation(**({"prompt": prompt} if prompt else {})), self.free_event, probe, scripts or {})

    def wait(self, holds: Callable[[], bool], seconds: float) -> bool:
        """Let the target's time pass until this holds, for at most so many seconds of it: whether it holds.

        Raises Inconclusive as soon as nothing can come any more.
        """
        receiver = self.hooks.receiver
        held = self.world.clock.wait(lambda: bool(receiver.outage) or holds(), seconds)
        self.hooks.must_be_reached()
        return held

    def let_pass(self) -> None:
        """Leave time for what should not come; the control has come already."""
        cheap = self.world.clock.real_seconds(MORE_TO_COME) <= LONGEST_IDLE
        self.world.clock.sleep(MORE_TO_COME if cheap else AT_LEAST)

    def cause(self, api: Api, hooks: Sequence[Hook], *causes: Cause) -> list[Caused]:
        """Generate all of these at once (five at most), announce them to the endpoints, watch them to their end.

        Returns when the first attempt of each delivery has come, or is given up.
        """
        for hook in hooks:
            hook.endpoint.hold_unknown()
        with self.world.quota.work(api.account, len(causes)):
            calls = self._announced(api, hooks, *causes)
            caused = [
                Caused(self._watch(api, call, hooks), cause.event) for call, cause in zip(calls, causes, strict=True)
            ]
        for one in caused:
            if one.life.over is not None:
                self._wait_for_first(one, [hook for hook in hooks if hook.account == api.account])
        return caused

    def cause_unpolled(self, api: Api, hook: Hook, cause: Cause, key: str) -> Caused:
        """Generate under an idempotency key, and wait for the first attempt without a single poll."""
        hook.endpoint.hold_unknown()
        with self.world.quota.work(api.account):
            (call,) = self._announced(api, [hook], cause, idempotency_key=key)
            caused = Caused(Life(api, call), cause.event)
            if 200 <= call.status < 300:
                patience = self.world.target.limits.generation_seconds + PATIENCE
                self.wait(lambda: bool(hook.attempts(caused.id) or self.strays(hook, caused)), patience)
        return caused

    def _announced(self, api: Api, hooks: Sequence[Hook], *causes: Cause, **options: Any) -> list[Exchange]:
        """All of the calls, before the endpoints answer the deliveries of any."""
        calls = [self._generate(api, cause, **options) for cause in causes]
        for call, cause in zip(calls, causes, strict=True):
            for hook in hooks:
                hook.expect(generation_id(call), cause.scripts)
        for hook in hooks:
            hook.endpoint.admit_unknown()
        return calls

    def _generate(self, api: Api, cause: Cause, **options: Any) -> Exchange:
        key = {"idempotency_key": self.world.fresh()} if cause.keyed else {}
        call = api.generate(cause.body, probe=cause.probe, **key | options)
        # At once: for a scenario beside this one, a delivery of it must not be a stray.
        self.announced.add(generation_id(call))
        return call

    def _watch(self, api: Api, call: Exchange, hooks: Sequence[Hook]) -> Life:
        """A poll is sent as soon as an attempt arrives."""
        found = generation_id(call)
        return watch(
            self.world, api, call,
            news=lambda since: any(a.arrived.monotonic > since for hook in hooks for a in hook.attempts(found)),
        )  # fmt: skip

    def _wait_for_first(self, caused: Caused, hooks: Sequence[Hook]) -> None:
        awaited = [hook for hook in hooks if caused.event in hook.events]

        def come(hook: Hook) -> bool:
            return bool(hook.attempts(caused.id) or self.strays(hook, caused) or hook.endpoint.refused())

        self.wait(lambda: all(map(come, awaited)), PATIENCE)

    # Reading.

    def strays(self, hook: Hook, caused: Caused) -> tuple[Attempt, ...]:
        """What may be a delivery of this generation although its body names another, or none: the event is the same."""
        since = caused.life.accepted.started
        return tuple(
            attempt
            for attempt in hook.endpoint.attempts()
            if attempt.generation not in self.announced
            and attempt.arrived.monotonic > since
            and attempt.header("X-Gptimg-Event") in {None, caused.event}
        )

    def read(self, caused: Caused, hook: Hook, *, root: str = "", planned: int = 1, wanted: bool = True) -> Delivery:
        """What has come of it at one endpoint so far; where a delivery is `wanted`, one with a wrong id will do.

        Raises Inconclusive where nothing could come.
        """
        self.hooks.must_be_reached()
        named, over = hook.attempts(caused.id), caused.life.over
        # What was polled and not seen to end has sent nothing: what came then is of other generations.
        wanted = wanted and (over is not None or not caused.life.polls)
        attempts = named or (self.strays(hook, caused) if wanted else ())
        first = attempts[0].arrived if attempts else None
        vault = self.world.recorder.vault
        return Delivery(
            name=hook.name,
            event=caused.event,
            secret=vault.redact(hook.secret),
            attempts=self.hooks.journal.shown(attempts),
            generate=caused.life.accepted,
            record=over.json if over and isinstance(over.json, dict) else None,
            early=tuple(p for p in caused.life.polls if first and _at_work(p) and p.started > first.monotonic),
            lateness=first.target - self._when(over) if first and over else 0.0,
            refusals=tuple(refusal for refusal in hook.endpoint.refused() if not refusal.only_looks),
            path=vault.redact(hook.path),
            root=root or ("HOOK-12" if caused.event == FAILED else "HOOK-11"),
            noise=self.hooks.noise,
            late_answers=self.hooks.late_answers,
            others=len(hook.endpoint.attempts()) - len(attempts),
            planned=planned,
            unplanned=bool(attempts) and not named,
            signings=tuple(signing(hook.secret, attempt, hook.endpoint.attempts()) for attempt in attempts),
        )

    def _when(self, exchange: Exchange) -> float:
        """When an exchange ended, by the clock of the attempts."""
        clock = self.world.clock
        return exchange.clock if exchange.clock is not None else exchange.ended / clock.real_seconds(1.0)


def _at_work(poll: Exchange) -> bool:
    return poll.status == 200 and poll.member("status") in {"queued", "running"}
