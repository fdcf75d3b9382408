"""One run of the suite inside pytest: settings, collection, outcomes, and the report at the end."""

from conformance.session.controller import Controller
from conformance.session.ending import EVIDENCE, FILES, REPORT
from conformance.session.replay import Replay
from conformance.session.worker import Worker

__all__ = ["EVIDENCE", "FILES", "REPORT", "Controller", "Replay", "Worker"]
