"""What was seen: frozen values without I/O. Checks judge nothing else."""

from conformance.evidence.exchange import Exchange, File, Request, Response, from_json, header, to_json
from conformance.evidence.jsontext import parsed
from conformance.evidence.redaction import Vault

__all__ = ["Exchange", "File", "Request", "Response", "Vault", "from_json", "header", "parsed", "to_json"]
