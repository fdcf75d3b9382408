"""Requests to the target: paced, recorded, redacted. The only package that imports httpx."""

from conformance.client.api import OMIT, PATHS, Api, a_generation, an_upload
from conformance.client.journal import Journal
from conformance.client.quota import Quota
from conformance.client.recorder import Recorder

__all__ = ["OMIT", "PATHS", "Api", "Journal", "Quota", "Recorder", "a_generation", "an_upload"]
