"""The terms of a run: marks, profiles, selection, settings."""

from conformance.plan.marks import PROFILES, Profile, along, requirement, runs_in, waits

__all__ = ["PROFILES", "Profile", "along", "requirement", "runs_in", "waits"]
