"""What redaction costs, in milliseconds for a mebibyte: python tests/evidence/bench_redaction.py

Bodies as they come, and bodies made to be slow; once with the secrets of a target file, once with 5,000 found ones.
"""

import hashlib
import json
import os
import resource
import time
from collections.abc import Callable

from conformance.evidence import Vault

SIZE = 1 << 20
KEYS = 12
FOUND = 5000


def vault_with(found: int) -> Vault:
    vault = Vault("salt")
    for number in range(KEYS):
        vault.keep(secret(-1 - number), f"account-{'abcdefghijkl'[number]}")
    for number in range(found):
        vault.redact(f"https://s3/x?X-Amz-Signature={secret(number)}")
    return vault


def secret(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


def bodies() -> dict[str, Callable[[], bytes]]:
    """By what is special about them."""
    record = {"id": "4f0c2b7e91d8", "url": "https://cdn.example.com/x/y.png", "status": "succeeded"}
    return {
        "records": lambda: json.dumps([record] * 12_000).encode(),
        "an image": lambda: b"\x89PNG\r\n\x1a\n" + os.urandom(SIZE),
        "no text": lambda: os.urandom(SIZE),
        "a key everywhere": lambda: secret(-1).encode() * (SIZE // 64),
        "signed URLs": lambda: "".join(f'"https://s3/x?sig={secret(n)}",' for n in range(SIZE // 83)).encode(),
        "signatures that are alike": lambda: b"".join(b"&sig=%064x" % number for number in range(SIZE // 69)),
        "the shortest signatures": lambda: b"".join(b"&sig=%x" % number for number in range(SIZE // 10)),
        "beginnings of parameters": lambda: b"?a" * (SIZE // 2),
        "a name without end": lambda: b"?" + b"signatur" * (SIZE // 8),
        "a secret without end": lambda: b'"secret":"' + b"\\/" * (SIZE // 2),
        "cookies": lambda: b"cookie: =" * (SIZE // 9),
        "prefixes": lambda: b"gimg_" * (SIZE // 5),
        "what looks like tokens": lambda: b"REDACTED-primary " * (SIZE // 17),
        "almost known": lambda: (secret(7)[:-1] + "x").encode() * (SIZE // 64),
        "UTF-16": lambda: "gimg_".encode("utf-16-le") * (SIZE // 10),
    }


def main() -> None:
    for found in (0, FOUND):
        print(f"{KEYS} keys, {found} found secrets")
        for name, make in bodies().items():
            vault, body = vault_with(found), make()
            began = time.perf_counter()
            vault.redact_bytes(body)
            milliseconds = 1000 * (time.perf_counter() - began)
            print(f"  {name:26} {milliseconds / len(body) * SIZE:7.0f}")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
