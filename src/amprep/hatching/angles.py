"""Direction of the scan vectors in each layer."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["Angles", "into_window", "scan_angle_deg"]


@dataclass(frozen=True, slots=True)
class Angles:
    """How the scan direction turns from layer to layer. Angles from +x, counter-clockwise."""

    start_deg: float = 0.0
    """In layer 0."""
    increment_deg: float = 67.0
    """From a layer to the next: after 67° no direction comes back before 360 layers."""
    cycle_deg: tuple[float, ...] = ()
    """Where given, these angles come one after the other, again and again, whatever start and increment."""
    gas_direction_deg: float | None = None
    """Where the gas flows to."""
    window_deg: float = 0.0
    """How far a vector, as a line, keeps away from the gas flow: 0 allows all directions, 90 only those
    straight across. Of no effect without the gas' direction."""
    period_deg: float = 180.0
    """After so many degrees the pattern has the same directions again: 90 where vectors lie along the angle
    and at right angles to it."""

    def __post_init__(self) -> None:
        angles = (self.start_deg, self.increment_deg, *self.cycle_deg, self.gas_direction_deg or 0.0)
        if not all(math.isfinite(angle) for angle in angles):
            raise ValueError("scan direction: each angle needs to be a number of degrees")
        if not 0.0 <= self.window_deg <= 90.0:
            raise ValueError(f"window of {self.window_deg}° against the gas flow: needs to be from 0 to 90")


def scan_angle_deg(angles: Angles, layer_index: int) -> float:
    """Direction of the scan vectors in a layer, from 0 up to 360°; it depends on the layer's index alone.

    Parameters
    ----------
    angles : Angles
    layer_index : int
        From 0.

    """
    if angles.cycle_deg:
        angle_deg = angles.cycle_deg[layer_index % len(angles.cycle_deg)]
    else:
        angle_deg = angles.start_deg + layer_index * angles.increment_deg
    if angles.gas_direction_deg is not None:
        angle_deg = into_window(
            angle_deg, angles.gas_direction_deg, angles.window_deg, period_deg=angles.period_deg
        )
    # A tiny angle below zero would become 360.
    return math.fmod(math.fmod(angle_deg, 360.0) + 360.0, 360.0)


def into_window(
    angle_deg: float, gas_direction_deg: float, window_deg: float, *, period_deg: float = 180.0
) -> float:
    """The direction, mirrored at the border of the window when it is too close to the gas flow.

    With a window of 15°, 10° from the flow becomes 20°, and right along the flow becomes 30°, so that
    different directions stay different. Only where that would end too close on the other side, with windows
    above a third of the period, it becomes the border itself. Patterns with more directions than one
    repeat sooner; as far from the flow as half a period all of them keep at most.

    Parameters
    ----------
    angle_deg, gas_direction_deg : float
        From +x.
    window_deg : float
        From 0 to 90.
    period_deg : float
        As in `Angles`.

    Returns
    -------
    float
        The given angle where it is allowed.

    """
    # From the flow's line, minus half a period up to half a period. Right along it there is no side: a nought
    # below zero would mirror a line to the other one than the same line the other way round.
    beside = math.remainder(angle_deg - gas_direction_deg, period_deg) + 0.0
    window_deg = min(window_deg, 0.5 * period_deg)
    if abs(beside) >= window_deg:
        return angle_deg
    away = 2.0 * window_deg - abs(beside)
    if away > period_deg - window_deg:
        away = window_deg
    return angle_deg - beside + math.copysign(away, beside)
