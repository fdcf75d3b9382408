"""HAR 1.2, the archive that browsers and proxies read: what was sent, and what arrived at the webhook receiver.

The comment of an entry begins with the number by which reports name it: #12, or @3 of an attempt.
"""

import base64
import io
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import harfile

from conformance.evidence import Exchange
from conformance.evidence.attempt import Attempt
from conformance.evidence.exchange import Pairs, Response, header
from conformance.report.hostile import one_line
from conformance.report.model import Report

VERSION = "HTTP/1.1"
"""The suite speaks no other one."""
_PHRASES = {status.value: status.phrase for status in HTTPStatus}


def har_parts(report: Report, exchanges: Sequence[Exchange], attempts: Sequence[Attempt]) -> Iterator[str]:
    """The document in parts, one for each entry, in order of time."""
    part = io.StringIO()
    archive = harfile.HarFile.open(
        part,
        creator=harfile.Creator(name="gimg-conformance", version=report.suite.version),
        comment=one_line(f"{report.verdict}: {report.summary}"),
    )
    every: list[Exchange | Attempt] = [*exchanges, *attempts]
    for one in sorted(every, key=_began):
        archive.add_entry(**(_of_exchange(one) if isinstance(one, Exchange) else _of_attempt(one)))
        yield _taken(part)
    archive.close()
    yield _taken(part) + "\n"


def _taken(part: io.StringIO) -> str:
    text = part.getvalue()
    part.seek(0)
    part.truncate()
    return text


def _began(one: Exchange | Attempt) -> tuple[float, int]:
    return (one.started, one.number) if isinstance(one, Exchange) else (one.arrived.monotonic, one.serial)


def _of_exchange(exchange: Exchange) -> dict[str, Any]:
    sent = exchange.request
    words = [f"#{exchange.number}", exchange.scenario, exchange.probe, exchange.failure]
    return {
        "startedDateTime": exchange.started_at,
        **_times(exchange.seconds),
        "request": _request(sent.method, sent.url, sent.headers, sent.body),
        "response": _response(exchange.response),
        "comment": _comment(words),
    }


def _of_attempt(attempt: Attempt) -> dict[str, Any]:
    """The request is the sender's, the response our receiver's."""
    url = f"{'https' if attempt.tls else 'http'}://{attempt.header('host') or 'receiver'}{attempt.path}"
    took = attempt.ended.at.monotonic - attempt.arrived.monotonic if attempt.ended else 0.0
    how = attempt.ended.how if attempt.ended else "not over"
    about = f"attempt {attempt.number} of {attempt.generation} at {attempt.endpoint}"
    return {
        "startedDateTime": attempt.arrived.utc,
        **_times(took),
        "request": _request(attempt.method, url, attempt.headers, attempt.body),
        "response": _response(Response(attempt.ended.status) if attempt.ended and attempt.ended.status else None),
        "comment": _comment([f"@{attempt.serial}", attempt.scenario, about, how]),
    }


def _comment(words: Sequence[str]) -> str:
    return one_line("  ".join(filter(None, words)))


def _times(seconds: float) -> dict[str, Any]:
    """Of the parts of an exchange nothing is known but their sum."""
    milliseconds = round(max(seconds, 0.0) * 1000, 3)
    return {"time": milliseconds, "timings": harfile.Timings(send=0, wait=milliseconds, receive=0)}


def _request(method: str, url: str, headers: Pairs, body: bytes) -> harfile.Request:
    sent = None
    if body:
        text, encoding = _text(body)
        kind = header(headers, "content-type") or ""
        # HAR has a place for the encoding of what was received alone.
        sent = harfile.PostData(mimeType=kind, params=[], text=text, comment=encoding)
    return harfile.Request(
        method=method,
        url=url.partition("#")[0],
        httpVersion=VERSION,
        headers=_records(headers),
        queryString=_records(_query(url)),
        postData=sent,
        bodySize=len(body),
    )


def _response(response: Response | None) -> harfile.Response:
    """Status 0 stands for no answer, as in browsers."""
    if response is None:
        return harfile.Response(status=0, statusText="", httpVersion=VERSION)
    return harfile.Response(
        status=response.status,
        statusText=_PHRASES.get(response.status, ""),
        httpVersion=VERSION,
        headers=_records(response.headers),
        content=_content(response),
        redirectURL=response.header("location") or "",
        bodySize=response.file.size if response.file else len(response.body),
    )


def _content(response: Response) -> harfile.Content:
    kind = response.header("content-type") or ""
    if response.file:
        about = f"not kept: {response.file.seen}, SHA-256 {response.file.sha256}"
        return harfile.Content(size=response.file.size, mimeType=kind, comment=about)
    text, encoding = _text(response.body)
    return harfile.Content(size=len(response.body), mimeType=kind, text=text, encoding=encoding)


def _text(body: bytes) -> tuple[str, str | None]:
    """The text, and its encoding where the bytes are none in UTF-8."""
    try:
        return body.decode(), None
    except UnicodeDecodeError:
        return base64.b64encode(body).decode(), "base64"


def _records(pairs: Sequence[tuple[str, str]]) -> list[harfile.Record]:
    return [harfile.Record(name=name, value=value) for name, value in pairs]


def _query(url: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(urlsplit(url).query, keep_blank_values=True)
    except ValueError:  # what is no URL at all, or has thousands of fields
        return []
