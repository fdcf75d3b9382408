"""Servers that deviate, one file for each section of the suite."""
