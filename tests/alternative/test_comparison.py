import base64
from collections import Counter
from pathlib import Path
from typing import Any

from tests.alternative.bench_alternative import MISSED
from tests.alternative.comparison import Failure, failures_of, new, sampled, shape_of

REJECTED = "Valid data should have been accepted\nExpected: 2xx, 401"


def event(message: str, status: int, reply: str) -> dict[str, Any]:
    failure = {"operation": "POST /a", "message": message}
    checks = [{"name": "kept", "status": "success"}, {"name": "broken", "failure_info": {"failure": failure}}]
    response = {"status_code": status, "content": {"$base64": base64.b64encode(reply.encode()).decode()}}
    recorder = {"label": "POST /a", "checks": {"x": checks}, "interactions": {"x": {"response": response}}}
    return {"ScenarioFinished": {"recorder": recorder}}


def test_a_failure_is_known_by_check_operation_and_shape() -> None:
    (failure,) = failures_of([{"Initialize": {}}, event(REJECTED, 400, '{"error": "n: too large"}')])

    assert (failure.check, failure.operation) == ("broken", "POST /a")
    assert failure.shape == "Valid data should have been accepted Expected: …xx, … 400 error n too large"


def test_an_interaction_without_a_response_is_a_failure_all_the_same() -> None:
    told = event("gone", 0, "")
    told["ScenarioFinished"]["recorder"]["interactions"] = {"x": {"response": None}}

    assert failures_of([told]) == {Failure("broken", "POST /a", "gone")}


def test_an_error_counts_by_its_type() -> None:
    told = {"NonFatalError": {"label": "POST /a", "value": {"type": "ReadTimeout", "message": "at 0x7f3a"}}}

    assert failures_of([told]) == {Failure("error", "POST /a", "ReadTimeout")}


def test_particulars_are_no_difference() -> None:
    uuids = "e3e70682-c209-4cac-a29f-6fbed82c07cd", "f728b4fa-4248-4e3a-8a5d-2f346baa9455"
    assert shape_of(f'-3 is not {uuids[0]}: "a"') == shape_of(f'1e9 is not {uuids[1]}: "b"')
    assert shape_of("No.\nHint: it holds `x`") == shape_of("No.") == shape_of('No.\n\nValue:\n\n    "y"')


def test_place_status_and_the_words_of_a_refusal_are_differences() -> None:
    assert shape_of("Schema at /properties/id") != shape_of("Schema at /properties/key")
    assert shape_of(REJECTED, 400) != shape_of(REJECTED, 422)
    assert shape_of(REJECTED, 400, '{"n": "unknown"}') != shape_of(REJECTED, 400, '{"prompt": "unknown"}')
    assert shape_of(REJECTED, 200, '{"n": 1}') == shape_of(REJECTED, 200, '{"id": 1}')


def test_only_what_is_new_counts() -> None:
    known = Failure("a", "POST /a", "x")
    fresh = Failure("a", "POST /b", "x"), Failure("a", "POST /a", "y")

    assert new([*fresh, known, known], [known]) == [fresh[1], fresh[0]]


def test_the_sample_is_in_proportion_and_forgets_no_section() -> None:
    sections = {"large": [f"l{i}" for i in range(90)], "small": [f"s{i}" for i in range(9)], "one": ["o0"]}
    sample = list(sampled(sections, 11))

    assert Counter(name[0] for name in sample) == {"l": 9, "s": 1, "o": 1}
    assert sample[:3] == ["l5", "l15", "l25"]
    assert sample == list(sampled(sections, 11))


def test_the_document_ends_with_what_users_of_others_would_miss() -> None:
    document = Path(__file__).parents[2] / "reports" / "alternative.md"

    assert document.read_text(encoding="utf-8").endswith(MISSED.read_text(encoding="utf-8"))
