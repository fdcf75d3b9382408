"""Webhooks of the suite's own: endpoints of the receiver that are registered for an account."""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from conformance.checks.retries import repeated_though_taken
from conformance.client.endpoint_secrets import SecretsWriter
from conformance.client.journal import AttemptJournal
from conformance.errors import ConfigurationError, Inconclusive, NotTested
from conformance.evidence import Exchange
from conformance.evidence.attempt import Attempt
from conformance.evidence.blame import lost, must_be_whole
from conformance.evidence.delivery import endpoint_in_words
from conformance.receiver import Answer, Endpoint, Receiver, Status
from conformance.world.places import Places
from conformance.world.registrar import EVENTS, Registrar
from conformance.world.world import World

NOISE_SECONDS = 0.25
"""Real seconds that the scheduling of a busy machine may take from a measurement."""
ABANDONED = ("closed without a request", "cut off")
"""What the receiver counts where a sender gave up an attempt before it was seen."""
FAST = 1.0
"""Seconds of the target's time: from this noise on, an attempt of 5 s may be over before it is seen."""
PATIENCE = 1800.0
"""Seconds of the target's time that a scenario waits for the endpoints of another, which lasts less."""
HINT = "set public_url, relay or tunnel_command in [webhooks], so that the target reaches the receiver"


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
    own_place: bool = True
    """It took a place, which is given back when it is closed; else it has one that its scenario keeps."""

    @property
    def path(self) -> str:
        """The end of the request target of its deliveries; a proxy may have put something before it."""
        return self.endpoint.path + self.query

    @property
    def id(self) -> Any:
        return self.registration.member("id")

    def attempts(self, generation: str) -> tuple[Attempt, ...]:
        """Those whose bodies name the generation."""
        return self.endpoint.attempts(generation) if generation else ()

    def expect(self, generation: str, scripts: Mapping[str, tuple[Answer, ...]]) -> None:
        """Answer the deliveries of this generation as its script says, or one of these by the hook's name."""
        if generation:
            self.endpoint.expect(generation, scripts.get(self.name, self.script))


@dataclass
class Hooks:
    """One for a process. Everything is closed and removed at the end, also when the run is interrupted.

    Shared by the scenarios under way: the list is replaced or grows.
    """

    world: World
    receiver: Receiver
    journal: AttemptJournal
    registrar: Registrar
    secrets: SecretsWriter | None = None
    """Keeps those of removed endpoints, where that was asked for."""
    opened: list[Hook] = field(default_factory=list)
    places: Places = field(init=False)
    _late: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        clock = self.world.clock
        self.places = Places(0 if clock.stepped else clock.real_seconds(PATIENCE))

    def open(
        self, account: str, name: str, script: Sequence[Answer] = (Status(),), events: Sequence[str] = EVENTS, *,
        own_port: bool = False, query: str = "", own_place: bool = True,
    ) -> Hook:  # fmt: skip
        """A registered endpoint. Deliveries of generations that are not announced wait, then are answered 200.

        Waits for one of the account's places, unless the scenario keeps some for it. Raises NotTested when the target
        takes no (further) endpoint of ours, and Inconclusive (HOOK-1) when registering does not work at all.
        """
        if own_place:
            self.places.take(account)
        try:
            hook = self._registered(account, name, events, script, own_port=own_port, query=query, own_place=own_place)
        except BaseException:
            self.places.give_back(account, own_place)
            raise
        with self._lock:
            self.opened.append(hook)
        return hook

    def _registered(
        self, account: str, name: str, events: Sequence[str], script: Sequence[Answer], *, own_port: bool, query: str,
        own_place: bool,
    ) -> Hook:  # fmt: skip
        endpoint = self._endpoint(own_port)
        registration = self.registrar.register(account, endpoint.url + query, events, probe=endpoint_in_words(name))
        if lost(registration):
            # Whether it took is not known, and its secret is lost: another address stands in its place.
            endpoint.drain()
            self.registrar.remove_lost(account, endpoint.url + query)
            endpoint = self._endpoint(own_port)
            again = f"{endpoint_in_words(name)}, at another address: an answer was lost"
            registration = self.registrar.register(account, endpoint.url + query, events, probe=again)
        must_be_whole(registration)
        self._must_be_taken(account, registration)
        secret = registration.member("secret")
        real = self.world.recorder.vault.reveal(secret) if isinstance(secret, str) else ""
        return Hook(name, endpoint, registration, account, tuple(events), real, tuple(script), query, own_place)

    def _endpoint(self, own_port: bool) -> Endpoint:
        try:
            return self.receiver.open(hold_unknown=True, own_port=own_port)
        except ConfigurationError as error:
            raise NotTested(error.message, error.hint) from None

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

    def open_beyond(self, wanted: dict[str, Callable[[], Hook]], account: str) -> dict[str, Hook]:
        """As many as the target takes beyond the places of an account, in this order, taken out of `wanted`."""
        found: dict[str, Hook] = {}
        with suppress(NotTested):
            for name, make in tuple(wanted.items()):
                found[name] = make()
                del wanted[name]
                self.places.lift(account)
        return found

    def _must_be_taken(self, account: str, registration: Exchange) -> None:
        if 200 <= registration.status < 300:
            return
        self.registrar.must_be_let_in(account, registration)
        if 400 <= registration.status < 500 and registration.status not in {401, 404, 405}:
            if self.opened:
                raise NotTested(
                    f"the target accepts at most {len(self.opened)} endpoints ({registration.told})",
                    "raise its limit for the accounts of the run",
                )
            raise NotTested(f"the target refuses the receiver's address ({registration.told})", HINT)
        raise Inconclusive(f"depends on a registration that did not succeed: {registration.told}", root="HOOK-1")

    def must_be_reached(self) -> None:
        """Raises Inconclusive where requests come to the receiver no more: that none came says nothing."""
        if outage := self.receiver.outage:
            raise Inconclusive(f"webhooks cannot be judged any further: {outage}", "run these tests again")

    def close(self, hooks: Iterable[Hook]) -> None:
        """Answer whatever still comes with 200, remove the registrations, and write down what came."""
        chosen = list(hooks)
        _ = self.late_answers  # what is closed is seen no more
        for hook in chosen:
            hook.endpoint.drain()
        for hook in chosen:
            self.registrar.remove_if_there(hook.account, hook.id)
        for hook in chosen:
            hook.endpoint.close()
            self.journal.append(hook.endpoint.attempts())
            self._keep_secret(hook)
        with self._lock:
            closed = [hook for hook in self.opened if hook in chosen]
            self.opened = [hook for hook in self.opened if hook not in chosen]
        for hook in closed:
            self.places.give_back(hook.account, hook.own_place)

    def _keep_secret(self, hook: Hook) -> None:
        """Once nothing is signed with it any more."""
        if self.secrets and self.registrar.is_gone(hook.account, hook.id):
            raw, token = hook.endpoint.attempts(), self.world.recorder.vault.redact(hook.secret)
            self.secrets.keep(token, hook.secret, zip(raw, self.journal.shown(raw), strict=True))

    def close_everything(self) -> None:
        """The end of the run, orderly or not."""
        self.close(tuple(self.opened))
        self.registrar.remove_everything()
        self.receiver.drain()
        for endpoint in self.receiver.endpoints:
            self.journal.append(endpoint.attempts())

    @property
    def noise(self) -> float:
        """Seconds of the target's time that this machine's scheduling may explain."""
        clock = self.world.clock
        return 0.0 if clock.stepped else NOISE_SECONDS / clock.real_seconds(1.0)

    @property
    def late_answers(self) -> bool:
        """Whether the receiver was seen to miss the target's timeout, where noise may explain it.

        A delivery was repeated although it had been taken, or a connection was given up before its request was read.
        """
        if self.noise > 0 and not self._late:
            repeated = any(repeated_though_taken(hook.endpoint.attempts()) for hook in tuple(self.opened))
            self._late = repeated or self.unseen
        return self._late

    @property
    def unseen(self) -> bool:
        """Whether a sender gave up attempts before they were seen.

        Where time hardly runs faster than ours, whoever hangs up has other reasons.
        """
        return self.noise >= FAST and any(reason.startswith(ABANDONED) for reason in self.receiver.refusals)
