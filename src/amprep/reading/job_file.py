"""The job file ``job.toml``: machine, material, layer thickness, overrides and parts.

Every key carries its unit; unknown keys are refused with file, line and the nearest known key. Paths are
relative to the job file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from amprep.profiles.toml_file import validate_toml

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["ContourOverrides", "HatchOverrides", "JobFile", "PartEntry", "read_job_file"]

_Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
_NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
_Finite = Annotated[float, Field(allow_inf_nan=False)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class HatchOverrides(_Strict):
    """Values of the core's exposure that replace those of the process; unset values stay."""

    laser_power_w: _Positive | None = None
    scan_speed_mm_s: _Positive | None = None
    hatch_distance_mm: Annotated[float, Field(ge=0.005, le=5, allow_inf_nan=False)] | None = None
    beam_offset_mm: Annotated[float, Field(ge=0, le=5, allow_inf_nan=False)] | None = None
    stripe_width_mm: Annotated[float, Field(ge=0.1, le=2000, allow_inf_nan=False)] | None = None
    stripe_overlap_mm: _NotNegative | None = None
    start_angle_deg: _Finite | None = None
    rotation_deg: _Finite | None = None


class ContourOverrides(_Strict):
    """Values of the contour's exposure that replace those of the process; unset values stay."""

    laser_power_w: _Positive | None = None
    scan_speed_mm_s: _Positive | None = None
    beam_offset_mm: Annotated[float, Field(ge=0, le=5, allow_inf_nan=False)] | None = None


class PartEntry(_Strict):
    """One part, or several equal ones."""

    file: str
    name: str | None = None
    """What messages call the part; default: the file's name without its ending."""
    unit: Literal["mm", "inch", "m"] | None = None
    """Unit of the file; default: mm, said as an assumption."""
    count: Annotated[int, Field(ge=1, le=10_000)] = 1
    position_mm: tuple[_Finite, _Finite] | tuple[_Finite, _Finite, _NotNegative] | None = None
    """Middle of the part seen from above and, optionally, height of its lowest point; further copies
    follow along +x. Without it the parts are put in rows."""
    rotation_deg: tuple[_Finite, _Finite, _Finite] = (0.0, 0.0, 0.0)
    """Turned about x, then y, then z."""
    sha256: str | None = None
    """Of the file's content; a difference is remarked."""


class JobFile(_Strict):
    """The whole file."""

    amprep: Literal[1] = 1
    """Version of the file format."""
    name: str | None = None
    machine: str
    """Id, alias or path of a profile file."""
    material: str | None = None
    """Id, alias or path of a profile file; default: the machine's default material."""
    layer_thickness_mm: _Positive | None = None
    gap_mm: _NotNegative | None = None
    """Between parts that are put in rows."""
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
