"""Refusals: exceptions that know the response they end in."""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from .response import Headers, Response, json_response


@dataclass(frozen=True)
class Issue:
    """One thing wrong with a body: the path to it, as in Zod's issues, and what is expected there."""

    path: tuple[str | int, ...]
    message: str

    def __str__(self) -> str:
        where = ".".join(str(step) for step in self.path)
        return f"{where}: {self.message}" if where else self.message


class Refusal(Exception):  # noqa: N818 - not only errors: a full quota is none
    """The request is not served."""

    status: int

    def response(self) -> Response:
        raise NotImplementedError


class ApiError(Refusal):
    """A refusal in JSON."""

    def __init__(
        self, status: int, code: str, message: str, *, issues: Sequence[Issue] = (), headers: Headers = ()
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message
        self.issues, self.headers = issues, headers

    def response(self) -> Response:
        error: dict[str, object] = {"code": self.code, "message": self.message}
        if self.issues:
            error["issues"] = [{"path": list(issue.path), "message": issue.message} for issue in self.issues]
        return json_response(self.status, {"error": error}, self.headers)


class StorageError(Refusal):
    """A refusal in the XML of S3."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message

    def response(self) -> Response:
        body = (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f"<Error><Code>{escape(self.code)}</Code><Message>{escape(self.message)}</Message></Error>"
        )
        return Response(self.status, (("Content-Type", "application/xml"),), body.encode())


def invalid(issues: Sequence[Issue]) -> ApiError:
    """400 that names every offending field."""
    return ApiError(400, "invalid_body", "Invalid body. " + "; ".join(map(str, issues)), issues=issues)


def not_found(what: str) -> ApiError:
    return ApiError(404, "not_found", f"There is no such {what}.")
