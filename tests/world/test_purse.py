"""How the purchases are told."""

import pytest

from conformance.world.purse import in_words


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("failed 1", "order 'failed 1', of a generation that ends failed, so that its credits are given back"),
        ("spare purchase 3", "order 'spare purchase 3', to use up credits that are not needed later"),
        ("A", "order 'A', of one image for one credit"),
    ],
)
def test_a_purchase_is_told_by_what_it_orders(name: str, words: str) -> None:
    assert in_words(name) == words
