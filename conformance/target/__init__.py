"""Which server is judged: the target file, its accounts, and its clock."""

from conformance.target.clock import Company, MovedClock, PassingClock, TargetClock
from conformance.target.config import (
    ACCOUNTS,
    API_KEY_VARIABLE,
    Account,
    TargetFile,
    Vendor,
    doubts,
    from_mapping,
    minimal,
    parse,
    read,
    with_tunnel,
)
from conformance.target.variables import suggested, variables, variables_of_headers, variables_of_url

__all__ = [
    "ACCOUNTS",
    "API_KEY_VARIABLE",
    "Account",
    "Company",
    "MovedClock",
    "PassingClock",
    "TargetClock",
    "TargetFile",
    "Vendor",
    "doubts",
    "from_mapping",
    "minimal",
    "parse",
    "read",
    "suggested",
    "variables",
    "variables_of_headers",
    "variables_of_url",
    "with_tunnel",
]
