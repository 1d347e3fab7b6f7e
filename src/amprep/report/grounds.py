"""What the figures rest on: uncertain inputs with their grades and effects, and the parameters of the job."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from amprep.languages import LANGUAGES
from amprep.languages.catalogues import words
from amprep.report.auditing import region_name
from amprep.report.figures import UNCONFIRMED
from amprep.report.local import (
    Local,
    Words,
    count_of,
    duration,
    each,
    number,
    rounded,
    say,
    span_of,
    with_unit,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from amprep.model.process import ProcessProfile
    from amprep.model.provenance import Graded
    from amprep.runs import Run

__all__ = [
    "MOST_SHOWN",
    "Ground",
    "Input",
    "ParameterSet",
    "build_volume_row",
    "graded_row",
    "grounds",
    "input_label",
    "parameter_rows",
    "parameter_sets",
]

#: So many inputs of a total stand open, the others are folded away on the screen.
MOST_SHOWN = 4

#: Inputs with less than this share of the strongest effect are counted, not listed.
LEAST_EFFECT = 0.01

#: Totals in their order, with the unit of their effects and what to divide by.
TOTALS = {
    "job_s": ("s", 1.0),
    "charge_g": ("kg", 1000.0),
    "loss_g": ("kg", 1000.0),
    "energy_kwh": ("kWh", 1.0),
    "gas_m3": ("m³", 1.0),
    "cost_eur": ("EUR", 1.0),
}


@dataclass(frozen=True, slots=True)
class Input:
    """An uncertain input: its words and its field in the profile, value, grade, range and effect."""

    label: Words
    field: str
    value: Words
    grade: Words
    is_unconfirmed: bool
    range_text: Words
    effect: Words


@dataclass(frozen=True, slots=True)
class Ground:
    """A total and the inputs it rests on, the strongest first."""

    total: Local
    inputs: tuple[Input, ...]
    weak: Local | None
    """How many more there are that hardly matter."""


def grounds(summary: Mapping[str, Any]) -> list[Ground]:
    """Of each total, what it rests on."""
    found = []
    for total, (unit, divisor) in TOTALS.items():
        rows = summary["assumptions"].get(total)
        if rows is None:
            continue
        most = max((_strength(row) for row in rows), default=0.0)
        strong = [row for row in rows if _strength(row) >= LEAST_EFFECT * most]
        weak = len(rows) - len(strong)
        found.append(
            Ground(
                say(f"total_{total}"),
                tuple(_input(row, unit, divisor) for row in strong),
                count_of("basis_weak", weak) if weak else None,
            )
        )
    return found


def _strength(row: Mapping[str, Any]) -> float:
    return max(abs(float(end)) for end in row["effect"])


def _input(row: Mapping[str, Any], unit: str, divisor: float) -> Input:
    low, high = row["range"]
    grade = row["grade"]
    return Input(
        label=input_label(row["input"]),
        field=row["input"],
        value=_value(row["value"], row["unit"]),
        grade=say(f"grade_{grade}"),
        is_unconfirmed=grade in UNCONFIRMED,
        range_text=_ends(low, high, row["unit"]),
        effect=_effect(row["effect"], unit, divisor),
    )


def input_label(name: str) -> Words:
    """An input in words; its field's name where there are none."""
    key = f"input {name}"
    if _is_known(key):
        return say(key)
    table, _, field = name.partition(".")
    if field.startswith("scan_speed_mm_s"):
        return say("input scan_speed", region=region_name(table))
    return name


def _is_known(key: str) -> bool:
    try:
        words("report", LANGUAGES[0], key)
    except KeyError:
        return False
    return True


def _value(value: float, unit: str) -> Local:
    if unit == "s" and abs(value) >= 100:
        return duration(value)
    if unit == "s" and 0 < abs(value) < 0.1:
        return with_unit(1000 * value, "ms")
    if unit == "mm/s²":
        return with_unit(value / 1000, "m/s²")
    return with_unit(value, unit)


def _ends(low: float, high: float, unit: str) -> Local:
    if unit == "s" and high >= 100:
        first, last = duration(low), duration(high)
        return each(lambda lang: f"{first.in_language(lang)}\u2009–\u2009{last.in_language(lang)}")
    if unit == "s" and 0 < high < 0.1:
        return span_of(1000 * low, 1000 * high, "ms")
    if unit == "mm/s²":
        return span_of(low / 1000, high / 1000, "m/s²")
    return span_of(low, high, unit)


def _effect(effect: Sequence[float], unit: str, divisor: float) -> Local:
    least, most = sorted(effect)
    ends = [_signed(end / divisor, unit) for end in (least, most)]
    return each(lambda lang: " … ".join(end.in_language(lang) for end in ends))


def _signed(value: float, unit: str) -> Local:
    text = duration(value) if unit == "s" else with_unit(value, unit, digits=2)
    return each(lambda lang: ("+" if value > 0 else "") + text.in_language(lang))


@dataclass(frozen=True, slots=True)
class ParameterSet:
    """Power and speed of each region that the job exposes, and where the set is used."""

    number: int
    rows: tuple[tuple[Words, Words, Words, Words], ...]
    """Region, laser power, scan speed, grade."""
    where: tuple[Words, ...]


def parameter_sets(run: Run, exposures: Sequence[Mapping[str, Any]]) -> list[ParameterSet]:
    """The sets of parameters as ``job.json`` has them, of the regions that occur; again where they say so."""
    used = run.summary["regions"]
    found = []
    for place, (process, one) in enumerate(zip(run.parameter_sets.processes, exposures, strict=True)):
        rows = []
        again = {f"{region} again" for each_time in process.reexposures for region in each_time.regions}
        for region, beam in one["regions"].items():
            if region in used and (region in again or not region.endswith(" again")):
                rows.append(
                    (
                        region_name(region),
                        with_unit(beam["laser_power_w"], "W"),
                        with_unit(beam["scan_speed_mm_s"], "mm/s", digits=5),
                        _beam_grade(process, region),
                    )
                )
        where = [
            say(
                "set_where",
                part=run.part_names[entry["part"]],
                layers=", ".join(
                    f"{first}–{last}" if last > first else str(first) for first, last in entry["layers"]
                ),
            )
            for entry in one["where"]
        ]
        found.append(ParameterSet(place + 1, tuple(rows), tuple(where) if len(exposures) > 1 else ()))
    return found


def _beam_grade(process: ProcessProfile, region: str) -> Words:
    from amprep.model.exposure import AGAIN
    from amprep.model.provenance import Grade
    from amprep.model.scan import Region

    once = region.removesuffix(" again")
    index = next(one for one in Region if one.key == once) + (AGAIN if region != once else 0)
    power, speed = process.beam(index)
    return say(f"grade_{Grade.worst(power.grade, speed.grade)}")


def parameter_rows(run: Run) -> list[tuple[Words, Words, Words | None]]:
    """Machine, material and process with the settings that shape the layers: name, value, grade."""
    process, machine = run.process, run.machine
    core, contour = process.core, process.contour
    rows: list[tuple[Words, Words, Words | None]] = [
        (say("machine"), machine.name, None),
        build_volume_row(run),
        (say("material"), run.material.name, None),
        (say("process"), process.name, None),
        (say("layer_thickness"), with_unit(1000 * process.layer_thickness_mm, "µm"), None),
        graded_row(say("pattern"), core.pattern),
        graded_row(say("hatch_distance"), core.hatch_distance_mm, "mm"),
    ]
    if str(core.pattern.value) == "stripes":
        rows.append(graded_row(say("stripe_width"), core.stripe_width_mm, "mm"))
    if str(core.pattern.value) in {"chess", "hexagon"}:
        rows.append(graded_row(say("island"), core.island_mm, "mm"))
    rows += [
        graded_row(say("rotation"), core.rotation_deg, "°"),
        graded_row(say("beam_offset"), core.beam_offset_mm, "mm"),
        graded_row(say("contour_offset"), contour.beam_offset_mm, "mm"),
        graded_row(say("contour_count"), contour.count),
        graded_row(say("upskin_layers"), process.upskin.layers),
        graded_row(say("downskin_layers"), process.downskin.layers),
        graded_row(say("recoating_mode"), process.recoating_mode),
    ]
    if process.recoater_blade is not None:
        rows.append(graded_row(say("recoater_blade"), process.recoater_blade))
    if process.inert_gas is not None:
        rows.append(graded_row(say("inert_gas"), process.inert_gas))
    if process.platform_temperature_c is not None:
        rows.append(graded_row(say("platform_temperature"), process.platform_temperature_c, "°C"))
    if len(machine.lasers) > 1:
        rows.append(graded_row(say("laser_strategy"), process.lasers.strategy))
    return rows


def graded_row(label: Words, graded: Graded, unit: str = "") -> tuple[Words, Words, Words | None]:
    """A value of a profile: name, value with unit, grade."""
    return label, _shown(graded.value, unit), say(f"grade_{graded.grade}")


def _shown(value: float | str | tuple[float, ...], unit: str) -> Words:
    if isinstance(value, str):
        return say(f"word {value}") if _is_known(f"word {value}") else value
    if isinstance(value, tuple):
        shown = [_shown(one, unit) for one in value]
        return each(lambda lang: "; ".join(one.in_language(lang) for one in shown if isinstance(one, Local)))
    if unit == "°":
        angle = rounded(value, 4)
        return each(lambda lang: f"{angle.in_language(lang)}°")
    return _value(value, unit) if unit == "s" else with_unit(value, unit, digits=4)


def build_volume_row(run: Run) -> tuple[Words, Words, Words | None]:
    """Size of the build volume, graded as its height."""
    volume = run.machine.build_volume
    x0, y0, x1, y1 = volume.bounds_mm
    height = number(volume.height_mm.value)
    if volume.shape == "box":
        text = each(
            lambda lang: (
                f"{number(x1 - x0).in_language(lang)} × {number(y1 - y0).in_language(lang)} × "
                f"{height.in_language(lang)} mm"
            )
        )
    else:
        text = each(lambda lang: f"Ø {number(x1 - x0).in_language(lang)} × {height.in_language(lang)} mm")
    return say("build_volume"), text, say(f"grade_{volume.height_mm.grade}")
