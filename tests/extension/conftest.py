collect_ignore = ["acme"]
"""Somebody else's tests: they are run as theirs, against a server of theirs."""
