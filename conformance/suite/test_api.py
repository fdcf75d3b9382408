"""The API as a whole: its paths and methods, and no 5xx (R34, R35)."""

import pytest

from conformance.checks import expect, expect_that
from conformance.checks.contact import ABSENT, FirstContact
from conformance.client import PATHS, Api
from conformance.plan import requirement, runs_in
from conformance.world import Life
from conformance.world.life import generation_id

UNDOCUMENTED = [
    ("GET", PATHS["generate"]),
    ("DELETE", PATHS["generate"]),
    ("PUT", PATHS["generate"]),
    ("PATCH", PATHS["generate"]),
    ("GET", PATHS["upload"]),
    ("PUT", PATHS["upload"]),
    ("POST", PATHS["generation"]),
    ("DELETE", PATHS["generation"]),
]


@requirement("API-1")
@runs_in("smoke")
@pytest.mark.parametrize("operation", ["generate", "upload"])
def test_there_is_an_operation_to_post_to(first_contact: FirstContact, operation: str) -> None:
    """A POST to the documented path is not answered as an unknown path or method."""
    exchange = getattr(first_contact, operation)
    expect_that(exchange.status, f"the status of POST {PATHS[operation]}", exchange).to_satisfy(
        lambda status: status not in ABSENT and not 300 <= status < 400, "not 404, 405, 501 or a redirect"
    )


@requirement("API-1")
@runs_in("smoke")
def test_there_is_an_operation_to_poll(submitted: Life, primary: Api) -> None:
    """A generation is polled at /api/v1/generations/:id."""
    generation = submitted.polls[0] if submitted.polls else primary.generation(submitted.id)
    expect_that(generation.status, "the status of a poll", generation).to_satisfy(
        lambda status: status not in ABSENT and not 300 <= status < 400, "not 404, 405, 501 or a redirect"
    )


@requirement("API-5")
@runs_in("certify")
@pytest.mark.parametrize(("method", "path"), UNDOCUMENTED, ids=lambda value: value.rpartition("/v1/")[2] or value)
def test_an_undocumented_method_is_refused(primary: Api, submitted: Life, method: str, path: str) -> None:
    """An undocumented method on a documented path is answered 404 or 405."""
    known = path + (generation_id(submitted.accepted) if path == PATHS["generation"] else "")
    exchange = primary.request(method, known, probe=f"undocumented {method}", tags=("api",))
    expect(exchange).to_be_refused(404, 405)
