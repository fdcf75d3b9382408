"""Servers with ways of their own on every response, which HTTP allows."""

import gzip
import json
from dataclasses import replace

from conformance.faults.catalogue import permitted
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

    def change(request: Request, response: Response) -> Response:
        if "gzip" not in (request.header("accept-encoding") or "") or not response.body:
            return response
        coded = response.with_headers([("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding")])
        return Response(coded.status, coded.headers, gzip.compress(response.body, mtime=0))

    service.rewriters.append(change)


@permitted("R35")
def connections_are_not_kept(service: Service) -> None:
    """One request for each connection (RFC 9112, 9.6)."""
    service.rewriters.append(lambda request, response: response.with_headers([("Connection", "close")]))


@permitted("R15")
def messages_are_in_chinese(service: Service) -> None:
    """Messages in the language of the documentation; names of fields stay what they are."""

    def change(request: Request, response: Response) -> Response:
        if response.status not in MESSAGES or response.header("content-type") != "application/json":
            return response
        told = json.loads(response.body)
        return response.with_json({"錯誤": {"代碼": response.status, "訊息": MESSAGES[response.status], "詳情": told}})

    service.rewriters.append(change)


@permitted("R2")
def every_proxy_adds_its_headers(service: Service) -> None:
    """Request ids, security headers, a cookie of the load balancer, and the limits of a draft standard besides."""
    added = (
        ("X-Request-Id", "b7c1"),
        ("Strict-Transport-Security", "max-age=63072000"),
        ("Set-Cookie", "lb=3; Path=/"),
        ("RateLimit-Limit", "600;w=3600"),
        ("X-RateLimit-Policy", "600;w=3600"),
        ("Server", "nginx"),
    )
    service.rewriters.append(lambda request, response: replace(response, headers=response.headers + added))
