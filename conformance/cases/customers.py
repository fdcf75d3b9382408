"""A small model of what customers do: their generations, keys and uploads, and what may be called next.

What the documentation leaves open is never tried: a key whose first call was refused, an upload of which nothing was
put, a place for a file whose time may be over.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from conformance.cases.bodies import TOO_MANY
from conformance.cases.traces import Step, Verb

PRIMARY, OTHER, BROKE = "primary", "other", "broke"
GENERATIONS, UPLOADS = ("heron", "crane", "otter", "lynx", "finch"), ("photo", "sketch")
AT_WORK = 2
"""Generations that an account has at work at the same time."""
REFUSED = {"body": "GEN-23", "prompt": "GEN-46", "credential": "AUTH-8", "id": "LIFE-24", "delete": ""}
"""Calls that are wrong in one respect, and what says that they are refused. Whether a server knows of deleting is its
own affair."""
WITH_INPUTS = frozenset({"body", "prompt"})
SUCCEEDED, BLOCKED = "succeeded", "blocked"


@dataclass(frozen=True)
class Event:
    """A step, and what is special about it.

    `kind` tells it from others that come before something; `state` is that of the generation it is about, where there
    is one before the step.
    """

    step: Step
    kind: str
    state: str = ""

    @property
    def on(self) -> str:
        return self.step.on

    @property
    def view(self) -> str:
        """What tells it from others that come after something."""
        return f"{self.step.verb}, {self.state}" if self.state else self.kind


@dataclass(frozen=True)
class Made:
    """A generation. `end` is empty until it was seen to be over."""

    on: str
    key: str
    inputs: tuple[str, ...]
    fate: str
    end: str = ""
    downloaded: bool = False

    @property
    def state(self) -> str:
        return f"{'an edit' if self.inputs else 'a text'}, {self.end or 'at work'}"


@dataclass
class Customers:
    """What the accounts `among` have done so far."""

    among: tuple[str, ...]
    made: dict[str, Made] = field(default_factory=dict)
    uploads: dict[str, tuple[str, bool]] = field(default_factory=dict)
    """By name: whose it is, and whether its bytes are there."""

    def possible(self) -> list[Event]:
        """What may come next."""
        return [event for on in self.among for event in (*self._new(on), *self._known(on), *self._wrong(on))]

    def do(self, event: Event) -> None:
        step = event.step
        if step.verb == "generate":
            self.made[step.name] = Made(step.on, step.key, step.inputs, step.fate)
        elif step.verb == "end":
            self.made[step.name] = replace(self.made[step.name], end=step.status)
        elif step.verb == "download":
            self.made[step.name] = replace(self.made[step.name], downloaded=True)
        elif step.verb in {"upload", "put"}:
            self.uploads[step.name] = step.on, step.verb == "put"

    def at_work(self, on: str) -> list[str]:
        """The generations of an account that were not seen to end."""
        return [name for name, made in self.made.items() if made.on == on and not made.end]

    def _new(self, on: str) -> Iterator[Event]:
        """Generations and uploads of one's own."""
        if len(self.made) < len(GENERATIONS) and len(self.at_work(on)) < AT_WORK:
            yield from self._generations(on, GENERATIONS[len(self.made)])
        if len(self.uploads) < len(UPLOADS):
            yield _event(on, "upload", UPLOADS[len(self.uploads)])
        yield from (
            _event(on, "put", name) for name, (owner, there) in self.uploads.items() if owner == on and not there
        )

    def _generations(self, on: str, name: str) -> Iterator[Event]:
        key, inputs = f"k{len(self.made) + 1}", self._there(on)
        yield _event(on, "generate", name, "without a key", shows="IDEM-13")
        yield _event(on, "generate", name, "with a key", key=key, shows="IDEM-12")
        yield _event(on, "generate", name, "to be blocked", key=key, fate=BLOCKED)
        for which in inputs:
            yield _event(on, "generate", name, "an edit", key=key, inputs=(which,), shows="GEN-2")
        theirs = {made.key for made in self.made.values() if made.on != on} - {""}
        for shared in sorted(theirs - {made.key for made in self.made.values() if made.on == on}):
            yield _event(on, "generate", name, "with another's key", key=shared, shows="IDEM-10")

    def _known(self, on: str) -> Iterator[Event]:
        """What is done to generations that there are."""
        for name, made in self.made.items():
            state = made.state
            if made.on != on:
                yield _event(on, "poll", name, state=state, shows="LIFE-26")
                continue
            yield _event(on, "look", name, state=state, shows="LIFE-8" if made.end else "LIFE-1")
            if not made.end and self._all_put():
                end = made.fate or SUCCEEDED
                yield _event(on, "end", name, end, status=end)
            if made.end == SUCCEEDED:
                yield _event(on, "download", name, state=state, shows="OUT-11" if made.downloaded else "OUT-7")
            if made.key:
                yield _event(on, "repeat", name, state=state, shows="IDEM-5" if made.end else "IDEM-2")
                yield from self._changes(on, name, made)

    def _changes(self, on: str, name: str, made: Made) -> Iterator[Event]:
        state = made.state
        yield _event(on, "change", name, "its size", state=state, fields={"size": "1024x1536"}, shows="IDEM-8")
        yield _event(on, "change", name, "too many", state=state, fields={"n": TOO_MANY}, shows="IDEM-8")
        for which in self._there(on) if not made.inputs else ():
            yield _event(on, "change", name, "an image", state=state, inputs=(which,), shows="IDEM-8")

    def _wrong(self, on: str) -> Iterator[Event]:
        for how, shows in REFUSED.items():
            yield _event(on, "refuse", how, shows=shows)
            for which in self._there(on) if how in WITH_INPUTS else ():
                yield _event(on, "refuse", how, "with an image", inputs=(which,), shows=shows)
        yield _event(BROKE, "refuse", "credits", shows="PLAN-6")

    def _there(self, on: str) -> list[str]:
        """The uploads of an account whose bytes are there."""
        return [name for name, (owner, there) in self.uploads.items() if owner == on and there]

    def _all_put(self) -> bool:
        """Nobody waits for an end while a place for a file grows old."""
        return all(there for _, there in self.uploads.values())


def _event(
    on: str, verb: Verb, name: str, how: str = "", *, state: str = "", key: str = "", inputs: tuple[str, ...] = (),
    fate: str = "", fields: dict[str, object] | None = None, status: str = "", shows: str = "",
) -> Event:  # fmt: skip
    step = Step(on, verb, name, key, inputs, fate, fields or {}, status, shows)
    words = (verb, name, how) if verb == "refuse" else (verb, how)
    return Event(step, " ".join(filter(None, words)), state)
