"""The webhook receiver and its scripted endpoints: records deliveries byte for byte, and answers as a test says."""

from conformance.receiver.answers import (
    Answer,
    Continue,
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
from conformance.receiver.receiver import Receiver, must_be_able_to_listen

__all__ = [
    "Answer", "Continue", "Delay", "Endless", "Endpoint", "Receiver", "Redirect", "Reset", "Sleep", "Stall", "Status",
    "Trickle", "must_be_able_to_listen", "scaled",
]  # fmt: skip
