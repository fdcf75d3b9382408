"""The contract (`openapi.yaml`), and whether a message is as it documents. Pure but for reading that one file."""

from conformance.contract.contract import Contract, load
from conformance.contract.documented import Documented, documented
from conformance.contract.judgement import Judgement, Violation
from conformance.contract.links import Link, follow
from conformance.contract.operation import Operation

__all__ = ["Contract", "Documented", "Judgement", "Link", "Operation", "Violation", "documented", "follow", "load"]
