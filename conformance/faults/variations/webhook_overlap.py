"""Servers whose deliveries to one endpoint wait for each other, and are right."""

import asyncio
from collections import defaultdict

from conformance.faults.catalogue import permitted
from conformance.faults.verbs import Proper, around
from conformance.reference import Service
from conformance.reference.model import Generation
from conformance.reference.webhooks import Webhook


@permitted("R41", "R36")
def one_delivery_at_a_time_to_an_endpoint(service: Service) -> None:
    """Events reach an endpoint in their order: the next waits until the one before is over, with all its retries."""
    lines, clock = defaultdict[str, asyncio.Lock](asyncio.Lock), service.parts.clock

    async def deliver(proper: Proper, webhook: Webhook, event: str, generation: Generation) -> None:
        while lines[webhook.id].locked():
            await clock.sleep(1)
        async with lines[webhook.id]:
            if webhook.enabled:
                await proper(webhook, event, generation)

    around(service.dispatcher, "deliver", deliver)
