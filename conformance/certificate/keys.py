"""Ed25519 keys that sign bundles: a private key in PEM (PKCS 8), and the public one beside it (RFC 8410)."""

import os
from collections.abc import Iterator
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from securesystemslib.signer import CryptoSigner, SSlibKey

from conformance.errors import ConfigurationError
from conformance.target.environment import from_environment

PUBLIC = ".pub"
"""What follows the name of a private key's file in that of its public one."""
MAKE = "`gimg-conformance keygen FILE` makes a pair"


def generate(path: Path) -> SSlibKey:
    """Write a new private key to a new file that its owner alone may read, and the public one beside it.

    Raises ConfigurationError where one of the files exists or cannot be written.
    """
    private, beside = Ed25519PrivateKey.generate(), path.with_name(path.name + PUBLIC)
    content = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        _write_new(beside, _pem(private.public_key()), 0o644)
        try:
            _write_new(path, content, 0o600)
        except OSError:
            beside.unlink()
            raise
    except FileExistsError as error:
        raise ConfigurationError(f"{error.filename} exists, and no key is written over", "name another file") from None
    except OSError as error:
        raise ConfigurationError(f"{error.filename}: {error.strerror}", "name a file that can be written") from None
    return SSlibKey.from_crypto(private.public_key())


def _write_new(path: Path, content: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


def signer(given: str) -> CryptoSigner:
    """The signer of a private key: the name of its file, or env:NAME of the variable that holds it in PEM.

    Raises ConfigurationError, which never quotes the key.
    """
    content = _content(given)
    try:
        private = load_pem_private_key(content, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ConfigurationError(f"{given} holds no private key in PEM without a passphrase", MAKE) from None
    if not isinstance(private, Ed25519PrivateKey):
        raise ConfigurationError(f"{given} holds a key that is not Ed25519", MAKE)
    return CryptoSigner(private)


def public_keys(given: str) -> Iterator[SSlibKey]:
    """The public keys of a file (one or several, one after the other) or of env:NAME. Raises ConfigurationError."""
    begin = b"-----BEGIN "
    found = [begin + part for part in _content(given).split(begin)[1:]]
    if not found:
        raise ConfigurationError(f"{given} holds no public key in PEM", "give what `keygen` wrote to FILE.pub")
    for pem in found:
        if key := public_key(pem):
            yield key
        else:
            raise ConfigurationError(f"{given} holds no Ed25519 public key", "give what `keygen` wrote to FILE.pub")


def public_key(pem: bytes) -> SSlibKey | None:
    """The key of a PEM text; None where it is no Ed25519 public key."""
    try:
        key = load_pem_public_key(pem)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    return SSlibKey.from_crypto(key) if isinstance(key, Ed25519PublicKey) else None


def pem_of(key: SSlibKey) -> str:
    """The public key as a PEM text."""
    return _pem(Ed25519PublicKey.from_public_bytes(bytes.fromhex(key.keyval["public"]))).decode()


def fingerprint(key: SSlibKey) -> str:
    """By which people compare a key: the first 32 hexadecimal digits of its id, in groups of four."""
    digits = key.keyid[:32]
    return " ".join(digits[place : place + 4] for place in range(0, len(digits), 4))


def _pem(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _content(given: str) -> bytes:
    if given.startswith("env:"):
        return from_environment(given, given).encode()
    try:
        return Path(given).read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{given}: {error.strerror}", MAKE) from None
