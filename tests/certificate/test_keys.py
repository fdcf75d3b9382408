"""Keys are made safely, and what is no key is refused without being quoted."""

import stat
from pathlib import Path

import pytest

from conformance.certificate.keys import fingerprint, generate, pem_of, public_keys, signer
from conformance.errors import ConfigurationError


def test_a_pair_is_made_that_its_owner_alone_may_read(tmp_path: Path) -> None:
    key = generate(tmp_path / "key")
    (found,) = public_keys(str(tmp_path / "key.pub"))

    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    assert found == key == signer(str(tmp_path / "key")).public_key
    assert fingerprint(key).replace(" ", "") == key.keyid[:32]


def test_no_key_is_written_over(tmp_path: Path) -> None:
    generate(tmp_path / "key")
    before = (tmp_path / "key").read_bytes()
    with pytest.raises(ConfigurationError, match="exists, and no key is written over"):
        generate(tmp_path / "key")
    (tmp_path / "key.pub").unlink()
    with pytest.raises(ConfigurationError, match="exists, and no key is written over"):
        generate(tmp_path / "key")

    assert (tmp_path / "key").read_bytes() == before
    assert not (tmp_path / "key.pub").exists()


def test_a_key_may_come_from_a_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = generate(tmp_path / "key")
    monkeypatch.setenv("KEY", (tmp_path / "key").read_text())
    assert signer("env:KEY").public_key == key
    with pytest.raises(ConfigurationError, match="'NONE' is not set"):
        signer("env:NONE")


def test_several_keys_may_stand_in_one_file(tmp_path: Path) -> None:
    one, two = generate(tmp_path / "one"), generate(tmp_path / "two")
    (tmp_path / "all").write_text(pem_of(one) + pem_of(two))
    assert list(public_keys(str(tmp_path / "all"))) == [one, two]


def test_what_is_no_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("s3cret")
    generate(tmp_path / "key")

    with pytest.raises(ConfigurationError, match="holds no private key in PEM") as refused:
        signer(str(tmp_path / "text"))
    assert "s3cret" not in str(refused.value)
    for name, told in (
        ("text", "holds no public key in PEM"),
        ("key", "holds no Ed25519 public key"),
        ("none", "No such"),
    ):
        with pytest.raises(ConfigurationError, match=told):
            list(public_keys(str(tmp_path / name)))
