"""What findings are judged by: the process's values with their grades, and assumed ones where it has none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from amprep.model.provenance import Grade, GradedValue
from amprep.placement.collisions import LEAST_GAP_MM
from amprep.profiles import find_machine, find_material, find_process

if TYPE_CHECKING:
    from amprep.model.machine import MachineProfile
    from amprep.model.material import MaterialProfile
    from amprep.model.process import ProcessProfile

__all__ = ["DEFAULT_MACHINE", "DUST_SIZE_MM", "DUST_VOLUME_MM3", "Limits", "limits_for"]

#: Whose values count when no machine is named; the size is then not judged.
DEFAULT_MACHINE = "m400-4"

#: Narrower gaps are said to close.
_GAP_MM = GradedValue(LEAST_GAP_MM, Grade.ASSUMED, ("ASSUMED",), 0.1, 0.3, "rule of thumb; range assumed")

#: A body, or a void, smaller than one of these is dust: no process of these machines builds it on purpose.
DUST_VOLUME_MM3 = 1e-3
DUST_SIZE_MM = 0.1


@dataclass(frozen=True, slots=True)
class Limits:
    """What a part is judged by."""

    machine: MachineProfile
    machine_is_given: bool
    material: MaterialProfile
    process: ProcessProfile
    layer_thickness_mm: float
    wall_mm: GradedValue
    """Thinner walls cannot be built."""
    gap_mm: GradedValue
    """Narrower gaps close."""
    overhang_deg: GradedValue
    """Smallest angle between a surface and the platform that builds without support."""

    def as_dict(self) -> dict[str, object]:
        """The limits as ``limits`` in the JSON document."""
        return {
            "machine": self.machine.id,
            "machine_is_given": self.machine_is_given,
            "material": self.material.id,
            "process": self.process.id,
            "layer_thickness_mm": self.layer_thickness_mm,
            "wall_mm": _as_dict(self.wall_mm),
            "gap_mm": _as_dict(self.gap_mm),
            "overhang_deg": _as_dict(self.overhang_deg),
            "dust_volume_mm3": DUST_VOLUME_MM3,
            "dust_size_mm": DUST_SIZE_MM,
        }


def _as_dict(value: GradedValue) -> dict[str, object]:
    low, high = value.bounds
    return {"value": value.value, "grade": str(value.grade), "low": low, "high": high, "note": value.note}


def limits_for(
    *, machine: str | None = None, material: str | None = None, layer_thickness_mm: float | None = None
) -> Limits:
    """The limits of a machine, a material and a layer thickness.

    Parameters
    ----------
    machine, material : str, optional
        Id, alias or path; default: `DEFAULT_MACHINE`, and the machine's default material.
    layer_thickness_mm : float, optional
        Chooses among the processes.

    Raises
    ------
    AmprepError
        As `amprep.profiles.find_machine`, `find_material` and `find_process` raise.

    """
    profile = find_machine(machine or DEFAULT_MACHINE)
    powder = find_material(material or profile.default_material)
    process = find_process(profile, powder, layer_thickness_mm)
    return Limits(
        machine=profile,
        machine_is_given=machine is not None,
        material=powder,
        process=process,
        layer_thickness_mm=process.layer_thickness_mm,
        wall_mm=_wall_mm(process),
        gap_mm=_GAP_MM,
        overhang_deg=powder.self_support_deg,
    )


def _wall_mm(process: ProcessProfile) -> GradedValue:
    """The process's thinnest wall; where it has none, or a finer one, the width of the contour's track."""
    offset = process.contour.beam_offset_mm
    low, high = offset.bounds
    track = GradedValue(
        2.0 * offset.value,
        offset.grade,
        offset.sources,
        2.0 * low,
        2.0 * high,
        "width of the contour's track, twice its beam offset",
    )
    wall = process.min_wall_mm
    return wall if wall is not None and wall.value > track.value else track
