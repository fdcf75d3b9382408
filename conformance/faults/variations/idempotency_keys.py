"""Conformant servers that take other idempotency keys, or answer simultaneous calls in another way."""

from typing import Any

from conformance.faults.catalogue import permitted
from conformance.faults.verbs import Proper, key_of, on_keyed_call, on_result
from conformance.reference import Service
from conformance.reference.errors import ApiError
from conformance.reference.request import Request

PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")


def _refuses(service: Service, wrong: Any) -> None:
    def refuse(once: Proper, request: Request, content: object, make: Proper) -> Any:
        if wrong(key_of(request)):
            raise ApiError(400, "idempotency_key", "This is no Idempotency-Key.")
        return once(request, content, make)

    on_keyed_call(service, refuse)


@permitted("R10")
def keys_have_255_characters_at_most(service: Service) -> None:
    """Chosen by servers with a column for keys: a longer one is refused, and never cut off."""
    _refuses(service, lambda key: len(key) > 255)


@permitted("R10")
def keys_are_letters_and_digits(service: Service) -> None:
    """Chosen by servers that let nothing else into their logs: marks are refused, and never dropped."""
    _refuses(service, lambda key: not PLAIN.issuperset(key))


@permitted("R12")
def one_key_for_both_operations(service: Service) -> None:
    """Chosen by servers with one table for all: the key of an upload is refused for a generation, as another body."""
    on_result(service.parts.idempotency, "scope", lambda scope, _: (scope[0], "", scope[2]))
