"""The values that verdicts are made of: outcomes of checks, observations, and the facts of the run."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

from conformance.evidence.symptom import Symptom
from conformance.requirements import Registry
from conformance.target.known_failures import KnownFailure
from conformance.verdict.step import Step

PROPERTY = "gimg_outcome"
"""The name under which an outcome rides on a test report's user properties."""
CERTIFY = "certify"
"""The profile that must leave nothing untested."""


class Verdict(StrEnum):
    """The result of a check or of a requirement."""

    PASS = "pass"  # noqa: S105 - a verdict
    FAIL = "fail"
    """The target deviated."""
    INCONCLUSIVE = "inconclusive"
    """Not decided: the environment failed, or a prerequisite did."""
    ERROR = "error"
    """The suite is at fault."""
    NOT_TESTED = "not_tested"
    NOT_APPLICABLE = "not_applicable"
    """The target withholds, as it may, the occasion that the requirement's row names (R43)."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One check's result. `id` is the test's name, or "passive::" and a requirement for a check on all traffic."""

    id: str
    requirements: tuple[str, ...]
    verdict: Verdict
    title: str = ""
    expected: str = ""
    received: str = ""
    message: str = ""
    curl: str = ""
    exchanges: tuple[int, ...] = ()
    """The numbers of what its scenarios sent, in order of time."""
    requests: int = 0
    """How many of the exchanges were sent under an account's key. Those of a shared scenario count for each check."""
    seconds: float = 0.0
    hint: str = ""
    """For what was not tested: the line of the target file that would enable it."""
    root: str = ""
    """For what is inconclusive: the prerequisite that failed, as a requirement id or in words."""
    attempts: tuple[int, ...] = ()
    """The numbers of what arrived at the endpoints that they opened, in order of time."""
    scenarios: tuple[str, ...] = ()
    """Its own and those it was given, by name, in the order in which it was given them."""
    decided_by: int = -1
    """The number of the exchange that decided it; -1: no single one did."""
    beside: tuple[int, ...] = ()
    """The numbers of the exchanges that the decisive one was compared with."""
    attempt: int = -1
    """The number of the attempt that decided it; -1: none did. The exchange then is the call behind its delivery."""
    no_evidence: str = ""
    """Why there is neither an exchange nor an attempt; empty where there is one."""
    repeat: str = ""
    """For what failed: the command that runs this check alone. `curl` is empty where one request shows nothing."""
    story: tuple[Step, ...] = ()
    """For what failed: what was sent and what arrived, in order of time."""
    symptom: Symptom = field(default_factory=Symptom)
    """For what failed: what was wrong, as data. `expected` and `received` are the same in words."""
    again: str = ""
    """For what failed: its verdict when it was provoked once more; empty: it was not. It decides nothing."""

    def to_json(self) -> dict[str, Any]:
        """Plain values; `from_json` is the inverse."""
        values = ((each.name, getattr(self, each.name)) for each in fields(self))
        plain = {name: list(value) if isinstance(value, tuple) else value for name, value in values}
        told = {"story": [step.to_json() for step in self.story], "symptom": self.symptom.to_json()}
        return plain | {"verdict": self.verdict.value} | told

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "Outcome":
        """Raises KeyError, TypeError or ValueError when it is not what `to_json` made."""
        lists = {name: tuple(plain[name]) for name in _LISTS}
        story = tuple(Step.from_json(step) for step in plain["story"])
        symptom = Symptom.from_json(plain["symptom"])
        return cls(**{**plain, **lists, "verdict": Verdict(plain["verdict"]), "story": story, "symptom": symptom})


_LISTS = ("requirements", "scenarios", "exchanges", "attempts", "beside")


@dataclass(frozen=True, slots=True)
class Cost:
    """What one scenario took. `area` is a prefix of the registry's; empty where it belongs to all."""

    scenario: str
    area: str
    requests: int
    """Under an account's key."""
    seconds: float
    """Real ones, from the beginning of its first exchange to the end of its last."""
    exchanges: tuple[int, ...] = ()
    attempts: tuple[int, ...] = ()
    """Their numbers, in order of time."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What a target does where the documentation leaves the choice. `ruling` is the id of the ruling that says so."""

    ruling: str
    text: str


@dataclass(frozen=True, slots=True)
class Selection:
    """What of the suite somebody chose to run."""

    words: tuple[str, ...]
    """As they were given: "AUTH-4", or an option of pytest that deselects."""
    requirements: frozenset[str] = frozenset()
    """Those that the run is about, and that decide. Empty: all that a check of the run judges."""
    named: frozenset[str] = frozenset()
    """Those of them that were chosen one by one: the run is undecided where one is not tested."""
    in_part: frozenset[str] = frozenset()
    """Those of them of which only some tests were chosen."""
    tests: frozenset[str] = frozenset()
    """The names of the chosen tests."""


@dataclass(frozen=True, slots=True)
class RunFacts:
    """Everything a report says about the run that is not an outcome. Times are ISO 8601, `wall_seconds` are real."""

    profile: str
    target_name: str
    base_url: str
    seed: int
    started_at: str
    finished_at: str
    wall_seconds: float
    suite_version: str
    contract_sha256: str
    requirements_sha256: str
    cost: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """By account: "requests" and "credits"."""
    costs: tuple[Cost, ...] = ()
    """By scenario, in the order in which they began. Their requests add up to those of `cost`."""
    interrupted: bool = False
    stopped: str = ""
    """Why it stopped early: the option of pytest, such as -x."""
    left_out: Mapping[str, str] = field(default_factory=dict)
    """By requirement: why none of its tests was chosen."""
    selection: Selection | None = None
    """None: nothing was chosen, the profile alone says what runs."""
    problems: tuple[str, ...] = ()
    """Why the run as a whole could not be judged: target unreachable, nothing collected, …"""
    unwritten: tuple[str, ...] = ()
    """Which reports could not be written, and why, in sentences."""
    warnings: tuple[str, ...] = ()
    """Oddities that do not change the verdict: a key without gimg_, …"""
    known: tuple[KnownFailure, ...] = ()
    """Failures that are known, as they were given."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Where the suite ran: "python" and "platform"."""
    vendor: Mapping[str, str] = field(default_factory=dict)
    """Whose target it is: "organisation", "product", "version" and "contact". Empty: nobody said so."""
    evidence_sha256: str = ""
    """Of the lines `SHA-256  name` of the files of evidence but for run.jsonl, in the order of their names."""
    planned: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """What it was planned to take, by account: "requests", "generations", "credits" and "images"."""
    extension: Registry | None = None
    """The requirements of somebody's own tests. They are judged apart, and decide nothing about the documentation's."""
