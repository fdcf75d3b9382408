"""A response as a plain value, just before it is sent."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Response:
    """Header names keep their case and order; `Content-Length` and `Date` are added by the sender unless present."""

    status: int
    headers: Headers = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The first value of a header, whatever the case of its name."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def with_headers(self, added: Iterable[tuple[str, str]]) -> "Response":
        """The same response, with these headers in place of those of the same names."""
        fresh = tuple(added)
        names = {name.lower() for name, _ in fresh}
        kept = tuple(pair for pair in self.headers if pair[0].lower() not in names)
        return replace(self, headers=kept + fresh)

    def without(self, *names: str) -> "Response":
        """The same response, less the headers of these names."""
        gone = {name.lower() for name in names}
        return replace(self, headers=tuple(pair for pair in self.headers if pair[0].lower() not in gone))

    def json(self) -> Any:
        """The body, decoded. Raises ValueError when it is not JSON."""
        return json.loads(self.body)

    def with_json(self, content: Any) -> "Response":
        """The same response with another body."""
        return replace(self, body=dump(content))


def dump(content: Any) -> bytes:
    """JSON without needless blanks, in UTF-8."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def json_response(status: int, content: Any, headers: Headers = ()) -> Response:
    return Response(status, (("Content-Type", "application/json"), *headers), dump(content))
