"""The webhook receiver and its scripted endpoints: deliveries byte for byte, answered as a test wants."""

from conformance.receiver.answers import (
    Answer,
    Delay,
    Endless,
    Redirect,
    Refuse,
    Reset,
    Stall,
    Status,
    Step,
    Trickle,
)
from conformance.receiver.clocks import Sleep, scaled
from conformance.receiver.endpoint import Endpoint
from conformance.receiver.receiver import Receiver

__all__ = [
    "Answer", "Delay", "Endless", "Endpoint", "Receiver", "Redirect", "Refuse", "Reset", "Sleep", "Stall", "Status",
    "Step", "Trickle", "scaled",
]  # fmt: skip
