"""Pure predicates over evidence and the contract: the tests' vocabulary, and the checks of all traffic."""

from conformance.checks.expect import expect, expect_that, shown, told

__all__ = ["expect", "expect_that", "shown", "told"]
