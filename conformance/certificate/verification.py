"""Whether a bundle is what its run left, who signed it, and whether its verdict follows from its evidence."""

import tempfile
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from itertools import zip_longest
from pathlib import Path

from pydantic import ValidationError
from securesystemslib.signer import SSlibKey

from conformance.certificate.archive import extract
from conformance.certificate.attestation import Signed, certifier_in, must_be_stated, read, statement
from conformance.certificate.bundle import JSON, PAGE, REPORTS, RUN_LOG, TARGET, strangers, target_of, why_not
from conformance.certificate.certificate_page import page
from conformance.certificate.refused import Refused
from conformance.certificate.sums import ATTESTATION, must_fit
from conformance.evidence import Exchange
from conformance.evidence.attempt import Attempt
from conformance.report import FORMAT, Report
from conformance.report.files import FORMATS
from conformance.requirements.translation import LANGUAGES
from conformance.verdict import RunVerdict

QUOTED = 80
"""Characters of a line that is quoted."""

JudgedAgain = Callable[[Path], tuple[Report, Sequence[Exchange], Sequence[Attempt]]]
"""Judges the evidence in a report folder with the suite at hand."""


class Kind(StrEnum):
    """How far a bundle is from its vendor's own word."""

    UNSIGNED = "unsigned"
    SELF_ATTESTED = "self-attested"
    COUNTER_SIGNED = "counter-signed"
    BY_CERTIFIER = "run by the certifier"


@dataclass(frozen=True)
class KnownSuite:
    """The suite that verifies."""

    version: str
    contract_sha256: str
    requirements_sha256: str

    def made(self, report: Report) -> bool:
        """Whether it is the one that made the report."""
        suite = report.suite
        return (suite.version, suite.contract_sha256, suite.requirements_sha256) == (
            self.version, self.contract_sha256, self.requirements_sha256,
        )  # fmt: skip


@dataclass(frozen=True)
class Verified:
    """An intact bundle. `trusted` and `unknown` are the keys that signed it."""

    report: Report
    kind: Kind
    certifier: str
    trusted: tuple[SSlibKey, ...]
    unknown: tuple[SSlibKey, ...]
    signed: Signed
    verdict: RunVerdict
    """What the suite at hand makes of the run."""
    changed: tuple[str, ...] = ()
    """Of a bundle of another suite: what this one judges otherwise, in sentences."""
    by_suite: str = ""
    """The version of the suite that made it, where it is another one."""

    @property
    def genuine(self) -> bool:
        """Signed by a key that is trusted, and its verdict stands, whatever suite it names."""
        return bool(self.trusted) and self.verdict is self.report.verdict


def verified(
    files: Mapping[str, bytes], trusted: Collection[SSlibKey], suite: KnownSuite,
    judged_again: JudgedAgain,
) -> Verified:  # fmt: skip
    """The bundle with these files. Raises Refused, saying what is wrong."""
    must_fit(files)
    report = _report(files)
    if why := why_not(report):
        raise Refused(f"a certificate rests on a whole certify run, but {why}")
    signed = _signed(files, report)
    _must_be_of_a_run(files)
    known = {key.keyid for key in trusted}
    ours = tuple(key for key in signed.keys if key.keyid in known)
    if trusted and not ours:
        raise Refused("the key that was given has not signed it" if signed.keys else "nobody has signed it")
    certifier, unknown = certifier_in(signed.envelope), tuple(key for key in signed.keys if key.keyid not in known)
    verdict, changed = _followed(files, report, certifier, suite, judged_again)
    by = "" if suite.made(report) else report.suite.version
    return Verified(report, _kind(signed, certifier), certifier, ours, unknown, signed, verdict, changed, by)


def _report(files: Mapping[str, bytes]) -> Report:
    if JSON not in files:
        raise Refused(f"{JSON} is missing")
    try:
        return Report.model_validate_json(files[JSON])
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise Refused(f"{JSON} is no report of the format {FORMAT}: {where}: {first['msg']}") from None


def _signed(files: Mapping[str, bytes], report: Report) -> Signed:
    if missing := next((name for name in (ATTESTATION, TARGET, RUN_LOG) if name not in files), ""):
        raise Refused(f"{missing} is missing")
    signed = read(files[ATTESTATION])
    must_be_stated(signed.envelope, statement(files, report, certifier=certifier_in(signed.envelope)))
    return signed


def _must_be_of_a_run(files: Mapping[str, bytes]) -> None:
    try:
        strange = strangers(files)
    except (KeyError, TypeError, ValueError, IndexError, RecursionError):
        raise Refused(f"{RUN_LOG} is no log of a run that ended") from None
    if strange:
        raise Refused(f"it holds {', '.join(strange)}, which no run leaves")


def _kind(signed: Signed, certifier: str) -> Kind:
    if not signed.keys:
        return Kind.UNSIGNED
    if certifier:
        return Kind.BY_CERTIFIER
    return Kind.COUNTER_SIGNED if len(signed.keys) > 1 else Kind.SELF_ATTESTED


def _followed(
    files: Mapping[str, bytes], report: Report, certifier: str, suite: KnownSuite, judged_again: JudgedAgain
) -> tuple[RunVerdict, tuple[str, ...]]:
    """The verdict that the evidence leads to, and what it leads to otherwise.

    The suite that made the report must come to the very same one.
    """
    same = suite.made(report)
    if not same and report.suite.version == suite.version:
        raise Refused(f"it names the suite {suite.version}, but another contract or registry than that suite has")
    with tempfile.TemporaryDirectory() as folder:
        extract({name: content for name, content in files.items() if name not in {TARGET, PAGE}}, Path(folder))
        again, exchanges, attempts = judged_again(Path(folder))
    changes = tuple(_changes(report, again))
    if not same:
        return again.verdict, changes
    if changes:
        raise Refused(f"its verdicts do not follow from its evidence: {'; '.join(changes[:3])}")
    _must_be_derived(files, again, exchanges, attempts, certifier)
    return again.verdict, ()


def _changes(told: Report, again: Report) -> Iterable[str]:
    if told.verdict is not again.verdict:
        yield f"the run is {again.verdict}, not {told.verdict}"
    now = {row.id: row.verdict for row in again.requirements}
    before = {row.id: row.verdict for row in told.requirements}
    for id_ in dict.fromkeys((*before, *now)):
        if before.get(id_) != now.get(id_):
            yield f"{id_} is {now.get(id_, 'no requirement')}, not {before.get(id_, 'a requirement')}"


def _must_be_derived(
    files: Mapping[str, bytes], again: Report, exchanges: Sequence[Exchange], attempts: Sequence[Attempt],
    certifier: str,
) -> None:  # fmt: skip
    """Every other file says what the evidence says."""
    allowed: dict[str, Iterable[str]] = {PAGE: (page(again, certifier),), TARGET: (target_of(files).decode(),)}
    for form in (FORMATS[name] for name in REPORTS):
        if form.file in files:
            written = partial(form.parts, again, exchanges, attempts)
            allowed[form.file] = map("".join, map(written, LANGUAGES))
    for name, texts in allowed.items():
        ours, content = [*texts], files.get(name, b"")
        if not any(content == text.encode() for text in ours):
            raise Refused(f"{name} does not say what the evidence says{_first_difference(content, ours[0])}")


def _first_difference(content: bytes, text: str) -> str:
    """The first line that differs, as it stands there and as it should."""
    told, due = content.decode(errors="replace").splitlines(), text.splitlines()
    for number, (theirs, ours) in enumerate(zip_longest(told, due, fillvalue=""), 1):
        if theirs != ours:
            return f"; line {number} is {theirs.strip()[:QUOTED]!r}, and should be {ours.strip()[:QUOTED]!r}"
    return ""
