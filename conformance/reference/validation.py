"""Request bodies, judged field by field; a refusal names every offending field."""

import ipaddress
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from .errors import Issue, invalid
from .model import Order, Subscription, UploadOrder
from .rules import Rules

Check = Callable[[Any], Iterator[Issue]]
REQUIRED = object()
URL_MAX = 2048


@dataclass(frozen=True)
class Field:
    """A property of a body. `default` stands in when it is absent."""

    check: Check
    default: Any = REQUIRED


def text(value: Any, *, least: int, most: int) -> Iterator[Issue]:
    """Length in code points."""
    if not isinstance(value, str):
        yield Issue((), "expected a string")
    elif not least <= len(value) <= most:
        yield Issue((), f"expected {least} to {most} characters, received {len(value)}")
    elif not _encodable(value):
        yield Issue((), "expected well-formed Unicode, received a lone surrogate")


def one_of(value: Any, *, options: tuple[str, ...]) -> Iterator[Issue]:
    if not isinstance(value, str) or value not in options:
        yield Issue((), "expected one of " + ", ".join(map(repr, options)))


def whole(value: Any, *, least: int, most: int) -> Iterator[Issue]:
    """An integer as JSON has it: 2.0 is one."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
        yield Issue((), "expected an integer")
    elif not least <= value <= most:
        yield Issue((), f"expected {least} to {most}")


def list_of(value: Any, *, item: Check, least: int, most: int) -> Iterator[Issue]:
    if not isinstance(value, list):
        yield Issue((), "expected an array")
    elif not least <= len(value) <= most:
        yield Issue((), f"expected {least} to {most} items, received {len(value)}")
    else:
        for index, element in enumerate(value):
            yield from (Issue((index, *issue.path), issue.message) for issue in item(element))


def truth(value: Any) -> Iterator[Issue]:
    if not isinstance(value, bool):
        yield Issue((), "expected true or false")


def webhook_url(value: Any) -> Iterator[Issue]:
    """Absolute https; plain http for loopback addresses only, where nobody listens in."""
    if not isinstance(value, str) or len(value) > URL_MAX or not _is_webhook_url(value):
        yield Issue((), "expected an absolute https URL (http for loopback addresses only)")


def _is_webhook_url(value: str) -> bool:
    try:
        url = urlsplit(value)
        host, _ = url.hostname, url.port
    except ValueError:
        return False
    if not host or not value.isascii() or not value.isprintable() or " " in value or url.username is not None:
        return False
    return url.scheme == "https" or (url.scheme == "http" and _is_loopback(host))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _encodable(value: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in value)


class Validator:
    """The schemas are plain mappings from a property's name to its field."""

    def __init__(self, rules: Rules) -> None:
        self.order_fields: dict[str, Field] = {
            "prompt": Field(partial(text, least=1, most=rules.prompt_max)),
            "type": Field(partial(one_of, options=rules.types), rules.default_type),
            "size": Field(partial(one_of, options=rules.sizes), rules.default_size),
            "quality": Field(partial(one_of, options=rules.qualities), rules.default_quality),
            "n": Field(partial(whole, least=1, most=rules.n_max), rules.default_n),
            "inputImageKeys": Field(
                partial(list_of, item=partial(text, least=1, most=1024), least=0, most=rules.input_keys_max), []
            ),
        }
        self.upload_fields: dict[str, Field] = {
            "filename": Field(partial(text, least=1, most=rules.filename_max)),
            "contentType": Field(partial(one_of, options=rules.content_types)),
            "size": Field(partial(whole, least=1, most=rules.upload_bytes_max)),
        }
        known_event = partial(one_of, options=rules.events)
        self.webhook_fields: dict[str, Field] = {
            "url": Field(webhook_url),
            "events": Field(partial(list_of, item=known_event, least=1, most=len(rules.events))),
            "label": Field(partial(text, least=0, most=rules.body_bytes_max), ""),
        }

    def order(self, body: bytes) -> Order:
        """Raises ApiError 400."""
        given = self.fields(body, self.order_fields, self.edit_needs_keys)
        return Order(
            prompt=given["prompt"],
            type=given["type"],
            size=given["size"],
            quality=given["quality"],
            n=int(given["n"]),
            input_image_keys=tuple(given["inputImageKeys"]),
        )

    def upload(self, body: bytes) -> UploadOrder:
        """Raises ApiError 400."""
        given = self.fields(body, self.upload_fields)
        return UploadOrder(given["filename"], given["contentType"], int(given["size"]))

    def webhook(self, body: bytes) -> Subscription:
        """Raises ApiError 400."""
        given = self.fields(body, self.webhook_fields)
        return Subscription(given["url"], tuple(dict.fromkeys(given["events"])), given["label"])

    def enabled(self, body: bytes) -> bool:
        """The body that switches a webhook on or off. Raises ApiError 400."""
        return bool(self.fields(body, {"enabled": Field(truth)})["enabled"])

    def edit_needs_keys(self, given: Mapping[str, Any]) -> Iterator[Issue]:
        if given["type"] == "edit" and not given["inputImageKeys"]:
            yield Issue(("inputImageKeys",), "required when type is 'edit'")

    def fields(self, body: bytes, fields: Mapping[str, Field], together: Check = lambda _: iter(())) -> dict[str, Any]:
        """The known properties of a JSON object, defaults filled in. `together` judges what is valid field by field."""
        content = parse(body)
        given = {name: content.get(name, field.default) for name, field in fields.items()}
        issues = [issue for name, field in fields.items() for issue in self.issues(name, field, given[name])]
        if issues or (issues := list(together(given))):
            raise invalid(issues)
        return given

    def issues(self, name: str, field: Field, value: Any) -> Iterator[Issue]:
        if value is REQUIRED:
            yield Issue((name,), "required")
        else:
            yield from (Issue((name, *issue.path), issue.message) for issue in field.check(value))


def parse(body: bytes) -> dict[str, Any]:
    """A JSON object (RFC 8259: UTF-8, no NaN). Raises ApiError 400."""
    try:
        content = json.loads(body.decode(), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise invalid([Issue((), "expected JSON")]) from error
    if not isinstance(content, dict):
        raise invalid([Issue((), "expected a JSON object")])
    return content


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
