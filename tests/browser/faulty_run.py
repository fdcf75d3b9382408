"""A certify run against one server with several faults of the catalogue: `python faulty_run.py FOLDER FAULT…`.

In a process of its own, since it enters a server with all of them into the catalogue, under one name.
"""

import os
import sys

import pytest

from conformance.faults.catalogue import FAULTS, Fault, named
from conformance.reference import Service

ALL = "all-of-these"


def main(folder: str, *names: str) -> int:
    """Run the suite and write its reports into the folder; pytest's exit status."""
    few = [named(name) for name in names]

    def apply(service: Service) -> None:
        for one in few:
            one.apply(service)

    FAULTS[ALL] = Fault(ALL, (), apply, "")
    return pytest.main(
        [
            "-c", os.devnull, "--rootdir", folder, "-p", "conformance.plugin", "-p", "no:cacheprovider", "-q",
            "--tb=no", "--pyargs", "conformance.suite", f"--gimg-fault={ALL}", f"--gimg-report-dir={folder}",
        ]
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
