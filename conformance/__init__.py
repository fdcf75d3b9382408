"""Contract and conformance tests for the image-generation API.

For programs: `run`, `Target` and `Report`, which are loaded when they are first asked for.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conformance.library import Target, run
    from conformance.report import Report

__version__ = "0.1.0"
__all__ = ["Report", "Target", "__version__", "run"]


def __getattr__(name: str) -> Any:
    if name == "Report":
        from conformance.report import Report  # noqa: PLC0415 - who asks for the version loads nothing

        return Report
    if name in {"Target", "run"}:
        from conformance import library  # noqa: PLC0415 - as above

        return getattr(library, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
