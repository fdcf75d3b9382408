"""What was seen: frozen values without I/O. Checks judge nothing else."""

from conformance.evidence.exchange import Exchange, Request, Response, from_json, header, parsed, to_json
from conformance.evidence.redaction import Vault

__all__ = ["Exchange", "Request", "Response", "Vault", "from_json", "header", "parsed", "to_json"]
