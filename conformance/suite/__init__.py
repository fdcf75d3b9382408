"""The shipped tests, one file per section of the documentation. Run against a target, never against ourselves."""
