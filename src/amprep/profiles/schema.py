"""What a profile file may contain; the keys are the nouns' field names, the limits catch wrong units."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, Strict, create_model, field_validator, model_validator

from amprep.model.exposure import TABLES
from amprep.profiles.graded import GradedFact, GradedNumber, GradedWord, graded
from amprep.profiles.tables import GRADED_TABLES, rule_model
from amprep.profiles.toml_file import FileModel, FileVersion, Number, Within

__all__ = [
    "MODES",
    "MachineFile",
    "MaterialFile",
    "ProcessFile",
    "SourcesFile",
]

#: Words for the recoating modes.
MODES = ("one_sided", "two_sided")

#: Lasers of a machine: the sets of them that reach a place are listed one by one, 2^16 at most.
_MOST_LASERS = 16

_Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")]


class _Direction(GradedWord):
    value: Literal["+x", "-x", "+y", "-y"]


class _Order(GradedWord):
    value: Literal["first", "last"]


class _PartOrder(GradedWord):
    value: Literal["against_gas", "as_listed"]


class _Mode(GradedWord):
    value: Literal["one_sided", "two_sided"]


class _SkyWriting(GradedWord):
    value: Literal["hatches", "all", "off"]


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


#: Of a field, in mm; squares of far larger numbers are none any more.
_Place = Annotated[Number, Within(-1e5, 1e5)]


class _Laser(FileModel):
    number: Annotated[int, Strict(), Field(ge=1)]
    power_w: Annotated[GradedNumber, Within(10, 20000)]
    focus_diameter_mm: Annotated[GradedNumber, Within(0.01, 1)]
    field_mm: tuple[_Place, _Place, _Place, _Place] | None = None
    field_circle_mm: tuple[_Place, _Place, _Place] | None = None
    field_origin: GradedWord

    @field_validator("field_mm")
    @classmethod
    def _corners_in_order(
        cls, field: tuple[float, float, float, float] | None
    ) -> tuple[float, float, float, float] | None:
        if field is not None and not (field[0] < field[2] and field[1] < field[3]):
            raise ValueError("needs [x0, y0, x1, y1] with x0 < x1 and y0 < y1")
        return field

    @field_validator("field_circle_mm")
    @classmethod
    def _has_a_radius(cls, field: tuple[float, float, float] | None) -> tuple[float, float, float] | None:
        if field is not None and not field[2] > 0:
            raise ValueError("needs [x, y, radius] with a radius above 0")
        return field

    @model_validator(mode="after")
    def _one_field(self) -> _Laser:
        if (self.field_mm is None) == (self.field_circle_mm is None):
            has = "no field" if self.field_mm is None else "two fields"
            raise ValueError(
                f"laser {self.number} has {has}: it needs field_mm = [x0, y0, x1, y1] or "
                "field_circle_mm = [x, y, radius]"
            )
        return self

    @property
    def bounds_mm(self) -> tuple[float, float, float, float]:
        """The field's bounding rectangle."""
        if self.field_mm is not None:
            return self.field_mm
        x, y, radius = self.field_circle_mm or (0.0, 0.0, 0.0)
        return x - radius, y - radius, x + radius, y + radius


class _Scanner(FileModel):
    """What may be None has its default in `amprep.model.machine`."""

    max_scan_speed_mm_s: Annotated[GradedNumber, Within(100, 100000)]
    jump_speed_mm_s: Annotated[GradedNumber, Within(100, 100000)]
    acceleration_mm_s2: Annotated[GradedNumber, Within(1e4, 1e10)] | None = None
    jump_delay_s: Annotated[GradedNumber, Within(0, 0.1)]
    sky_writing: Annotated[_SkyWriting, BeforeValidator(graded)] | None = None
    turnaround_s: Annotated[GradedNumber, Within(0, 0.1)] | None = None
    time_lag_s: Annotated[GradedNumber, Within(0, 0.1)] | None = None
    run_in_lags: Annotated[GradedNumber, Within(0, 20)] | None = None
    run_out_lags: Annotated[GradedNumber, Within(0, 20)] | None = None
    mark_delay_s: Annotated[GradedNumber, Within(0, 0.1)] | None = None
    polygon_delay_s: Annotated[GradedNumber, Within(0, 0.1)]
    laser_on_delay_s: Annotated[GradedNumber, Within(0, 0.1)]
    laser_off_delay_s: Annotated[GradedNumber, Within(0, 0.1)]
    part_change_s: Annotated[GradedNumber, Within(0, 60)] | None = None

    @model_validator(mode="after")
    def _one_turnaround(self) -> _Scanner:
        if self.turnaround_s is None and self.time_lag_s is None:
            raise ValueError("needs turnaround_s, or time_lag_s from which it follows")
        if self.turnaround_s is not None:
            for key in ("time_lag_s", "run_in_lags", "run_out_lags"):
                if getattr(self, key) is not None:
                    raise ValueError(
                        f"has both turnaround_s and {key}: give the turnaround as measured, "
                        "or the time lag from which it follows"
                    )
        return self


class _TimeByMode(FileModel):
    one_sided: Annotated[GradedNumber, Within(0.1, 600)] | None = None
    two_sided: Annotated[GradedNumber, Within(0.1, 600)] | None = None


class _FactorByMode(FileModel):
    one_sided: Annotated[GradedNumber, Within(0.5, 10)] | None = None
    two_sided: Annotated[GradedNumber, Within(0.5, 10)] | None = None


class _Recoater(FileModel):
    time_s: _TimeByMode
    base_time_s: Annotated[GradedNumber, Within(0, 600)]
    first_layers_extra_s: Annotated[GradedNumber, Within(0, 3600)] | None = None
    min_layer_time_s: Annotated[GradedNumber, Within(0, 3600)]
    direction: _Direction


class _Phases(FileModel):
    inerting_s: Annotated[GradedNumber, Within(0, 604800)]
    heating_s: Annotated[GradedNumber, Within(0, 604800)]
    cooling_s: Annotated[GradedNumber, Within(0, 604800)]
    unpacking_s: Annotated[GradedNumber, Within(0, 604800)] | None = None


class _Powder(FileModel):
    dose_factor: _FactorByMode
    first_layers_dose_factor: Annotated[GradedNumber, Within(0.5, 10)]
    first_layers: Annotated[int, Strict(), Field(ge=0)]
    sieve_loss_pct: Annotated[GradedNumber, Within(0, 100)]
    spatter_loss_pct: Annotated[GradedNumber, Within(0, 100)]
    handling_loss_pct: Annotated[GradedNumber, Within(0, 100)]
    exposed_dose_factor: Annotated[GradedNumber, Within(0, 10)] | None = None
    bed_packing_pct: Annotated[GradedNumber, Within(0, 100)] | None = None
    initial_l: Annotated[GradedNumber, Within(0, 1000)] | None = None
    reserve_pct: Annotated[GradedNumber, Within(0, 300)] | None = None
    reuse_pct: Annotated[GradedNumber, Within(0, 100)] | None = None
    supply_l: Annotated[GradedNumber, Within(0.01, 10000)] | None = None

    @model_validator(mode="after")
    def _loses_no_more_than_all(self) -> _Powder:
        if self.sieve_loss_pct.value + self.handling_loss_pct.value > 100:
            raise ValueError("sieve_loss_pct and handling_loss_pct take more than 100 % of the powder")
        return self


class _Utilities(FileModel):
    power_preparing_kw: Annotated[GradedNumber, Within(0, 1000)] | None = None
    power_building_kw: Annotated[GradedNumber, Within(0, 1000)] | None = None
    power_cooling_kw: Annotated[GradedNumber, Within(0, 1000)] | None = None
    gas_flood_l_min: Annotated[GradedNumber, Within(0, 10000)] | None = None
    gas_process_l_min: Annotated[GradedNumber, Within(0, 10000)] | None = None


class _Smoke(FileModel):
    """What is None has its default in `amprep.model.machine`."""

    reach_mm: Annotated[GradedNumber, Within(0, 5000)] | None = None
    half_width_mm: Annotated[GradedNumber, Within(0, 1000)] | None = None
    half_angle_deg: Annotated[GradedNumber, Within(0, 80)] | None = None


class MachineFile(FileModel):
    """Content of a machine profile."""

    amprep: FileVersion = 1
    id: _Id
    name: str
    aliases: tuple[str, ...] = ()
    default_material: _Id
    processes_of: str = ""
    """Id of the machine whose processes this one uses; for copies with an id of their own."""
    gas_flow_direction: _Direction
    build_volume: _BuildVolume
    lasers: Annotated[tuple[_Laser, ...], Field(min_length=1, max_length=_MOST_LASERS)]
    scanner: _Scanner
    recoater: _Recoater
    phases: _Phases
    powder: _Powder
    utilities: _Utilities | None = None
    smoke: _Smoke | None = None
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

    amprep: FileVersion = 1
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


class _Process(FileModel):
    """What is no table of a process profile."""

    amprep: FileVersion = 1
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
    min_energy_j_mm3: Annotated[GradedNumber, Within(1, 1000)] | None = None
    max_energy_j_mm3: Annotated[GradedNumber, Within(1, 1000)] | None = None
    part_order: _PartOrder | None = None
    core: Any
    contour: Any
    rules: tuple[rule_model("core"), ...] = ()  # type: ignore[valid-type]

    @model_validator(mode="after")
    def _contour_and_hatch_meet(self) -> _Process:
        hatch, contour = self.core.beam_offset_mm.value, self.contour
        if hatch > 2 * contour.beam_offset_mm.value + 1e-12:
            raise ValueError(
                f"core.beam_offset_mm ({hatch:g}) is more than twice contour.beam_offset_mm "
                f"({contour.beam_offset_mm.value:g}): a gap would stay between contour and hatch"
            )
        return self


_TABLES: Any = {
    name: (GRADED_TABLES[name], ...) if name in {"core", "contour"} else (GRADED_TABLES[name], None)
    for name in TABLES
}

#: Content of a process profile: one machine, one material, one layer thickness.
ProcessFile: Any = create_model("ProcessFile", __base__=_Process, **_TABLES)


class _Source(FileModel):
    title: str
    address: str = ""
    note: str = ""


class SourcesFile(FileModel):
    """Content of ``sources.toml``: what each source key stands for."""

    amprep: FileVersion = 1
    sources: dict[str, _Source]
