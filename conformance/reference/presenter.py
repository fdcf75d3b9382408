"""A generation as its owner sees it: by polling, and in events."""

from typing import Any

from . import clock
from .model import Generation
from .painter import Painter
from .rules import Rules


class Presenter:
    def __init__(self, rules: Rules, painter: Painter, base_url: str) -> None:
        self.rules, self.painter, self.base_url = rules, painter, base_url

    def accepted(self, generation: Generation) -> dict[str, Any]:
        """The body of 202."""
        return {"generationId": generation.id, "status": generation.status}

    def record(self, generation: Generation) -> dict[str, Any]:
        """The body of a poll."""
        return {
            "id": generation.id,
            "status": generation.status,
            "type": generation.order.type,
            "outputs": self.outputs(generation),
            "error": generation.error,
            "costCredits": generation.cost,
            "createdAt": self.time(generation.created_at),
            "completedAt": self.completed_at(generation),
        }

    def event(self, generation: Generation) -> str:
        """The event that a terminal generation sends: a blocked one is a failed one to whoever waits for it."""
        return self.rules.succeeded_event if generation.status == "succeeded" else self.rules.failed_event

    def payload(self, generation: Generation) -> dict[str, Any]:
        """The body of a delivery."""
        content = {
            "generationId": generation.id,
            "type": generation.order.type,
            "status": generation.status,
            "outputs": self.outputs(generation),
            "createdAt": self.time(generation.created_at),
            "completedAt": self.completed_at(generation),
        }
        if generation.error is not None:
            content["error"] = generation.error
        return {"event": self.event(generation), "data": content}

    def outputs(self, generation: Generation) -> list[dict[str, Any]]:
        if generation.status != "succeeded":
            return []
        width, height = self.painter.dimensions(generation.order)
        return [
            {
                "png": f"{self.base_url}/images/{generation.id}/{index}.png",
                "webp": f"{self.base_url}/images/{generation.id}/{index}.webp",
                "width": width,
                "height": height,
            }
            for index in range(generation.order.n)
        ]

    def completed_at(self, generation: Generation) -> str | None:
        return None if generation.completed_at is None else self.time(generation.completed_at)

    def time(self, moment: float) -> str:
        return clock.iso(moment)
