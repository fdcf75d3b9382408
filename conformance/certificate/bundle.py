"""What a bundle holds: the report folder of a whole certify run, the target without its secrets, and two statements."""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from securesystemslib.signer import CryptoSigner

from conformance.certificate.attestation import sign, statement, unsigned, written
from conformance.certificate.certificate_page import page
from conformance.certificate.sums import ATTESTATION, SUMS, sums_of
from conformance.report import Report
from conformance.report.files import FORMATS
from conformance.report.finding_block import listed
from conformance.requirements import Level
from conformance.verdict import CERTIFY, STOPPED_EARLY, RunVerdict, Verdict

JSON = FORMATS["json"].file
REPORTS = ("json", "junit", "html")
"""The formats of which a bundle has the file, where the run wrote it."""
PAGE, TARGET, EVIDENCE = "CERTIFICATE.md", "target.json", "evidence"
RUN_LOG = f"{EVIDENCE}/run.jsonl"
_BODY = re.compile(rf"{EVIDENCE}/bodies/[0-9a-f]{{64}}\.gz")


def why_not(report: Report) -> str:
    """Why there is no certificate of this run; empty where there is one."""
    if report.profile != CERTIFY:
        return f"its profile is {report.profile}, not {CERTIFY}"
    if report.suite.selection:
        return f"tests were chosen: {', '.join(report.suite.selection.words)}"
    if report.known_failures:
        return "failures were tolerated as known, and a certificate tolerates none"
    if report.interrupted:
        return "the run was interrupted"
    early = next((reason for reason in report.because if reason.startswith(STOPPED_EARLY)), "")
    if report.verdict is RunVerdict.UNDECIDED:
        return f"the run is undecided: {'; '.join(report.because)} ({listed(_without_verdict(report))})"
    return early or "; ".join(report.problems)


def _without_verdict(report: Report) -> list[str]:
    rows = (row for row in report.requirements if row.level is Level.MUST)
    return [row.id for row in rows if row.verdict in {Verdict.ERROR, Verdict.INCONCLUSIVE, Verdict.NOT_TESTED}]


def bundle(folder: Path, report: Report, key: CryptoSigner | None, *, certifier: str = "") -> dict[str, bytes]:
    """The files of a bundle, by name, of a run that `why_not` has nothing against. Raises OSError."""
    places = (folder / FORMATS[name].file for name in REPORTS)
    files = {place.name: place.read_bytes() for place in places if place.exists()}
    files |= {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted((folder / EVIDENCE).rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }
    files |= {TARGET: target_of(files), PAGE: page(report, certifier).encode()}
    files[SUMS] = sums_of(files)
    envelope = unsigned(statement(files, report, certifier=certifier))
    if key:
        sign(envelope, key)
    return files | {ATTESTATION: written(envelope)}


def target_of(files: Mapping[str, bytes]) -> bytes:
    """The target file as the run log shows it, with tokens in place of secrets. Raises KeyError and ValueError."""
    first = json.loads(files[RUN_LOG].partition(b"\n")[0])
    return json.dumps(first["target"], ensure_ascii=False, indent=1).encode() + b"\n"


def strangers(files: Mapping[str, bytes]) -> Iterable[str]:
    """The names of files that no run leaves in a bundle. Raises KeyError and ValueError."""
    sealed = json.loads(files[RUN_LOG].splitlines()[-1])["files"]
    ours = {RUN_LOG, PAGE, TARGET, SUMS, ATTESTATION, *(FORMATS[name].file for name in REPORTS)}
    ours |= {f"{EVIDENCE}/{name}" for name in sealed}
    return sorted(name for name in files if name not in ours and not _BODY.fullmatch(name))
