"""One idempotency key and all that can be done with it, in the order in which a client would."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any

import pytest

from conformance.cases.bodies import TOO_MANY, a_generation
from conformance.client import Api
from conformance.client.quota import AT_ONCE
from conformance.contract import load
from conformance.errors import Inconclusive, SuiteError
from conformance.evidence import Exchange
from conformance.world.generations import watch
from conformance.world.life import Life, generation_id, named
from conformance.world.overlap import Promise
from conformance.world.slots import Slot
from conformance.world.world import World

Pair = tuple[Exchange, Exchange]
REPEAT = ("replay",)
GATE_SECONDS = 10.0
"""Real seconds that a racing call waits for the others."""
KEY_CHARACTERS = 200
"""Characters of a long key; longer ones than 255 are refused by many."""
MUCH_LATER = 700.0
"""Seconds of the target's time after which a key is still known.

The documentation lets none expire; this is longer than any delay between two attempts that it speaks of, and far less
than the day for which others keep keys.
"""
BODY = a_generation(prompt="A tide pool, macro lens")
"""The same for all, so that nothing but the key tells the calls apart."""


@dataclass(frozen=True)
class Story:
    """What was answered, in order."""

    first: Exchange
    repeat: Exchange
    changed: Exchange
    """The same key with another body, while the generation is at work."""
    life: Life
    late_repeat: Exchange
    late_changed: Exchange
    """The same two once the generation is over."""
    after: Exchange
    """A last poll of the first call's generation."""
    neighbour: Exchange
    """The same body under a key that differs in its last character."""

    @property
    def id(self) -> str:
        """Of the first call's generation. Raises Inconclusive (IDEM-1) when there is none."""
        return made(self.first, "IDEM-1")


def made(exchange: Exchange, root: str) -> str:
    """The id that a call was accepted with. Raises Inconclusive: `root` when it was not, GEN-41 when there is none."""
    if not 200 <= exchange.status < 300:
        raise Inconclusive(f"depends on a call that was not accepted: {exchange.told}", root=root)
    return named(exchange)


@pytest.fixture(scope="session")
def idempotency_key(world: World) -> str:
    """The key of the story."""
    return world.fresh()


@pytest.fixture(scope="session")
def story(world: World, primary: Api, idempotency_key: str) -> Story:
    """First, repeat and another body at once; the same after the end; then a key that is almost the same."""
    key = idempotency_key
    with world.quota.work(primary.account):
        first = primary.generate(BODY, idempotency_key=key, probe="the first call with a key")
        repeat = repeated(primary, key)
        changed = _changed(primary, key, prompt="A glacier, telephoto lens")
        life = watch(world, primary, first)
        late_repeat = repeated(primary, key)
        late_changed = _changed(primary, key, size="1024x1536")
        after = primary.generation(generation_id(first) or "unknown")
        neighbour = primary.generate(BODY, idempotency_key=_almost(key), probe="a key that differs in one character")
        watch(world, primary, neighbour)
    return Story(first, repeat, changed, life, late_repeat, late_changed, after, neighbour)


@pytest.fixture(scope="session")
def uppercased_key(world: World, primary: Api, story: Story, idempotency_key: str) -> Exchange:
    """The story's body under its key in capital letters."""
    _ = story.id
    with world.quota.work(primary.account):
        exchange = primary.generate(BODY, idempotency_key=idempotency_key.upper(), probe="the key in capital letters")
        watch(world, primary, exchange)
    return exchange


RICHER_BODIES = (
    a_generation(prompt="A tide pool, several", n=2),
    a_generation(prompt="A tide pool, in detail", quality="high"),
)
"""Bodies whose calls a target might treat apart."""


@pytest.fixture(scope="session")
def repeats_by_kind(world: World, primary: Api, input_images: Callable[[int], list[Slot]]) -> Mapping[str, Pair]:
    """A call and its repeat for each kind of body; of a failed and of a blocked generation, once it was over."""
    keys = [image.key for image in input_images(1)]
    bodies = {
        "several images": RICHER_BODIES[0],
        "high quality": RICHER_BODIES[1],
        "an edit": a_generation(type="edit", inputImageKeys=keys),
    }
    ends = {fate: getattr(world.target.prompts, fate) for fate in ("failed", "blocked")}
    bodies |= {f"a {fate} one": a_generation(prompt=prompt) for fate, prompt in ends.items() if prompt}
    pairs = {}
    for name, body in bodies.items():
        key = world.fresh()
        with world.quota.work(primary.account):
            first = primary.generate(body, idempotency_key=key, probe=f"{name}, with a key")
            if name.endswith("one"):
                watch(world, primary, first)
            again = primary.generate(body, idempotency_key=key, probe=f"{name}, the same again", tags=REPEAT)
            watch(world, primary, again)
        pairs[name] = first, again
    return pairs


@pytest.fixture(scope="session")
def repeat_without_credential(world: World, story: Story, idempotency_key: str) -> Exchange:
    """The story's call once more, without a credential."""
    _ = story.id
    return world.anonymous().generate(BODY, idempotency_key=idempotency_key, probe="the same again, without a key")


@pytest.fixture(scope="session")
def long_keys(world: World, primary: Api) -> Pair:
    """One body under two keys of 200 characters that differ in the last."""
    key = f"{world.fresh()}-".ljust(KEY_CHARACTERS, "k")
    with world.quota.work(primary.account, 2):
        probe = f"a key of {KEY_CHARACTERS} characters"
        one, two = (primary.generate(BODY, idempotency_key=each, probe=probe) for each in (key, _almost(key)))
        watch(world, primary, two)
    return one, two


@pytest.fixture(scope="session")
def much_later_repeat_under_way(world: World, primary: Api, story: Story, idempotency_key: str) -> Promise[Exchange]:
    """The story's call once more, long after its generation was over."""
    _ = story.id

    def provoke() -> Exchange:
        world.clock.sleep(MUCH_LATER)
        with world.quota.work(primary.account):
            again = repeated(primary, idempotency_key)
            watch(world, primary, again)
        return again

    return world.begin(provoke, "a repeat twelve minutes later", MUCH_LATER)


@pytest.fixture(scope="session")
def much_later_repeat(much_later_repeat_under_way: Promise[Exchange]) -> Exchange:
    return much_later_repeat_under_way.result()


def repeated(api: Api, key: str) -> Exchange:
    """The story's call once more."""
    return api.generate(BODY, idempotency_key=key, probe="the same again", tags=REPEAT)


def _changed(api: Api, key: str, **fields: Any) -> Exchange:
    return api.generate(BODY | fields, idempotency_key=key, probe="the key with another body", tags=REPEAT)


def _almost(key: str) -> str:
    return key[:-1] + ("0" if key[-1] != "0" else "1")


@pytest.fixture(scope="session")
def calls_without_key(world: World, primary: Api, story: Story) -> tuple[Exchange, Exchange]:
    """The story's body twice without a key, one right after the other."""
    _ = story
    with world.quota.work(primary.account, 2):
        one, two = (primary.generate(BODY, probe="no key") for _ in range(2))
        watch(world, primary, two)
    return one, two


@dataclass(frozen=True)
class SharedKey:
    """The story's key under another account: its call, its repeat, and the first account's repeat after both."""

    first: Exchange
    repeat: Exchange
    owner: Exchange
    poll: Exchange | None

    @property
    def id(self) -> str:
        """Of the other account's generation. Raises Inconclusive (IDEM-10) when there is none."""
        return made(self.first, "IDEM-10")


@pytest.fixture(scope="session")
def shared_key(world: World, other: Api, primary: Api, story: Story, idempotency_key: str) -> SharedKey:
    """Two accounts, one key."""
    _ = story.id
    with world.quota.work(other.account):
        first = other.generate(BODY, idempotency_key=idempotency_key, probe="another account with the same key")
        repeat = repeated(other, idempotency_key)
        owner = repeated(primary, idempotency_key)
        life = watch(world, other, first)
    return SharedKey(first, repeat, owner, life.polls[0] if life.polls else None)


@dataclass(frozen=True)
class Race:
    """Calls with one key at the same moment, and `late_repeat`, one more when their generation was over."""

    calls: tuple[Exchange, ...]
    late_repeat: Exchange

    @property
    def accepted(self) -> list[Exchange]:
        return [call for call in self.calls if 200 <= call.status < 300]

    @property
    def id(self) -> str:
        """Of the generation they made. Raises Inconclusive (IDEM-1) when none of them was accepted."""
        return made(next(iter(self.accepted), self.calls[0]), "IDEM-1")

    @property
    def generations(self) -> tuple[str, ...]:
        """The different ids that they were accepted with, in words where one has none. Raises as `id` does."""
        _ = self.id
        return tuple(dict.fromkeys(generation_id(call) or "one without an id" for call in self.accepted))

    @property
    def odd_one(self) -> Exchange:
        """The first that made another generation than the one before; the last, where none did."""
        return next((call for call in self.accepted if generation_id(call) != self.id), self.accepted[-1])


@pytest.fixture(scope="session")
def race(world: World, primary: Api) -> Race:
    """Five calls with one key whose last bytes are sent at the same moment, and one more when they are answered."""
    key, gate = world.fresh(), threading.Barrier(min(AT_ONCE, world.quota.share))
    answers: list[Exchange | SuiteError] = []

    def call() -> None:
        try:
            answers.append(_held(primary, key, gate))
        except SuiteError as error:
            answers.append(error)

    with world.quota.work(primary.account):
        threads = [threading.Thread(target=copy_context().run, args=(call,), daemon=True) for _ in range(gate.parties)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        calls = tuple(_answered(answer) for answer in answers)
        accepted = next((call for call in calls if 200 <= call.status < 300), calls[0])
        watch(world, primary, accepted)
        return Race(calls, repeated(primary, key))


def _held(api: Api, key: str, gate: threading.Barrier) -> Exchange:
    """The call whose last byte waits at the gate."""
    content = json.dumps(BODY).encode()

    def parts() -> Iterator[bytes]:
        yield content[:-1]
        with suppress(threading.BrokenBarrierError):  # one was not let through: the rest is judged all the same
            gate.wait(GATE_SECONDS)
        yield content[-1:]

    headers = {"Content-Type": "application/json", "Content-Length": str(len(content)), "Idempotency-Key": key}
    return api.request(
        "POST", load().operations["generate"].url(), "generate", headers=headers, content=parts(),
        probe="one of several calls with one key at once", tags=("held", *REPEAT),
    )  # fmt: skip


def _answered(answer: Exchange | SuiteError) -> Exchange:
    if isinstance(answer, SuiteError):
        raise answer
    return answer


@pytest.fixture(scope="session")
def key_after_400(world: World, primary: Api) -> Exchange:
    """A valid call under a key whose first call was answered 400."""
    key = world.fresh()
    primary.generate(a_generation(n=TOO_MANY), idempotency_key=key, probe="an invalid call with a key")
    with world.quota.work(primary.account):
        again = primary.generate(BODY, idempotency_key=key, probe="a valid call with that key", tags=REPEAT)
        watch(world, primary, again)
    return again


@pytest.fixture(scope="session")
def upload_repeats(world: World, primary: Api) -> tuple[Exchange, Exchange]:
    """The same upload call twice with one key."""
    headers = {"Idempotency-Key": world.fresh()}
    one, two = (primary.upload(headers=headers, probe="upload with a key") for _ in range(2))
    return one, two
