"""Requests to the target: paced, recorded, redacted. The only package that imports httpx."""

from conformance.client.api import Api
from conformance.client.journal import Journal
from conformance.client.quota import Quota
from conformance.client.recorder import Recorder

__all__ = ["Api", "Journal", "Quota", "Recorder"]
