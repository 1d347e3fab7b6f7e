"""Validated file content -> nouns."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from amprep.model.exposure import (
    TABLES,
    ContourExposure,
    EdgeExposure,
    Filters,
    HatchExposure,
    LaserSharing,
    LayerRule,
    OwnExposure,
    Reexposure,
    Scaling,
    SkinExposure,
)
from amprep.model.machine import (
    BuildVolume,
    Laser,
    MachineProfile,
    Phases,
    PowderSystem,
    Recoater,
    Scanner,
    Smoke,
    Utilities,
    assumed_supply_l,
)
from amprep.model.material import MaterialProfile
from amprep.model.process import PART_ORDER, ProcessProfile
from amprep.model.provenance import Grade, Graded, GradedNumbers, GradedText, GradedValue
from amprep.profiles.graded import GradedFact, GradedNumber, GradedNumberList, GradedWord
from amprep.profiles.parameters import PARAMETERS
from amprep.profiles.schema import MODES, MachineFile, MaterialFile

if TYPE_CHECKING:
    from amprep.profiles.toml_file import FileModel

__all__ = ["layer_rule", "machine_noun", "material_noun", "process_noun"]


def machine_noun(file: MachineFile, path: str, sha256: str) -> MachineProfile:
    """The machine that a profile file describes; `path` and `sha256` say which file it was."""
    volume, recoater = file.build_volume, file.recoater
    build_volume = BuildVolume(
        shape=volume.shape,
        size_x_mm=_value(volume.size_x_mm),
        size_y_mm=_value(volume.size_y_mm),
        height_mm=_value(volume.height_mm),
    )
    return MachineProfile(
        id=file.id,
        name=file.name,
        aliases=file.aliases,
        default_material=file.default_material,
        build_volume=build_volume,
        lasers=tuple(
            Laser(
                number=laser.number,
                power_w=_value(laser.power_w),
                focus_diameter_mm=_value(laser.focus_diameter_mm),
                field_mm=laser.bounds_mm,
                field_origin=_text(laser.field_origin),
                field_circle_mm=laser.field_circle_mm,
            )
            for laser in file.lasers
        ),
        scanner=_scanner(file.scanner),
        recoater=Recoater(**{**_given(recoater, "time_s"), "time_s": _by_mode(recoater.time_s)}),
        gas_flow_direction=_text(file.gas_flow_direction),
        phases=Phases(**_given(file.phases)),
        powder=_powder(file.powder, build_volume),
        utilities=Utilities(**_given(file.utilities)),
        smoke=Smoke(**_given(file.smoke)),
        facts={key: _fact(fact) for key, fact in file.facts.items()},
        path=path,
        sha256=sha256,
        processes_of=file.processes_of,
    )


def _powder(file: Any, volume: BuildVolume) -> PowderSystem:
    """What the profile leaves out has its default in `amprep.model.machine`."""
    apart = {"dose_factor", "first_layers"}
    given = {name: _value(entry) for name, entry in file if entry is not None and name not in apart}
    return PowderSystem(
        dose_factor=_by_mode(file.dose_factor),
        first_layers=file.first_layers,
        **({"supply_l": assumed_supply_l(volume)} | given),
    )


def _scanner(file: Any) -> Scanner:
    """A time lag instead of the turnaround gives run-in and run-out together."""
    given = _given(file)
    if "turnaround_s" in given:
        return Scanner(**given)
    lag = given["time_lag_s"]
    scanner = Scanner(turnaround_s=lag, **given)
    run_in, run_out = scanner.run_in_lags, scanner.run_out_lags
    low, high = ((i + o) * end for end, i, o in zip(lag.bounds, run_in.bounds, run_out.bounds, strict=True))
    turnaround = GradedValue(
        (run_in.value + run_out.value) * lag.value,
        Grade.worst(lag.grade, run_in.grade, run_out.grade),
        tuple(dict.fromkeys(lag.sources + run_in.sources + run_out.sources)),
        low,
        high,
        f"({run_in.value:g} + {run_out.value:g}) × time_lag_s",
    )
    return replace(scanner, turnaround_s=turnaround)


def material_noun(file: MaterialFile, path: str, sha256: str) -> MaterialProfile:
    """The material that a profile file describes."""
    return MaterialProfile(
        id=file.id,
        name=file.name,
        aliases=file.aliases,
        solid_density_g_cm3=_value(file.solid_density_g_cm3),
        apparent_density_g_cm3=_value(file.apparent_density_g_cm3),
        tap_density_g_cm3=_value(file.tap_density_g_cm3),
        price_eur_kg=_value(file.price_eur_kg),
        self_support_deg=_value(file.self_support_deg),
        sieve_um=None if file.sieve_um is None else _value(file.sieve_um),
        path=path,
        sha256=sha256,
    )


def process_noun(file: Any, path: str, sha256: str) -> ProcessProfile:
    """The process that a profile file describes."""
    rate, temperature, wall = file.volume_rate_mm3_s, file.platform_temperature_c, file.min_wall_mm
    least, most = file.min_energy_j_mm3, file.max_energy_j_mm3
    return ProcessProfile(
        id=file.id,
        name=file.name,
        machine=file.machine,
        material=file.material,
        layer_thickness_mm=file.layer_thickness_mm,
        is_default=file.is_default,
        core=_hatch(file.core),
        contour=ContourExposure(**_given(file.contour)),
        upskin=_skin(file.upskin),
        downskin=_skin(file.downskin),
        edge=EdgeExposure(**_given(file.edge)),
        support=_own(_given(file.support)),
        filters=Filters(**_given(file.filters)),
        scaling=Scaling(**_given(file.scaling)),
        lasers=LaserSharing(**_given(file.lasers)),
        rules=tuple(layer_rule(rule, core="core") for rule in file.rules),
        part_order=PART_ORDER if file.part_order is None else _text(file.part_order),
        contour_order=_text(file.contour_order),
        recoating_mode=_text(file.recoating_mode),
        volume_rate_mm3_s=None if rate is None else _value(rate),
        inert_gas=None if file.inert_gas is None else _text(file.inert_gas),
        recoater_blade=None if file.recoater_blade is None else _text(file.recoater_blade),
        platform_temperature_c=None if temperature is None else _value(temperature),
        min_wall_mm=None if wall is None else _value(wall),
        min_energy_j_mm3=None if least is None else _value(least),
        max_energy_j_mm3=None if most is None else _value(most),
        path=path,
        sha256=sha256,
    )


def _hatch(file: Any) -> HatchExposure:
    """A table that names no pattern means stripes, as well founded as their width."""
    width = file.stripe_width_mm
    given = {"pattern": GradedText("stripes", width.grade, width.sources)} | _given(file)
    return HatchExposure(**given)


_HATCH_KEYS = {parameter.key for parameter in PARAMETERS["core"]}
_OWN_KEYS = {"contour_laser_power_w", "contour_scan_speed_mm_s"}


def _own(given: dict[str, Any]) -> OwnExposure:
    hatch = tuple((key, value) for key, value in given.items() if key in _HATCH_KEYS)
    return OwnExposure(hatch, **{key: value for key, value in given.items() if key in _OWN_KEYS})


def _skin(file: Any) -> SkinExposure:
    given = _given(file)
    rest = {key: value for key, value in given.items() if key not in _HATCH_KEYS | _OWN_KEYS}
    return SkinExposure(_own(given), **rest)


def layer_rule(file: Any, *, core: str) -> LayerRule:
    """The rule that a table ``[[rules]]`` describes; `core` is what the file calls the core."""
    first, last = file.ends
    if file.layers is None:
        first = file.every
    changes = []
    for table in TABLES:
        values = getattr(file, core if table == "core" else table, None)
        if values is not None:
            given = _given(values) if core == "core" else dict(values)
            changes += [(table, key, value) for key, value in given.items() if value is not None]
    again = file.reexpose
    reexposure = None
    if again is not None:
        power, speed = (
            None if value is None else GradedValue(value, Grade.USER, ("USER",))
            for value in (again.laser_power_w, again.scan_speed_mm_s)
        )
        reexposure = Reexposure(again.regions, again.when, power, speed)
    return LayerRule(first, last, file.every, tuple(changes), reexposure, is_jobs=core == "hatch")


def _given(table: Any, *but: str) -> dict[str, Any]:
    """What a table gives, by field, but for some; nothing for no table."""
    entries = [] if table is None else [(name, entry) for name, entry in table if entry is not None]
    return {name: _graded(entry) for name, entry in entries if name not in but}


def _graded(entry: GradedNumber | GradedWord | GradedNumberList) -> Graded:
    if isinstance(entry, GradedWord):
        return _text(entry)
    if isinstance(entry, GradedNumberList):
        return GradedNumbers(entry.value, entry.grade, entry.sources, entry.note)
    return _value(entry)


def _value(number: GradedNumber) -> GradedValue:
    low, high = number.range or (None, None)
    return GradedValue(number.value, number.grade, number.sources, low, high, number.note)


def _text(word: GradedWord) -> GradedText:
    return GradedText(word.value, word.grade, word.sources, word.note)


def _fact(fact: GradedFact) -> GradedValue | GradedText:
    if isinstance(fact.value, str):
        return GradedText(fact.value, fact.grade, fact.sources, fact.note)
    low, high = fact.range or (None, None)
    return GradedValue(fact.value, fact.grade, fact.sources, low, high, fact.note)


def _by_mode(table: FileModel) -> dict[str, GradedValue]:
    """The recoating modes that the table names."""
    return {mode: _value(number) for mode in MODES if (number := getattr(table, mode)) is not None}
