"""The API as a whole: its paths and methods, and no 5xx (R34, R35)."""

import pytest

from conformance.checks import expect, expect_that
from conformance.checks.contact import ABSENT, FirstContact
from conformance.client import Api
from conformance.contract import load
from conformance.plan import requirement, runs_in
from conformance.world import Life
from conformance.world.life import generation_id

OPERATIONS = load().keyed
UNDOCUMENTED = [
    (method, path)
    for path in dict.fromkeys(operation.path for operation in OPERATIONS.values())
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
    if load().operation(method, path) is None
]


@requirement("API-1")
@runs_in("smoke")
@pytest.mark.parametrize("operation", [name for name in OPERATIONS if name != "generation"])
def test_there_is_an_operation_to_post_to(first_contact: FirstContact, operation: str) -> None:
    """A call with the documented method and path is not answered as an unknown path or method."""
    exchange, found = first_contact.by_operation[operation], OPERATIONS[operation]
    absent = ABSENT - {404} if found.takes_id else ABSENT  # an id that was never given out is not found
    expect_that(exchange.status, f"the status of {found.method} {found.path}", exchange).to_satisfy(
        lambda status: status not in absent and not 300 <= status < 400,
        f"not {', '.join(map(str, sorted(absent)))} or a redirect",
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
@pytest.mark.parametrize(
    ("method", "path"), UNDOCUMENTED, ids=lambda value: value.rpartition("/v1/")[2].replace("{id}", "") or value
)
def test_an_undocumented_method_is_refused(primary: Api, submitted: Life, method: str, path: str) -> None:
    """An undocumented method on a documented path is answered 404 or 405."""
    known = path.replace("{id}", generation_id(submitted.accepted))
    exchange = primary.request(method, known, probe=f"undocumented {method}", tags=("api",))
    expect(exchange).to_be_refused(404, 405)
