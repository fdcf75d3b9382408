"""What sends requests for a command that is no run of the suite."""

import tempfile
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from conformance.client import Journal, Quota, Recorder
from conformance.client.clock_control import Control
from conformance.client.sender import Sender
from conformance.evidence import Vault
from conformance.target import MovedClock, PassingClock, TargetClock, TargetFile
from conformance.target.network import Network
from conformance.world.world import World


@contextmanager
def sending_world(target: TargetFile, way: Network, *, moved: bool = False) -> Iterator[tuple[World, Path]]:
    """The world, and where its requests are recorded: nowhere that lasts. Nothing is tried again.

    `moved`: the clock is the target's test clock, where it has one.
    """
    with ExitStack() as open_ones:
        path = Path(open_ones.enter_context(tempfile.TemporaryDirectory())) / "command.exchanges.jsonl"
        journal = Journal(path, "command")
        open_ones.callback(journal.close)
        clock: TargetClock = PassingClock(target.clock.scale)
        if moved and target.clock.control:
            control = Control(target.target.base_url + target.clock.control, network=way)
            open_ones.callback(control.close)
            clock = MovedClock(control)
        recorder = Recorder(journal, Vault(uuid.uuid4().hex), network=way, origin=target.target.base_url)
        open_ones.callback(recorder.close)
        yield World(target, Sender(recorder), clock, Quota()), path
