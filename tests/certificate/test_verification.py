"""A bundle is taken for what it is, and each way of changing one is told by its own message."""

import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from securesystemslib.signer import CryptoSigner

from conformance.certificate.archive import packed, unpacked
from conformance.certificate.attestation import read, sign, statement, unsigned, written
from conformance.certificate.bundle import bundle, why_not
from conformance.certificate.refused import Refused
from conformance.certificate.sums import ATTESTATION, SUMS, sums_of
from conformance.certificate.verification import Kind, KnownSuite, Verified, verified
from conformance.report import Report
from conformance.report.files import report_json
from conformance.verdict import RunVerdict, Selection, Verdict

Files = dict[str, bytes]
SUITE = KnownSuite("1", "c", "r")


@dataclass
class Bundles:
    """Makes bundles of a run, and verifies them as a suite whose evidence leads to `follows`."""

    folder: Path
    follows: Report
    key: CryptoSigner

    def files(self, certifier: str = "") -> Files:
        return bundle(self.folder, self.follows, self.key, certifier=certifier)

    def check(self, files: Files, *keys: CryptoSigner, suite: KnownSuite = SUITE) -> Verified:
        return verified(files, [key.public_key for key in keys], suite, lambda _: (self.follows, (), ()))

    def why(self, files: Files, *keys: CryptoSigner) -> str:
        with pytest.raises(Refused) as refused:
            self.check(files, *keys)
        return str(refused.value)

    def signed_anew(self, files: Files, key: CryptoSigner) -> Files:
        """As somebody would who changed it: sums and statement fit, and another key signs."""
        forged = files | {SUMS: sums_of(files)}
        report = Report.model_validate_json(files["report.json"])
        envelope = unsigned(statement(forged, report, certifier=""))
        sign(envelope, key)
        return forged | {ATTESTATION: written(envelope)}


@pytest.fixture
def bundles(made: Callable[..., Report], folder: Callable[[Report], Path]) -> Bundles:
    report = made()
    return Bundles(folder(report), report, CryptoSigner.generate_ed25519())


def test_a_bundle_is_genuine_by_the_signers_key_alone(bundles: Bundles) -> None:
    other = CryptoSigner.generate_ed25519()

    assert bundles.check(bundles.files(), bundles.key).trusted == (bundles.key.public_key,)
    assert bundles.check(bundles.files()).unknown == (bundles.key.public_key,)
    assert bundles.why(bundles.files(), other) == "the key that was given has not signed it"


def test_a_bundle_that_somebody_else_signed_anew_is_not_the_vendors(bundles: Bundles) -> None:
    forged = bundles.signed_anew(bundles.files(), CryptoSigner.generate_ed25519())

    assert bundles.why(forged, bundles.key) == "the key that was given has not signed it"
    assert bundles.check(forged).trusted == ()


def test_a_counter_signature_stands_beside_the_first(bundles: Bundles) -> None:
    second, files = CryptoSigner.generate_ed25519(), bundles.files()
    envelope = read(files[ATTESTATION]).envelope
    sign(envelope, second)
    found = bundles.check(files | {ATTESTATION: written(envelope)}, second)

    assert (found.kind, len(found.trusted), len(found.unknown)) == (Kind.COUNTER_SIGNED, 1, 1)


def test_a_bundle_says_who_stands_for_it(bundles: Bundles) -> None:
    nobody = bundle(bundles.folder, bundles.follows, None)

    assert bundles.check(nobody).kind is Kind.UNSIGNED
    assert bundles.why(nobody, bundles.key) == "nobody has signed it"
    assert bundles.check(bundles.files()).kind is Kind.SELF_ATTESTED
    assert bundles.check(bundles.files("A laboratory")).kind is Kind.BY_CERTIFIER


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("report.json", None, "report.json was removed after the bundle was made (SHA256SUMS)"),
        ("more.txt", b"more", "more.txt was added after the bundle was made (SHA256SUMS)"),
        ("evidence/exchanges.jsonl.gz", b"else", "evidence/exchanges.jsonl.gz was changed after the bundle was made"),
        (SUMS, None, "SHA256SUMS is missing"),
        (SUMS, b"nothing\n", "SHA256SUMS has a line that is no sum and name"),
        (ATTESTATION, None, "attestation.json is missing"),
        (ATTESTATION, b"{}", "attestation.json is no DSSE envelope"),
    ],
)
def test_a_changed_bundle_is_refused(bundles: Bundles, name: str, content: bytes | None, told: str) -> None:
    files = {
        known: old for known, old in (bundles.files() | {name: content or b""}).items() if content or known != name
    }
    assert bundles.why(files).startswith(told)


def test_an_edited_verdict_is_refused_even_with_new_sums_and_a_new_signature(
    bundles: Bundles, made: Callable[..., Report]
) -> None:
    bundles.follows = made("A-2")
    edited = made()
    files = bundle(bundles.folder, edited, bundles.key)

    assert bundles.why(files) == (
        "its verdicts do not follow from its evidence: the run is nonconformant, not conformant; A-2 is fail, not pass"
    )


def test_an_edited_number_in_the_report_is_refused(bundles: Bundles) -> None:
    files = bundles.files()
    edited = Report.model_validate_json(files["report.json"]).model_copy(update={"wall_seconds": 1.0})
    forged = bundles.signed_anew(files | {"report.json": report_json(edited).encode()}, bundles.key)

    told = re.fullmatch(
        r"report.json does not say what the evidence says; line \d+ is '\"wall_seconds\": 1.0,', and should be '(.+)'",
        bundles.why(forged),
    )
    assert told
    assert told[1].startswith('"wall_seconds": ')


@pytest.mark.parametrize("name", ["CERTIFICATE.md", "junit.xml", "report.html", "target.json"])
def test_every_other_file_must_say_what_the_evidence_says(bundles: Bundles, name: str) -> None:
    forged = bundles.signed_anew(bundles.files() | {name: b"All is well."}, bundles.key)
    told = f"{name} does not say what the evidence says; line 1 is 'All is well.', and should be "
    assert bundles.why(forged, bundles.key).startswith(told)


@pytest.mark.parametrize("name", ["PRAISE.md", "evidence/more.jsonl.gz", "evidence/bodies/more.gz"])
def test_a_file_that_no_run_leaves_is_refused_even_where_it_is_signed(bundles: Bundles, name: str) -> None:
    forged = bundles.signed_anew(bundles.files() | {name: b"All is well."}, bundles.key)
    assert bundles.why(forged, bundles.key) == f"it holds {name}, which no run leaves"


@pytest.mark.parametrize("log", [b"", b"{}\n", b"[]\n", b"nothing\n", b'{"files": 7}\n'])
def test_a_log_of_no_run_that_ended_is_refused(bundles: Bundles, log: bytes) -> None:
    forged = bundles.signed_anew(bundles.files() | {"evidence/run.jsonl": log}, bundles.key)
    assert bundles.why(forged) == "evidence/run.jsonl is no log of a run that ended"


def test_a_statement_of_another_bundle_is_refused(bundles: Bundles, made: Callable[..., Report]) -> None:
    other = unsigned(statement(bundles.files(), made("A-2"), certifier=""))
    sign(other, bundles.key)
    why = bundles.why(bundles.files() | {ATTESTATION: written(other)})

    assert why == "attestation.json states another predicate than the bundle has"


def test_a_signature_of_something_else_is_refused(bundles: Bundles) -> None:
    plain = json.loads(bundles.files()[ATTESTATION])
    plain["payload"] = "e30="
    why = bundles.why(bundles.files() | {ATTESTATION: json.dumps(plain).encode()})

    assert why.endswith("is wrong: what it signs was changed")


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"profile": "gate"}, "its profile is gate, not certify"),
        ({"selection": Selection(("A-1",), frozenset({"A-1"}))}, "tests were chosen: A-1"),
        ({"interrupted": True}, "the run was interrupted"),
        ({"stopped": "-x"}, "the run stopped early: -x"),
    ],
)
def test_a_run_in_part_makes_no_certificate(made: Callable[..., Report], facts: dict[str, object], told: str) -> None:
    assert told in why_not(made("A-1", **facts))
    assert why_not(made("A-1")) == why_not(made()) == ""


def test_a_run_without_a_verdict_names_what_is_missing(made: Callable[..., Report]) -> None:
    first, second, *others = made().requirements
    rows = [first, second.model_copy(update={"verdict": Verdict.NOT_TESTED}), *others]
    because = ["1 MUST requirement not tested"]
    open_rows = made().model_copy(update={"verdict": RunVerdict.UNDECIDED, "because": because, "requirements": rows})

    assert why_not(open_rows) == "the run is undecided: 1 MUST requirement not tested (A-2)"


def test_a_newer_suite_says_what_it_judges_otherwise(bundles: Bundles, made: Callable[..., Report]) -> None:
    files = bundles.files()
    bundles.follows = made("A-2")
    found = bundles.check(files, bundles.key, suite=KnownSuite("2", "c", "r2"))

    assert found.by_suite == "1"
    assert found.changed == ("the run is nonconformant, not conformant", "A-2 is fail, not pass")


def test_a_suite_with_other_hashes_than_its_version_has_is_refused(bundles: Bundles) -> None:
    with pytest.raises(Refused, match="it names the suite 1, but another contract or registry"):
        bundles.check(bundles.files(), suite=KnownSuite("1", "c", "another"))


def test_an_unknown_format_is_refused(bundles: Bundles) -> None:
    files = bundles.files()
    forged = files | {"report.json": files["report.json"].replace(b"report/1", b"report/9")}
    told = "report.json is no report of the format gimg-conformance-report/1: format: Input should be"
    assert bundles.why(forged | {SUMS: sums_of(forged)}).startswith(told)


def test_no_byte_of_a_bundle_can_be_changed(bundles: Bundles, tmp_path: Path) -> None:
    content, draw = packed(bundles.files()), random.Random(7)  # noqa: S311 - which bytes does not matter
    place = tmp_path / "bundle.zip"
    place.write_bytes(content)
    assert unpacked(place) == bundles.files()

    for _ in range(200):
        where = draw.randrange(len(content))
        place.write_bytes(content[:where] + bytes([content[where] ^ draw.randrange(1, 256)]) + content[where + 1 :])
        with pytest.raises(Refused):
            bundles.check(unpacked(place), bundles.key)
