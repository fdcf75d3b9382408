"""Secrets are replaced where they are captured, by tokens of the same shape.

A token stands for one secret everywhere in the evidence, so that "fresh each time" and "never shown again" can still be
judged, and only the process that captured the secret can put it back (`Vault.reveal`).

All of it is done in bytes, before anything is decoded: what is no text, or text in a wrong encoding, holds secrets too.
"""

import hashlib
import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from itertools import chain

from conformance.evidence.known import Known, Span, joined
from conformance.evidence.shapes import IMAGE_SHAPES, SHAPES, STAND_IN, WIDE, Shape, characters, is_image, plain
from conformance.evidence.spellings import spellings, within_base64

_BEGINNING = "REDACTED-"
_TOKEN = re.compile(STAND_IN)
_TOKEN_BYTES = re.compile(STAND_IN.encode())
_PREFIX = "gimg_"
_COOKIES = {"cookie", "set-cookie"}
_CREDENTIALS = {"authorization", *_COOKIES}
_SHORTEST = 8
"""A shorter secret is replaced only in its own place: as a word it would be found all over the evidence."""
_LARGEST = 4096
"""Characters of a secret that is looked for; a longer one, which no server gives out, is replaced in its own place."""
_TELLING = 4
"""Bytes of which a secret consists, at least, that is looked for: zeros are found in every image."""
ROOM = 32 * 1024 * 1024
"""Bytes of memory, about, for secrets that were found. Further ones have their tokens, and are not remembered."""
_OVERHEAD = 2048
"""What a secret takes beside its letters."""


@dataclass(slots=True)
class Vault:
    """Knows the secrets of one process. `salt` keeps tokens from being looked up in a table of hashes.

    Safe in any thread: one at a time adds, and whoever reads looks up single keys of tables that only grow.
    """

    salt: str = field(repr=False)
    _tokens: dict[str, str] = field(default_factory=dict, repr=False)
    """By secret; read and written under the lock, as are the two sets."""
    _named: set[str] = field(default_factory=set, repr=False)
    _encoded: set[str] = field(default_factory=set, repr=False)
    """The secrets that are looked for in base64."""
    _secrets: dict[str, str] = field(default_factory=dict, repr=False)
    """By token."""
    _shown: dict[bytes, bytes] = field(default_factory=dict, repr=False)
    """The token of every way in which a secret may be written."""
    _known: Known = field(default_factory=Known, repr=False)
    _longest: int = field(default=0, repr=False)
    """Characters of the longest token."""
    _room: int = field(default=ROOM, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def keep(self, secret: str, name: str = "") -> str:
        """Remember a secret (`name` makes its token readable) and return its token. Empty secrets are left alone.

        One with a name is found in base64, too. One without a name is not remembered when there are too many of them.
        """
        if not secret:
            return secret
        with self._lock:
            if secret in self._tokens and (not name or secret in self._named):
                return self._tokens[secret]
            return self._add(secret, name)

    def redact(self, text: str) -> str:
        """The text, as it was captured, with every known secret, and whatever has the shape of one, as its token.

        Text that merely looks like a token is a secret too: so it comes back as it was, and stands for nothing else.
        """
        return characters(self._redacted(text.encode("utf-8", "surrogatepass")))

    def hide(self, text: str) -> str:
        """A text of ours that quotes what was captured: secrets that slipped in are replaced.

        Tokens stay, whoever captured what they stand for: so who judges the evidence again comes to the same text.
        """
        body = text.encode("utf-8", "surrogatepass")
        return characters(self._hidden(body, self._known.spans(body), SHAPES, anybodys=True))

    def redact_bytes(self, body: bytes) -> bytes:
        """The same for a body, whatever its bytes are. In an image only known secrets and whole keys are replaced."""
        if is_image(body):
            return self._hidden(body, self._known.spans(body), IMAGE_SHAPES)
        return self._redacted(body)

    def redact_header(self, name: str, value: str) -> str:
        """Credentials and cookies are secret whatever they look like; their first word (the scheme) is kept.

        From then on they are found in base64, too.
        """
        if name.lower() not in _CREDENTIALS:
            return self.redact(value)
        redacted = self._cookie(value) if name.lower() in _COOKIES else self._credential(value)
        with self._lock:
            for token in _TOKEN.findall(redacted):
                self._look_for_base64(self._split(token)[0], surely=False)
        return redacted

    def _cookie(self, value: str) -> str:
        redacted = self.redact(value)
        return redacted if redacted in self._secrets else self.keep(value)

    def _credential(self, value: str) -> str:
        redacted = self.redact(value)
        if redacted != value:
            return redacted
        scheme, space, rest = value.partition(" ") if " " in value else ("", "", value)
        # As in a whole key, the prefix is no part of the secret: else the beginning of a key would be found first.
        prefix = _PREFIX if rest.startswith(_PREFIX) else ""
        return scheme + space + prefix + self.keep(rest.removeprefix(prefix))

    def reveal(self, text: str) -> str:
        """The text with every token of this vault put back."""
        return _TOKEN.sub(lambda found: "".join(self._split(found[0])), text)

    def unknown(self, text: str) -> str:
        """The first token in the text for which this vault has no secret: another process had it. Empty: none."""
        return next((found for found in _TOKEN.findall(text) if not self._split(found)[0]), "")

    def _add(self, secret: str, name: str) -> str:
        token = self._tokens.get(secret) or self._token(secret, name)
        cost = 0 if name else _OVERHEAD + 4 * len(secret)
        if cost > self._room:
            return token
        self._room -= cost
        # What a key leads to is there before the key: others may be reading.
        self._longest = max(self._longest, len(token))
        self._secrets[token] = secret
        if _SHORTEST <= len(secret) <= _LARGEST and not _TOKEN.fullmatch(secret):
            for word in spellings(secret):
                self._look_for(word, token, surely=bool(name))
        if name:
            self._look_for_base64(secret, surely=True)
            self._named.add(secret)
        self._tokens[secret] = token
        return token

    def _look_for_base64(self, secret: str, *, surely: bool) -> None:
        cost = 0 if surely else 2 * _OVERHEAD
        if not _SHORTEST <= len(secret) <= _LARGEST or secret in self._encoded or cost > self._room:
            return
        self._room -= cost
        for piece in within_base64(secret):
            self._secrets[token := self._token(piece)] = piece
            self._look_for(piece.encode(), token, surely=surely)
        self._encoded.add(secret)

    def _token(self, secret: str, name: str = "") -> str:
        token = _BEGINNING + name
        if name and token not in self._secrets:
            return token
        return _BEGINNING + hashlib.sha256((self.salt + secret).encode("utf-8", "surrogatepass")).hexdigest()[:12]

    def _look_for(self, word: bytes, token: str, *, surely: bool) -> None:
        if surely or len(set(word)) >= _TELLING:
            self._shown.setdefault(word, token.encode())
            self._known.add(word, surely=surely)

    def _redacted(self, body: bytes) -> bytes:
        if b"\0" in body:
            body = WIDE.sub(self._wide, body)
        # In one pass, so that nothing is looked for inside a token.
        lookalikes = (found.span() for found in _TOKEN_BYTES.finditer(body))
        known = len(self._secrets)
        hidden = self._hidden(body, chain(self._known.spans(body), lookalikes), SHAPES)
        # What was found to be secret by its shape may stand elsewhere in the same text without it.
        return hidden if len(self._secrets) == known else self._hidden(hidden, self._known.spans(hidden), ())

    def _wide(self, found: re.Match[bytes]) -> bytes:
        encoding = "utf-16-be" if found["big"] else "utf-16-le"
        return self.redact(found[0].decode(encoding)).encode(encoding)

    def _hidden(self, body: bytes, spans: Iterable[Span], shapes: Iterable[Shape], *, anybodys: bool = False) -> bytes:
        """The body with what stands at these spans, and then what has one of the shapes, replaced.

        `anybodys`: also the tokens of another vault stay.
        """
        parts, done = list[bytes](), 0
        for begin, end in joined(spans):
            word = body[begin:end]
            parts += body[done:begin], self._shown.get(word) or self.keep(characters(word)).encode()
            done = end
        body = b"".join((*parts, body[done:]))
        for shape in shapes:
            body = shape.pattern.sub(partial(self._replaced, shape, anybodys=anybodys), body)
        return body

    def _replaced(self, shape: Shape, found: re.Match[bytes], *, anybodys: bool) -> bytes:
        spelled = found["secret"]
        # What follows a known secret may be the rest of another one, of which the known one is the beginning.
        if (
            spelled.startswith(_BEGINNING.encode())
            and len(self._after_token(characters(spelled), anybodys)) < _SHORTEST
        ):
            return found[0]
        secret = plain(spelled)
        if len(secret) < shape.least:
            return found[0]
        # A key stays the one that has a name, wherever it stands.
        prefix = _PREFIX if secret.startswith(_PREFIX) else ""
        return found["keep"] + (prefix + self.keep(self.reveal(secret.removeprefix(prefix)))).encode()

    def _after_token(self, text: str, anybodys: bool) -> str:
        secret, rest = self._split(text)
        foreign = None if secret or not anybodys else _TOKEN.match(text)
        return text[foreign.end() :] if foreign else rest

    def _split(self, text: str) -> tuple[str, str]:
        """The secret of the token that the text begins with, and the rest: letters look like the rest of a name."""
        for end in range(min(len(text), self._longest), len(_BEGINNING), -1):
            if text[:end] in self._secrets:
                return self._secrets[text[:end]], text[end:]
        return "", text
