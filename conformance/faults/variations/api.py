"""Servers with ways of their own on every response, which HTTP allows."""

import gzip
import json
from dataclasses import replace

from conformance.faults.catalogue import permitted
from conformance.faults.verbs import ANY, answer, on_response, with_headers
from conformance.reference import Service
from conformance.reference.request import Request
from conformance.reference.response import Response

MESSAGES = {
    400: "請求內容無效",
    401: "金鑰無效",
    402: "點數不足",
    403: "需要 Pro 方案",
    404: "找不到",
    422: "被內容政策擋下",
}


@permitted("R35")
def responses_are_compressed(service: Service) -> None:
    """A proxy in front compresses what a client can read (RFC 9110, 8.4)."""

    def change(_: Request, response: Response) -> Response:
        coded = response.with_headers([("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding")])
        return replace(coded, body=gzip.compress(response.body, mtime=0)) if response.body else response

    readable = answer(ANY, to=lambda request: "gzip" in (request.header("accept-encoding") or ""))
    on_response(service, readable, change)


@permitted("R35")
def connections_are_not_kept(service: Service) -> None:
    """One request for each connection (RFC 9112, 9.6)."""
    on_response(service, answer(ANY), with_headers(("Connection", "close")))


@permitted("R15")
def messages_are_in_chinese(service: Service) -> None:
    """Messages in the language of the documentation; names of fields stay what they are."""

    def change(_: Request, response: Response) -> Response:
        if response.header("content-type") != "application/json":
            return response
        told = json.loads(response.body)
        return response.with_json({"錯誤": {"代碼": response.status, "訊息": MESSAGES[response.status], "詳情": told}})

    on_response(service, answer(ANY, *MESSAGES), change)


@permitted("R2")
def every_proxy_adds_its_headers(service: Service) -> None:
    """Request ids, security headers, a cookie of the load balancer, and the limits of a draft standard besides."""
    policy = f"{service.parts.rules.limit};w={service.parts.rules.window_seconds:.0f}"
    added = (
        ("X-Request-Id", "b7c1"),
        ("Strict-Transport-Security", "max-age=63072000"),
        ("Set-Cookie", "lb=3; Path=/"),
        ("RateLimit-Limit", policy),
        ("X-RateLimit-Policy", policy),
        ("Server", "nginx"),
    )
    on_response(service, answer(ANY), lambda _, response: replace(response, headers=response.headers + added))
