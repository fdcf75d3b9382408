from tests.report.conftest import report

__all__ = ["report"]
