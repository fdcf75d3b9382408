"""The secrets of removed endpoints, kept on request, so that signatures can be judged again (R28).

A line is `{"token", "secret", "bodies"}`: the token that stands for the secret in the evidence, and by the number of
an attempt, in base64, the body as it arrived, where the evidence shows it with tokens in place of secrets.
"""

import base64
import json
import re
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TextIO

from conformance.checks.signatures import signing
from conformance.client.journal import files_of, lines_of
from conformance.evidence.attempt import Attempt
from conformance.evidence.delivery import Delivery, Signing
from conformance.evidence.shapes import STAND_IN

SECRETS = "secrets"
"""The kind of file that they stand in."""
_TOKEN = re.compile(STAND_IN.encode())


@dataclass
class SecretsWriter:
    """Thread-safe."""

    file: TextIO
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def keep(self, token: str, secret: str, came: Iterable[tuple[Attempt, Attempt]]) -> None:
        """Write the secret of an endpoint that is gone. `came` are its attempts, raw and as the evidence shows them."""
        raw = {one.serial: one.body for one, shown in came if one.body != shown.body}
        bodies = {str(serial): base64.b64encode(body).decode() for serial, body in raw.items()}
        with self._lock:
            self.file.write(json.dumps({"token": token, "secret": secret, "bodies": bodies}) + "\n")
            self.file.flush()


@dataclass(frozen=True)
class KeptSecrets:
    """What a run kept: secrets by their tokens, and bodies by the numbers of their attempts."""

    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    bodies: Mapping[int, bytes] = field(default_factory=dict, repr=False)
    came: Sequence[Attempt] = field(default=(), repr=False)
    """All attempts of the run, as the evidence shows them."""

    def again(self, value: Any) -> Any:
        """A delivery with its signatures found anew, where its secret was kept; whatever else as it is."""
        secret = self.secrets.get(value.secret) if isinstance(value, Delivery) else None
        if secret is None:
            return value
        return replace(value, signings=tuple(self._signing(secret, attempt) for attempt in value.attempts))

    def _signing(self, secret: str, attempt: Attempt) -> Signing:
        """Raises ValueError where the evidence shows another body than was kept."""
        beside = (self._raw(one) for one in self.came if one.endpoint == attempt.endpoint)
        return signing(secret, self._raw(attempt), beside)

    def _raw(self, attempt: Attempt) -> Attempt:
        """With its body as it arrived."""
        body = self.bodies.get(attempt.serial, attempt.body)
        parts = [re.escape(part) for part in _TOKEN.split(attempt.body)]
        if body != attempt.body and not re.fullmatch(b".+?".join(parts), body, re.DOTALL):
            raise ValueError(f"attempt {attempt.serial} has another body in the evidence than was kept of it")
        return replace(attempt, body=body)


def kept_secrets(evidence: Path, came: Iterable[Attempt] = ()) -> KeptSecrets:
    """What the folder of evidence has of them. Raises OSError, and ValueError for what is not as it was written."""
    lines = [json.loads(line) for path in files_of(evidence, SECRETS) for line in lines_of(path) if line]
    bodies = {int(serial): body for line in lines for serial, body in line["bodies"].items()}
    return KeptSecrets(
        {line["token"]: line["secret"] for line in lines},
        {serial: base64.b64decode(body, validate=True) for serial, body in bodies.items()},
        tuple(came),
    )
