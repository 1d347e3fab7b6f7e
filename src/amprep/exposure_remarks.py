"""Remarks on exposures that can be made, but may not be meant."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from amprep.hatching.filling import hatch_angle_deg
from amprep.model.notice import Notice
from amprep.model.provenance import Grade
from amprep.model.scan import Region

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from numpy.typing import NDArray

    from amprep.model.exposure import HatchExposure
    from amprep.model.job import ParameterSets
    from amprep.model.machine import MachineProfile
    from amprep.model.process import ProcessProfile

__all__ = ["KNOWN_J_MM3", "exposure_remarks"]

#: Hatched regions by the names of their tables in a job file.
_HATCHES = (
    ("hatch", Region.CORE),
    ("upskin", Region.UPSKIN),
    ("downskin", Region.DOWNSKIN),
    ("support", Region.SUPPORT),
)

#: Energy per volume that the shipped parameter sets bring into their cores.
KNOWN_J_MM3 = (20.0, 115.0)

#: By this factor beyond, an energy is unlike all of them where the process names no limits; assumed.
_FAR = 2.0

#: The sets that EOS publishes a rate for have lines closer than so many focus diameters.
_MOST_FOCI = 2.0

#: More of the area exposed again by overlaps of stripes or islands than this is told; assumed.
_MOST_AGAIN = 0.25

#: Contours nearer to each other than this share of the focus diameter are told; assumed.
_LEAST_FOCI = 0.25

#: Z-compensation from which on no melt pool reaches through what it leaves out; assumed.
_DEEPEST_MM = 0.3

#: Steeper slopes hold themselves, and need no compensation; assumed.
_STEEP_DEG = 45.0

#: Regions of supports in a job file.
_SUPPORTS = {"support", "support_contour"}

#: Layers in which the direction is looked at: with whole degrees it comes back after these.
_LAYERS = 360


def exposure_remarks(
    sets: ParameterSets, machine: MachineProfile, *, has_supports: bool = True
) -> list[Notice]:
    """All remarks on what exposes a job.

    sets : ParameterSets
    machine : MachineProfile
    has_supports : bool
        Whether parts of the job are supports.
    """
    layers = len(sets.state)
    used = set(_used_rows(sets).ravel().tolist())
    processes = [process for number, process in enumerate(sets.processes) if number in used]
    return [
        *_twice_exposed(processes),
        *_open_seams(processes),
        *_moved_directions(sets, machine),
        *_idle_rules(sets.processes[0], layers),
        *([] if has_supports else _rules_for_supports(sets.processes[0])),
        *_unlike_all_known(processes, machine),
        *_many_times(processes, machine),
        *_deep_compensation(processes),
        *_flat_compensation(processes),
    ]


def _unlike_all_known(processes: Iterable[ProcessProfile], machine: MachineProfile) -> list[Notice]:
    """W310: hatches that somebody chose, of an energy or a distance that no known set comes near."""
    focus_mm = max(laser.focus_diameter_mm.value for laser in machine.lasers)
    found: dict[str, Notice] = {}
    for process in processes:
        low_j_mm3, high_j_mm3 = KNOWN_J_MM3
        least, most = process.min_energy_j_mm3, process.max_energy_j_mm3
        least_j_mm3 = low_j_mm3 / _FAR if least is None else least.value
        most_j_mm3 = high_j_mm3 * _FAR if most is None else most.value
        for name, region in _HATCHES:
            hatch = process.hatch(region)
            power, speed, distance = hatch.laser_power_w, hatch.scan_speed_mm_s, hatch.hatch_distance_mm
            # What a region has from the core is the core's.
            is_own = region is Region.CORE or hatch != process.core
            if not is_own or not any(one.grade is Grade.USER for one in (power, speed, distance)):
                continue
            power_w, speed_mm_s, distance_mm = power.value, speed.value, distance.value
            energy_j_mm3 = power_w / (speed_mm_s * distance_mm * process.layer_thickness_mm)
            texts = []
            if not least_j_mm3 <= energy_j_mm3 <= most_j_mm3:
                text = (
                    f"{name}: {power_w:g} W at {speed_mm_s:g} mm/s in lines {distance_mm:g} mm apart are "
                    f"{energy_j_mm3:.3g} J/mm³; the shipped parameter sets lie between {low_j_mm3:g} and "
                    f"{high_j_mm3:g}"
                )
                if least is not None or most is not None:
                    text = (
                        f"{name}: {power_w:g} W at {speed_mm_s:g} mm/s in lines {distance_mm:g} mm apart are "
                        f"{energy_j_mm3:.3g} J/mm³; the limits are {least_j_mm3:g} and {most_j_mm3:g}"
                    )
                texts.append(text)
            if distance_mm > _MOST_FOCI * focus_mm:
                texts.append(
                    f"{name}: lines {distance_mm:g} mm apart are more than {_MOST_FOCI:g} times the focus "
                    f"diameter of {focus_mm:g} mm; between them powder may stay"
                )
            hint = f"laser_power_w, scan_speed_mm_s and hatch_distance_mm of {name}"
            found |= {text: Notice("W310", text, where=process.id, hint=hint) for text in texts}
    return list(found.values())


def _many_times(processes: Iterable[ProcessProfile], machine: MachineProfile) -> list[Notice]:
    """W311: overlaps and contours, chosen by somebody, that expose much of the area again."""
    focus_mm = max(laser.focus_diameter_mm.value for laser in machine.lasers)
    found: dict[str, Notice] = {}
    for process in processes:
        for name, region in _HATCHES:
            hatch = process.hatch(region)
            overlap, width_mm = hatch.stripe_overlap_mm, hatch.cell_mm
            chosen = (overlap, hatch.stripe_width_mm, hatch.island_mm, hatch.pattern)
            is_own = region is Region.CORE or hatch != process.core
            if not is_own or not any(one.grade is Grade.USER for one in chosen):
                continue
            share = overlap.value / width_mm
            if hatch.pattern.value in {"chess", "hexagon"}:
                share = (1.0 + share) ** 2 - 1.0
            if share > _MOST_AGAIN:
                text = (
                    f"{name}: {hatch.pattern.value} of {width_mm:g} mm overlap by {overlap.value:g} mm: "
                    f"{100.0 * share:.0f} % of the area is hatched again"
                )
                hint = f"stripe_overlap_mm of {name} smaller, or stripes or islands wider"
                found[text] = Notice("W311", text, where=process.id, hint=hint)
        count, distance = process.contour.count, process.contour.distance_mm
        is_own = count.grade is Grade.USER or distance.grade is Grade.USER
        if is_own and count.value > 1 and distance.value < _LEAST_FOCI * focus_mm:
            text = (
                f"contour: {count.value:g} contours {distance.value:g} mm apart: the beam, {focus_mm:g} mm "
                "wide, melts each place many times"
            )
            hint = "fewer contours, or contour.distance_mm larger"
            found[text] = Notice("W311", text, where=process.id, hint=hint)
    return list(found.values())


def _deep_compensation(processes: Iterable[ProcessProfile]) -> list[Notice]:
    """W312: z-compensation over more than a melt pool's depth."""
    found: dict[str, Notice] = {}
    for process in processes:
        height_mm = process.downskin.z_compensation_mm.value
        if height_mm > _DEEPEST_MM:
            text = (
                f"downskin: z_compensation_mm = {height_mm:g} leaves out more than a melt pool fills from "
                "above: what overhangs and is no thicker is not built at all"
            )
            hint = f"z_compensation_mm = {_DEEPEST_MM:g} or less (the depth of a melt pool, assumed)"
            found[text] = Notice("W312", text, where=process.id, hint=hint)
    return list(found.values())


def _flat_compensation(processes: Iterable[ProcessProfile]) -> list[Notice]:
    """W314: z-compensation that strips narrower than the least width of skins keep from most slopes."""
    found: dict[str, Notice] = {}
    for process in processes:
        height_mm, width_mm = process.downskin.z_compensation_mm.value, process.downskin.min_width_mm.value
        steepest_deg = math.degrees(math.atan2(height_mm, width_mm))
        if height_mm > 0.0 and steepest_deg < _STEEP_DEG:
            text = (
                f"downskin: z_compensation_mm = {height_mm:g} leaves out nothing on slopes steeper than "
                f"{steepest_deg:.0f}°: strips narrower than min_width_mm = {width_mm:g} stay"
            )
            hint = "a smaller downskin.min_width_mm, where steeper slopes are to be compensated as well"
            found[text] = Notice("W314", text, where=process.id, hint=hint)
    return list(found.values())


def _twice_exposed(processes: Iterable[ProcessProfile]) -> list[Notice]:
    """Remarks on hatches that end outside of the innermost contour, each once.

    Every further contour moves the hatch inwards, so one contour stands for all.
    """
    found: dict[str, Notice] = {}
    for process in (one for one in processes if one.contour.count.value):
        inner_mm = process.contour.beam_offset_mm.value
        for name, region in (
            ("hatch", Region.CORE),
            ("upskin", Region.UPSKIN),
            ("downskin", Region.DOWNSKIN),
            ("support", Region.SUPPORT),
        ):
            hatch = process.hatch(region)
            if hatch.beam_offset_mm.value < inner_mm - 1e-9 and (
                region is Region.CORE or hatch != process.core
            ):
                text = (
                    f"{name}: it ends {hatch.beam_offset_mm.value:g} mm inside of the boundary, the "
                    f"contour runs at {inner_mm:g} mm: what lies between them is exposed twice"
                )
                hint = f"beam_offset_mm = {inner_mm:g} or more, if that is not meant"
                found[text] = Notice("W306", text, where=process.id, hint=hint)
    return list(found.values())


def _open_seams(processes: Iterable[ProcessProfile]) -> list[Notice]:
    """W309: skins whose lines are not the core's, and that do not reach far enough over it.

    At a seam the next line of either side may lie a whole hatch distance away, and covers half of one.
    """
    found: dict[str, Notice] = {}
    for process in processes:
        core = process.core
        for name, skin, hatch in (
            ("upskin", process.upskin, process.hatch(Region.UPSKIN)),
            ("downskin", process.downskin, process.hatch(Region.DOWNSKIN)),
        ):
            needed_mm = 0.5 * (hatch.hatch_distance_mm.value + core.hatch_distance_mm.value)
            if not skin.layers.value or _lines(hatch) == _lines(core):
                continue
            if skin.overlap_mm.value < needed_mm - 1e-9:
                text = (
                    f"{name}: its lines are not those of the core, and it reaches "
                    f"{skin.overlap_mm.value:g} mm over it: strips up to {needed_mm:.3g} mm wide may stay "
                    "open along the seam"
                )
                hint = f"{name}.overlap_mm = {needed_mm:.3g}"
                found[text] = Notice("W309", text, where=process.id, hint=hint)
    return list(found.values())


def _lines(hatch: HatchExposure) -> tuple[Any, ...]:
    """What decides where lines lie, but for their ends."""
    distance, start, turn = hatch.hatch_distance_mm, hatch.start_angle_deg, hatch.rotation_deg
    kind = hatch.pattern.value
    # Stripes move along their lines, all else across them as well.
    shift_mm = 0.0 if kind == "stripes" else hatch.cell_shift_mm.value
    return (
        kind in {"stripes", "meander", "unidirectional"} or (kind, hatch.island_mm.value),
        shift_mm,
        *(one.value for one in (distance, start, turn, hatch.angles_deg, hatch.gas_window_deg, hatch.anchor)),
    )


def _moved_directions(sets: ParameterSets, machine: MachineProfile) -> list[Notice]:
    """W307: directions that somebody chose for the job, some layers or a part, and that the window moves."""
    notices = []
    for name, hatch, layers in _chosen_directions(sets):
        moved: dict[int, float] = {}
        for index in layers:
            given, taken = hatch_angle_deg(hatch, index), hatch_angle_deg(hatch, index, machine.gas_flow_deg)
            if abs(given - taken) > 1e-9:
                moved[index] = given
        if moved:
            first = min(moved)
            taken = hatch_angle_deg(hatch, first, machine.gas_flow_deg)
            text = (
                f"{name}: in {len(moved)} of {len(layers)} layers the direction lies within "
                f"{hatch.gas_window_deg.value:g}° of the gas flow and was moved; in layer {first + 1} from "
                f"{moved[first]:g}° to {taken:g}°"
            )
            hint = f"{name}.gas_window_deg = 0 allows all directions"
            notices.append(Notice("W307", text, where=sets.processes[0].id, hint=hint))
    return notices


def _used_rows(sets: ParameterSets) -> NDArray[np.uint16]:
    """(rows, states): what exposes parts, each way once."""
    # `np.unique` would import masked arrays.
    return sets.table[np.flatnonzero(np.bincount(sets.base))]


def _chosen_directions(sets: ParameterSets) -> list[tuple[str, HatchExposure, list[int]]]:
    """Table, hatch and first layers of each way to turn directions that somebody chose, each way once."""
    found: dict[tuple[Any, ...], tuple[str, HatchExposure, set[int]]] = {}
    used = _used_rows(sets)
    for number, process in enumerate(sets.processes):
        layers = np.flatnonzero((used == number).any(axis=0)[sets.state])[:_LAYERS].tolist()
        for name, region in _HATCHES:
            hatch = process.hatch(region)
            chosen = (hatch.angles_deg, hatch.start_angle_deg, hatch.rotation_deg)
            if any(one.grade is Grade.USER for one in chosen):
                told = chosen[:1] if hatch.angles_deg.value else chosen
                way = tuple(one.value for one in (*told, hatch.gas_window_deg, hatch.pattern))
                found.setdefault(way, (name, hatch, set()))[2].update(layers)
    return [(name, hatch, sorted(layers)[:_LAYERS]) for name, hatch, layers in found.values()]


def _idle_rules(process: ProcessProfile, layers: int) -> list[Notice]:
    """W308: rules for layers that the job does not have."""
    own = [rule for rule in process.rules if not rule.is_jobs]
    of_job = [rule for rule in process.rules if rule.is_jobs]
    return [
        Notice(
            "W308",
            f"rule {number} holds in no layer: it begins with layer {rule.first}, the job has {layers}",
            where=where,
        )
        for where, rules in ((process.id, own), ("rules", of_job))
        for number, rule in enumerate(rules, start=1)
        if rule.first > layers
    ]


def _rules_for_supports(process: ProcessProfile) -> list[Notice]:
    """W315: rules that are for supports, whole or in part; those of a profile are for other jobs as well."""
    of_job = [rule for rule in process.rules if rule.is_jobs]
    return [
        Notice(
            "W315", f"what rule {number} says of supports changes nothing: the job has none", where="rules"
        )
        for number, rule in enumerate(of_job, start=1)
        if any(table == "support" for table, _, _ in rule.changes)
        or (rule.reexposure is not None and _SUPPORTS & set(rule.reexposure.regions))
    ]
