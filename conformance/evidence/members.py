"""Frozen values as JSON objects: what has its default is left out, and a long body is told by its SHA-256 alone."""

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields
from typing import Any

from conformance.limits import LINE_BODY_BYTES

Bodies = Callable[[str], bytes]
"""Gives the bytes with this SHA-256 (hexadecimal). Raises ValueError where it has none."""


def no_bodies(sha256: str) -> bytes:
    """For lines that hold their bodies."""
    raise ValueError(f"the body with the SHA-256 {sha256} is not there")


def is_long(body: bytes) -> bool:
    """Whether the body is kept in a file of its own."""
    return len(body) > LINE_BODY_BYTES


def digest(body: bytes) -> str:
    """The SHA-256, hexadecimal."""
    return hashlib.sha256(body).hexdigest()


def body_to_json(body: bytes) -> dict[str, Any]:
    """`{"body": text}` where the bytes are UTF-8, else `{"base64": …}`, or `{"sha256": …, "size": …}` of a long one."""
    if is_long(body):
        return {"sha256": digest(body), "size": len(body)}
    try:
        return {"body": body.decode()} if body else {}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode()}


def body_from_json(plain: Mapping[str, Any], bodies: Bodies) -> bytes:
    """The inverse of `body_to_json`. Raises ValueError where a long body is not there."""
    if "sha256" in plain:
        return bodies(plain["sha256"])
    return base64.b64decode(plain["base64"]) if "base64" in plain else str(plain.get("body", "")).encode()


def members(value: Any) -> dict[str, Any]:
    """The fields of a frozen dataclass that do not have their defaults, by name."""
    found = {one.name: getattr(value, one.name) for one in fields(value)}
    return {one.name: found[one.name] for one in fields(value) if _default(one) != found[one.name]}


def _default(one: "Field[Any]") -> Any:
    return one.default if one.default is not MISSING or one.default_factory is MISSING else one.default_factory()
