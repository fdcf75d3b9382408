"""Links, filled in from a response."""

from typing import Any

import pytest

from conformance.contract import Link, follow
from tests.contract.contract_samples import CONTRACT


def test_an_upload_leads_to_an_edit_with_its_key() -> None:
    link = follow(CONTRACT.operations["upload"], 200, "edit", {"url": "https://s.test/1", "key": "inputs/1"})
    assert link.operation == "generate"
    assert link.body["inputImageKeys"] == ["inputs/1"]
    assert CONTRACT.accepts("generate", link.body)


def test_an_accepted_call_leads_to_a_poll_of_its_generation() -> None:
    link = follow(CONTRACT.operations["generate"], 202, "poll", {"generationId": "gen_1", "status": "queued"})
    assert link == Link("generation", {"id": "gen_1"})


@pytest.mark.parametrize("body", [{}, {"id": "gen_1"}, [], None, "gen_1"])
def test_a_body_that_lacks_what_the_link_takes_leads_nowhere(body: Any) -> None:
    with pytest.raises(LookupError):
        follow(CONTRACT.operations["generate"], 202, "poll", body)


def test_a_link_that_the_contract_does_not_have_leads_nowhere() -> None:
    with pytest.raises(LookupError):
        follow(CONTRACT.operations["generate"], 400, "poll", {"generationId": "gen_1"})
