"""How somebody repeats what a check saw: one line of curl where that shows it, and a run of the check alone."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from conformance.evidence import Exchange
from conformance.evidence.curl import curl_line
from conformance.plan.settings import SEED, Settings
from conformance.target import API_KEY_VARIABLE
from conformance.verdict import Outcome

SEVERAL = ("IDEM-", "RATE-")
"""Requirements that a test judges by several calls: the last of them alone is answered well."""
DELIVERIES = ("HOOK-", "SIGN-", "RETRY-")
"""Requirements that a receiver judges: the call behind a delivery shows nothing by itself."""
TOGETHER = frozenset({"held", "replay"})
"""Tags of calls that were sent in the same moment as others, or after one with the same key."""


def curl_of(
    exchange: Exchange | None, requirements: Sequence[str], variables: Mapping[str, str], *, passive: bool, alone: bool
) -> str:
    """The line that shows the deviation again; empty where one request does not. `alone`: it was compared with none."""
    if exchange is None or not alone or TOGETHER & set(exchange.tags):
        return ""
    several = () if passive else SEVERAL
    caused = DELIVERIES if exchange.operation == "generate" else ()
    if any(id_.startswith((*several, *caused)) for id_ in requirements):
        return ""
    return curl_line(exchange.request, variables)


def repeated(outcome: Outcome, settings: Settings) -> Outcome:
    """The outcome with the run of its check alone. No curl line reaches a server that ended with the run."""
    if settings.are_extensions(outcome.requirements):
        return outcome  # only its author knows how its test is called
    again = shlex.join((*settings.called, "--only", outcome.id, *settings.called_behind))
    return replace(outcome, repeat=again, curl="" if settings.embedded or outcome.attempts else outcome.curl)


def called(
    path: str, base_url: str, api_key: str, *, profile: str, usual: str, seed: int, network: Sequence[str] = ()
) -> tuple[str, ...]:  # fmt: skip
    """The words of a run of the same target on the same terms; `usual` is the profile of one that names none.

    `network`: those that tell how the target is reached.
    """
    words = ["gimg-conformance", "run"]
    if path:
        words.append(as_given(Path(path)))
    elif base_url:
        key = api_key if api_key.startswith("env:") else f"env:{API_KEY_VARIABLE}"
        words += ["--base-url", base_url, "--api-key", key]
    words += ["--profile", profile] if profile != usual else []
    words += ["--seed", str(seed)] if seed != SEED else []
    return (*words, *network)


def as_given(path: Path) -> str:
    """A path below the working directory as the user most likely wrote it."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
