"""Generations from acceptance to their end."""

import asyncio

from .errors import ApiError, Issue, invalid, not_found
from .model import Account, Generation, Order, Status
from .painter import UnreadableInput
from .parts import Parts


class Studio:
    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    async def accept(self, account: Account, order: Order) -> Generation:
        """Charge an order and start it. Raises ApiError 400 (input keys), 402 or 422, and charges nothing."""
        inputs = self.inputs(account, order)
        cost = self.parts.prices.of(order)
        self.parts.ledger.afford(account, cost)
        fate = self.parts.moderator.fate(order.prompt)
        if fate == "rejected":
            raise ApiError(422, "content_policy", "The content policy refuses this prompt.")
        self.parts.ledger.charge(account, cost)
        generation = Generation(
            id=self.parts.ids.uuid(),
            account=account,
            order=order,
            inputs=inputs,
            cost=cost,
            fate=fate,
            created_at=self.parts.clock.now(),
        )
        self.parts.generations[generation.id] = generation
        self.parts.clock.spawn(self.run(generation))
        return generation

    def inputs(self, account: Account, order: Order) -> tuple[bytes, ...]:
        """The uploaded bytes an edit works on. Raises ApiError 400 for keys that the account has put nothing under."""
        contents = [self.parts.bucket.content(account, key) for key in order.input_image_keys]
        missing = [index for index, content in enumerate(contents) if content is None]
        if missing:
            raise invalid([Issue(("inputImageKeys", index), "nothing was uploaded with this key") for index in missing])
        return tuple(content for content in contents if content is not None) if order.type == "edit" else ()

    def find(self, account: Account, generation_id: str) -> Generation:
        """Raises ApiError 404, for another account's as for one that never was."""
        generation = self.parts.generations.get(generation_id)
        if generation is None or generation.account != account:
            raise not_found("generation")
        return generation

    async def run(self, generation: Generation) -> None:
        """From queued over running to succeeded, failed or blocked; a blocked input never runs."""
        await self.parts.clock.sleep(self.parts.rules.queue_seconds)
        if generation.fate == "blocked_input":
            return self.end(generation, "blocked", "The content policy blocks this input.")
        generation.status = "running"
        await self.parts.clock.sleep(self.parts.rules.run_seconds)
        if generation.fate == "blocked_output":
            return self.end(generation, "blocked", "The content policy blocks this output.")
        if generation.fate == "failed":
            return self.end(generation, "failed", "The model could not complete this image.")
        try:
            await asyncio.to_thread(self.parts.painter.look_at, generation.inputs)
        except UnreadableInput:
            return self.end(generation, "failed", "An input image cannot be decoded.")
        return self.end(generation, "succeeded")

    def end(self, generation: Generation, status: Status, error: str | None = None) -> None:
        """Make a generation terminal, give the credits back unless it succeeded, and notify the listeners."""
        generation.status, generation.error = status, error
        generation.completed_at = self.parts.clock.now()
        if status != "succeeded":
            self.parts.ledger.refund(generation.account, generation.cost)
        for listener in self.parts.ended:
            listener(generation)
