"""The receiver that a target file asks for, and the way by which the target reaches it."""

from typing import Any
from urllib.parse import urlsplit

from conformance.client.transports import ssl_context
from conformance.receiver import Receiver, scaled
from conformance.receiver.relayed import RelayWay
from conformance.receiver.tunnel import TunnelWay
from conformance.receiver.way import FixedWay, Way
from conformance.target import MovedClock, TargetClock
from conformance.target.config import port_range
from conformance.world.world import World


def receiver_of(world: World, clock: TargetClock | None = None, **how: Any) -> Receiver:
    """Not started yet, by the target's clock or this one. A test clock is moved with regard to it.

    Raises ConfigurationError.
    """
    webhooks, clock = world.target.webhooks, clock or world.clock
    receiver = Receiver(
        now=clock.reading, listen=webhooks.listen, certificate=webhooks.certificate, private_key=webhooks.private_key,
        way=_way(world), ports=port_range(webhooks.ports),
        sleep=None if clock.stepped else scaled(1 / clock.real_seconds(1.0)), **how,
    )  # fmt: skip
    if isinstance(clock, MovedClock):
        clock.company = receiver
    return receiver


def _way(world: World) -> Way | None:
    """None: the target reaches the address where it listens."""
    webhooks = world.target.webhooks
    if webhooks.relay:
        network = world.recorder.network
        proxy = network.proxy_for(webhooks.relay)
        secured = "https" in {urlsplit(url).scheme for url in (webhooks.relay, proxy)}
        context = ssl_context(network.ca) if secured else None
        return RelayWay(webhooks.relay, webhooks.relay_token, webhooks.public_url, context, proxy)
    if webhooks.tunnel_command:
        return TunnelWay(webhooks.tunnel_command)
    return FixedWay(webhooks.public_url) if webhooks.public_url else None
