"""One report value and its writers: JSON, JUnit XML, the terminal and others."""

from conformance.report.build import report_of
from conformance.report.files import write, write_json, written_files
from conformance.report.model import FORMAT, Report

__all__ = ["FORMAT", "Report", "report_of", "write", "write_json", "written_files"]
