"""Self-tests of the checks."""
