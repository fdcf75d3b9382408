"""Axes of the drawings. Places are percentages of the width, so that letters keep their size on any screen."""

import math
from collections.abc import Callable
from dataclasses import dataclass

_MINUTE = 60
_STEPS = (1, 2, 5, 10, 30, *(_MINUTE * minutes for minutes in (1, 2, 5, 10, 20, 30, 60, 120, 360, 1440)))
_APART = 11.0
"""Per cent of the width that a label needs."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A labelled place. `anchor` keeps the label within the drawing."""

    x: float
    label: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Axis:
    """Seconds from 0 to `end`. By square roots, where short gaps stand beside long ones."""

    end: float
    by_roots: bool = False

    def __call__(self, seconds: float) -> float:
        """The place in per cent, with two digits."""
        share = min(max(seconds / self.end, 0.0), 1.0) if self.end > 0 else 0.0
        return round(100 * (math.sqrt(share) if self.by_roots else share), 2)

    def ticks(self, label: Callable[[float], str]) -> list[Tick]:
        """The beginning, and round times that are not too close to each other."""
        found = [Tick(0.0, label(0), "start")]
        for step in _STEPS if self.by_roots else self._multiples():
            x = self(step)
            if step <= self.end and x - found[-1].x >= _APART:
                found.append(Tick(x, label(step), anchor(x)))
        return found

    def _multiples(self) -> list[float]:
        size = next((step for step in _STEPS if self.end / step <= 8), self.end / 8 or 1)
        return [size * times for times in range(1, 9)]


def anchor(x: float) -> str:
    """How text at this place is aligned, so that it stays within the drawing."""
    return "start" if x < 8 else "end" if x > 92 else "middle"


def seconds(value: float) -> str:
    """A time as people say it: 27.5 s, 2 min 30 s, 1 h 5 min."""
    if value < 2 * _MINUTE and value != _MINUTE:
        return f"{value:.3g} s"
    minutes, rest = divmod(round(value), _MINUTE)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"
