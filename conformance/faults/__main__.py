"""`python -m conformance.faults [--whole] [--json] [NAME|SECTION…]`: the campaign in plain lines, for development."""

import json
import sys
from dataclasses import asdict

from conformance.faults.campaign import Result, run, section_of
from conformance.faults.catalogue import everything


def main(arguments: list[str]) -> int:
    """Exit status 1 when an entry's result is not as it should be."""
    names = {argument for argument in arguments if not argument.startswith("--")}
    entries = [e for e in everything() if not names or e.name in names or section_of(e) in names]
    tell = _as_json if "--json" in arguments else _in_words
    bad = 0
    for result in run(entries, whole="--whole" in arguments):
        bad += not result.good
        print(tell(result), flush=True)
    return 1 if bad else 0


def _as_json(result: Result) -> str:
    return json.dumps(asdict(result))


def _in_words(result: Result) -> str:
    failed = ", ".join(result.failed) or "-"
    line = f"{'ok ' if result.good else 'BAD'} {result.seconds:5.1f} s {result.name}: {result.fate}; failed {failed}"
    return (
        line
        if result.good
        else f"{line}\n      expected {', '.join(result.expected) or 'nothing'}\n      {result.told}"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
