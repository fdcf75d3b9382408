"""What a run was asked to do, resolved once by the plugin and the same for every test of a process."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from conformance.evidence import Vault
from conformance.plan.marks import Profile
from conformance.requirements import Registry
from conformance.target import TargetFile
from conformance.target.known_failures import KnownFailure
from conformance.target.network import Network

EVIDENCE = "evidence"
"""The folder of what was sent and received, within the report folder."""
RUN_LOG = "run.jsonl"
"""In that folder: what the run was asked, and what its tests came to."""
MAIN = "main"
"""The process that has no workers, or is their controller."""
AGAIN = "again"
"""The process in which what failed is provoked once more."""
SEED = 0
"""Of a run that is given none."""


@dataclass(frozen=True)
class Settings:
    """`journal_directory` is where every process of the run writes; `salt` is the run's, for redaction tokens."""

    target: TargetFile
    embedded: bool
    profile: Profile
    journal_directory: Path
    seed: int = SEED
    max_wait: float = 0
    workers: int = 1
    process: str = MAIN
    salt: str = ""
    primary_requests: int = 0
    """The most calls of the primary key that the run may send, over all of its processes."""
    wait: bool = False
    """Wait for the reset where the quota is not enough."""
    keep_secrets: bool = False
    """Keep the secrets of removed endpoints, so that signatures can be judged again."""
    known: tuple[KnownFailure, ...] = ()
    """Failures that are tolerated."""
    replayed: bool = False
    """The journal is that of an earlier run, and stands in place of the target."""
    part: int = 1
    """A run that is resumed has several, each with processes of its own."""
    wait_for_target: float = 0
    """Real seconds that a target may take to start."""
    max_seconds: float = 0
    """Real seconds that the whole run may take; 0: no limit."""
    ends: float = math.inf
    """The reading of `time.monotonic`, which all processes of a machine share, at which they are over."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """Names of environment variables with the credentials: by account, and by account and "-cookie"."""
    called: tuple[str, ...] = ("gimg-conformance", "run")
    """The words of a command that runs the suite on the same target and terms."""
    called_behind: tuple[str, ...] = ()
    """Those that stand behind its other options."""
    network: Network = field(default_factory=Network)
    """How the target is reached."""
    extension: Registry | None = None
    """The requirements of somebody's own tests, beside the documentation's."""

    def are_extensions(self, requirements: Iterable[str]) -> bool:
        """Whether any of these requirements is somebody's own."""
        return self.extension is not None and any(id_ in self.extension for id_ in requirements)


def is_again(process: str) -> bool:
    """Whether it provoked once more what had failed before: what it came to is noted, and decides nothing."""
    return process.partition("-")[0] == AGAIN


def process_name(process: str, part: int) -> str:
    """Of a process of this part of a run: "gw0", and "gw0-2" once it was resumed."""
    return process if part == 1 else f"{process}-{part}"


EXTENSION = "extension/"
"""How the name of a scenario begins that is an extension's."""


def is_extensions(scenario: str) -> bool:
    """Whether what was sent there is an extension's: the documentation's verdict does not rest on it."""
    return scenario.startswith(EXTENSION)


SETTINGS = pytest.StashKey[Settings]()
VAULT = pytest.StashKey[Vault]()
"""The secrets of this process, once there is a world."""
