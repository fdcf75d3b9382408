"""The laboratory of the webhook tests: endpoints that are registered, generations that are caused, deliveries read."""

import json
import threading
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from conformance.checks.retries import repeated_though_taken
from conformance.client import Api
from conformance.client.journal import AttemptJournal
from conformance.errors import ConfigurationError, Inconclusive, NotTested, SuiteError
from conformance.evidence import Exchange
from conformance.evidence.attempt import Attempt
from conformance.evidence.blame import lost, must_be_whole
from conformance.evidence.delivery import Delivery
from conformance.receiver import Answer, Endpoint, Receiver, Status
from conformance.world.generations import watch
from conformance.world.leftovers import ours, path_of
from conformance.world.life import Life, generation_id
from conformance.world.world import World

PATH = "/api/account/webhooks"
SUCCEEDED, FAILED = "generation.succeeded", "generation.failed"
EVENTS = (SUCCEEDED, FAILED)
LOGIN = frozenset({301, 302, 303, 307, 308, 401, 403})
"""What is answered where there is no session (R26)."""
FIRST_ATTEMPT = 60.0
"""Seconds of the target's time by which a first attempt should have come (R36)."""
PATIENCE = 3 * FIRST_ATTEMPT
"""Seconds of the target's time after which a first attempt is given up."""
NOISE_SECONDS = 0.25
"""Real seconds that the scheduling of a busy machine may take from a measurement."""
MORE_TO_COME, AT_LEAST = FIRST_ATTEMPT + 10, 10.0
"""Seconds of the target's time left for what should not come, once the control has; the least where they are dear."""
DEAR = 5.0
"""Real seconds that nobody should have to wait for nothing."""
GIVEN_UP = ("closed without a request", "cut off")
"""What the receiver counts where a sender gave up an attempt before it was seen."""
PATIENT = 3
"""Removals that fail, before what is left is looked for by its label alone."""
FAST = 1.0
"""Seconds of the target's time: from this noise on, an attempt of 5 s may be over before it is seen."""
HINT = 'set [webhooks] public_url = "https://…", where the target reaches the receiver'


@dataclass(frozen=True)
class Hook:
    """An endpoint of the receiver, and its registration for an account. `secret` is the real one."""

    name: str
    endpoint: Endpoint
    registration: Exchange
    account: str
    events: tuple[str, ...]
    secret: str = field(repr=False, default="")
    script: tuple[Answer, ...] = (Status(),)
    query: str = ""

    @property
    def path(self) -> str:
        """The end of the request target of its deliveries; a proxy may have put something before it."""
        return self.endpoint.path + self.query

    @property
    def id(self) -> Any:
        return self.registration.member("id")


@dataclass(frozen=True)
class Order:
    """A body of generate, and the event that its end sends; `scripts` are by endpoint, in place of its own."""

    body: dict[str, Any]
    event: str = SUCCEEDED
    probe: str = ""
    scripts: Mapping[str, tuple[Answer, ...]] = field(default_factory=dict)


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
    """One for a process. Everything it registered is removed at the end, also when the run is interrupted.

    Shared by the scenarios under way. `announced` is only added to and looked up in, the lists are replaced or grow.
    """

    world: World
    receiver: Receiver
    journal: AttemptJournal
    hooks: list[Hook] = field(default_factory=list)
    announced: set[str] = field(default_factory=set)
    """The ids of the generations that were caused."""
    label: str = field(default_factory=lambda: f"gimg-conformance {uuid.uuid4().hex[:8]}")
    """Of all registrations of this process, and of no others."""
    _registered: list[tuple[str, str]] = field(default_factory=list)
    """Accounts, and the ids as the last segment of a path."""
    _strays: set[str] = field(default_factory=set)
    """Accounts which may have a registration of ours whose id is not known, or of no use."""
    _urls: set[str] = field(default_factory=set)
    _undeletable: int = 0
    _late: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def noise(self) -> float:
        """Seconds of the target's time that this machine's scheduling may explain."""
        clock = self.world.clock
        return 0.0 if clock.stepped else NOISE_SECONDS / clock.real_seconds(1.0)

    # Registering.

    def ask(self, method: str, account: str, path: str = "", body: Any = None, *, headers: dict[str, str] | None = None,
            probe: str = "") -> Exchange:  # fmt: skip
        """A request to the dashboard's API with the account's session cookie, or with these headers in its place."""
        sent = {"Cookie": self.world.cookie(account)} if headers is None else dict(headers)
        content = b"" if body is None else json.dumps(body).encode()
        if content:
            sent["Content-Type"] = "application/json"
        exchange = self.world.sender.send(
            method, self.world.base_url + PATH + path, headers=sent, content=content, tags=("account",), probe=probe,
            operation="registerWebhook" if method == "POST" and headers is None else "", kind="dashboard",
            tidying=method != "POST",
        )  # fmt: skip
        if method == "POST":
            self._note(account, exchange)
        return exchange

    def _note(self, account: str, registration: Exchange) -> None:
        """Remember what will have to be removed."""
        place = path_of(registration.member("id"))
        with self._lock:
            if 200 <= registration.status < 300 and place:
                self._registered.append((account, place))
            elif 200 <= registration.status < 300 or lost(registration):
                self._strays.add(account)

    def register(self, account: str, url: str, events: Sequence[str] = EVENTS, **options: Any) -> Exchange:
        """POST a registration, whatever comes of it."""
        with self._lock:
            self._urls.add(url)
        return self.ask("POST", account, body={"url": url, "events": list(events), "label": self.label}, **options)

    def must_be_let_in(self, account: str, registration: Exchange) -> None:
        """Raises Inconclusive when the dashboard refuses the account's cookie, for listing as for registering."""
        if registration.status not in LOGIN or 200 <= self.ask("GET", account, probe="list").status < 300:
            return
        raise Inconclusive(
            f"the dashboard refuses the session of account {account!r} ({registration.told})",
            f"renew cookie in [accounts.{account}]: sessions expire",
            root=f"the session cookie of account {account!r} is refused",
        )

    def open(
        self, account: str, name: str, script: Sequence[Answer] = (Status(),), events: Sequence[str] = EVENTS, *,
        own_port: bool = False, query: str = "",
    ) -> Hook:  # fmt: skip
        """A registered endpoint. Deliveries of generations that are not announced wait, then are answered 200.

        Raises NotTested when the target takes no (further) endpoint of ours, and Inconclusive (HOOK-1) when registering
        does not work at all.
        """
        try:
            endpoint = self.receiver.open(hold_unknown=True, own_port=own_port)
        except ConfigurationError as error:
            raise NotTested(error.message, error.hint) from None
        registration = self.register(account, endpoint.url + query, events, probe=f"endpoint {name!r}")
        must_be_whole(registration)
        self._accepted(account, registration)
        secret = registration.member("secret")
        real = self.world.recorder.vault.reveal(secret) if isinstance(secret, str) else ""
        hook = Hook(name, endpoint, registration, account, tuple(events), real, tuple(script), query)
        with self._lock:
            self.hooks.append(hook)
        return hook

    def open_all(self, wanted: dict[str, Callable[[], Hook]]) -> dict[str, Hook | NotTested]:
        """As many as the target takes, in this order; why not in place of those that it does not take."""
        found: dict[str, Hook | NotTested] = {}
        for name, make in wanted.items():
            try:
                found[name] = make()
            except NotTested as reason:
                found[name] = reason
        if not any(isinstance(hook, Hook) for hook in found.values()):
            raise next(reason for reason in found.values() if isinstance(reason, NotTested))
        return found

    def _accepted(self, account: str, registration: Exchange) -> None:
        if 200 <= registration.status < 300:
            return
        self.must_be_let_in(account, registration)
        if 400 <= registration.status < 500 and registration.status not in {401, 404, 405}:
            open_now = [hook.account for hook in self.hooks]
            if open_now:
                raise NotTested(
                    f"the target accepts at most {len(open_now)} endpoints ({registration.told})",
                    "raise its limit for the accounts of the run",
                )
            raise NotTested(f"the target refuses the receiver's address ({registration.told})", HINT)
        raise Inconclusive(f"depends on a registration that did not succeed: {registration.told}", root="HOOK-1")

    def remove(self, account: str, webhook_id: Any) -> Exchange:
        """DELETE a registration, whatever comes of it."""
        place = path_of(webhook_id)
        with self._lock:
            self._registered = [known for known in self._registered if known != (account, place)]
        removal = self.ask("DELETE", account, place or "/none", probe="remove")
        if not 200 <= removal.status < 300:
            with self._lock:
                self._strays.add(account)
        return removal

    def close(self, hooks: Iterable[Hook]) -> None:
        """Answer whatever still comes with 200, remove the registrations, and write down what came."""
        chosen = list(hooks)
        _ = self.late_answers  # what is closed is seen no more
        for hook in chosen:
            hook.endpoint.drain()
        for hook in chosen:
            if (hook.account, path_of(hook.id)) in self._registered:
                self._forget(hook.account, hook.id)
        for hook in chosen:
            hook.endpoint.close()
            self.journal.append(hook.endpoint.attempts())
        with self._lock:
            self.hooks = [hook for hook in self.hooks if hook not in chosen]

    def close_everything(self) -> None:
        """The end of the run, orderly or not. What was registered and cannot be removed by its id is looked for."""
        self.close(tuple(self.hooks))
        for account, place in tuple(self._registered):
            self._forget(account, unquote(place.removeprefix("/")))
        for account in sorted(self._strays):
            with suppress(SuiteError):
                for webhook_id in ours(self.ask("GET", account, probe="list").json, self.label, self._urls):
                    self.remove(account, webhook_id)
        self.receiver.drain()
        for endpoint in self.receiver.endpoints:
            self.journal.append(endpoint.attempts())

    def _forget(self, account: str, webhook_id: str) -> None:
        # Removing is a convention, not documented: where it does not answer, it is not tried for ever.
        if self._undeletable >= PATIENT:
            with self._lock:
                self._strays.add(account)
            return
        with suppress(SuiteError):
            if not 200 <= self.remove(account, webhook_id).status < 300:
                self._undeletable += 1

    # Causing and waiting.

    def wait(self, holds: Callable[[], bool], seconds: float) -> bool:
        """Let the target's time pass until this holds, for at most so many seconds of it: whether it holds."""
        return self.world.clock.wait(holds, seconds)

    def cause(self, api: Api, hooks: Sequence[Hook], *orders: "Order") -> list["Caused"]:
        """Generate all of these at once (five at most), announce them to the endpoints, watch them to their end.

        Returns when the first attempt of each delivery has come, or is given up.
        """
        for hook in hooks:
            hook.endpoint.hold_unknown()
        with self.world.quota.work(api.account, len(orders)):
            calls = [self._generate(api, order) for order in orders]
            for call, order in zip(calls, orders, strict=True):
                _announce(call, hooks, order)
            for hook in hooks:
                hook.endpoint.admit_unknown()
            caused = [
                Caused(self._watch(api, call, hooks), order.event) for call, order in zip(calls, orders, strict=True)
            ]
        for one in caused:
            if one.life.over is not None:
                self._wait_for_first(one, [hook for hook in hooks if hook.account == api.account])
        return caused

    def cause_unpolled(self, api: Api, hook: Hook, order: "Order", key: str) -> "Caused":
        """Generate under an idempotency key, and wait for the first attempt without a single poll."""
        hook.endpoint.hold_unknown()
        with self.world.quota.work(api.account):
            call = self._generate(api, order, idempotency_key=key)
            _announce(call, [hook], order)
            hook.endpoint.admit_unknown()
            caused = Caused(Life(api, call), order.event)
            if 200 <= call.status < 300:
                patience = self.world.target.limits.generation_seconds + PATIENCE
                self.wait(lambda: bool(self.attempts(hook, caused.id) or self.strays(hook, caused)), patience)
        return caused

    def _generate(self, api: Api, order: "Order", **options: Any) -> Exchange:
        call = api.generate(order.body, probe=order.probe, **options)
        # At once: for a scenario beside this one, a delivery of it must not be a stray.
        self.announced.add(generation_id(call))
        return call

    def let_pass(self) -> None:
        """Leave time for what should not come; the control has come already."""
        cheap = self.world.clock.real_seconds(MORE_TO_COME) <= DEAR
        self.world.clock.sleep(MORE_TO_COME if cheap else AT_LEAST)

    def _wait_for_first(self, caused: "Caused", hooks: Sequence[Hook]) -> None:
        awaited = [hook for hook in hooks if caused.event in hook.events]

        def come(hook: Hook) -> bool:
            return bool(self.attempts(hook, caused.id) or self.strays(hook, caused) or hook.endpoint.refused())

        self.wait(lambda: all(map(come, awaited)), PATIENCE)

    def _watch(self, api: Api, call: Exchange, hooks: Sequence[Hook]) -> Life:
        """A poll is sent as soon as an attempt arrives."""
        found = generation_id(call)
        return watch(
            self.world, api, call,
            news=lambda since: any(a.arrived.monotonic > since for hook in hooks for a in self.attempts(hook, found)),
        )  # fmt: skip

    # Reading.

    def attempts(self, hook: Hook, generation: str) -> tuple[Attempt, ...]:
        """The attempts whose bodies name the generation."""
        return hook.endpoint.attempts(generation) if generation else ()

    def strays(self, hook: Hook, caused: "Caused") -> tuple[Attempt, ...]:
        """What may be a delivery of this generation although its body names another, or none: the event is the same."""
        since = caused.life.accepted.started
        return tuple(
            attempt
            for attempt in hook.endpoint.attempts()
            if attempt.generation not in self.announced
            and attempt.arrived.monotonic > since
            and attempt.header("X-Gptimg-Event") in {None, caused.event}
        )

    def when(self, exchange: Exchange) -> float:
        """When an exchange ended, by the clock of the attempts."""
        clock = self.world.clock
        return exchange.clock if exchange.clock is not None else exchange.ended / clock.real_seconds(1.0)

    def read(self, caused: Caused, hook: Hook, *, root: str = "", planned: int = 1, wanted: bool = True) -> Delivery:
        """What has come of it at one endpoint so far; where a delivery is `wanted`, one with a wrong id will do."""
        named, over = self.attempts(hook, caused.id), caused.life.over
        # What was polled and not seen to end has sent nothing: what came then is of other generations.
        wanted = wanted and (over is not None or not caused.life.polls)
        attempts = named or (self.strays(hook, caused) if wanted else ())
        first = attempts[0].arrived if attempts else None
        return Delivery(
            name=hook.name,
            event=caused.event,
            secret=hook.secret,
            attempts=attempts,
            generate=caused.life.accepted,
            record=self._record(over),
            early=tuple(p for p in caused.life.polls if first and _at_work(p) and p.started > first.monotonic),
            lateness=first.target - self.when(over) if first and over else 0.0,
            refusals=hook.endpoint.refused(),
            path=hook.path,
            root=root or ("HOOK-12" if caused.event == FAILED else "HOOK-11"),
            noise=self.noise,
            late_answers=self.late_answers,
            planned=planned,
            unplanned=bool(attempts) and not named,
        )

    @property
    def late_answers(self) -> bool:
        """Whether the receiver was seen to miss the target's timeout, where noise may explain it.

        A delivery was repeated although it had been taken, or a connection was given up before its request was read.
        """
        if self.noise > 0 and not self._late:
            repeated = any(repeated_though_taken(hook.endpoint.attempts()) for hook in tuple(self.hooks))
            # Where time hardly runs faster than ours, whoever hangs up has other reasons.
            unseen = self.noise >= FAST and any(reason.startswith(GIVEN_UP) for reason in self.receiver.refusals)
            self._late = repeated or unseen
        return self._late

    def _record(self, over: Exchange | None) -> dict[str, Any] | None:
        if over is None or over.response is None:
            return None
        # What was redacted (a signed URL) is put back: the delivery, too, is compared as it came.
        found = json.loads(self.world.recorder.vault.reveal(over.response.body.decode()))
        return found if isinstance(found, dict) else None


def _announce(call: Exchange, hooks: Sequence[Hook], order: Order) -> None:
    if found := generation_id(call):
        for hook in hooks:
            hook.endpoint.expect(found, order.scripts.get(hook.name, hook.script))


def _at_work(poll: Exchange) -> bool:
    return poll.status == 200 and poll.member("status") in {"queued", "running"}
