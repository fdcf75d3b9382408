"""The webhook receiver and its scripted endpoints: deliveries byte for byte, answered as a test wants."""

from conformance.receiver.answers import (
    Answer,
    Delay,
    Endless,
    Redirect,
    Reset,
    Stall,
    Status,
    Trickle,
)
from conformance.receiver.clocks import Sleep, scaled
from conformance.receiver.endpoint import Endpoint
from conformance.receiver.receiver import Receiver

__all__ = [
    "Answer", "Delay", "Endless", "Endpoint", "Receiver", "Redirect", "Reset", "Sleep", "Stall", "Status",
    "Trickle", "scaled",
]  # fmt: skip
