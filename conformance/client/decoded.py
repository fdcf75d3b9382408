"""The content codings of a body (RFC 9110, 8.4.1), undone piece by piece within a limit: a bomb is not unpacked."""

import zlib

CODINGS = "gzip, deflate"
"""What the client accepts: what this module undoes."""
_GZIP, _ZLIB, _RAW = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS


class BrokenCodingError(ValueError):
    """The bytes are not of the coding that Content-Encoding names."""


class Decoder:
    """Undoes one Content-Encoding. Of anything but gzip and deflate, the bytes are left as they are."""

    def __init__(self, coding: str) -> None:
        name = coding.strip().lower()
        self._kinds = {"gzip": (_GZIP,), "x-gzip": (_GZIP,), "deflate": (_ZLIB, _RAW)}.get(name, ())
        self._unpack = zlib.decompressobj(self._kinds[0]) if self._kinds else None
        self._fresh = True
        self._first = b""
        """What came before there was any output: it may have to be read again."""

    def feed(self, piece: bytes, most: int) -> bytes:
        """At most so many bytes and one more, so that the caller sees that there are more. Raises BrokenCodingError."""
        if self._unpack is None:
            return piece[: most + 1]
        read_again = len(self._kinds) > 1
        if read_again:
            self._first += piece
        try:
            found = self._decompressed(piece, most + 1)
        except zlib.error as error:
            if not read_again:
                raise BrokenCodingError(f"it is not in its Content-Encoding ({error})") from error
        else:
            self._kinds = self._kinds[:1] if found else self._kinds
            return found
        # Some servers mean the bare format of RFC 1951 by "deflate".
        self._unpack = zlib.decompressobj(self._kinds[1])
        self._kinds = self._kinds[1:]
        return self.feed(self._first, most)

    def _decompressed(self, piece: bytes, most: int) -> bytes:
        assert self._unpack is not None  # noqa: S101 - its caller looks
        found = self._unpack.decompress(piece, most)
        while self._unpack.eof and (rest := self._unpack.unused_data) and len(found) < most:
            self._unpack = zlib.decompressobj(self._kinds[0])  # a further member (RFC 1952, 2.2)
            found += self._unpack.decompress(rest, most - len(found))
        self._fresh = False
        return found

    @property
    def complete(self) -> bool:
        """Whether the last byte that was fed ended the coding."""
        return self._unpack is None or self._unpack.eof or self._fresh
