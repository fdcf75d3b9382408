"""Conformant servers that are not like the reference, one file for each section of the suite."""
