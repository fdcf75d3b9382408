"""The documentation's numbers stand once on each side: in the contract, and in the rules of the reference server."""

import dataclasses
import re
from pathlib import Path

import pytest

from conformance.contract import documented
from conformance.contract.documented import read
from conformance.reference import Rules
from tests.contract.contract_samples import CONTRACT

ROOT = Path(__file__).parents[2]
CHARACTERISTIC = (600, 601, 3600, 4000, 4001, 10_000_000, 10_000_001, 10_485_760, 10_485_761)
"""Numbers of the documentation, and their neighbours, that hardly stand for anything else."""
APART = ("conformance/faults/", "conformance/requirements/", "conformance/reference/rules.py", "tests/faults/")
"""Faults are read with the rules they break; the registry quotes the documentation."""
ALLOWED = {
    "conformance/checks/times.py": "seconds of an hour, in a time of day",
    "conformance/scenarios/outputs.py": "an hour: outputs are there for ever, and the documentation has no number",
    "tests/contract/test_documented.py": "what is looked for",
    "tests/evidence/test_jsontext.py": "digits",
    "tests/hostile/floods.py": "headers of a flood",
    "tests/hostile/wire.py": "seconds: for ever",
    "tests/hostile/wrong_values.py": "digits",
    "tests/receiver/test_receiver_answers.py": "no status",
    "tests/receiver/test_receiver_time.py": "seconds: for ever",
    "tests/reference/test_studio.py": "seconds of an hour, of the 31 days of a month",
}
"""Why one of these numbers stands in a file and is none of the documentation's."""


def lines_with_numbers(text: str) -> list[str]:
    """The lines in which one of them stands, as a number or in words."""
    plain = re.sub(r"(?<=\d)[_,](?=\d{3})", "", text).splitlines()
    numbers = "|".join(map(str, CHARACTERISTIC))
    return [line.strip() for line in plain if re.search(rf"(?<![\w.-])(?:{numbers})(?:\.0)?(?![\w-]|\.\d)", line)]


def test_no_number_of_the_documentation_is_written_down_again() -> None:
    sources = [path for room in ("conformance", "tests") for path in sorted((ROOT / room).rglob("*.py"))]
    names = {str(path.relative_to(ROOT)): path for path in sources}
    found = {
        name: lines
        for name, path in names.items()
        if not name.startswith(APART) and (lines := lines_with_numbers(path.read_text(encoding="utf-8")))
    }
    assert {name: lines for name, lines in found.items() if name not in ALLOWED} == {}
    assert found.keys() == ALLOWED.keys()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("LIMIT = 600", True),
        ("GAPS = (30.0, 120.0, 600.0)", True),
        ('"""A size above 10,485,760 bytes."""', True),
        ("# at most 4_000 characters", True),
        ('"X-RateLimit-Limit: 600"', True),
        ("600.5, 6000, 1600, x600", False),
        ('"00000000-0000-4000-8000-000000000000"', False),
    ],
)
def test_a_number_is_found_however_it_is_written(text: str, found: bool) -> None:
    assert bool(lines_with_numbers(text)) == found


def test_both_sides_agree() -> None:
    rules = Rules()
    assert dataclasses.asdict(documented()) == {
        "quota": rules.limit,
        "window_seconds": rules.window_seconds,
        "at_once": rules.concurrency,
        "prompt_characters": rules.prompt_max,
        "images": rules.n_max,
        "input_images": rules.input_keys_max,
        "filename_characters": rules.filename_max,
        "upload_bytes": rules.upload_bytes_max // 1024**2 * 1000**2,
        "upload_bytes_at_most": rules.upload_bytes_max,
        "url_seconds": rules.presign_seconds,
        "attempt_seconds": rules.delivery_timeout,
        "retry_seconds": rules.retry_delays,
        "failures": rules.disable_after,
    }
    assert documented().attempts == 1 + len(rules.retry_delays)


def test_a_number_that_the_contract_lacks_is_a_mistake() -> None:
    scheme = CONTRACT.document["components"]["securitySchemes"]["apiKey"]
    limits = scheme.pop("x-limits")
    try:
        with pytest.raises(KeyError, match="x-limits"):
            read(CONTRACT)
    finally:
        scheme["x-limits"] = limits
