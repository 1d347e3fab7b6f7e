"""What a process must fulfil to be used: overrides laid over it, and the rules that the result must keep.

The rules hold for profiles and for a job file's own values alike.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.errors import FileContentError, UsageError
from amprep.model.exposure import AGAIN, OwnExposure, SkinExposure
from amprep.model.job import ParameterSets
from amprep.model.provenance import BY_JOB, Grade, GradedNumbers, GradedText, GradedValue
from amprep.model.scan import Region

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from amprep.model.exposure import ContourExposure, HatchExposure, LayerRule
    from amprep.model.machine import MachineProfile
    from amprep.model.material import MaterialProfile
    from amprep.model.process import ProcessProfile
    from amprep.profiles.toml_file import FileModel

#: A hatch distance of so many focus diameters leaves powder between the lines whatever the material; the sets
#: that EOS publishes a rate for stay below two.
MOST_FOCUS_DIAMETERS = 4.0

#: A vector's exposure, its parameter set and its region, is a 16-bit key.
MOST_SETS = 2000

__all__ = [
    "MOST_SETS",
    "overridden",
    "parameter_sets",
    "require_sound",
    "require_suitable",
    "with_values",
]


def with_values(process: ProcessProfile, values: Iterable[tuple[str, str, Any]]) -> ProcessProfile:
    """The process with other values, set by the user.

    values : iterable of (table, key, value)
        Tables and keys as in `amprep.profiles.parameters`.
    """
    for table, key, value in values:
        noun: Any = getattr(process, table)
        noun = _with_value(process, noun, key, value)
        process = dataclasses.replace(process, **{table: noun})
    return process


def _with_value(process: ProcessProfile, noun: Any, key: str, value: Any) -> Any:
    if isinstance(noun, SkinExposure) and key not in _fields(noun):
        return dataclasses.replace(noun, own=_with_value(process, noun.own, key, value))
    if isinstance(noun, OwnExposure) and key not in _fields(noun):
        before = getattr(noun.hatch_from(process.core), key)
        own = dict(noun.hatch) | {key: _changed(before, value)}
        return dataclasses.replace(noun, hatch=tuple(own.items()))
    before = getattr(noun, key)
    return dataclasses.replace(noun, **{key: _changed(before, value)})


def _changed(before: Any, value: Any) -> Any:
    """A value with its own grade as it is; a bare one is the user's."""
    if isinstance(value, GradedValue | GradedText | GradedNumbers):
        return value
    return GradedValue(value, Grade.USER, BY_JOB) if before is None else before.overridden(value)


def _fields(noun: Any) -> set[str]:
    return {field.name for field in dataclasses.fields(noun)}


def overridden(process: ProcessProfile, tables: Mapping[str, FileModel | None]) -> ProcessProfile:
    """The process with the values of a file's tables in place of its own; tables by our name."""
    given = (
        (name, key, value)
        for name, table in tables.items()
        if table is not None
        for key, value in table
        if value is not None
    )
    return with_values(process, given)


def parameter_sets(
    process: ProcessProfile, bases: Sequence[ProcessProfile], layer_count: int
) -> ParameterSets:
    """Which parameters expose each part in each layer.

    Parameters
    ----------
    process : ProcessProfile
        The job's.
    bases : sequence of ProcessProfile
        Of each part, before rules for layers; the same object where it is the same.

    Raises
    ------
    FileContentError
        E305 when there are too many different sets.

    """
    distinct = list({id(base): base for base in (process, *bases)}.values())
    place = {id(base): i for i, base in enumerate(distinct)}
    rules = process.rules
    holding: dict[tuple[bool, ...], int] = {}
    state = np.zeros(layer_count, dtype=np.uint16)
    for layer in range(layer_count if rules else 0):
        key = tuple(rule.holds(layer) for rule in rules)
        state[layer] = holding.setdefault(key, len(holding))
        if len(holding) > MOST_SETS:
            raise _too_many_sets()
    combinations = list(holding) or [()]
    processes = [process]
    table = np.zeros((len(distinct), len(combinations)), dtype=np.uint16)
    for row, base in enumerate(distinct):
        for column, held in enumerate(combinations):
            active = [rule for rule, holds in zip(rules, held, strict=True) if holds]
            made = _ruled(base, active)
            number = next((i for i, known in enumerate(processes) if known == made), len(processes))
            if number == len(processes):
                processes.append(made)
            if len(processes) > MOST_SETS:
                raise _too_many_sets()
            table[row, column] = number
    base_of = np.array([place[id(base)] for base in bases], dtype=np.uint16)
    return ParameterSets(tuple(processes), tuple(distinct), base_of, state, table)


def _too_many_sets() -> FileContentError:
    return FileContentError(
        f"rules for layers and values of parts make more than {MOST_SETS} different sets of parameters",
        code="E305",
        where="rules, parts.exposure",
        fix="use fewer rules, rules whose layers coincide, or the same values for several parts",
    )


def _ruled(process: ProcessProfile, rules: Sequence[LayerRule]) -> ProcessProfile:
    """A process with what rules change; later ones win."""
    for rule in rules:
        process = with_values(process, rule.changes)
        if rule.reexposure is not None:
            again = (*process.reexposures, rule.reexposure)
            process = dataclasses.replace(process, reexposures=again)
    return process


def require_suitable(
    process: ProcessProfile,
    machine: MachineProfile,
    material: MaterialProfile,
    layer_thickness_mm: float | None,
) -> None:
    """Refuse a process that was made for something else.

    Raises
    ------
    UsageError
        E106.

    """
    faults = []
    if process.machine not in {machine.id, machine.processes_of}:
        faults.append(f"it is made for the machine {process.machine}, not {machine.id}")
    if process.material != material.id:
        faults.append(f"it is made for the material {process.material}, not {material.id}")
    if layer_thickness_mm is not None and abs(process.layer_thickness_mm - layer_thickness_mm) > 1e-9:
        own, wanted = process.layer_thickness_mm * 1000, layer_thickness_mm * 1000
        faults.append(f"its layers are {own:g} µm thick, not {wanted:g} µm")
    if faults:
        raise UsageError(
            f"the process {process.id} does not suit the job",
            code="E106",
            faults=faults,
            fix="leave --process out, or name a process for this machine, material and layer thickness",
        )


def require_sound(process: ProcessProfile, machine: MachineProfile, *, where: str = "") -> None:
    """Refuse exposure values that contradict each other or the machine.

    Parameters
    ----------
    where : str
        Part and layers that are exposed so, if not all are.

    Raises
    ------
    FileContentError
        E304, with all faults at once.

    """
    faults = _beam_faults(process, machine)
    focus_mm = max(laser.focus_diameter_mm.value for laser in machine.lasers)
    for name, region in (
        ("hatch", Region.CORE),
        ("upskin", Region.UPSKIN),
        ("downskin", Region.DOWNSKIN),
        ("support", Region.SUPPORT),
    ):
        hatch = process.hatch(region)
        if name == "hatch" or hatch != process.core:
            faults += [f"{name}: {text}" for text in _hatch_faults(hatch, process.contour, focus_mm)]
    for name, skin in (("upskin", process.upskin), ("downskin", process.downskin)):
        if skin.layers.value > 0 and skin.min_width_mm.value < skin.overlap_mm.value:
            faults.append(
                f"{name}: overlap_mm = {skin.overlap_mm.value:g} is more than min_width_mm = "
                f"{skin.min_width_mm.value:g}: the overlap would be wider than the skin"
            )
    offset_mm = process.contour.beam_offset_mm.value
    if 2.0 * offset_mm > MOST_FOCUS_DIAMETERS * focus_mm:
        faults.append(
            f"contour: beam_offset_mm = {offset_mm:g} means a track {2.0 * offset_mm:g} mm wide, more than "
            f"{MOST_FOCUS_DIAMETERS:g} times the focus diameter of {focus_mm:g} mm"
        )
    if process.contour.count.value > 1 and process.contour.distance_mm.value > 2.0 * offset_mm + 1e-12:
        faults.append(
            f"contour: distance_mm = {process.contour.distance_mm.value:g} is more than the track's width of "
            f"{2.0 * offset_mm:g}, twice its beam offset: gaps would stay between the contours"
        )
    tolerance_mm = process.filters.collinear_mm.value
    if tolerance_mm > offset_mm:
        faults.append(
            f"filters: collinear_mm = {tolerance_mm:g} is more than the contour's beam_offset_mm = "
            f"{offset_mm:g}: contours would leave the part"
        )
    faults += _repetition_faults(process)
    compensated = process.downskin.z_compensation_mm.value / process.layer_thickness_mm
    if abs(compensated - round(compensated)) > 1e-6:
        faults.append(
            f"downskin: z_compensation_mm = {process.downskin.z_compensation_mm.value:g} is no whole number "
            f"of layers of {process.layer_thickness_mm:g} mm"
        )
    if faults:
        raise FileContentError(
            "exposure values contradict each other or the machine",
            code="E304",
            where=f"{process.id}, {where}" if where else process.id,
            faults=faults,
            fix="correct these values, with --set, in the job file, or in the process profile",
        )


def _repetition_faults(process: ProcessProfile) -> list[str]:
    """Regions that two rules expose again in different ways: one key stands for both in the job."""
    faults = []
    known: dict[str, tuple[float | None, ...]] = {}
    for again in process.reexposures:
        beam = tuple(
            None if one is None else one.value for one in (again.laser_power_w, again.scan_speed_mm_s)
        )
        faults += [
            f"reexpose: {region} is exposed again by two rules in the same layer, in different ways"
            for region in again.regions
            if known.setdefault(region, beam) != beam
        ]
    return faults


def _beam_faults(process: ProcessProfile, machine: MachineProfile) -> list[str]:
    """Powers and speeds that the machine does not have."""
    most_w = min(laser.power_w.value for laser in machine.lasers)
    most_mm_s = machine.scanner.max_scan_speed_mm_s.value
    faults: dict[str, None] = {}
    known: list[GradedValue] = []
    for region in (*Region, *(region + AGAIN for region in Region)):
        power, speed = process.beam(region)
        once = Region(region % AGAIN)
        name = {Region.CORE: "hatch"}.get(once, once.key) + (" again" if region >= AGAIN else "")
        # What a region has from another one is that one's fault.
        if power.value > most_w and not any(power is one for one in known):
            faults[f"{name}: laser_power_w = {power.value:g}, the laser has {most_w:g} W"] = None
        if speed.value > most_mm_s and not any(speed is one for one in known):
            faults[f"{name}: scan_speed_mm_s = {speed.value:g}, the scanner reaches {most_mm_s:g}"] = None
        known += [power, speed]
    return list(faults)


def _hatch_faults(hatch: HatchExposure, contour: ContourExposure, focus_mm: float) -> list[str]:
    """Values of a hatch that contradict each other, the contour or the focus."""
    faults = []
    half_mm = contour.beam_offset_mm.value
    if not contour.count.value and hatch.beam_offset_mm.value > half_mm + 1e-12:
        faults.append(
            f"beam_offset_mm = {hatch.beam_offset_mm.value:g} is more than half a track, the contour's "
            f"beam offset of {half_mm:g}: without contours powder would stay along the boundary, so "
            f"beam_offset_mm = {half_mm:g} or less is needed"
        )
    elif not contour.count.value and hatch.pattern.value == "concentric":
        faults.append(
            "pattern = concentric: its first curve runs half a hatch distance inside of its beam offset, so "
            "without contours powder would stay along the boundary: contour.count = 1 or another pattern"
        )
    elif hatch.beam_offset_mm.value > 2.0 * half_mm + 1e-12:
        faults.append(
            f"beam_offset_mm = {hatch.beam_offset_mm.value:g} is more than twice the contour's "
            f"{contour.beam_offset_mm.value:g}: a gap would stay between contour and hatch"
        )
    if hatch.hatch_distance_mm.value > MOST_FOCUS_DIAMETERS * focus_mm:
        faults.append(
            f"hatch_distance_mm = {hatch.hatch_distance_mm.value:g} is more than "
            f"{MOST_FOCUS_DIAMETERS:g} times the focus diameter of {focus_mm:g} mm: powder would stay "
            "between the lines"
        )
    is_islands = hatch.pattern.value in {"chess", "hexagon"}
    width = "island_mm" if is_islands else "stripe_width_mm"
    # Islands of one direction meet at their corners: from half a width on their vectors would lie twice.
    most = 0.5 if is_islands else 1.0
    if hatch.stripe_overlap_mm.value >= most * getattr(hatch, width).value:
        faults.append(
            f"stripe_overlap_mm = {hatch.stripe_overlap_mm.value:g} is not less than "
            f"{'half of ' if most < 1 else ''}{width} = {getattr(hatch, width).value:g}"
        )
    return faults
