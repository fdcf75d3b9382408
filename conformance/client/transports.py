"""The connections of all requests: measured ones, straight to a host or by way of a proxy, as the network asks."""

import ssl
import threading
from functools import cache
from typing import Any

import httpcore
import httpx

from conformance.client.meter import MeasuredBackend
from conformance.target.network import Network, address, credentials

DIRECTLY = "gimg_directly"
"""The extension of a request that no proxy is asked for."""


@cache
def ssl_context(ca: str = "") -> ssl.SSLContext:
    """One for all clients, which trusts the authorities of this file as well: loading takes a quarter of a second."""
    context = httpx.create_ssl_context()
    if ca:
        context.load_verify_locations(cafile=ca)
    return context


class MeasuredTransport(httpx.HTTPTransport):
    """httpx's own transport over connections that are measured; what is sent outside of `measured` is not."""

    def __init__(self, *, verify: ssl.SSLContext, limits: httpx.Limits, proxy: str = "") -> None:
        super().__init__(verify=verify, limits=limits, trust_env=False)
        # httpx has no public way to name the network backend of its pool.
        self._pool.close()
        how: dict[str, Any] = {
            "ssl_context": verify, "max_connections": limits.max_connections,
            "max_keepalive_connections": limits.max_keepalive_connections,
            "keepalive_expiry": limits.keepalive_expiry, "network_backend": MeasuredBackend(),
        }  # fmt: skip
        self._pool = _proxied(proxy, how) if proxy else httpcore.ConnectionPool(**how)


def _proxied(proxy: str, how: dict[str, Any]) -> httpcore.HTTPProxy:
    secured = {"proxy_ssl_context": how["ssl_context"]} if proxy.startswith("https:") else {}
    return httpcore.HTTPProxy(address(proxy), proxy_auth=credentials(proxy), **secured, **how)


class Transports(httpx.BaseTransport):
    """One transport for each way, made when the first request goes there. Safe in any thread."""

    def __init__(self, network: Network, limits: httpx.Limits) -> None:
        self._network, self._limits = network, limits
        self._made: dict[str, MeasuredTransport] = {}
        self._lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        direct = request.extensions.get(DIRECTLY)
        return self._of("" if direct else self._network.proxy_for(str(request.url))).handle_request(request)

    def _of(self, proxy: str) -> MeasuredTransport:
        with self._lock:
            if proxy not in self._made:
                verify = ssl_context(self._network.ca)
                self._made[proxy] = MeasuredTransport(verify=verify, limits=self._limits, proxy=proxy)
            return self._made[proxy]

    def close(self) -> None:
        for transport in self._made.values():
            transport.close()
