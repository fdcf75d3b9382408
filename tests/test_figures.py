"""Figures of the documents are those that the code comes to: none of them grows stale unseen."""

import json
import os
import re
import subprocess
import sys
from typing import Any

import pytest

from conformance.contract import load as contract
from conformance.postman import postman_collection
from conformance.reference import Rules, SteppedClock, accounts_from, target_toml
from conformance.requirements import Level, load
from tests.cli.conftest import ROOT
from tests.cli.test_readme import DOCUMENTS
from tests.postman.test_collection import requests

CHANGES = ".github/CHANGELOG.md"
DOCSTRINGS = {
    str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in (ROOT / "conformance").glob("**/*.py")
}
TEXTS = DOCUMENTS | DOCSTRINGS | {CHANGES: (ROOT / CHANGES).read_text(encoding="utf-8")}
JUDGED = sum(row.level is not Level.OPEN for row in load())
COUNTED = re.compile(r"\b(\d{3})(?= requirements\b| …)")
PROFILES = ("smoke", "gate", "certify")
NOBODY = "http://127.0.0.1:1"
KEY = f'[target]\nname = "staging"\nbase_url = "{NOBODY}"\n[accounts.primary]\nkey = "gimg_x"\n'
TARGETS = {
    "one key alone": KEY,
    "the key and its cookie": f'{KEY}cookie = "session=1"\n',
    "everything in the target file": target_toml(NOBODY, accounts_from(), Rules(), SteppedClock()),
}
PLANS = """
import json, sys
from pathlib import Path
from conformance.cli.planning import collected
from conformance.cli.running import RunRequest
orders = [RunRequest(target=Path(path), profile=profile) for path, profile in json.loads(sys.argv[1])]
print(json.dumps([collected(order).plan.all._asdict() for order in orders]))
"""


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """What `plan` says of each target and profile; one process collects for all of them."""
    folder, orders = tmp_path_factory.mktemp("targets"), []
    for number, text in enumerate(TARGETS.values()):
        (path := folder / f"{number}.toml").write_text(text, encoding="utf-8")
        orders += [(str(path), profile) for profile in PROFILES]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "GIMG", "COV"))}
    ended = subprocess.run(
        [sys.executable, "-c", PLANS, json.dumps(orders)], cwd=folder, env=environment | {"PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout)
    return {name: found[3 * at : 3 * at + 3] for at, name in enumerate(TARGETS)}


def test_what_a_run_costs_is_what_plan_says(plans: dict[str, list[dict[str, Any]]]) -> None:
    page = DOCUMENTS["conformance/target/README.md"]
    table = re.findall(r"(?m)^\| (.+) \| (\d+)\D+(\d+)\D+ (\d+) and (\d+) \| (\d+) and (\d+) \|$", page)
    told = {name: list(map(int, figures)) for name, *figures in table}

    assert told == {
        name: [plan[what] for plan in of_it for what in ("requests", "credits")] for name, of_it in plans.items()
    }


def test_what_a_gate_run_was_measured_with_is_one(plans: dict[str, list[dict[str, Any]]]) -> None:
    gate = plans["everything in the target file"][PROFILES.index("gate")]

    assert f"A gate run of {gate['requests']} requests" in DOCUMENTS[".github/PIPELINES.md"]


def test_requirements_are_counted_as_a_report_counts_them() -> None:
    told = {name: {*COUNTED.findall(text)} for name, text in TEXTS.items()}

    assert {name: found for name, found in told.items() if found - {str(JUDGED)}} == {}
    assert {CHANGES, "conformance/session/README.md"} < {name for name, found in told.items() if found}


def test_what_a_run_of_the_collection_takes_is_told_alike() -> None:
    made = postman_collection(contract())
    about = f"about {round(sum(1 for _ in requests(made)), -1)} requests and four credits"

    assert about in made["info"]["description"]
    assert about in DOCUMENTS["conformance/postman/README.md"]
