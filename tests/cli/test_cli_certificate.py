"""`certify`, `verify` and `keygen`, from the command line."""

import gzip
import io
import json
import re
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from conformance.certificate.archive import packed, unpacked
from conformance.certificate.sums import SUMS, sums_of

Command = Callable[..., tuple[int, str, str]]


def test_a_certificate_names_its_vendor(command: Command, tmp_path: Path) -> None:
    target = '[target]\nbase_url = "http://127.0.0.1:1"\n[accounts.primary]\nkey = "gimg_x"\n'
    (tmp_path / "target.toml").write_text(target)
    status, _, err = command("certify", "target.toml")

    assert status == 2
    assert err == ('Error: target.toml: a certificate names whose target it is. Add [vendor] with organisation = "…"\n')


def test_what_is_no_bundle_is_refused(command: Command, tmp_path: Path) -> None:
    (tmp_path / "bundle.zip").write_bytes(b"nothing")
    status, out, _ = command("verify", "bundle.zip")

    assert status == 1
    assert out.startswith("REFUSED   it is no intact zip")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("none.zip",), "none.zip: No such file"),
        (("none.zip", "--key", "none.pub"), "none.pub: No such file"),
        (("none.zip", "--sign", "key"), "--sign and --output belong together"),
    ],
)
def test_wrong_usage_of_verify(command: Command, arguments: tuple[str, ...], told: str) -> None:
    status, _, err = command("verify", *arguments)
    assert (status, told in err) == (2, True)


def test_a_wrong_key_is_told_before_anything_is_sent(command: Command) -> None:
    status, _, err = command("certify", "--key", "none")
    assert (status, err) == (2, "Error: none: No such file or directory. `gimg-conformance keygen FILE` makes a pair\n")


@pytest.mark.slow
def test_a_bundle_is_made_signed_verified_and_counter_signed(command: Command, tmp_path: Path) -> None:
    for name in ("vendor", "lab"):
        status, out, _ = command("keygen", name)
        assert (status, "fingerprint: " in out) == (0, True)
    status, out, _ = command("certify", "--vendor", "Acme", "--product", "Pictures", "--key", "vendor")
    assert (status, "Bundle: reports/bundle.zip" in out) == (0, True)

    status, out, _ = command("verify", "reports/bundle.zip", "--key", "vendor.pub")
    assert (status, out.startswith("GENUINE   signed by ")) == (0, True)
    status, out, _ = command("verify", "reports/bundle.zip")
    assert (status, "by an unknown key" in out) == (3, True)
    own = ("--sign", "lab", "--output")
    status, _, err = command("verify", "reports/bundle.zip", *own, "reports/../reports/bundle.zip")
    assert (status, "is the bundle itself, which is not changed" in err) == (2, True)
    command("verify", "reports/bundle.zip", *own, "both.zip")
    status, out, _ = command("verify", "both.zip", "--key", "lab.pub")
    assert (status, "counter-signed" in out) == (0, True)

    assert "vendor    Acme Pictures" in out
    files = unpacked(tmp_path / "reports" / "bundle.zip")
    _evidence_with_new_sums_is_refused(command, files, tmp_path / "forged.zip")


def _evidence_with_new_sums_is_refused(command: Command, files: dict[str, bytes], forged: Path) -> None:
    """A status is changed, and every sum on the way up: what is left is that the verdicts do not follow."""
    name = "evidence/exchanges.jsonl.gz"
    changed = gzip.decompress(files[name]).replace(b'"status":401', b'"status":403')
    altered = files | {name: gzip.compress(changed)}
    forged.write_bytes(packed(altered | {SUMS: sums_of(altered)}))
    status, out, _ = command("verify", str(forged))
    assert (status, out) == (1, "REFUSED   attestation.json states another subject than the bundle has\n")

    with zipfile.ZipFile(io.BytesIO(forged.read_bytes())) as archive:
        assert archive.testzip() is None
    log = altered["evidence/run.jsonl"].decode().splitlines()
    last = json.loads(log[-1])
    last["files"]["exchanges.jsonl.gz"] = sha256(altered[name]).hexdigest()
    altered["evidence/run.jsonl"] = "\n".join([*log[:-1], json.dumps(last, ensure_ascii=False), ""]).encode()
    forged.write_bytes(packed(without_statement(altered)))
    status, out, _ = command("verify", str(forged))
    assert status == 1
    assert re.match("REFUSED   its verdicts do not follow from its evidence: the run is nonconformant", out)


def without_statement(files: dict[str, bytes]) -> dict[str, bytes]:
    """The same files with a statement that fits, and no signature."""
    from conformance.certificate.attestation import statement, unsigned, written  # noqa: PLC0415 - cryptography
    from conformance.certificate.sums import ATTESTATION  # noqa: PLC0415 - beside it
    from conformance.report import Report  # noqa: PLC0415 - beside it

    summed = files | {SUMS: sums_of(files)}
    told = statement(summed, Report.model_validate_json(files["report.json"]), certifier="")
    return summed | {ATTESTATION: written(unsigned(told))}
