"""The overview as one page, in the looks of a run's page."""

from conformance.comparison.overview import Overview
from conformance.report.html.phrases import Words
from conformance.report.html.rendering import rendered


def overview_page(found: Overview) -> str:
    """The whole page, in English."""
    return rendered("overview.html.jinja", Words(), overview=found)
