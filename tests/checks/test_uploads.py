"""Keys: fresh, and free of the names of files."""

from typing import Any

import pytest

from conformance.checks.uploads import holds, keys_are_free_of_filenames, keys_are_fresh, words_of
from conformance.evidence import Exchange
from tests.checks.polls import exchange


def upload(key: str, filename: str = "photo.png", **more: Any) -> Exchange:
    return exchange("upload", 200, {"url": "https://s/1", "key": key}, sent={"filename": filename}, **more)


def test_a_key_is_handed_out_once() -> None:
    assert keys_are_fresh([upload("a"), upload("b")]).findings == ()
    assert [f.requirement for f in keys_are_fresh([upload("a"), upload("a", account="other")]).findings] == ["UP-33"]
    assert keys_are_fresh([upload("a")]).judged == frozenset()


def test_a_repeat_may_get_the_same_key() -> None:
    again = upload("a", sent_headers=(("Idempotency-Key", "k"),))

    assert keys_are_fresh([upload("a"), again, again]).findings == ()


def test_only_words_that_tell_are_looked_for() -> None:
    assert words_of("photo.png") == []
    assert words_of("heliotrope-lantern.png") == ["heliotrope"]
    assert words_of("夏日海邊燈塔下的貓.png") == ["夏日海邊燈塔下的貓"]


@pytest.mark.parametrize(
    "key", ["k/heliotrope", "k/HELIOTROPE-1.png", "k/68656c696f74726f7065", "aGVsaW90cm9wZQ", "k%2Fheliotrope"]
)
def test_a_word_is_found_plainly_and_encoded(key: str) -> None:
    assert holds(key, "heliotrope")
    assert [f.requirement for f in keys_are_free_of_filenames([upload(key, "heliotrope.png")]).findings] == ["UP-34"]


def test_a_word_outside_ascii_is_found_in_percent_signs() -> None:
    assert holds("k/%E5%A4%8F%E6%97%A5", "夏日")
    assert not holds("k/0c8f3c1e", "夏日")


def test_a_body_that_names_no_file_is_left_alone() -> None:
    odd = exchange("upload", 200, {"key": "heliotrope"}, sent=[1])

    assert keys_are_free_of_filenames([odd]).judged == frozenset()
