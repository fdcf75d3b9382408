"""What a run was asked, what its tests came to, and how it ended: with evidence and values, all that a report needs.

One line each, written at once: `{"format", "target", "settings", "strict", "chosen", "facts"}` at the beginning,
`{"outcome", "process"}` and `{"ruling", "text"}` while tests run. A run that was not killed ends it with
`{"facts", "files", "before"}`: the SHA-256 of the files of evidence, and of the lines before. One that is resumed goes
on with `{"part", "seconds", "facts"}`: the parts before took so many seconds.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Self, TextIO

from conformance.client.codec import Codec
from conformance.client.journal import ESCAPED, lines_of, opened, write_lines
from conformance.errors import ConfigurationError
from conformance.evidence import Exchange
from conformance.evidence.members import digest
from conformance.plan.settings import RUN_LOG, Settings
from conformance.session.sole_use import is_in_use
from conformance.target import TargetFile
from conformance.verdict import Observation, Outcome, RunFacts

FORMAT = 1
KILLED = "the run was killed before it ended"
GOES_ON = "the run goes on: this is what it came to so far"
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
    chosen: tuple[tuple[str, ...], ...] = ((), ())
    """What chose its tests: the words of `--only`, or what `--failed` made of them; and pytest's arguments."""
    part: int = 1
    """How many there are, the last one included."""
    seconds: float = 0.0
    """That the parts before the last one took."""
    files: Mapping[str, str] = field(default_factory=dict)
    """The SHA-256 of each file of evidence, as it was read."""

    def facts_with(self, cost: Mapping[str, Any], evidence: Sequence[Exchange]) -> RunFacts:
        """The facts of the run with its cost. One that was killed lasted until its last exchange."""
        facts = replace(self.facts, **cost)
        if not {KILLED, GOES_ON} & {*facts.problems} or not evidence:
            return facts
        last = max(exchange.started_at for exchange in evidence)
        own = [exchange for exchange in evidence if exchange.part == self.part]
        took = max(exchange.ended for exchange in own) - own[0].started if own else 0.0
        return replace(facts, finished_at=last, wall_seconds=round(self.seconds + took, 3))

    @property
    def ended(self) -> bool:
        """Whether it came to its end: nothing interrupted or stopped it."""
        return not (self.facts.interrupted or self.facts.stopped)

    @property
    def processes(self) -> list[str]:
        """Those that judged something, each once, in the order in which they did."""
        return list(dict.fromkeys(process for _, process in self.outcomes.values())) or ["main"]


class Writer:
    """Writes the log of a run; of one that is resumed, from the `lines` of the parts before on."""

    def __init__(self, evidence: Path, lines: Sequence[str] = ()) -> None:
        self._evidence, self._written = evidence, sha256(b"".join(map(_bytes, lines)))
        if lines:  # whole ones: the last may have been cut off
            write_lines(evidence / RUN_LOG, lines)
        self._file: TextIO = opened(evidence / RUN_LOG, goes_on=bool(lines))

    @classmethod
    def begun(
        cls, settings: Settings, facts: RunFacts, *, strict: bool, chosen: Sequence[Sequence[str]] = ((), ())
    ) -> Self:
        """That of a run. Raises OSError."""
        writer = cls(settings.journal_directory)
        plain = {name: getattr(settings, name) for name in KEPT}
        asked = {"target": settings.target.to_evidence(), "settings": plain, "strict": strict, "chosen": chosen}
        writer._write({"format": FORMAT, **asked, "facts": _plain(facts)})
        return writer

    @classmethod
    def resumed(cls, settings: Settings, facts: RunFacts, seconds: float) -> Self:
        """That of a further part of a run, whose parts before took so long. Raises OSError."""
        evidence = settings.journal_directory
        writer = cls(evidence, [line for line in lines_of(evidence / RUN_LOG) if line])
        writer._write({"part": settings.part, "seconds": seconds, "facts": _plain(facts)})
        return writer

    def outcome(self, outcome: Outcome, process: str) -> None:
        self._write({"outcome": outcome.to_json(), "process": process})

    def observation(self, observation: Observation) -> None:
        self._write(asdict(observation))

    def end(self, facts: RunFacts, files: Mapping[str, str]) -> None:
        """Nothing follows, and what was written is not to change any more: `files` are the digests of the evidence."""
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


def digests(evidence: Path) -> dict[str, str]:
    """The SHA-256 of each file of evidence but for the log itself, by its name. Raises OSError."""
    return {path.name: digest(path.read_bytes()) for path in _sealed(evidence)}


def evidence_sha256(files: Mapping[str, str]) -> str:
    """The digest of what `sha256sum` prints of these files, whose digests are known."""
    return digest("".join(f"{known}  {name}\n" for name, known in files.items()).encode())


def _plain(facts: RunFacts) -> Any:
    return FACTS.encode(replace(facts, cost={}, costs=(), evidence_sha256=""))


def read_log(journal: Path) -> RunLog:
    """The log in the journal of a report folder, whether or not its run ended.

    Raises ConfigurationError when there is none, or none of this suite's.
    """
    place = journal / RUN_LOG
    try:
        lines = [line for line in lines_of(place) if line]
        files = digests(journal)
        _must_be_as_written(journal, files, lines)
        first, *rest = map(json.loads, lines)
        return replace(_in_progress(_read(first, rest), journal), files=files)
    except FileNotFoundError:
        raise ConfigurationError(f"{place}: there is no such file", REMEDY) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(f"{place}: no log of a run: {type(error).__name__}: {error}", REMEDY) from None


def _must_be_as_written(evidence: Path, found: Mapping[str, str], lines: Sequence[str]) -> None:
    """Raises ConfigurationError where the evidence of a run that ended was altered since."""
    last = json.loads(lines[-1]) if lines else {}
    if "files" not in last:
        return
    before = digest(b"".join(map(_bytes, lines[:-1])))
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
    chosen = tuple(tuple(words) for words in first["chosen"])
    return _with_lines(RunLog(target, settings, first["strict"], _killed(began), chosen=chosen), rest)


def _killed(facts: RunFacts) -> RunFacts:
    """What is known at the beginning, unless an end follows."""
    return replace(facts, interrupted=True, problems=(KILLED,))


def _in_progress(log: RunLog, journal: Path) -> RunLog:
    """One that has no end yet is not taken for killed while it holds its folder."""
    if KILLED not in log.facts.problems or not is_in_use(journal.parent):
        return log
    return replace(log, facts=replace(log.facts, interrupted=False, problems=(GOES_ON,)))


def _with_lines(log: RunLog, lines: Iterable[dict[str, Any]]) -> RunLog:
    facts, part, seconds = log.facts, log.part, log.seconds
    for line in lines:
        if "outcome" in line:
            outcome = Outcome.from_json(line["outcome"])
            log.outcomes[outcome.id] = (outcome, line["process"])
        elif "ruling" in line:
            seen = Observation(line["ruling"], line["text"])
            log.observations[seen.ruling, seen.text] = seen
        elif "part" in line:
            facts, part, seconds = _killed(FACTS.decode(line["facts"])), int(line["part"]), float(line["seconds"])
        else:
            facts = FACTS.decode(line["facts"])
    return replace(log, facts=facts, part=part, seconds=seconds)
