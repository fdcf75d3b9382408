"""Pure predicates over evidence and the contract: the tests' vocabulary, and the checks of all traffic."""

from conformance.checks.expect import blocked_by, expect, expect_that, not_applicable, not_tested, shown, told
from conformance.checks.expect_delivery import expect_attempts, expect_deliveries, expect_delivery, expect_endpoint

__all__ = [
    "blocked_by",
    "expect",
    "expect_attempts",
    "expect_deliveries",
    "expect_delivery",
    "expect_endpoint",
    "expect_that",
    "not_applicable",
    "not_tested",
    "shown",
    "told",
]
