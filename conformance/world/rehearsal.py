"""What only shows where credits may be spent: who can buy, whether prompts are understood, and a webhook arrives."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from conformance.cases.bodies import a_generation
from conformance.checks.lifecycle import TERMINAL
from conformance.errors import ConfigurationError, SuiteError
from conformance.evidence import Exchange
from conformance.evidence.blame import PAYMENT_REQUIRED
from conformance.receiver import Receiver, must_be_able_to_listen
from conformance.target import ACCOUNTS
from conformance.world.canary import Canary
from conformance.world.first_contact import ANY_ANSWER
from conformance.world.generations import watch
from conformance.world.life import Life
from conformance.world.preflight import (
    TARGET,
    TURNED_AWAY,
    Line,
    State,
    fine,
    is_loopback,
    still_open,
    trouble,
    turned_away,
)  # fmt: skip
from conformance.world.registrar import Registrar
from conformance.world.world import World

FATES = ("rejected", "blocked", "failed")
REJECTED = 422
ARRIVING = 15.0
"""Seconds of the target's time that a first delivery may take."""
MEND = "mend {} first, then check again"
PUBLIC_URL = "set public_url, relay or tunnel_command in [webhooks], so that the target reaches the receiver"
WAYS = {
    "tunnel_command": "the URL that the tunnel prints",
    "relay": "the address of the relay in [webhooks]",
    "public_url": "public_url in [webhooks]",
}
QUOTED = 300
"""Characters of an answer that say why it refuses."""


@dataclass
class Rehearsal:
    """Sends what costs credits: one for the webhook, none where the target gives back what fails."""

    world: World
    receiver: Callable[[], Receiver]
    """Makes one, with its certificate and its way. Raises ConfigurationError."""

    def alone(self) -> Line:
        """Whether the receiver can listen, where nobody is there to deliver anything."""
        webhooks = self.world.target.webhooks
        try:
            must_be_able_to_listen(webhooks.listen, webhooks.certificate, webhooks.private_key)
        except ConfigurationError as error:
            return trouble("receiver", error.message, error.hint)
        loads = ", and its certificate loads" if webhooks.certificate else ""
        return fine("receiver", f"can listen on {webhooks.listen}{loads}")

    def listening(self, barred: str) -> Line:
        """Whether the receiver can listen and reaches itself; where nothing is `barred`, whether the target reaches it.

        `barred`: the remedy for what keeps the target from delivering.
        """
        try:
            with self.receiver() as receiver:
                line = self._itself(receiver, barred)
                return line if barred or line.state is State.TROUBLE else self._delivered(receiver)
        except SuiteError as error:
            return trouble("receiver", error.message, error.hint)

    def _itself(self, receiver: Receiver, barred: str) -> Line:
        place = receiver.canary_url.rpartition("/")[0]
        if lost := Canary(self.world, receiver).lost():
            return trouble(
                "receiver", f"{place} does not lead to it: {lost}", "check [webhooks], and what is before it"
            )
        if is_loopback(place) and not is_loopback(self.world.base_url):
            return trouble("receiver", f"it listens at {place}, which the target cannot reach", PUBLIC_URL)
        return still_open("receiver", f"listens at {place}; nothing was delivered", barred)

    def _delivered(self, receiver: Receiver) -> Line:
        registrar, world = Registrar(self.world), self.world
        endpoint = receiver.open()
        try:
            registration = registrar.register("primary", endpoint.url, probe="check")
            if not 200 <= registration.status < 300:
                return self._turned_down(endpoint.url, registration)
            life = self._life("check, a webhook")
            if life.over is None:
                return trouble(
                    "receiver", f"no generation to deliver: {_told(life)}", "see the line of primary's credits"
                )
            came = world.clock.wait(lambda: bool(endpoint.attempts()), ARRIVING)
        except SuiteError as error:
            return trouble("receiver", error.message, error.hint)
        finally:
            with suppress(SuiteError):
                registrar.remove_everything()
        if not came:
            late = f"no delivery came to {endpoint.url} within {ARRIVING:g} s of the target's time"
            return trouble("receiver", late, self._what_leads_there("the target reaches"))
        return fine("receiver", "a delivery arrived, and the webhook was removed")

    def _turned_down(self, url: str, registration: Exchange) -> Line:
        answer = registration.response.body[:QUOTED].decode("utf-8", "replace") if registration.response else ""
        told = f"the address {url} was not registered: {registration.told}{answer and f': {answer}'}"
        return trouble("receiver", told, self._what_leads_there("the target accepts, which may be https:// alone"))

    def _what_leads_there(self, must: str) -> str:
        """The remedy where the target refuses the receiver's address, or does not reach it."""
        given = next((name for name in WAYS if getattr(self.world.target.webhooks, name)), "")
        return f"{WAYS[given]} must be one that {must}" if given else PUBLIC_URL

    def _life(self, probe: str, prompt: str = "") -> Life:
        api = self.world.account("primary")
        accepted = api.generate(a_generation(**({"prompt": prompt} if prompt else {})), probe=probe, **ANY_ANSWER)
        return watch(self.world, api, accepted) if 200 <= accepted.status < 300 else Life(api, accepted)

    def bought(self) -> Iterator[Line]:
        """Accounts that cannot buy are asked with a valid body; prompts meet their fates."""
        for name in TURNED_AWAY:
            if self.world.target.account(name):
                yield _or_why(name, partial(self._refused, name))
        for fate in FATES:
            if prompt := getattr(self.world.target.prompts, fate):
                yield _or_why(f"prompt {fate}", partial(self._understood, fate, prompt))

    def _refused(self, name: str) -> Line:
        answer = self.world.account(name).generate(a_generation(), probe="check", **ANY_ANSWER)
        if 200 <= answer.status < 300:
            return trouble(name, f"it can buy ({answer.status})", f"give [accounts.{name}] the key of one that cannot")
        return turned_away(name, answer)

    def _understood(self, fate: str, prompt: str) -> Line:
        what, life = f"prompt {fate}", self._life(f"check, a prompt that is {fate}", prompt)
        other = f"give {fate} in [prompts] a text that meets this fate"
        if life.accepted.status == PAYMENT_REQUIRED:
            return trouble(what, "primary has not enough credits (402)", "top it up")
        if fate == "rejected":
            met = life.accepted.status == REJECTED
            return fine(what, "422, as it should be") if met else trouble(what, f"{_told(life)}, not 422", other)
        met = life.over is not None and life.over.member("status") == fate
        return fine(what, f"ended {fate}, as it should") if met else trouble(what, f"{_told(life)}, not {fate}", other)


def _or_why(what: str, ask: Callable[[], Line]) -> Line:
    try:
        return ask()
    except SuiteError as error:
        return trouble(what, error.message, error.hint)


def _told(life: Life) -> str:
    if life.over is not None and life.over.member("status") in TERMINAL:
        return f"it ended {life.over.member('status')}"
    last: Exchange = life.polls[-1] if life.polls else life.accepted
    return last.told


def unspent(world: World, barred: str, *, spend: bool) -> Iterator[Line]:
    """The lines of what is not bought; `barred` is the remedy.

    With `spend`, those of the accounts that cannot buy as well: they were left to the rehearsal.
    """
    for name in TURNED_AWAY if spend else ():
        if world.target.account(name):
            yield still_open(name, "not asked, so not known", barred)
    given = [fate for fate in FATES if getattr(world.target.prompts, fate)]
    absent = [fate for fate in FATES if fate not in given]
    if given:
        yield still_open("prompts", f"{', '.join(given)}: not sent, so not known", barred)
    if absent:
        yield still_open(
            "prompts", f"no {', '.join(absent)}: what needs them stays untested", f'add {absent[0]} = "…" to [prompts]'
        )


def unreached(world: World) -> Line:
    """What was not checked, since there is no target."""
    target = world.target
    names = {
        "accounts": True,
        "sessions": any(account.cookie for name in ACCOUNTS if (account := target.account(name))),
        "test clock": bool(target.clock.control),
        "network": True,
        "delivery of webhooks": True,
        "prompts": any(getattr(target.prompts, fate) for fate in FATES),
    }
    return still_open("not checked", ", ".join(name for name in names if names[name]), MEND.format(TARGET))
