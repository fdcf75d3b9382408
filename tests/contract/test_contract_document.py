"""openapi.yaml itself: valid, in step with the registry, and consistent in what it says."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml
from openapi_spec_validator import OpenAPIV31SpecValidator

from conformance import requirements
from conformance.contract import Contract
from conformance.requirements import guards
from tests.contract.contract_samples import CONTRACT

FILE = Path(__file__).parents[2] / "openapi.yaml"
API = tuple(CONTRACT.keyed)
DOCUMENT = CONTRACT.document


def parts(node: Any) -> Iterator[dict[str, Any]]:
    """Every object in the document, references not followed."""
    if isinstance(node, dict):
        yield node
    for value in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from parts(value)


def contents() -> Iterator[tuple[dict[str, Any], Any]]:
    """Every example of a media type, with the schema it illustrates."""
    for part in parts(DOCUMENT):
        for media in (part.get("content") or {}).values():
            named = [example["value"] for example in media.get("examples", {}).values()]
            yield from (
                (media["schema"], value) for value in [*named, *([media["example"]] if "example" in media else [])]
            )


def headers() -> Iterator[tuple[dict[str, Any], Any]]:
    """Every example of a header or parameter."""
    components = DOCUMENT["components"]
    for part in (*components["headers"].values(), *components["parameters"].values()):
        yield part["schema"], part["example"]


def fits(schema: dict[str, Any], value: Any) -> bool:
    return jsonschema_rs.is_valid(
        {**schema, "components": DOCUMENT["components"]}, value, draft=jsonschema_rs.Draft202012
    )


def test_it_is_valid_openapi() -> None:
    assert list(OpenAPIV31SpecValidator(DOCUMENT).iter_errors()) == []


@pytest.mark.parametrize(("schema", "value"), [*contents(), *headers()])
def test_every_example_fits_its_schema(schema: dict[str, Any], value: Any) -> None:
    assert fits(schema, value)


def test_there_are_examples_and_a_wrong_one_would_be_seen() -> None:
    assert len(list(contents())) > 20
    assert not fits({"$ref": "#/components/schemas/AcceptedGeneration"}, {"status": "queued"})


def test_every_json_schema_in_a_response_has_an_example() -> None:
    for part in parts(DOCUMENT):
        for media in (part.get("content") or {}).values():
            assert "examples" in media or "example" in media


def test_every_named_requirement_is_in_the_registry() -> None:
    assert guards.unknown_ids_in_contract(requirements.load(), CONTRACT.requirements) == []


def test_an_unknown_requirement_is_found_wherever_it_stands() -> None:
    source = b"""
      paths: {x-never: {}}
      components:
        schemas:
          A: {x-requirements: [NONE-1], items: [{x-related: [NONE-2]}]}
          B: {x-requirements: [], x-requirements-by-keyword: {type: [NONE-3]}}
          C: {x-absent-elsewhere: {x-requirements: [NONE-4]}}
    """
    found = guards.unknown_ids_in_contract(requirements.load(), Contract(source).requirements)
    assert found == [f"the contract names NONE-{n}, which no row has" for n in (1, 2, 3, 4)]


def test_a_keyword_names_only_rows_that_its_part_names() -> None:
    for part in parts(DOCUMENT):
        for rows in part.get("x-requirements-by-keyword", {}).values():
            assert set(rows) <= set(part["x-requirements"])


def test_every_reading_is_a_ruling() -> None:
    known = {ruling.id for ruling in requirements.load().rulings}
    read = {name for part in parts(DOCUMENT) for name in part.get("x-readings", ())}
    assert read
    assert read <= known


@pytest.mark.parametrize(
    ("operation", "documented"),
    [("generate", {"202", "400", "401", "402", "403", "422", "429"}), ("upload", {"200"}), ("generation", {"200"})],
)
def test_what_is_not_documented_says_whose_reading_it_is(operation: str, documented: set[str]) -> None:
    found = CONTRACT.operations[operation]
    responses = {status: found.part.into("responses", status).node for status in found.statuses}
    assert {status for status, response in responses.items() if "x-readings" not in response} == documented


@pytest.mark.parametrize("operation", API)
def test_rate_limit_headers_stand_on_every_answer_to_a_key_and_retry_after_on_429_alone(operation: str) -> None:
    limits = {"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"}
    found = CONTRACT.operations[operation]
    for status in found.statuses:
        declared = found.part.into("responses", status).find("headers")
        required = {name for name, header in declared.children() if header.node["required"]} if declared else set()
        keyless = status in {"401", "431"}
        assert required == (set() if keyless else limits | ({"Retry-After"} if status == "429" else set()))


@pytest.mark.parametrize("operation", API)
def test_a_5xx_is_documented_nowhere(operation: str) -> None:
    found = CONTRACT.operations[operation]
    assert not any(found.documents(status) for status in range(500, 600))


@pytest.mark.parametrize("operation", API)
def test_whatever_a_response_promises_is_charged_to_rows_of_its_own(operation: str) -> None:
    """Otherwise a violation would climb up to the rows of the response, which say when it is due."""
    responses = CONTRACT.operations[operation].part.into("responses")
    for status in CONTRACT.operations[operation].statuses:
        response = responses.into(status)
        outside = len(response.nodes)
        declared = response.find("headers")
        promised = [header for _, header in declared.children()] if declared else []
        if schema := response.find("content", "application/json", "schema"):
            promised.append(schema)
        for part in promised:
            assert any("x-requirements" in node for node in part.nodes[outside:] if isinstance(node, dict)), (
                part.pointer
            )


def test_the_bodies_of_requests_name_rows_for_every_property() -> None:
    for name in ("GenerateRequest", "UploadRequest"):
        for property_ in DOCUMENT["components"]["schemas"][name]["properties"].values():
            assert property_["x-requirements"]


def test_links_lead_to_operations_and_fill_what_these_take() -> None:
    links = [link for part in parts(DOCUMENT) for link in part.get("links", {}).values()]
    assert {link["operationId"] for link in links} == {"generation", "generate"}
    for link in links:
        target = CONTRACT.operations[link["operationId"]]
        names = {parameter["name"] for parameter in target.part.node["parameters"] if "name" in parameter}
        assert set(link.get("parameters", {})) <= names
        if body := link.get("requestBody"):
            assert CONTRACT.accepts(target.id, body)


def test_the_documented_way_from_upload_to_result_is_linked() -> None:
    def targets(operation: str, status: str) -> set[str]:
        links = CONTRACT.operations[operation].part.into("responses", status, "links")
        return {link.node["operationId"] for _, link in links.children()}

    assert targets("upload", "200") == {"generate"}
    assert targets("generate", "202") == {"generation"}


def test_conventional_operations_are_marked_and_no_others() -> None:
    conventional = {operation.id for operation in CONTRACT.operations.values() if operation.conventional}
    assert conventional == {"listWebhooks", "readWebhook", "reenableWebhook", "deleteWebhook"}


def test_both_events_and_both_credentials_are_there() -> None:
    assert set(DOCUMENT["webhooks"]) == {"generation.succeeded", "generation.failed"}
    schemes = DOCUMENT["components"]["securitySchemes"]
    assert (schemes["apiKey"]["scheme"], schemes["session"]["in"]) == ("bearer", "cookie")


def test_no_key_stands_twice_in_a_mapping() -> None:
    """YAML readers take the last one without a word."""

    class Strict(yaml.SafeLoader):
        def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
            keys = [self.construct_object(key, deep=True) for key, _ in node.value]
            assert len(keys) == len(set(keys)), node.start_mark
            return super().construct_mapping(node, deep)

    source = FILE.read_bytes()
    assert yaml.load(source, Loader=Strict) == DOCUMENT  # noqa: S506 - a SafeLoader
    with pytest.raises(AssertionError):
        yaml.load("{a: 1, a: 2}", Loader=Strict)  # noqa: S506 - a SafeLoader


def test_the_hash_is_that_of_the_file() -> None:
    assert CONTRACT.sha256 == hashlib.sha256(FILE.read_bytes()).hexdigest()
