"""The job file ``job.toml``: machine, material, layer thickness, overrides and parts.

Every key carries its unit; unknown keys are refused with file, line and the nearest known key. Paths are
relative to the job file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from amprep.model.mending import CRACK_TOLERANCE_MM
from amprep.profiles.toml_file import validate_toml

if TYPE_CHECKING:
    from pathlib import Path
from typing import Any

from pydantic import Strict, field_validator

from amprep.profiles.toml_file import FileModel, Number, Within

__all__ = ["ContourOverrides", "HatchOverrides", "JobFile", "PartEntry", "read_job_file"]

_Positive = Annotated[Number, Within(1e-9, 1e9)]
_Offset = Annotated[Number, Within(0, 5)]
_Angle = Annotated[Number, Within(-1e6, 1e6)]
_Count = Annotated[int, Strict(), Within(1, 10_000)]


class HatchOverrides(FileModel):
    """Values of the core's exposure that replace those of the process; unset values stay."""

    laser_power_w: _Positive | None = None
    scan_speed_mm_s: _Positive | None = None
    hatch_distance_mm: Annotated[Number, Within(0.005, 5)] | None = None
    beam_offset_mm: _Offset | None = None
    stripe_width_mm: Annotated[Number, Within(0.1, 2000)] | None = None
    stripe_overlap_mm: _Offset | None = None
    start_angle_deg: _Angle | None = None
    rotation_deg: _Angle | None = None
    pattern: Literal["stripes", "meander", "chess"] | None = None
    island_mm: Annotated[Number, Within(0.5, 2000)] | None = None


class ContourOverrides(FileModel):
    """Values of the contour's exposure that replace those of the process; unset values stay."""

    laser_power_w: _Positive | None = None
    scan_speed_mm_s: _Positive | None = None
    beam_offset_mm: _Offset | None = None


class PartEntry(FileModel):
    """One part, or several equal ones."""

    file: str
    name: str | None = None
    """What messages call the part; default: the file's name without its ending."""
    item: _Count | None = None
    """Which part of a file that holds several, from 1; default: all of them."""
    unit: Literal["mm", "inch", "m", "cm", "um", "foot"] | None = None
    """Unit of the file; default: its own, or mm, said as an assumption."""
    count: _Count = 1
    position_mm: tuple[float, ...] | None = None
    """Middle of the part seen from above and, optionally, height of its lowest point; further copies
    follow along +x. Without it the parts are put in rows."""
    rotation_deg: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Turned about x, then y, then z."""
    sha256: str | None = None
    """Of the file's content; a difference is remarked."""

    @field_validator("position_mm", mode="before")
    @classmethod
    def _is_position(cls, value: Any) -> Any:
        numbers = value if value is None else _numbers(value)
        if (numbers is None and value is not None) or (numbers is not None and len(numbers) not in {2, 3}):
            raise ValueError("must be [x, y] or [x, y, z] in mm")
        if numbers is not None and len(numbers) == 3 and numbers[2] < 0:
            raise ValueError(f"z must not lie below the platform, is {numbers[2]:g}")
        return numbers

    @field_validator("rotation_deg", mode="before")
    @classmethod
    def _is_rotation(cls, value: Any) -> Any:
        numbers = _numbers(value)
        if numbers is None or len(numbers) != 3:
            raise ValueError("must be [x, y, z] in degrees")
        return numbers


def _numbers(value: Any) -> tuple[float, ...] | None:
    """A list of finite numbers as a tuple; None for anything else."""
    if not isinstance(value, (list, tuple)):
        return None
    if any(isinstance(v, bool) or not isinstance(v, (int, float)) or not abs(v) < 1e6 for v in value):
        return None
    return tuple(float(v) for v in value)


class JobFile(FileModel):
    """The whole file."""

    amprep: Literal[1] = 1
    """Version of the file format."""
    name: str | None = None
    machine: str
    """Id, alias or path of a profile file."""
    material: str | None = None
    """Id, alias or path of a profile file; default: the machine's default material."""
    layer_thickness_mm: Annotated[Number, Within(1e-6, 1000)] | None = None
    process: str | None = None
    """Id or path of a process profile; default: by machine, material and layer thickness."""
    gap_mm: Annotated[Number, Within(0, 1000)] | None = None
    """Between parts that are put in rows."""
    fill: Literal["non-zero", "even-odd"] = "non-zero"
    """Where bodies overlap there is material; with even-odd there is none."""
    crack_tolerance_mm: Annotated[Number, Within(0, 0.1)] = CRACK_TOLERANCE_MM
    """Cracks up to this width are closed."""
    fill_holes: Annotated[bool, Strict()] = False
    """Holes wider than that are covered, not refused."""
    hatch: HatchOverrides = HatchOverrides()
    contour: ContourOverrides = ContourOverrides()
    parts: Annotated[list[PartEntry], Field(min_length=1)]


def read_job_file(path: Path) -> JobFile:
    """Read and validate a job file.

    Raises
    ------
    FileContentError
        E301 with all faults at once, E302 when it cannot be read as TOML.

    """
    return validate_toml(JobFile, path)
