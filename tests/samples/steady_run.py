"""A certify run for a sample: `python -m tests.samples.steady_run FOLDER FAULT…`. Its identifiers never change.

In a process of its own, since what draws identifiers is put in place for all of it.
"""

import base64
import random
import secrets
import sys
import uuid
from collections.abc import Callable

from tests.browser.faulty_run import main

DRAWN = random.Random(0)  # noqa: S311 - a sample guards nothing


def _put(module: object, name: str, drawn: Callable[..., object]) -> None:
    setattr(module, name, drawn)


def _token(size: int = 24) -> str:
    return base64.urlsafe_b64encode(DRAWN.randbytes(size)).rstrip(b"=").decode()


if __name__ == "__main__":
    _put(uuid, "uuid4", lambda: uuid.UUID(int=DRAWN.getrandbits(128), version=4))
    _put(secrets, "token_urlsafe", _token)
    sys.exit(main(*sys.argv[1:]))
