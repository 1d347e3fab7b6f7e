"""What can be fitted: inputs of the time model, with bounds from physics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from amprep.estimation.time import TimeModel

__all__ = ["FitParameter", "fit_parameters", "nuisances"]

#: Delays are not negative and stay below what a profile takes; a scanner jumps at 0.1 to 100 m/s.
_DELAY_S = (0.0, 0.1)
_JUMP_SPEED_MM_S = (100.0, 100_000.0)
_RECOATING_S = (0.1, 600.0)
_PAUSE_S = (0.0, 60.0)

#: Names of inputs in the order in which they matter, with bounds; inputs in one line act as one sum.
_CANDIDATES: tuple[tuple[tuple[str, ...], tuple[float, float]], ...] = (
    (("recoater.time_s.",), _RECOATING_S),
    (("scanner.turnaround_s",), _DELAY_S),
    (("scanner.jump_delay_s",), _DELAY_S),
    (("scanner.jump_speed_mm_s",), _JUMP_SPEED_MM_S),
    (("scanner.part_change_s",), _PAUSE_S),
    (("recoater.first_layers_extra_s",), _PAUSE_S),
    (("scanner.laser_on_delay_s", "scanner.laser_off_delay_s", "scanner.mark_delay_s"), _DELAY_S),
    (("scanner.polygon_delay_s",), _DELAY_S),
)


@dataclass(frozen=True, slots=True)
class FitParameter:
    """A number that is fitted: one input, or the sum of several that always come together.

    The fit works with `start`, `low`, `high` and `width` in the input's unit, or for a speed in seconds per
    mm: times are linear in that.
    """

    inputs: tuple[str, ...]
    shares: tuple[float, ...]
    """What each input gets of the sum."""
    unit: str
    start: float
    low: float
    high: float
    width: float
    """Half of the range of the profile: what is not known before the fit."""
    is_reciprocal: bool = False

    @property
    def name(self) -> str:
        """Of the field of the profile; of several, with a plus."""
        first, *others = self.inputs
        return " + ".join([first, *(name.rpartition(".")[2] for name in others)])

    def shown(self, value: float) -> float:
        """A value of the fit in the input's unit."""
        return 1.0 / value if self.is_reciprocal else value

    def values(self, value: float) -> dict[str, float]:
        """The inputs that a value of the fit stands for."""
        shown = self.shown(value)
        return {name: share * shown for name, share in zip(self.inputs, self.shares, strict=True)}


def fit_parameters(model: TimeModel) -> list[FitParameter]:
    """All that can be fitted of a model."""
    found = []
    for names, bounds in _CANDIDATES:
        inputs = [name for wanted in names for name in model.inputs if name.startswith(wanted)]
        if inputs:
            found.append(_parameter(model, tuple(inputs), bounds))
    return found


def nuisances(model: TimeModel) -> list[FitParameter]:
    """Inputs of the scanner that are never fitted, but whose ranges make the fitted ones less sure."""
    fitted = {name for parameter in fit_parameters(model) for name in parameter.inputs}
    return [
        _parameter(model, (name,), model.inputs[name].bounds)
        for name in model.inputs
        if name.startswith("scanner.") and name not in fitted and len(set(model.inputs[name].bounds)) == 2
    ]


def _parameter(model: TimeModel, inputs: tuple[str, ...], bounds: tuple[float, float]) -> FitParameter:
    values: Mapping[str, float] = {name: model.inputs[name].value for name in inputs}
    start = sum(values.values())
    shares = tuple(values[name] / start if start > 0 else 1.0 / len(inputs) for name in inputs)
    ends = [sum(model.inputs[name].bounds[end] for name in inputs) for end in (0, 1)]
    is_reciprocal = inputs[0] == "scanner.jump_speed_mm_s"
    # Each input alone must stay within what a profile takes.
    low, high = bounds[0], bounds[1] / max(shares)
    if is_reciprocal:
        start, ends, (low, high) = 1.0 / start, [1.0 / end for end in ends[::-1]], (1.0 / high, 1.0 / low)
    # A value without a range is not beyond doubt either: half of it, and of a delay at least 0.1 ms.
    half_range = max(ends[1] - start, start - ends[0])
    width = half_range if half_range > 0 else max(0.5 * start, 1e-4 if not is_reciprocal else 0.0)
    return FitParameter(
        inputs,
        shares,
        model.units[inputs[0]],
        min(max(start, low), high),
        low,
        high,
        width,
        is_reciprocal,
    )
