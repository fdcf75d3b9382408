"""The report: the one value that every writer writes, and the shape of report.json.

Readers ignore keys that they do not know, so that later reports may say more.
"""

from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from conformance.requirements import Level
from conformance.verdict import RunVerdict, Verdict

FORMAT: Final = "gimg-conformance-report/1"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class TargetPart(_Part):
    """What was judged."""

    name: str
    base_url: str


class SuitePart(_Part):
    """What judged it: hashes are hexadecimal SHA-256 of the contract's and the registry's bytes."""

    version: str
    contract_sha256: str
    requirements_sha256: str
    seed: int


class AccountCost(_Part):
    requests: int
    credits: float


class CostPart(AccountCost):
    """What the run was charged for, over all accounts and by account."""

    by_account: dict[str, AccountCost]


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
    exchanges: list[int]
    """Numbers of what its scenarios sent, as in the evidence, in order of time. Of a check on all traffic:
    of the first 20 at fault."""
    attempts: list[int] = Field(default_factory=list)
    """Numbers (`serial`) of what arrived at the endpoints of its scenarios, in order of time."""
    scenarios: list[str] = Field(default_factory=list)
    """Names of the scenarios that it sent or was given, as in `scenarios` of the report."""
    decided_by: int = -1
    """Number of the exchange that decided it; -1: no single one did."""
    no_evidence: str = ""
    """Why there is neither an exchange nor an attempt; empty where there is one."""
    requests: int
    """How many of the exchanges were sent under an account's key. Shared ones count for each check that has them."""
    seconds: float
    hint: str = ""
    root: str = ""
    """The prerequisite that failed."""


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


class AreaPart(_Part):
    """A section of the registry."""

    area: str
    title: str


class Report(_Part):
    """A judged run. Times are ISO 8601, seconds are real ones."""

    format: Literal["gimg-conformance-report/1"] = FORMAT
    verdict: RunVerdict
    summary: str
    """How much was tested: "no deviation in 61 of 118 requirements"."""
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
    requirements: list[RequirementPart]
    checks: list[CheckPart]
    scenarios: list[ScenarioPart] = Field(default_factory=list)
    """In the order in which they began."""
    observations: list[ObservationPart] = Field(default_factory=list)


def schema() -> dict[str, Any]:
    """The JSON Schema of report.json, as it is shipped in report.schema.json."""
    plain = Report.model_json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **plain}
