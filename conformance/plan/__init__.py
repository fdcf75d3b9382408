"""The terms of a run: marks, profiles, selection, settings."""

from conformance.plan.marks import PROFILES, Profile, requirement, runs_in, waits

__all__ = ["PROFILES", "Profile", "requirement", "runs_in", "waits"]
