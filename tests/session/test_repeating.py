"""What can be repeated in one line is; what takes several calls is run again as a check."""

import shlex
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.evidence import Exchange, Request
from conformance.plan.settings import Settings
from conformance.session.repeating import called, curl_of, repeated
from conformance.verdict import Outcome, Verdict

ID = "suite/test_a.py::test_b[it's n 5]"


def exchange(operation: str = "generation", *tags: str) -> Exchange:
    return Exchange(Request("GET", "http://h/"), None, 0.0, 1.0, operation=operation, tags=tags)


@pytest.mark.parametrize(
    ("sent", "requirement", "passive", "alone", "shown"),
    [
        (exchange(), "GEN-1", False, True, True),
        (exchange(), "GEN-1", False, False, False),
        (exchange("generate", "held"), "GEN-1", False, True, False),
        (exchange("generate", "replay"), "GEN-1", False, True, False),
        (exchange("generate"), "HOOK-11", False, True, False),
        (exchange("registerWebhook"), "HOOK-1", False, True, True),
        (exchange(), "IDEM-1", False, True, False),
        (exchange(), "RATE-6", False, True, False),
        (exchange(), "RATE-17", True, True, True),
        (None, "GEN-1", False, True, False),
    ],
)
def test_one_request_is_shown_where_it_is_all(
    sent: Exchange | None, requirement: str, *, passive: bool, alone: bool, shown: bool
) -> None:
    assert bool(curl_of(sent, [requirement], {}, passive=passive, alone=alone)) is shown


def settings(*words: str, embedded: bool = False, behind: tuple[str, ...] = ()) -> Settings:
    given = SimpleNamespace(
        called=("gimg-conformance", "run", *words),
        called_behind=behind,
        embedded=embedded,
        are_extensions=lambda _: False,
    )
    return cast("Settings", given)


def outcome(**more: Any) -> Outcome:
    return Outcome(ID, ("A-1",), Verdict.FAIL, curl="curl -i http://h/", **more)


def test_the_check_alone_is_run_by_its_name_as_reports_print_it() -> None:
    found = repeated(outcome(), settings("my target.toml", behind=("--", "--gimg-fault=x")))

    assert shlex.split(found.repeat) == [
        "gimg-conformance", "run", "my target.toml", "--only", ID, "--", "--gimg-fault=x",
    ]  # fmt: skip
    assert found.curl == "curl -i http://h/"


def test_neither_a_server_that_is_gone_nor_a_delivery_is_asked_by_curl() -> None:
    assert repeated(outcome(), settings(embedded=True)).curl == ""
    assert repeated(outcome(attempts=(3,)), settings()).curl == ""


def test_the_same_target_on_the_same_terms_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    usual: dict[str, Any] = {"profile": "gate", "usual": "gate", "seed": 0}
    given = called(str(tmp_path / "a" / "t.toml"), "", "", profile="certify", usual="gate", seed=7)

    assert given[2:] == ("a/t.toml", "--profile", "certify", "--seed", "7")
    assert called("/elsewhere/t.toml", "", "", **usual)[2:] == ("/elsewhere/t.toml",)
    assert called("", "http://h", "gimg_secret", **usual)[2:] == (
        "--base-url", "http://h", "--api-key", "env:GIMG_API_KEY",
    )  # fmt: skip
    assert called("", "http://h", "env:MINE", **usual)[-1] == "env:MINE"
    assert called("", "", "", **usual) == ("gimg-conformance", "run")
