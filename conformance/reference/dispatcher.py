"""Delivers events to the endpoints that subscribed to them."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from .model import Generation
from .parts import Parts
from .response import Headers, dump
from .sender import Reply
from .webhooks import Webhook


@dataclass(frozen=True)
class Attempt:
    """One POST of a delivery; `number` counts from 1."""

    url: str
    headers: Headers
    body: bytes
    number: int
    webhook: Webhook
    generation: Generation


Disturber = Callable[[Attempt], Attempt | Awaitable[Attempt]]


class Dispatcher:
    """Deliveries are independent: each waits, retries and fails by itself."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.disturbers: list[Disturber] = []

    def announce(self, generation: Generation) -> None:
        """Begin a delivery to every subscriber among its owner's webhooks."""
        event = self.parts.presenter.event(generation)
        for webhook in self.parts.registry.subscribers(generation.account, event):
            self.parts.clock.spawn(self.deliver(webhook, event, generation))

    async def deliver(self, webhook: Webhook, event: str, generation: Generation) -> None:
        """Attempt until one succeeds, the schedule is at its end or the webhook is off. The bytes stay the same."""
        body = dump(self.parts.presenter.payload(generation))
        delivery_id, number = self.parts.ids.uuid(), 1
        while (delay := self.parts.schedule.delay_before(number)) is not None:
            if delay:
                await self.parts.clock.sleep(delay)
            if not webhook.enabled:
                return
            headers = self.headers(webhook, event, delivery_id, body)
            reply = await self.attempt(Attempt(webhook.url, headers, body, number, webhook, generation))
            if self.is_success(reply):
                self.parts.registry.succeeded(webhook)
                return
            self.parts.registry.failed(webhook)
            number += 1

    def headers(self, webhook: Webhook, event: str, delivery_id: str, body: bytes) -> Headers:
        return (
            ("Content-Type", "application/json"),
            ("User-Agent", "gptimg-webhooks/1"),
            ("X-Gptimg-Event", event),
            ("X-Gptimg-Signature", self.parts.signer.sign(webhook.secret, body)),
            ("X-Gptimg-Delivery", delivery_id),
        )

    def is_success(self, reply: Reply | None) -> bool:
        """Any 2xx, and nothing else; None is no answer in time."""
        return reply is not None and reply.status // 100 == 2

    async def attempt(self, attempt: Attempt) -> Reply | None:
        """Send it; None when the timeout of five seconds or the connection's end came before the answer."""
        for disturb in self.disturbers:
            disturbed = disturb(attempt)
            attempt = await disturbed if inspect.isawaitable(disturbed) else disturbed
        reply: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        post = asyncio.ensure_future(self.parts.sender.post(attempt.url, attempt.headers, attempt.body, reply))
        timer = self.parts.clock.timer(self.parts.rules.delivery_timeout)
        try:
            await asyncio.wait({post, timer}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            timer.cancel()
            post.cancel()
            await asyncio.gather(post, return_exceptions=True)
        return reply.result() if reply.done() else None
