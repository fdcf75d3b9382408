"""The page of a campaign: its results with what the catalogue says of each entry."""

from collections.abc import Iterable, Sequence

from conformance.cli.campaign import Result, section_of
from conformance.faults import Fault, Variation
from conformance.report.html import FaultRow, matrix_page


def campaign_page(results: Iterable[Result], entries: Sequence[Fault | Variation], seconds: float, lang: str) -> str:
    """The text of faults.html in "en" or "zh-TW", in the order of the catalogue."""
    found = {result.name: result for result in results}
    rows = (_row(found[entry.name], entry) for entry in entries if entry.name in found)
    return matrix_page(rows, seconds, lang, total=len(entries))


def _row(result: Result, entry: Fault | Variation) -> FaultRow:
    also = tuple(id_ for id_, _ in entry.also) if isinstance(entry, Fault) else ()
    return FaultRow(
        name=result.name, section=section_of(entry), text=" ".join(entry.text.split()), fate=str(result.fate),
        good=result.good, expected=result.expected, also=also, failed=result.failed, undecided=result.undecided,
        seconds=result.seconds, told=result.told,
    )  # fmt: skip
