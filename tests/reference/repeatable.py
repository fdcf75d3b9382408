"""Hypothesis as a pure function of its seed: `settings(backend=BACKEND)`.

By itself Hypothesis mixes in constants that it finds in the source of whatever modules are loaded, so that the same
seed would give other values in a worker, in an installed wheel, or after a change of an unrelated module.
"""

from typing import Any

from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider

BACKEND = "gimg-repeatable"


class Repeatable(HypothesisProvider):
    """Draws at random from the seed, and from nothing else."""

    def _maybe_draw_constant(self, *_: Any, **__: Any) -> None:
        return None


AVAILABLE_PROVIDERS[BACKEND] = f"{__name__}.{Repeatable.__name__}"
