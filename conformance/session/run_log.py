"""What a run was asked, what its tests came to, and how it ended: with evidence and values, all that a report needs.

One line each, written at once: `{"format", "target", "settings", "facts"}` at the beginning,
`{"outcome", "process"}` and `{"ruling", "text"}` while tests run. A run that was not killed ends it with
`{"facts", "files", "before"}`: the SHA-256 of the files of evidence, and of the lines before.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, TextIO

from conformance.client.codec import Codec
from conformance.client.journal import ESCAPED, lines_of, opened
from conformance.errors import ConfigurationError
from conformance.evidence import Exchange
from conformance.evidence.members import digest
from conformance.plan.settings import RUN_LOG, Settings
from conformance.target import TargetFile
from conformance.verdict import Observation, Outcome, RunFacts

FORMAT = 1
KILLED = "the run was killed before it ended"
REMEDY = "name the report folder of a run, such as reports"
AS_IT_WAS = "take the folder as the run left it, or run again"
KEPT = ("embedded", "profile", "seed", "max_wait", "workers", "variables", "called", "called_behind")
"""What of the settings decides which tests there are, and how they judge."""


def _nothing(*_: object) -> Any:
    raise KeyError


FACTS = Codec(None, _nothing, str, _nothing, _nothing)
"""For the facts of a run, which refer to no evidence."""


@dataclass(frozen=True)
class RunLog:
    """What is known of a run: `process` and `outcome` of each test by its id, and what was observed."""

    target: TargetFile
    settings: dict[str, Any]
    strict: bool
    facts: RunFacts
    outcomes: dict[str, tuple[Outcome, str]] = field(default_factory=dict)
    observations: dict[tuple[str, str], Observation] = field(default_factory=dict)

    def facts_with(self, cost: Mapping[str, Any], evidence: Sequence[Exchange]) -> RunFacts:
        """The facts of the run with its cost. One that was killed lasted until its last exchange."""
        facts = replace(self.facts, **cost)
        if KILLED not in facts.problems or not evidence:
            return facts
        begin, end = evidence[0].started, max(exchange.ended for exchange in evidence)
        last = max(exchange.started_at for exchange in evidence)
        return replace(facts, finished_at=last, wall_seconds=round(end - begin, 3))

    @property
    def processes(self) -> list[str]:
        """Those that judged something, each once, in the order in which they did."""
        return list(dict.fromkeys(process for _, process in self.outcomes.values())) or ["main"]


class Writer:
    """Writes the log of a run."""

    def __init__(self, settings: Settings, facts: RunFacts, *, strict: bool) -> None:
        self._evidence, self._written = settings.journal_directory, sha256()
        self._file: TextIO = opened(settings.journal_directory / RUN_LOG)
        plain = {name: getattr(settings, name) for name in KEPT}
        target = settings.target.to_evidence()
        self._write({"format": FORMAT, "target": target, "settings": plain, "strict": strict, "facts": _plain(facts)})

    def outcome(self, outcome: Outcome, process: str) -> None:
        self._write({"outcome": outcome.to_json(), "process": process})

    def observation(self, observation: Observation) -> None:
        self._write(asdict(observation))

    def end(self, facts: RunFacts) -> None:
        """Nothing follows, and what was written is not to change any more."""
        files = {path.name: digest(path.read_bytes()) for path in _sealed(self._evidence)}
        self._write({"facts": _plain(facts), "files": files, "before": self._written.hexdigest()})
        self._file.close()

    def _write(self, line: dict[str, Any]) -> None:
        text = json.dumps(line, ensure_ascii=False)
        self._written.update(_bytes(text))
        self._file.write(f"{text}\n")
        self._file.flush()


def _bytes(line: str) -> bytes:
    return line.encode(errors=ESCAPED)


def _sealed(evidence: Path) -> list[Path]:
    """The files of evidence but for the log itself; a body is named by its own digest."""
    return sorted(path for path in evidence.glob("*.jsonl*") if path.name != RUN_LOG)


def _plain(facts: RunFacts) -> Any:
    return FACTS.encode(replace(facts, cost={}, costs=()))


def read_log(journal: Path) -> RunLog:
    """The log in the journal of a report folder, whether or not its run ended.

    Raises ConfigurationError when there is none, or none of this suite's.
    """
    place = journal / RUN_LOG
    try:
        lines = [line for line in lines_of(place) if line]
        _must_be_as_written(journal, lines)
        first, *rest = map(json.loads, lines)
        return _read(first, rest)
    except FileNotFoundError:
        raise ConfigurationError(f"{place}: there is no such file", REMEDY) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(f"{place}: no log of a run: {type(error).__name__}: {error}", REMEDY) from None


def _must_be_as_written(evidence: Path, lines: Sequence[str]) -> None:
    """Raises ConfigurationError where the evidence of a run that ended was altered since."""
    last = json.loads(lines[-1]) if lines else {}
    if "files" not in last:
        return
    before = digest(b"".join(map(_bytes, lines[:-1])))
    found = {path.name: digest(path.read_bytes()) for path in _sealed(evidence)}
    altered = [name for name in {**found, **last["files"]} if found.get(name) != last["files"].get(name)]
    altered += [RUN_LOG] * (before != last["before"])
    if altered:
        told = f"{evidence} was altered since the run ended: {', '.join(altered)}"
        raise ConfigurationError(told, AS_IT_WAS)


def _read(first: dict[str, Any], rest: Iterable[dict[str, Any]]) -> RunLog:
    if first["format"] != FORMAT:
        raise ValueError(f"format {first['format']!r}, not {FORMAT}")
    target = TargetFile.from_evidence(first["target"])
    began: RunFacts = FACTS.decode(first["facts"])
    settings = {name: tuple(value) if isinstance(value, list) else value for name, value in first["settings"].items()}
    log = RunLog(target, settings, first["strict"], replace(began, interrupted=True, problems=(KILLED,)))
    return _with_lines(log, rest)


def _with_lines(log: RunLog, lines: Iterable[dict[str, Any]]) -> RunLog:
    facts = log.facts
    for line in lines:
        if "outcome" in line:
            outcome = Outcome.from_json(line["outcome"])
            log.outcomes[outcome.id] = (outcome, line["process"])
        elif "ruling" in line:
            seen = Observation(line["ruling"], line["text"])
            log.observations[seen.ruling, seen.text] = seen
        else:
            facts = FACTS.decode(line["facts"])
    return replace(log, facts=facts)
