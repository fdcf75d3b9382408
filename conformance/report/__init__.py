"""One report value and its writers: JSON, JUnit XML, the terminal."""

from conformance.report.build import report_of
from conformance.report.files import write_json, write_junit, written_files
from conformance.report.model import FORMAT, Report

__all__ = ["FORMAT", "Report", "report_of", "write_json", "write_junit", "written_files"]
