"""Words, signs and colours of the verdicts: red blames the target, yellow the environment, magenta the suite."""

from dataclasses import dataclass

from conformance.verdict import RunVerdict, Verdict


@dataclass(frozen=True, slots=True)
class Look:
    """`sign` stands for the verdict where there is no colour; `cell` does in a bar."""

    word: str
    sign: str
    cell: str
    style: str


LOOKS = {
    Verdict.PASS: Look("pass", "✓", "━", "green"),
    Verdict.FAIL: Look("fail", "✗", "✗", "bold red"),
    Verdict.INCONCLUSIVE: Look("inconclusive", "?", "?", "yellow"),
    Verdict.ERROR: Look("suite error", "!", "!", "magenta"),
    Verdict.NOT_TESTED: Look("not tested", "·", "·", "dim"),
    Verdict.NOT_APPLICABLE: Look("not applicable", "-", "-", "dim"),
}
RUN_STYLES = {
    RunVerdict.CONFORMANT: "bold green",
    RunVerdict.PARTIAL: "bold cyan",
    RunVerdict.NONCONFORMANT: "bold red",
    RunVerdict.UNDECIDED: "bold yellow",
}
