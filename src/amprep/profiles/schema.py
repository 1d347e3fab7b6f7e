"""What a profile file may contain; the keys are the nouns' field names, the limits catch wrong units."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, Strict, field_validator, model_validator

from amprep.model.provenance import Grade
from amprep.profiles.toml_file import FileModel, Number, Within

__all__ = [
    "MODES",
    "GradedFact",
    "GradedNumber",
    "GradedWord",
    "Hatch",
    "MachineFile",
    "MaterialFile",
    "ProcessFile",
    "SourcesFile",
]

#: Words for the recoating modes.
MODES = ("one_sided", "two_sided")

_Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")]
_Sources = Annotated[tuple[str, ...], Field(min_length=1)]


def _graded(given: Any) -> Any:
    """A bare number in somebody's own file counts as set by the user."""
    if isinstance(given, int | float) and not isinstance(given, bool):
        return {"value": given, "grade": Grade.USER, "sources": ("USER",)}
    return given


class GradedFact(FileModel):
    """A number or a word that is worth showing but enters no figure; its range is optional."""

    value: Number | str
    grade: Grade
    sources: _Sources
    range: tuple[Number, Number] | None = None
    note: str = ""

    @model_validator(mode="after")
    def _range_holds_value(self) -> GradedFact:
        if self.range is not None and isinstance(self.value, float):
            _check_range(self.value, self.range)
        return self


class GradedWord(FileModel):
    """A word with its grade and sources."""

    value: str
    grade: Grade
    sources: _Sources
    note: str = ""


class _Number(FileModel):
    """A number with its grade, sources and range; unconfirmed numbers need the range."""

    value: Number
    grade: Grade
    sources: _Sources
    range: tuple[Number, Number] | None = None
    note: str = ""

    @model_validator(mode="after")
    def _range_is_there_and_holds_value(self) -> _Number:
        if self.range is not None:
            _check_range(self.value, self.range)
        elif self.grade.is_unconfirmed:
            raise ValueError(f'a value graded "{self.grade}" needs a range = [low, high]')
        return self


def _check_range(value: float, ends: tuple[float, float]) -> None:
    low, high = ends
    if not low <= value <= high:
        raise ValueError(f"the value {value:g} lies outside of its range [{low:g}, {high:g}]")


GradedNumber = Annotated[_Number, BeforeValidator(_graded)]
"""A number that enters figures; a bare number counts as the user's own."""


class _Direction(GradedWord):
    value: Literal["+x", "-x", "+y", "-y"]


class _Order(GradedWord):
    value: Literal["first", "last"]


class _Pattern(GradedWord):
    value: Literal["stripes", "meander", "chess"]


class _Mode(GradedWord):
    value: Literal["one_sided", "two_sided"]


class _BuildVolume(FileModel):
    shape: Literal["box", "cylinder"]
    size_x_mm: Annotated[GradedNumber, Within(10, 5000)]
    size_y_mm: Annotated[GradedNumber, Within(10, 5000)]
    height_mm: Annotated[GradedNumber, Within(10, 5000)]

    @model_validator(mode="after")
    def _cylinder_is_round(self) -> _BuildVolume:
        if self.shape == "cylinder" and self.size_x_mm.value != self.size_y_mm.value:
            raise ValueError("a cylinder needs size_x_mm = size_y_mm, its diameter")
        return self


class _Laser(FileModel):
    number: Annotated[int, Strict(), Field(ge=1)]
    power_w: Annotated[GradedNumber, Within(10, 20000)]
    focus_diameter_mm: Annotated[GradedNumber, Within(0.01, 1)]
    field_mm: tuple[Number, Number, Number, Number]
    field_origin: GradedWord

    @field_validator("field_mm")
    @classmethod
    def _corners_in_order(cls, field: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
        x0, y0, x1, y1 = field
        if not (x0 < x1 and y0 < y1):
            raise ValueError("needs [x0, y0, x1, y1] with x0 < x1 and y0 < y1")
        return field


class _Scanner(FileModel):
    max_scan_speed_mm_s: Annotated[GradedNumber, Within(100, 100000)]
    jump_speed_mm_s: Annotated[GradedNumber, Within(100, 100000)]
    jump_delay_s: Annotated[GradedNumber, Within(0, 0.1)]
    turnaround_s: Annotated[GradedNumber, Within(0, 0.1)]
    polygon_delay_s: Annotated[GradedNumber, Within(0, 0.1)]
    laser_on_delay_s: Annotated[GradedNumber, Within(0, 0.1)]
    laser_off_delay_s: Annotated[GradedNumber, Within(0, 0.1)]


class _TimeByMode(FileModel):
    one_sided: Annotated[GradedNumber, Within(0.1, 600)] | None = None
    two_sided: Annotated[GradedNumber, Within(0.1, 600)] | None = None


class _FactorByMode(FileModel):
    one_sided: Annotated[GradedNumber, Within(0.5, 10)] | None = None
    two_sided: Annotated[GradedNumber, Within(0.5, 10)] | None = None


class _Recoater(FileModel):
    time_s: _TimeByMode
    base_time_s: Annotated[GradedNumber, Within(0, 600)]
    min_layer_time_s: Annotated[GradedNumber, Within(0, 3600)]
    direction: _Direction


class _Phases(FileModel):
    inerting_s: Annotated[GradedNumber, Within(0, 604800)]
    heating_s: Annotated[GradedNumber, Within(0, 604800)]
    cooling_s: Annotated[GradedNumber, Within(0, 604800)]


class _Powder(FileModel):
    dose_factor: _FactorByMode
    first_layers_dose_factor: Annotated[GradedNumber, Within(0.5, 10)]
    first_layers: Annotated[int, Strict(), Field(ge=0)]
    sieve_loss_pct: Annotated[GradedNumber, Within(0, 100)]
    spatter_loss_pct: Annotated[GradedNumber, Within(0, 100)]
    handling_loss_pct: Annotated[GradedNumber, Within(0, 100)]


class MachineFile(FileModel):
    """Content of a machine profile."""

    amprep: Literal[1] = 1
    id: _Id
    name: str
    aliases: tuple[str, ...] = ()
    default_material: _Id
    processes_of: str = ""
    """Id of the machine whose processes this one uses; for copies with an id of their own."""
    gas_flow_direction: _Direction
    build_volume: _BuildVolume
    lasers: Annotated[tuple[_Laser, ...], Field(min_length=1)]
    scanner: _Scanner
    recoater: _Recoater
    phases: _Phases
    powder: _Powder
    facts: dict[str, GradedFact] = Field(default_factory=dict)

    @field_validator("lasers")
    @classmethod
    def _numbered_from_one(cls, lasers: tuple[_Laser, ...]) -> tuple[_Laser, ...]:
        if [laser.number for laser in lasers] != list(range(1, len(lasers) + 1)):
            raise ValueError("lasers must be numbered 1, 2, 3 ... in this order")
        return lasers

    @model_validator(mode="after")
    def _modes_agree(self) -> MachineFile:
        times = {mode for mode in MODES if getattr(self.recoater.time_s, mode) is not None}
        factors = {mode for mode in MODES if getattr(self.powder.dose_factor, mode) is not None}
        if not times:
            raise ValueError(f"recoater.time_s needs at least one of: {', '.join(MODES)}")
        if times != factors:
            raise ValueError("recoater.time_s and powder.dose_factor must name the same recoating modes")
        return self


class MaterialFile(FileModel):
    """Content of a material profile."""

    amprep: Literal[1] = 1
    id: _Id
    name: str
    aliases: tuple[str, ...] = ()
    solid_density_g_cm3: Annotated[GradedNumber, Within(0.5, 25)]
    apparent_density_g_cm3: Annotated[GradedNumber, Within(0.2, 20)]
    tap_density_g_cm3: Annotated[GradedNumber, Within(0.2, 20)]
    price_eur_kg: Annotated[GradedNumber, Within(0, 100000)]
    self_support_deg: Annotated[GradedNumber, Within(0, 90)]
    sieve_um: Annotated[GradedNumber, Within(5, 1000)] | None = None

    @model_validator(mode="after")
    def _powder_is_lighter_than_solid(self) -> MaterialFile:
        apparent, tap = self.apparent_density_g_cm3.value, self.tap_density_g_cm3.value
        if not apparent <= tap <= self.solid_density_g_cm3.value:
            raise ValueError("needs apparent_density_g_cm3 <= tap_density_g_cm3 <= solid_density_g_cm3")
        return self


class Hatch(FileModel):
    """Exposure of a hatched region."""

    laser_power_w: Annotated[GradedNumber, Within(5, 20000)]
    scan_speed_mm_s: Annotated[GradedNumber, Within(5, 20000)]
    hatch_distance_mm: Annotated[GradedNumber, Within(0.005, 1)]
    beam_offset_mm: Annotated[GradedNumber, Within(-1, 1)]
    stripe_width_mm: Annotated[GradedNumber, Within(0.1, 500)]
    stripe_overlap_mm: Annotated[GradedNumber, Within(-1, 1)]
    start_angle_deg: Annotated[GradedNumber, Within(-360, 360)]
    rotation_deg: Annotated[GradedNumber, Within(-360, 360)]
    pattern: _Pattern | None = None
    island_mm: Annotated[GradedNumber, Within(0.5, 500)] | None = None


class _Contour(FileModel):
    laser_power_w: Annotated[GradedNumber, Within(5, 20000)]
    scan_speed_mm_s: Annotated[GradedNumber, Within(5, 20000)]
    beam_offset_mm: Annotated[GradedNumber, Within(-1, 1)]


class ProcessFile(FileModel):
    """Content of a process profile: one machine, one material, one layer thickness."""

    amprep: Literal[1] = 1
    id: _Id
    name: str
    machine: _Id
    material: _Id
    layer_thickness_mm: Annotated[Number, Within(0.005, 0.5)]
    is_default: Annotated[bool, Strict()] = False
    contour_order: _Order
    recoating_mode: _Mode
    volume_rate_mm3_s: Annotated[GradedNumber, Within(0.01, 1000)] | None = None
    inert_gas: GradedWord | None = None
    recoater_blade: GradedWord | None = None
    platform_temperature_c: Annotated[GradedNumber, Within(0, 1500)] | None = None
    min_wall_mm: Annotated[GradedNumber, Within(0.02, 20)] | None = None
    core: Hatch
    contour: _Contour

    @model_validator(mode="after")
    def _contour_and_hatch_meet(self) -> ProcessFile:
        hatch, contour = self.core.beam_offset_mm.value, self.contour.beam_offset_mm.value
        if hatch > 2 * contour + 1e-12:
            raise ValueError(
                f"core.beam_offset_mm ({hatch:g}) is more than twice contour.beam_offset_mm ({contour:g}): "
                "a gap would stay between contour and hatch"
            )
        return self


class _Source(FileModel):
    title: str
    address: str = ""
    note: str = ""


class SourcesFile(FileModel):
    """Content of ``sources.toml``: what each source key stands for."""

    amprep: Literal[1] = 1
    sources: dict[str, _Source]
