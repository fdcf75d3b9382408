"""One run of the suite inside pytest: settings, collection, outcomes, and the report at the end."""

from conformance.session.controller import FILES, REPORT, Controller
from conformance.session.replay import Replay
from conformance.session.worker import Worker

__all__ = ["FILES", "REPORT", "Controller", "Replay", "Worker"]
