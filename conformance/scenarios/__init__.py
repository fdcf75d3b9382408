"""One file for each file of the suite that needs something provoked, under the same name.

A scenario is a session-wide fixture that provokes once and returns a frozen value; the tests judge it.
"""
