"""The catalogue: deliberate deviations and permitted variations of the reference server, applied from outside."""

from conformance.faults.catalogue import (
    FAULTS,
    VARIATIONS,
    Fault,
    Variation,
    breaks,
    everything,
    load,
    named,
    pairs,
    permitted,
)

__all__ = ["FAULTS", "VARIATIONS", "Fault", "Variation", "breaks", "everything", "load", "named", "pairs", "permitted"]
