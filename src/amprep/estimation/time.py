"""Build time: per layer the slowest laser, recoating and base time; waiting up to the minimum layer time.

::

    t_job   = t_inert + t_heat + Σ t_layer + t_cool
    t_layer = max(t_min, max over lasers(t_scan) + t_recoat + t_base + t_extra on the first layers)
    t_scan  = Σ L_exposure/v_exposure + marking from a standstill where there is no sky-writing
              + Σ turns(t_turn + d/v_jump) + n_part·t_part
              + Σ jumps(t_jump + max(0, d - c)/v_jump + 2·√(min(d, c)/a)),   c = v_jump²/a
              + Σ corners((1 - cos θ)/2)·t_polygon + n_polyline·(t_on + t_off + t_mark)

The lengths and counts come from the vectors; the speeds and delays from the profiles. Ranges: each input
that is not well founded is put to either end of its range, one at a time, to see which way it moves a figure;
then all of them are put to the ends that lower it, and to those that raise it.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from amprep.model.estimate import Assumption, LayerTimes, Ranged, ScanColumn
from amprep.model.exposure import AGAIN
from amprep.model.scan import REGIONS, Region

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from amprep.model.machine import MachineProfile, Phases
    from amprep.model.process import ProcessProfile
    from amprep.model.provenance import GradedValue

__all__ = [
    "TimeModel",
    "TimeTotals",
    "contour_times_s",
    "layer_times",
    "propagate",
    "time_model",
    "time_totals",
]


@dataclass(frozen=True, slots=True)
class TimeModel:
    """The inputs of the layer time by name, each with grade and range."""

    inputs: Mapping[str, GradedValue]
    units: Mapping[str, str]
    speeds: tuple[tuple[int, bool, str], ...]
    """Exposure that marks anything, whether it is a hatch, and the input that is its scan speed."""
    first_layers: int = 0
    """So many layers cost ``recoater.first_layers_extra_s`` more."""

    def values(self) -> dict[str, float]:
        """The nominal values."""
        return {name: graded.value for name, graded in self.inputs.items()}


@dataclass(frozen=True, slots=True)
class TimeTotals:
    """Totals over all layers, and what comes before and after them, in s."""

    total_s: Ranged
    recoating_s: Ranged
    exposure_s: Ranged
    wait_s: Ranged
    hatch_s: Ranged
    """Of `exposure_s`: of the laser that works longest in each layer, as are the two below."""
    contour_s: Ranged
    motion_s: Ranged
    before_s: Ranged
    cooling_s: Ranged
    unpacking_s: Ranged
    assumptions: tuple[Assumption, ...]
    """Of `total_s`."""
    job_assumptions: tuple[Assumption, ...]
    """Of all but unpacking."""
    unpacking_assumptions: tuple[Assumption, ...] = ()


def time_model(
    machine: MachineProfile, processes: Sequence[ProcessProfile], stats: NDArray[np.float64]
) -> TimeModel:
    """Gather what the layer time rests on.

    processes : sequence of ProcessProfile
        The job's parameter sets, the general one first.
    stats : (n, L, 16 + E) float64
        Columns as in `ScanColumn`.
    """
    process = processes[0]
    mode = process.recoating_mode.value
    scanner, recoater = machine.scanner, machine.recoater
    rows: list[tuple[str, GradedValue, str]] = [
        ("scanner.jump_speed_mm_s", scanner.jump_speed_mm_s, "mm/s"),
        ("scanner.acceleration_mm_s2", scanner.acceleration_mm_s2, "mm/s²"),
        ("scanner.jump_delay_s", scanner.jump_delay_s, "s"),
        ("scanner.turnaround_s", scanner.turnaround_s, "s"),
        ("scanner.polygon_delay_s", scanner.polygon_delay_s, "s"),
        ("scanner.laser_on_delay_s", scanner.laser_on_delay_s, "s"),
        ("scanner.laser_off_delay_s", scanner.laser_off_delay_s, "s"),
        ("scanner.mark_delay_s", scanner.mark_delay_s, "s"),
        ("scanner.part_change_s", scanner.part_change_s, "s"),
        (f"recoater.time_s.{mode}", recoater.time_s[mode], "s"),
        ("recoater.first_layers_extra_s", recoater.first_layers_extra_s, "s"),
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
    return TimeModel(inputs, units, rows_of, machine.powder.first_layers)


def _coefficients(values: Mapping[str, float]) -> dict[ScanColumn, float]:
    """Seconds per unit of the columns of the scan statistics, but for what is marked at full speed."""
    jump_speed, acceleration = values["scanner.jump_speed_mm_s"], values["scanner.acceleration_mm_s2"]
    switching = values["scanner.laser_on_delay_s"] + values["scanner.laser_off_delay_s"]
    return {
        ScanColumn.JUMPS: values["scanner.jump_delay_s"],
        ScanColumn.LONG_JUMPS: jump_speed / acceleration,
        ScanColumn.LONG_JUMP_MM: 1.0 / jump_speed,
        ScanColumn.SHORT_JUMP_ROOT_MM: 2.0 / math.sqrt(acceleration),
        ScanColumn.TURNS: values["scanner.turnaround_s"],
        ScanColumn.TURN_MM: 1.0 / jump_speed,
        ScanColumn.CORNERS: values["scanner.polygon_delay_s"],
        ScanColumn.SWITCHES: switching + values["scanner.mark_delay_s"],
        ScanColumn.PART_CHANGES: values["scanner.part_change_s"],
        ScanColumn.RUN_SPEED_MM_S: 1.0 / acceleration,
        ScanColumn.SHORT_RUN_ROOT_MM: 2.0 / math.sqrt(acceleration),
        # A short polyline takes this instead of length over speed, which counts with what is marked.
        ScanColumn.SHORT_RUN_S: -1.0,
    }


def layer_times(
    stats: NDArray[np.float64], model: TimeModel, values: Mapping[str, float] | None = None
) -> LayerTimes:
    """Times of all layers.

    stats : (n, L, 16 + E) float64
        Lengths in mm and counts, columns as in `ScanColumn`.
    values : mapping, optional
        Of the model's inputs; default: the nominal ones.
    """
    values = model.values() if values is None else values
    hatch, contour, motion = (np.zeros(stats.shape[:2]) for _ in range(3))
    for exposure, is_hatch, speed in model.speeds:
        marking = hatch if is_hatch else contour
        marking += stats[:, :, ScanColumn.MARKED + exposure] * (1.0 / values[speed])
    for column, seconds in _coefficients(values).items():
        motion += stats[:, :, column] * seconds
    recoat = next(value for name, value in values.items() if name.startswith("recoater.time_s."))
    recoating = np.full(len(stats), recoat + values["recoater.base_time_s"])
    recoating[: model.first_layers] += values["recoater.first_layers_extra_s"]
    exposing = (hatch + contour + motion).max(axis=1)
    wait = np.maximum(0.0, values["recoater.min_layer_time_s"] - exposing - recoating)
    return LayerTimes(hatch, contour, motion, recoating, wait)


#: Columns that contours and edges have for themselves, as hatches are sky-written; and those of jumps.
_OF_CONTOURS = (
    ScanColumn.CORNERS,
    ScanColumn.SWITCHES,
    ScanColumn.RUN_SPEED_MM_S,
    ScanColumn.SHORT_RUN_ROOT_MM,
    ScanColumn.SHORT_RUN_S,
)
_OF_JUMPS = (
    ScanColumn.JUMPS,
    ScanColumn.LONG_JUMPS,
    ScanColumn.LONG_JUMP_MM,
    ScanColumn.SHORT_JUMP_ROOT_MM,
)


def contour_times_s(stats: NDArray[np.float64], model: TimeModel) -> NDArray[np.float64]:
    """(n, L) float64, s: what contours and edges take, with one jump of the mean length to each of them.

    stats : (n, L, 16 + E) float64
        Lengths in mm and counts, columns as in `ScanColumn`.
    """
    own = np.zeros_like(stats)
    for column in _OF_CONTOURS:
        own[:, :, column] = stats[:, :, column]
    jumps = stats[:, :, ScanColumn.JUMPS]
    share = np.minimum(1.0, stats[:, :, ScanColumn.SWITCHES] / np.where(jumps > 0.0, jumps, 1.0))
    for column in _OF_JUMPS:
        own[:, :, column] = stats[:, :, column] * share
    for exposure, is_hatch, _ in model.speeds:
        if not is_hatch:
            own[:, :, ScanColumn.MARKED + exposure] = stats[:, :, ScanColumn.MARKED + exposure]
    return layer_times(own, model).busy_s


def time_totals(
    stats: NDArray[np.float64], model: TimeModel, machine: MachineProfile
) -> tuple[LayerTimes, TimeTotals]:
    """Nominal times per layer, and totals with ranges.

    stats : (n, L, 16 + E) float64
    """
    # Column by column, as the sums want it.
    stats = np.moveaxis(np.ascontiguousarray(np.moveaxis(stats, 2, 0)), 0, 2)
    times = layer_times(stats, model)

    def parts(values: Mapping[str, float]) -> dict[str, float]:
        t = layer_times(stats, model, values)
        exposure, recoating, wait = (math.fsum(a) for a in (t.exposure_s, t.recoating_s, t.wait_s))
        return {
            "exposure": exposure,
            "recoating": recoating,
            "wait": wait,
            "total": exposure + recoating + wait,
            **t.slowest_s,
        }

    ranged, assumptions = propagate(parts, model.inputs, model.units, of="total")
    around, around_assumptions, unpacking_assumptions = _around_the_layers(machine.phases)
    # No input of the layers is one of the phases: what the job rests on is what either rests on.
    return times, TimeTotals(
        total_s=ranged["total"],
        recoating_s=ranged["recoating"],
        exposure_s=ranged["exposure"],
        wait_s=ranged["wait"],
        hatch_s=ranged["hatch"],
        contour_s=ranged["contour"],
        motion_s=ranged["motion"],
        before_s=around["before"],
        cooling_s=around["cooling"],
        unpacking_s=around["unpacking"],
        assumptions=assumptions,
        job_assumptions=tuple(sorted(assumptions + around_assumptions, key=_rank)),
        unpacking_assumptions=unpacking_assumptions,
    )


def _around_the_layers(
    phases: Phases,
) -> tuple[dict[str, Ranged], tuple[Assumption, ...], tuple[Assumption, ...]]:
    """What a job takes before and after its layers; assumptions of all but unpacking, and of that."""
    inputs = {f"phases.{field.name}": getattr(phases, field.name) for field in fields(phases)}

    def parts(values: Mapping[str, float]) -> dict[str, float]:
        before = values["phases.inerting_s"] + values["phases.heating_s"]
        cooling, unpacking = values["phases.cooling_s"], values["phases.unpacking_s"]
        return {"before": before, "cooling": cooling, "unpacking": unpacking, "job": before + cooling}

    units = dict.fromkeys(inputs, "s")
    ranged, assumptions = propagate(parts, inputs, units, of="job")
    return ranged, assumptions, propagate(parts, inputs, units, of="unpacking")[1]


def _rank(assumption: Assumption) -> float:
    """The strongest first."""
    return -max(abs(assumption.effect_low), abs(assumption.effect_high))


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
        name: [base if end == graded.value else figures({**nominal, name: end}) for end in graded.bounds]
        for name, graded in inputs.items()
    }
    bounds = {
        name: graded.bounds for name, graded in inputs.items() if len({*graded.bounds, graded.value}) > 1
    }
    ranged = {}
    for figure, value in base.items():

        def at(values: Mapping[str, float], name: str = figure) -> float:
            return figures({**nominal, **values})[name]

        alone = {
            name: {nominal[name]: value, bounds[name][0]: low[figure], bounds[name][1]: high[figure]}
            for name, (low, high) in ends.items()
            if name in bounds
        }
        found = _at_ends(at, bounds, alone)
        ranged[figure] = Ranged(value, min(value, *found), max(value, *found))
    assumptions = []
    for name, graded in inputs.items():
        effects = [end[of] - base[of] for end in ends[name]]
        if any(effects) or (graded.grade.is_unconfirmed and _matters(figures, nominal, name, of)):
            assumptions.append(
                Assumption(
                    name, graded.value, units[name], graded.grade, *graded.bounds, effects[0], effects[1]
                )
            )
    assumptions.sort(key=_rank)
    return ranged, tuple(assumptions)


def _at_ends(
    at: Callable[[Mapping[str, float]], float],
    bounds: Mapping[str, tuple[float, float]],
    alone: Mapping[str, Mapping[float, float]],
) -> list[float]:
    """A figure where the inputs stand together at ends of their ranges, those that lower it or raise it.

    at : callable
        The figure with other values of some inputs.
    alone : mapping
        The figure by the value of each input alone.
    """
    low: dict[str, float] = {}
    high: dict[str, float] = {}

    def put(name: str, found: Mapping[float, float]) -> bool:
        """An input at the ends that move the figure either way; whether it moves it at all."""
        least, most = min(found, key=found.__getitem__), max(found, key=found.__getitem__)
        if found[least] == found[most]:
            return False
        low[name], high[name] = least, most
        return True

    silent = [name for name in bounds if not put(name, alone[name])]
    seen = [at(low), at(high)]
    # What moves nothing alone may beside the others: a recoating time that a minimum layer time hides.
    corners = (dict(low), seen[0]), (dict(high), seen[1])
    for (corner, before), end in itertools.product(corners, (0, 1)):
        point = {**corner, **{name: bounds[name][end] for name in silent}}
        seen.append(at(point))
        if seen[-1] != before:
            beside = {name: {one: at({**point, name: one}) for one in bounds[name]} for name in silent}
            silent = [name for name in silent if not put(name, beside[name])]
    return [*seen, at(low), at(high)]


def _matters(
    figures: Callable[[Mapping[str, float]], dict[str, float]],
    nominal: Mapping[str, float],
    name: str,
    of: str,
) -> bool:
    """Whether a figure depends on an input at all."""
    moved = figures({**nominal, name: nominal[name] * 1.01 + 1e-9})
    return moved[of] != figures(nominal)[of]
