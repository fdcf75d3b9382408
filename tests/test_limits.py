"""Every limit is named in the page on targets, with the number that holds."""

import re
from pathlib import Path

import pytest

from conformance import limits

PAGE = (Path(__file__).parents[1] / "conformance" / "target" / "README.md").read_text(encoding="utf-8")
TOLD = {
    "EXCHANGE_SECONDS": f"| {limits.EXCHANGE_SECONDS:g} s |",
    "LONGEST_EXCHANGE_SECONDS": f"up to {limits.LONGEST_EXCHANGE_SECONDS:g} s, and the other two grow with it",
    "HURRIED_SECONDS": f"{limits.HURRIED_SECONDS:g} s after one of the same operation timed out",
    "FILE_SECONDS": f"| {limits.FILE_SECONDS:g} s |",
    "HEADER_BYTES": f"| {limits.HEADER_BYTES // 1024} KiB, {limits.INTERIM_RESPONSES} |",
    "INTERIM_RESPONSES": "interim (1xx) responses",
    "BODY_BYTES": f"| {limits.BODY_BYTES // 1024**2} MiB |",
    "FILE_BYTES": f"| {limits.FILE_BYTES // 1024**2} MiB |",
    "PIXELS": f"| {limits.PIXELS // 10**6} million |",
    "JSON_DEPTH": f"| {limits.JSON_DEPTH}, {limits.JSON_DIGITS} |",
    "JSON_DIGITS": "digits of an integer",
    "DELIVERY_HEADER_BYTES": f"| {limits.DELIVERY_HEADER_BYTES // 1024} KiB, {limits.DELIVERY_BYTES // 1024**2} MiB |",
    "DELIVERY_BYTES": "of a webhook delivery",
    "EVIDENCE_BYTES": f"| {limits.EVIDENCE_BYTES // 10**6} MB |",
    "ID_CHARACTERS": f"| {limits.ID_CHARACTERS} |",
    "OUTAGE_SECONDS": f"| {limits.OUTAGE_SECONDS:g} s | time for a target",
    "TIDYING_SECONDS": f"| {limits.TIDYING_SECONDS:g} s | to remove webhooks",
    "CUT_OFF": {3: "After three such answers"}.get(limits.CUT_OFF, "?"),
}
OURS = {"SMALL_FILE_BYTES", "LINE_BODY_BYTES", "BUNDLE_BYTES", "BUNDLE_FILES"}
"""What shapes the evidence and its bundle, and limits no target."""


def test_every_limit_is_told_or_ours() -> None:
    assert {name for name in vars(limits) if re.fullmatch("[A-Z_]+", name)} == TOLD.keys() | OURS


@pytest.mark.parametrize("name", TOLD)
def test_a_limit_stands_in_the_page(name: str) -> None:
    assert TOLD[name] in PAGE
