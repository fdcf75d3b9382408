"""`python -m conformance.faults [NAME|SECTION…]`: the campaign in plain lines, for development."""

import sys

from conformance.faults.campaign import run, section_of
from conformance.faults.catalogue import everything


def main(names: list[str]) -> int:
    """Exit status 1 when an entry's result is not as it should be."""
    whole = "--whole" in names
    chosen = {name for name in names if not name.startswith("--")}
    entries = [e for e in everything() if not chosen or e.name in chosen or section_of(e) in chosen]
    bad = 0
    for result in run(entries, whole=whole):
        bad += not result.good
        failed = ", ".join(result.failed) or "-"
        mark = "ok " if result.good else "BAD"
        print(f"{mark} {result.seconds:5.1f} s {result.name}: {result.fate}; failed {failed}")
        if not result.good:
            print(f"      expected {', '.join(result.expected) or 'nothing'}\n      {result.told}")
    print(f"{len(entries)} entries, {bad} not as they should be")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
