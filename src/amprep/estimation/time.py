"""Build time: per layer the slowest laser, recoating and base time; waiting up to the minimum layer time.

::

    t_layer = max(t_min, max over lasers(t_scan) + t_recoat + t_base)
    t_scan  = Σ L_exposure/v_exposure + (L_jump + L_turn)/v_jump
              + n_jump·t_jump + n_turn·t_turn + n_corner·t_polygon + n_polyline·(t_on + t_off)

The lengths and counts come from the vectors; the speeds and delays from the profiles. Ranges: each input
that is not well founded is put to either end of its range, one at a time, to see which way it moves a figure;
then all of them are put to the ends that lower it, and to those that raise it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from amprep.model.estimate import Assumption, LayerTimes, Ranged, ScanColumn
from amprep.model.exposure import AGAIN
from amprep.model.scan import REGIONS, Region

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from amprep.model.machine import MachineProfile
    from amprep.model.process import ProcessProfile
    from amprep.model.provenance import GradedValue

__all__ = ["TimeModel", "TimeTotals", "layer_times", "propagate", "time_model", "time_totals"]


@dataclass(frozen=True, slots=True)
class TimeModel:
    """The inputs of the layer time by name, each with grade and range."""

    inputs: Mapping[str, GradedValue]
    units: Mapping[str, str]
    speeds: tuple[tuple[int, bool, str], ...]
    """Exposure that marks anything, whether it is a hatch, and the input that is its scan speed."""

    def values(self) -> dict[str, float]:
        """The nominal values."""
        return {name: graded.value for name, graded in self.inputs.items()}


@dataclass(frozen=True, slots=True)
class TimeTotals:
    """Totals over all layers, in s."""

    total_s: Ranged
    recoating_s: Ranged
    exposure_s: Ranged
    wait_s: Ranged
    before_s: Ranged
    cooling_s: Ranged
    assumptions: tuple[Assumption, ...]


def time_model(
    machine: MachineProfile, processes: Sequence[ProcessProfile], stats: NDArray[np.float64]
) -> TimeModel:
    """Gather what the layer time rests on.

    processes : sequence of ProcessProfile
        The job's parameter sets, the general one first.
    stats : (n, L, 9 + E) float64
        Columns as in `ScanColumn`.
    """
    process = processes[0]
    mode = process.recoating_mode.value
    scanner, recoater = machine.scanner, machine.recoater
    rows: list[tuple[str, GradedValue, str]] = [
        ("scanner.jump_speed_mm_s", scanner.jump_speed_mm_s, "mm/s"),
        ("scanner.jump_delay_s", scanner.jump_delay_s, "s"),
        ("scanner.turnaround_s", scanner.turnaround_s, "s"),
        ("scanner.polygon_delay_s", scanner.polygon_delay_s, "s"),
        ("scanner.laser_on_delay_s", scanner.laser_on_delay_s, "s"),
        ("scanner.laser_off_delay_s", scanner.laser_off_delay_s, "s"),
        (f"recoater.time_s.{mode}", recoater.time_s[mode], "s"),
        ("recoater.base_time_s", recoater.base_time_s, "s"),
        ("recoater.min_layer_time_s", recoater.min_layer_time_s, "s"),
    ]
    inputs = {name: value for name, value, _ in rows}
    units = {name: unit for name, _, unit in rows}
    speeds: dict[int, str] = {}
    inputs["core.scan_speed_mm_s"] = process.core.scan_speed_mm_s
    inputs["contour.scan_speed_mm_s"] = process.contour.scan_speed_mm_s
    units |= dict.fromkeys(("core.scan_speed_mm_s", "contour.scan_speed_mm_s"), "mm/s")
    marked = stats[:, :, ScanColumn.MARKED :].sum(axis=(0, 1))
    for exposure in np.flatnonzero(marked).tolist():
        number, region = divmod(exposure, REGIONS)
        speed = processes[number].beam(region)[1]
        once = Region(region % AGAIN)
        name = f"{once.key}.scan_speed_mm_s" + (" again" if region >= AGAIN else "")
        if speed is not processes[0].beam(region)[1]:
            name += f" (parameters {number + 1})"
        # What several exposures have in common is one input.
        name = next((known for known in inputs if inputs[known] is speed), name)
        inputs[name], units[name] = speed, "mm/s"
        speeds[exposure] = name
    rows_of = tuple((exposure, Region(exposure % AGAIN).is_hatch, name) for exposure, name in speeds.items())
    return TimeModel(inputs, units, rows_of)


def _coefficients(values: Mapping[str, float]) -> NDArray[np.float64]:
    """(9,) float64: seconds per unit of the columns of the scan statistics, but for what is marked."""
    c = np.zeros(ScanColumn.MARKED)
    c[ScanColumn.JUMP_MM] = c[ScanColumn.TURN_MM] = 1.0 / values["scanner.jump_speed_mm_s"]
    c[ScanColumn.JUMPS] = values["scanner.jump_delay_s"]
    c[ScanColumn.TURNS] = values["scanner.turnaround_s"]
    c[ScanColumn.CORNERS] = values["scanner.polygon_delay_s"]
    c[ScanColumn.SWITCHES] = values["scanner.laser_on_delay_s"] + values["scanner.laser_off_delay_s"]
    return c


def layer_times(
    stats: NDArray[np.float64], model: TimeModel, values: Mapping[str, float] | None = None
) -> LayerTimes:
    """Times of all layers.

    stats : (n, L, 9 + E) float64
        Lengths in mm and counts, columns as in `ScanColumn`.
    values : mapping, optional
        Of the model's inputs; default: the nominal ones.
    """
    values = model.values() if values is None else values
    c = _coefficients(values)
    hatch, contour, motion = (np.zeros(stats.shape[:2]) for _ in range(3))
    for exposure, is_hatch, speed in model.speeds:
        marking = hatch if is_hatch else contour
        marking += stats[:, :, ScanColumn.MARKED + exposure] * (1.0 / values[speed])
    for column in (
        ScanColumn.JUMP_MM,
        ScanColumn.TURN_MM,
        ScanColumn.JUMPS,
        ScanColumn.TURNS,
        ScanColumn.CORNERS,
        ScanColumn.SWITCHES,
    ):
        motion += stats[:, :, column] * c[column]
    recoat = next(value for name, value in values.items() if name.startswith("recoater.time_s."))
    recoating = np.full(len(stats), recoat + values["recoater.base_time_s"])
    exposing = (hatch + contour + motion).max(axis=1)
    wait = np.maximum(0.0, values["recoater.min_layer_time_s"] - exposing - recoating)
    return LayerTimes(hatch, contour, motion, recoating, wait)


def time_totals(
    stats: NDArray[np.float64], model: TimeModel, machine: MachineProfile
) -> tuple[LayerTimes, TimeTotals]:
    """Nominal times per layer, and totals with ranges.

    stats : (n, L, 9 + E) float64
    """
    times = layer_times(stats, model)

    def parts(values: Mapping[str, float]) -> dict[str, float]:
        t = layer_times(stats, model, values)
        exposure, recoating, wait = (math.fsum(a) for a in (t.exposure_s, t.recoating_s, t.wait_s))
        return {
            "exposure": exposure,
            "recoating": recoating,
            "wait": wait,
            "total": exposure + recoating + wait,
        }

    ranged, assumptions = propagate(parts, model.inputs, model.units, of="total")
    phases = machine.phases
    before = _phase(phases.inerting_s) + _phase(phases.heating_s)
    return times, TimeTotals(
        total_s=ranged["total"],
        recoating_s=ranged["recoating"],
        exposure_s=ranged["exposure"],
        wait_s=ranged["wait"],
        before_s=before,
        cooling_s=_phase(phases.cooling_s),
        assumptions=assumptions,
    )


def _phase(graded: GradedValue) -> Ranged:
    low, high = graded.bounds
    return Ranged(graded.value, low, high)


def propagate(
    figures: Callable[[Mapping[str, float]], dict[str, float]],
    inputs: Mapping[str, GradedValue],
    units: Mapping[str, str],
    *,
    of: str,
) -> tuple[dict[str, Ranged], tuple[Assumption, ...]]:
    """Ranges of figures from the ranges of their inputs.

    Parameters
    ----------
    figures : callable
        From input values to named figures.
    inputs : mapping
        Inputs with grade and range; an input without a range leaves the figures alone.
    units : mapping
        Unit of each input, for display.
    of : str
        The figure whose assumptions are wanted.

    Returns
    -------
    ranged : dict of Ranged
    assumptions : tuple of Assumption
        Uncertain inputs that move the figure `of`, the strongest first.

    """
    nominal = {name: graded.value for name, graded in inputs.items()}
    base = figures(nominal)
    ends = {
        name: [figures({**nominal, name: end}) for end in graded.bounds] for name, graded in inputs.items()
    }
    ranged = {}
    for figure, value in base.items():
        corners = []
        for towards in (min, max):
            # Each input at the end that moves this figure the way; then all of them at once.
            joint = {}
            for name, graded in inputs.items():
                moved = [end[figure] for end in ends[name]]
                end = moved.index(towards(moved))
                joint[name] = graded.bounds[end] if moved[end] != value else graded.value
            corners.append(figures(joint)[figure])
        ranged[figure] = Ranged(value, min(value, *corners), max(value, *corners))
    assumptions = []
    for name, graded in inputs.items():
        effects = [end[of] - base[of] for end in ends[name]]
        if any(effects) or (graded.grade.is_unconfirmed and _matters(figures, nominal, name, of)):
            assumptions.append(
                Assumption(
                    name, graded.value, units[name], graded.grade, *graded.bounds, effects[0], effects[1]
                )
            )
    assumptions.sort(key=lambda a: -max(abs(a.effect_low), abs(a.effect_high)))
    return ranged, tuple(assumptions)


def _matters(
    figures: Callable[[Mapping[str, float]], dict[str, float]],
    nominal: Mapping[str, float],
    name: str,
    of: str,
) -> bool:
    """Whether a figure depends on an input at all."""
    moved = figures({**nominal, name: nominal[name] * 1.01 + 1e-9})
    return moved[of] != figures(nominal)[of]
