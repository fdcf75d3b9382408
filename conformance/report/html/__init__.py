"""The report as one page: a single file without foreign parts, which opens offline and runs nothing but its own."""

from conformance.report.html.campaign_page import FaultRow, matrix_page
from conformance.report.html.page import html_page

__all__ = ["FaultRow", "html_page", "matrix_page"]
