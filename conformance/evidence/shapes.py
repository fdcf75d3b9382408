r"""What secrets look like: patterns over bytes, so that nothing that surrounds a secret can hide it.

Every repetition is possessive: a megabyte made to be slow takes a tenth of a second, and no memory.
"""

import json
import re
from dataclasses import dataclass, replace

STAND_IN = r"REDACTED-(?:[0-9a-f]{12}|[a-z]+(?:-[a-z]+)*)"
"""What stands in a secret's place: the name that was given to it, or a digest."""


@dataclass(frozen=True, slots=True)
class Shape:
    """`pattern` has the groups "keep" and "secret"; a secret of less than `least` characters is none."""

    pattern: re.Pattern[bytes]
    least: int = 1


def _shape(keep: bytes, secret: bytes, least: int = 1) -> Shape:
    return Shape(re.compile(rb"(?P<keep>%b)(?P<secret>(?:%b)++)" % (keep, secret)), least)


# JSON may write any character as an escape, and some writers do so with the slash and the ampersand.
_ESCAPED = rb"\\/|\\u00[0-9A-Fa-f]{2}|%2[BbFf]|%3[Dd]"
_SIGNED = rb"(?i:[\w-]*?(?:signature|sign?|h?mac|credential|token))"
_KEY = _shape(rb"gimg_", rb"[A-Za-z0-9_-]++|" + _ESCAPED, 16)
_HOOK = _shape(rb"whsec_", rb"[A-Za-z0-9_+/=-]++|" + _ESCAPED)
SHAPES = (
    _KEY,
    _HOOK,
    _shape(rb"(?:\?|&amp;|&|\\u0026)" + _SIGNED + rb"(?:=|\\u003[Dd])", rb"[^&\s\"'\\<>]++|\\/"),
    # A URL within a URL.
    _shape(rb"%(?:3[Ff]|26)" + _SIGNED + rb"%3[Dd]", rb"[^&\s\"'\\<>%]++|%(?!26)|\\/"),
    _shape(rb"\"(?:secret|(?:[Ss]et-)?[Cc]ookie)\"\s*+:\s*+\"(?!whsec_)", rb"[^\"\\]++|\\."),
    # In the text of a JSON body the line ends with the string, but a cookie's value may stand in quotes of its own.
    _shape(rb"[Cc][Oo][Oo][Kk][Ii][Ee]: ?", rb"[^\"\\\r\n=]++|=(?:\"[^\"\r\n]*+\")?|\\."),
)
IMAGE_SHAPES = (_KEY, replace(_HOOK, least=16))
"""Those so long that no file holds one by accident (2**-72 at each of its bytes)."""
_IMAGE = re.compile(rb"\x89PNG\r\n\x1a\n|\xff\xd8\xff|GIF8[79]a|RIFF....WEBP|....ftyp", re.DOTALL)
_WIDE = rb"[\t\n\r -~]"
WIDE = re.compile(rb"(?P<big>(?:\0%b){8,}+)|(?:%b\0){8,}+" % (_WIDE, _WIDE))
"""ASCII in UTF-16, in whatever it stands; "big" where the high bytes come first."""


def is_image(body: bytes) -> bool:
    """Whether the bytes begin as a file of one of the formats that the suite decodes."""
    return _IMAGE.match(body) is not None


def plain(spelled: bytes) -> str:
    """The characters that a secret found by its shape stands for."""
    text = characters(spelled)
    if "%" in text:
        text = re.sub("%(2B|2F|3D)", lambda found: chr(int(found[1], 16)), text, flags=re.IGNORECASE)
    if "\\" in text:
        try:
            return str(json.loads(f'"{text}"'))
        except ValueError:
            return text
    return text


def characters(raw: bytes) -> str:
    """The bytes as UTF-8, half characters included, or as Latin-1, which is never wrong."""
    try:
        return raw.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
