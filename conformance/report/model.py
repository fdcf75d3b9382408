"""The report: the one value that every writer writes, and the shape of report.json.

Readers ignore keys that they do not know, so that later reports may say more.
"""

from pathlib import Path
from typing import Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_serializer

from conformance.errors import ConfigurationError
from conformance.requirements import Level
from conformance.verdict import Again, Mark, RunVerdict, State, Verdict

FORMAT: Final = "gimg-conformance-report/1"
FILE: Final = "report.json"
_REMEDY = "give a report.json, a report folder, or a bundle"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class TargetPart(_Part):
    """What was judged."""

    name: str
    base_url: str


class SelectionPart(_Part):
    """What of the suite was chosen, where somebody chose."""

    words: list[str]
    """As they were given: "AUTH-4", or an option of pytest."""
    requirements: list[str]
    """Those that the verdict is about. Empty: all that a check of the run judges."""
    tests: int
    """How many tests were chosen. Others may have run to send what the checks of all traffic judge."""


class EnvironmentPart(_Part):
    """Where the suite ran."""

    python: str
    platform: str
    network: str = ""
    """What of the way to the target differs from the usual: time for an exchange, authorities, proxy, headers."""


class VendorPart(_Part):
    """Whose target it is, as the target file says."""

    organisation: str
    product: str = ""
    version: str = ""
    contact: str = ""


class SuitePart(_Part):
    """What judged it: hashes are hexadecimal SHA-256 of the contract's and the registry's bytes."""

    version: str
    contract_sha256: str
    requirements_sha256: str
    seed: int
    selection: SelectionPart | None = None
    """None: the profile alone says what runs."""
    evidence_sha256: str = ""
    """Of what `sha256sum *.jsonl*` prints in the folder of evidence, run.jsonl left out."""


class AccountCost(_Part):
    requests: int
    credits: float


class CostPart(AccountCost):
    """What the run was charged for, over all accounts and by account."""

    by_account: dict[str, AccountCost]


class PlannedAccount(AccountCost):
    generations: int
    images: int


class PlannedPart(PlannedAccount):
    """What the run was planned to take before it began, over all accounts and by account."""

    by_account: dict[str, PlannedAccount]


class RequirementPart(_Part):
    """One row of the registry and its verdict. `title` and `sentence` are the same words."""

    id: str
    area: str
    level: Level
    title: str
    verdict: Verdict
    reason: str
    checks: list[str]
    """Ids of the checks that judge it."""
    sentence: str
    source: str
    rulings: list[str]
    hint: str = ""
    """The line of the target file that would enable what was not tested."""


class SymptomPart(_Part):
    """What a deviation looks like: what findings are grouped by."""

    about: str
    """"status", "header Retry-After", "body.outputs[0].png", or the words of the check; empty: not known."""
    due: str
    came: str
    where: list[str]
    """In the answers to which operations."""
    status: int
    probe: str
    generations: list[str]
    no_json: bool
    deliveries: list[str] = Field(default_factory=list)
    """X-Gptimg-Delivery of the attempts of one event up to the decisive one, where they are several."""
    taken: bool = False
    """One of those before it had been answered 2xx in time."""


class StepPart(_Part):
    """One request or one attempt of a check's story, or several requests in a row that were alike, such as polls."""

    exchanges: list[int]
    """Their numbers, as in the evidence."""
    attempts: list[int]
    """Its number, as in attempts.jsonl."""
    role: str
    """What the suite sent it for; of an attempt "attempt" and its number within the delivery."""
    seconds: float
    """Of the target's time, since the first step."""
    status: int
    """Of the answer; 0: none came. Of an attempt what the receiver answered."""
    told: str = ""
    """What matters of the answer."""
    mark: Mark = Mark.NONE
    """"decisive": it shows the deviation; "compared": the decisive one was compared with it, or comes of it."""
    generation: str = ""
    """The id of the generation that it is about."""
    endpoint: str = ""
    """Where an attempt arrived, as in attempts.jsonl."""
    request_id: str = ""
    """X-Request-Id of the (first) request, for the logs of the target."""
    sent: str = ""
    """Of a step with a mark: method, path, and the beginning of the body."""


class CheckPart(_Part):
    """One check and its outcome."""

    id: str
    requirements: list[str]
    verdict: Verdict
    title: str = ""
    expected: str
    received: str
    message: str
    curl: str
    """A line for a shell that shows the deviation again; empty where one request does not."""
    repeat: str = ""
    """Of a failed check: the command that runs it alone."""
    exchanges: list[int]
    """Numbers of what its scenarios sent, as in the evidence, in order of time. Of a check on all traffic:
    of the first 20 at fault."""
    attempts: list[int] = Field(default_factory=list)
    """Numbers (`serial`) of what arrived at the endpoints of its scenarios, in order of time."""
    scenarios: list[str] = Field(default_factory=list)
    """Names of the scenarios that it sent or was given, as in `scenarios` of the report."""
    decided_by: int = -1
    """Number of the exchange that decided it; -1: no single one did."""
    beside: list[int] = Field(default_factory=list)
    """Numbers of the exchanges that it was compared with."""
    attempt: int = -1
    """Number of the attempt that decided it; `decided_by` is the call behind its delivery. -1: none did."""
    story: list[StepPart] = Field(default_factory=list)
    """Of a failed check: what was sent and what arrived, in order of time."""
    no_evidence: str = ""
    """Why there is neither an exchange nor an attempt; empty where there is one."""
    requests: int
    """How many of the exchanges were sent under an account's key. Shared ones count for each check that has them."""
    seconds: float
    hint: str = ""
    root: str = ""
    """The prerequisite that failed."""
    symptom: SymptomPart | None = None
    """Of a failed check."""
    again: str = ""
    """Of a failed check: its verdict when it was provoked once more (`--again`); empty: it was not."""


class ScenarioPart(_Part):
    """One scenario, and what it took: what was sent for a fixture's value, or by a test itself.

    Every exchange and every attempt of the run is in just one of them.
    """

    name: str
    """A fixture's, with "/" and words where it makes several values or is torn down; or a test's id."""
    area: str
    """The area that it counts for: that of most of its checks. Empty: it is shared by all."""
    requests: int
    """Sent under an account's key. Those of all scenarios add up to `cost.requests`."""
    seconds: float
    """From its first request to its last answer. Scenarios may overlap."""
    exchanges: list[tuple[int, int]]
    """Their numbers, in ranges: the first and the last of each."""
    attempts: list[tuple[int, int]]
    """The same of the attempts that arrived at its endpoints."""


class ObservationPart(_Part):
    """What the target does where the documentation leaves it free."""

    ruling: str
    text: str


class FindingPart(_Part):
    """One deviation, as the author of the server would name it."""

    id: str
    """Eight hexadecimal digits of its cause: the same deviation has the same ones in every run."""
    cause: str
    """One sentence."""
    requirements: list[str]
    """Those it breaks, the one that tells it best first."""
    checks: list[str]
    """Ids of the failed checks that show it. The story of the first one tells it best."""
    dependents: list[str]
    """Ids of the checks that it keeps from a verdict."""
    place: str = ""
    """Where in the server it likely is; empty where the evidence does not tell."""
    again: Again = Again.NOT
    """What came of it when it was provoked once more (`--again`); empty: it was not."""
    known: list[str] = Field(default_factory=list)
    """Ids of the known failures that it is tolerated for; empty: it is new."""


class KnownPart(_Part):
    """A failure that was known before the run, and what became of it."""

    id: str
    """Of a requirement or of a finding."""
    state: State
    reason: str
    owner: str
    expires: str


class ExtensionPart(_Part):
    """What came of somebody's own tests. It decides nothing about the documentation's requirements."""

    area: str
    """Its prefix: the ids of its requirements begin so."""
    title: str
    requirements_sha256: str
    verdict: RunVerdict
    summary: str
    because: list[str]
    exit_status: int
    """0, 1 or 3, as the report would have it if there were nothing else."""
    tested: int
    total: int
    findings: list[FindingPart]
    requirements: list[RequirementPart]
    checks: list[CheckPart]


class AreaPart(_Part):
    """A section of the registry."""

    area: str
    title: str


class Report(_Part):
    """A judged run. Times are ISO 8601, seconds are real ones."""

    format: Literal["gimg-conformance-report/1"] = FORMAT
    verdict: RunVerdict
    summary: str
    """What was found, and in how much: "no deviation found: smoke, 72 of 249 requirements"."""
    because: list[str]
    """Why the run is not conformant, in sentences."""
    exit_status: int
    strict: bool
    interrupted: bool
    profile: str
    target: TargetPart
    suite: SuitePart
    started_at: str
    finished_at: str
    wall_seconds: float
    cost: CostPart
    tested: int
    total: int
    problems: list[str]
    warnings: list[str] = Field(default_factory=list)
    """What is odd about how the run was set up, and decides nothing."""
    areas: list[AreaPart]
    findings: list[FindingPart] = Field(default_factory=list)
    """What is broken, told once for each deviation: what is new, then what is known."""
    requirements: list[RequirementPart]
    checks: list[CheckPart]
    scenarios: list[ScenarioPart] = Field(default_factory=list)
    """In the order in which they began."""
    observations: list[ObservationPart] = Field(default_factory=list)
    known_failures: list[KnownPart] = Field(default_factory=list)
    extensions: list[ExtensionPart] = Field(default_factory=list)
    """What is judged apart from the documentation, and counts in none of the lists above."""
    environment: EnvironmentPart | None = None
    vendor: VendorPart | None = None
    planned: PlannedPart | None = None
    """None: nobody planned it, as where reports were joined."""

    @classmethod
    def read(cls, path: Path | str) -> Self:
        """That of a report folder, or of a report.json. Raises ConfigurationError for what holds none."""
        place = Path(path)
        try:
            return cls.parsed((place / FILE if place.is_dir() else place).read_bytes(), place)
        except OSError as error:
            raise ConfigurationError(f"{error.filename or path}: {error.strerror}", _REMEDY) from None

    @classmethod
    def parsed(cls, content: bytes, place: Path) -> Self:
        """From the bytes of a report.json. Raises ConfigurationError, which names the place."""
        try:
            return cls.model_validate_json(content)
        except ValueError:
            raise ConfigurationError(f"{place} is no report of the format {FORMAT}", _REMEDY) from None

    @field_serializer("verdict", when_used="json")
    def _told(self, verdict: RunVerdict) -> Literal["conformant", "nonconformant", "undecided"]:
        """What was chosen and shows no deviation leaves the target undecided, with the exit status 0."""
        return "undecided" if verdict is RunVerdict.PARTIAL else verdict.value  # type: ignore[return-value]

    def decides(self, id_: str) -> bool:
        """Whether the verdict is about this requirement: all of them are, unless somebody chose some."""
        about = self.suite.selection.requirements if self.suite.selection else []
        return not about or id_ in about


def schema() -> dict[str, Any]:
    """The JSON Schema of report.json, as it is shipped in report.schema.json."""
    plain = Report.model_json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **plain}
