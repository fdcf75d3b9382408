"""Content codings: undone within a limit, in pieces, and never further."""

import gzip
import zlib

import pytest

from conformance.client.decoded import BrokenCodingError, Decoder

TEXT = b'{"url": "https://storage.example"}' * 50
RAW = zlib.compressobj(wbits=-zlib.MAX_WBITS)
BARE = RAW.compress(TEXT) + RAW.flush()


@pytest.mark.parametrize(
    ("coding", "sent"),
    [("", TEXT), ("identity", TEXT), ("br", TEXT), ("gzip", gzip.compress(TEXT)), (" GZIP ", gzip.compress(TEXT)),
     ("deflate", zlib.compress(TEXT)), ("deflate", BARE),
     ("gzip", gzip.compress(TEXT[:10]) + gzip.compress(b"") + gzip.compress(TEXT[10:]))],
    ids=["none", "identity", "unknown", "gzip", "capitals", "zlib", "bare deflate", "three members"],
)  # fmt: skip
@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_a_coding_is_undone_in_pieces_of_any_size(coding: str, sent: bytes, size: int) -> None:
    decoder, found = Decoder(coding), b""
    for begin in range(0, len(sent), size):
        found += decoder.feed(sent[begin : begin + size], 1_000_000)

    assert found == TEXT
    assert decoder.complete


def test_a_bomb_is_not_unpacked() -> None:
    bomb = gzip.compress(bytes(50_000_000))

    assert len(Decoder("gzip").feed(bomb, 1000)) == 1001


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_what_is_not_in_its_coding_is_broken(coding: str) -> None:
    with pytest.raises(BrokenCodingError, match="not in its Content-Encoding"):
        Decoder(coding).feed(b"\x00\x01 plain", 1000)


def test_what_ends_within_its_coding_is_not_complete() -> None:
    decoder = Decoder("gzip")
    decoder.feed(gzip.compress(TEXT)[:-9], 10_000)

    assert not decoder.complete
    assert Decoder("gzip").complete
