"""What a process must fulfil to be used: overrides laid over it, and the rules that the result must keep.

The rules hold for profiles and for a job file's own values alike.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from amprep.errors import FileContentError, UsageError

if TYPE_CHECKING:
    from amprep.model.machine import MachineProfile
    from amprep.model.material import MaterialProfile
    from amprep.model.process import ProcessProfile
    from amprep.reading.job_file import JobFile

#: A hatch distance of so many focus diameters leaves powder between the lines whatever the material; the sets
#: that EOS publishes a rate for stay below two.
MOST_FOCUS_DIAMETERS = 4.0

__all__ = ["overridden", "require_sound", "require_suitable"]


def overridden(process: ProcessProfile, job_file: JobFile) -> ProcessProfile:
    """The process with the job file's own values in place of its own."""
    exposures = {}
    for name, overrides in (("core", job_file.hatch), ("contour", job_file.contour)):
        exposure = getattr(process, name)
        changes = {
            key: getattr(exposure, key).overridden(value)
            for key, value in overrides.model_dump(exclude_none=True).items()
        }
        exposures[name] = dataclasses.replace(exposure, **changes)
    return dataclasses.replace(process, **exposures)


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


def require_sound(process: ProcessProfile, machine: MachineProfile) -> None:
    """Refuse exposure values that contradict each other or the machine.

    Raises
    ------
    FileContentError
        E304, with all faults at once.

    """
    core, contour = process.core, process.contour
    power_w = min(laser.power_w.bounds[1] for laser in machine.lasers)
    speed_mm_s = machine.scanner.max_scan_speed_mm_s.bounds[1]
    faults = []
    for name, exposure in (("hatch", core), ("contour", contour)):
        power, speed = exposure.laser_power_w.value, exposure.scan_speed_mm_s.value
        if power > power_w:
            faults.append(f"{name}: laser_power_w = {power:g}, the laser has {power_w:g} W")
        if speed > speed_mm_s:
            faults.append(f"{name}: scan_speed_mm_s = {speed:g}, the scanner reaches {speed_mm_s:g}")
    if core.beam_offset_mm.value > 2 * contour.beam_offset_mm.value + 1e-12:
        faults.append(
            f"hatch: beam_offset_mm = {core.beam_offset_mm.value:g} is more than twice the contour's "
            f"{contour.beam_offset_mm.value:g}: a gap would stay between contour and hatch"
        )
    focus_mm = max(laser.focus_diameter_mm.value for laser in machine.lasers)
    if core.hatch_distance_mm.value > MOST_FOCUS_DIAMETERS * focus_mm:
        faults.append(
            f"hatch: hatch_distance_mm = {core.hatch_distance_mm.value:g} is more than "
            f"{MOST_FOCUS_DIAMETERS:g} times the focus diameter of {focus_mm:g} mm: powder would stay "
            "between the lines"
        )
    width = "island_mm" if core.pattern.value == "chess" else "stripe_width_mm"
    # Islands of one direction meet at their corners: from half a width on their vectors would lie twice.
    most = 0.5 if core.pattern.value == "chess" else 1.0
    if core.stripe_overlap_mm.value >= most * getattr(core, width).value:
        faults.append(
            f"hatch: stripe_overlap_mm = {core.stripe_overlap_mm.value:g} is not less than "
            f"{'half of ' if most < 1 else ''}{width} = {getattr(core, width).value:g}"
        )
    if faults:
        raise FileContentError(
            "exposure values contradict each other or the machine",
            code="E304",
            where=process.id,
            faults=faults,
            fix="correct [hatch] or [contour] in the job file, or the process profile",
        )
