"""The collection: every operation is in it, it is as committed, and its schemas say what the contract says."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema_rs import Draft7Validator

from conformance.cli import main
from conformance.contract import load
from conformance.contract.part import Part
from conformance.postman import PHOTO, contents, environment_of, postman_collection
from conformance.postman.documented_answers import answers
from conformance.postman.draft07 import plain

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "reports" / "postman"


def requests(item: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "request" in item:
        yield item
    for below in item.get("item", ()):
        yield from requests(below)


def test_the_committed_files_are_those_of_this_contract() -> None:
    """Made anew by `gimg-conformance postman --output reports/postman`."""
    assert {path.name: path.read_bytes() for path in KEPT.iterdir()} == contents()


def test_every_operation_with_a_key_and_every_delivery_is_sent() -> None:
    sent = {(item["request"]["method"], item["request"]["url"]) for item in requests(postman_collection(load()))}
    for operation in load().keyed.values():
        assert (operation.method, "{{baseUrl}}" + operation.path.replace("{id}", "gen_that_never_was")) in sent or (
            operation.method, "{{baseUrl}}" + operation.path
        ) in sent  # fmt: skip
    events = [
        header["value"] for item in requests(postman_collection(load())) for header in item["request"]["header"]
        if header["key"] == "X-Gptimg-Event"
    ]  # fmt: skip
    assert events == list(load().document["webhooks"])


def test_every_request_has_a_test_of_its_own() -> None:
    for item in requests(postman_collection(load())):
        tests = [event for event in item["event"] if event["listen"] == "test"]
        assert any("pm.test(" in line for line in tests[0]["script"]["exec"]), item["name"]


def test_nothing_bears_a_secret() -> None:
    values = {entry["key"]: entry["value"] for entry in environment_of(load())["values"]}
    assert (values["apiKey"], values["cookie"]) == ("", "")


def test_the_image_has_the_size_that_is_announced() -> None:
    ask = next(requests(postman_collection(load())))
    assert json.loads(ask["request"]["body"]["raw"])["size"] == len(contents()[PHOTO])


def documented_examples() -> Iterator[tuple[str, str, Any, Any]]:
    for operation in load().keyed.values():
        for status in operation.statuses:
            content = operation.part.into("responses", status).find("content", "application/json")
            examples = content.node.get("examples", {}) if content else {}
            for name, example in examples.items():
                yield operation.id, status, name, example["value"]


@pytest.mark.parametrize(("operation", "status", "name", "value"), [*documented_examples()])
def test_the_examples_of_the_contract_fit(operation: str, status: str, name: str, value: Any) -> None:
    found = load().operations[operation]
    due = next(entry for entry in answers(load()) if entry["path"].startswith(found.path.partition("{")[0]))
    schema = due["answers"][status].get("schema", {})
    assert Draft7Validator(schema).is_valid(value)


@pytest.mark.parametrize("wrong", [{"status": "queued"}, {"generationId": 7, "status": "queued"}, [], "queued"])
def test_what_is_not_as_documented_does_not_fit(wrong: Any) -> None:
    schema = plain(load().operations["generate"].part.into("responses", "202", "content", "application/json", "schema"))
    assert not Draft7Validator(schema).is_valid(wrong)


def test_a_keyword_that_the_sandbox_does_not_know_is_refused() -> None:
    part = Part.root({"type": "array", "prefixItems": [{"type": "string"}]})
    with pytest.raises(ValueError, match="draft 7 has no prefixItems"):
        plain(part)


def test_the_command_writes_the_files_and_says_how_to_run_them(tmp_path: Path) -> None:
    folder = tmp_path / "my files"
    result = CliRunner().invoke(main, ["postman", "--output", str(folder)])
    assert result.exit_code == 0
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == contents()
    assert f"newman run '{folder}'/collection.json" in result.stdout


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = CliRunner().invoke(main, ["postman", "--output", str(tmp_path / "file" / "x")])
    assert result.exit_code == 2
    assert "--output" in result.stderr
