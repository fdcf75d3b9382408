"""A delivery in words."""

import pytest

from conformance.evidence.delivery import endpoint_in_words


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("500", "endpoint that answers 500"),
        ("410, 422", "endpoint that answers 410, then 422"),
        ("200 on the first retry", "endpoint that answers 200 on the first retry"),
        ("never answers", "endpoint that never answers"),
        ("answers after 8 s on the retry", "endpoint that answers after 8 s on the retry"),
        ("one that fails, one taken at once", "endpoint 'one that fails, one taken at once'"),
        ("generation.failed only", "endpoint 'generation.failed only'"),
    ],
)
def test_an_endpoint_is_told_by_what_it_answers(name: str, words: str) -> None:
    assert endpoint_in_words(name) == words
