"""URLs that were not handed out, made from those that were."""

import pytest

from conformance.cases.presigned import altered, recased, signed_for, unsigned
from conformance.errors import NotApplicable

AMAZON = "https://s.example.net/b/k.png?X-Amz-Date=1&X-Amz-Security-Token=abcdefghijklmnopqrst&X-Amz-Signature=0123456789abcdef0123"
SHORT = "https://s.example.net/b/k.png?SignatureVersion=2&sig=AbCd%2FEfGh%2BIjKlMnOp%3D"
OPAQUE = "https://s.example.net/put/0c8f3c1e77aa4be0b9d2/k.png"


def test_the_signature_is_changed_in_its_middle() -> None:
    assert altered(AMAZON) == AMAZON.replace("0123456789abcdef", "01234567890bcdef")


def test_a_percent_sign_keeps_its_digits() -> None:
    changed = altered(SHORT)

    assert changed != SHORT
    assert changed.count("%2F") == changed.count("%2B") == changed.count("%3D") == 1
    assert "SignatureVersion=2&" in changed


def test_one_letter_of_the_signature_is_written_in_the_other_case() -> None:
    assert recased(SHORT) == SHORT.replace("EfGh", "EfGH")


def test_where_case_means_nothing_it_is_not_changed() -> None:
    for url in (AMAZON, OPAQUE, AMAZON.replace("Signature=0123456789abcdef", "Signature=0123456789ABCDEFabcdef")):
        with pytest.raises(NotApplicable):
            recased(url)


def test_without_a_signature_the_longest_word_is_changed() -> None:
    changed = altered(OPAQUE)

    assert changed.endswith("/k.png")
    assert len(changed) == len(OPAQUE)
    assert sum(a != b for a, b in zip(changed, OPAQUE, strict=True)) == 1


def test_where_nothing_is_opaque_nothing_can_be_changed() -> None:
    with pytest.raises(NotApplicable):
        altered("https://s.example.net/put/k.png?a=1")


def test_the_signature_is_taken_away() -> None:
    assert unsigned(AMAZON) == AMAZON.partition("&X-Amz-Signature")[0]
    assert unsigned("https://s/k?signature=0123456789abcdef&x=1") == "https://s/k?x=1"
    with pytest.raises(NotApplicable):
        unsigned(OPAQUE)


def test_the_signature_is_anothers() -> None:
    another = AMAZON.replace("0123456789abcdef0123", "fedcba9876543210fedc")

    assert signed_for(AMAZON, another) == another
    with pytest.raises(NotApplicable):
        signed_for(AMAZON, OPAQUE)
