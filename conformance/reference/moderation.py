"""The content policy, and the model's failures: both are provoked by markers in the prompt."""

from .model import Fate
from .rules import Rules


class Moderator:
    def __init__(self, rules: Rules) -> None:
        self.rules = rules

    def fate(self, prompt: str) -> Fate | None:
        """How a generation with this prompt ends; None for success."""
        if self.rules.rejected in prompt:
            return "rejected"
        if self.rules.blocked_input in prompt:
            return "blocked_input"
        if self.rules.blocked_output in prompt:
            return "blocked_output"
        if self.rules.failed in prompt:
            return "failed"
        return None
