"""Values of scenarios as JSON and back: plain data, and references into the evidence.

An exchange is its number, an attempt its serial number and what has become of it since it arrived. A frozen dataclass
is its name and its fields. Whatever else there may be in a value, such as a connection, a thread or a function, is no
data, and a value that holds it is not written.
"""

import base64
import importlib
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass, replace
from decimal import Decimal
from enum import Enum
from functools import cached_property
from types import MappingProxyType
from typing import Any

from conformance.client.api import Api
from conformance.errors import SuiteError
from conformance.evidence import Exchange
from conformance.evidence.attempt import Attempt, ending_from_json
from conformance.evidence.nonconformity import Nonconformity

PLAIN_MAPPINGS = (dict, defaultdict, Counter)
OURS = "conformance."
"""Where every class of a value is defined. No other is loaded, whatever a file says."""
SINCE = ("number", "answer", "late", "generation")
"""What of an attempt may change after it has arrived, beside its end."""
KIND = "$"
"""Tells a JSON object that stands for something else than a mapping."""


class NotAValueError(TypeError):
    """What a scenario returned cannot be written: it holds something alive."""


class BrokenValueError(ValueError):
    """What was read stands for no value of this suite; the message says why."""


@dataclass(frozen=True)
class Codec:
    """`world` and accounts are written as such, and `api` makes an account anew from its name and its key's token.

    `exchange` and `attempt` find evidence by its number, and raise KeyError where there is none. `hide` puts tokens in
    place of secrets that slipped into a text.
    """

    world: object
    api: Callable[[str, str], Api]
    hide: Callable[[str], str]
    exchange: Callable[[int], Exchange]
    attempt: Callable[[int], Attempt]
    again: Callable[[Any], Any] = lambda value: value
    """What is found anew about a value that was read, such as a signature whose secret was kept."""

    def encode(self, value: Any) -> Any:
        """Raises NotAValueError."""
        if value is None or (isinstance(value, bool | int) and not isinstance(value, Enum)):
            return value
        if value is self.world:
            return {KIND: "world"}
        if isinstance(value, dict) and type(value) not in PLAIN_MAPPINGS:
            raise NotAValueError(f"{_name(type(value))} makes its entries when they are asked for")
        for kind, write in self._writers:
            if isinstance(value, kind):
                return write(value)
        if is_dataclass(value) and not isinstance(value, type):
            return self._fields(value)
        raise NotAValueError(f"{_name(type(value))} is no data")

    def decode(self, plain: Any) -> Any:
        """Raises BrokenValueError."""
        if isinstance(plain, list):
            return tuple(map(self.decode, plain))
        if not isinstance(plain, dict):
            return plain
        if KIND not in plain:
            return {name: self.decode(value) for name, value in plain.items()}
        try:
            return self._readers[plain[KIND]](plain)
        except (KeyError, TypeError, ValueError, AttributeError, ImportError) as error:
            raise BrokenValueError(f"{plain[KIND]!r}: {type(error).__name__}: {error}") from None

    @cached_property
    def _writers(self) -> tuple[tuple[Any, Callable[[Any], Any]], ...]:
        """By class, the first that fits: from a value to what stands for it."""
        return (
            (Enum, lambda value: {KIND: "enum", "class": _name(type(value)), "value": self.encode(value.value)}),
            (str, self.hide),
            (float, lambda value: value if math.isfinite(value) else {KIND: "float", "value": str(value)}),
            (Decimal, lambda value: {KIND: "decimal", "value": str(value)}),
            (bytes, lambda value: {KIND: "bytes", "value": base64.b64encode(value).decode()}),
            (tuple, lambda value: [self.encode(each) for each in value]),
            (list, lambda value: {KIND: "list", "value": [self.encode(each) for each in value]}),
            (set | frozenset, self._set),
            ((dict, MappingProxyType), self._mapping),
            (Exchange, lambda value: {KIND: "exchange", "number": value.number}),
            (Attempt, self._attempt),
            (Api, lambda value: {KIND: "account", "name": value.account, "key": value.key}),
            (Nonconformity, self._fields),
            (SuiteError, self._error),
        )  # fmt: skip

    def _set(self, value: set[Any] | frozenset[Any]) -> Any:
        return {KIND: type(value).__name__, "value": sorted((self.encode(each) for each in value), key=str)}

    def _mapping(self, value: Mapping[Any, Any]) -> Any:
        if all(isinstance(name, str) and not isinstance(name, Enum) for name in value) and KIND not in value:
            return {self.hide(name): self.encode(each) for name, each in value.items()}
        return {KIND: "mapping", "value": [[self.encode(name), self.encode(each)] for name, each in value.items()]}

    def _attempt(self, value: Attempt) -> Any:
        now = {name: getattr(value, name) for name in SINCE}
        return {KIND: "attempt", "serial": value.serial, **now, "ended": value.ended and asdict(value.ended)}

    def _fields(self, value: Any) -> Any:
        if "<locals>" in type(value).__qualname__ or not type(value).__module__.startswith(OURS):
            raise NotAValueError(f"{_name(type(value))} is none of our classes")
        held = {each.name: self.encode(getattr(value, each.name)) for each in fields(value) if each.init}
        return {KIND: "value", "class": _name(type(value)), "fields": held}

    def _error(self, value: SuiteError) -> Any:
        told = {"message": self.hide(value.message), "hint": self.hide(value.hint), "code": value.code}
        root = {"root": value.root} if hasattr(value, "root") else {}
        return {KIND: "error", "class": _name(type(value)), **told, **root}

    @cached_property
    def _readers(self) -> dict[str, Callable[[dict[str, Any]], Any]]:
        """By kind: from a JSON object to what it stands for."""
        return {
            "world": lambda _: self.world,
            "account": lambda plain: self.api(plain["name"], plain["key"]),
            "exchange": lambda plain: self.exchange(plain["number"]),
            "attempt": self._attempt_of,
            "value": lambda plain: self.again(
                _class(plain["class"])(**{name: self.decode(each) for name, each in plain["fields"].items()})
            ),
            "error": lambda plain: _class(plain["class"])(
                **{name: plain[name] for name in plain if name not in {KIND, "class"}}
            ),
            "enum": lambda plain: _class(plain["class"])(self.decode(plain["value"])),
            "mapping": lambda plain: {self.decode(name): self.decode(each) for name, each in plain["value"]},
            "list": lambda plain: list(self.decode(plain["value"])),
            "set": lambda plain: set(self.decode(plain["value"])),
            "frozenset": lambda plain: frozenset(self.decode(plain["value"])),
            "float": lambda plain: float(plain["value"]),
            "decimal": lambda plain: Decimal(plain["value"]),
            "bytes": lambda plain: base64.b64decode(plain["value"], validate=True),
        }

    def _attempt_of(self, plain: dict[str, Any]) -> Attempt:
        now = {name: plain[name] for name in SINCE}
        return replace(self.attempt(plain["serial"]), **now, ended=ending_from_json(plain["ended"]))


def _name(kind: type) -> str:
    return f"{kind.__module__}:{kind.__qualname__}"


def _class(name: str) -> Any:
    """Raises ValueError for what is no dataclass, enum or error of ours."""
    module, _, qualified = name.partition(":")
    if not module.startswith(OURS):
        raise ValueError(f"{name} is none of our classes")
    found: Any = importlib.import_module(module)
    for part in qualified.split("."):
        found = getattr(found, part)
    if not (isinstance(found, type) and (is_dataclass(found) or issubclass(found, Enum | SuiteError))):
        raise ValueError(f"{name} is no class of values")
    return found
