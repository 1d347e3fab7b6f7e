"""The figures of a job as rows of the report: time by cause, powder, energy, gas, cost, lasers, smoke."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from amprep.model.provenance import Grade
from amprep.report.local import (
    Figure,
    Local,
    Words,
    count_of,
    duration,
    each,
    number,
    of_layer,
    percent,
    say,
    span_of,
    with_unit,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from amprep.runs import Run

__all__ = [
    "UNCONFIRMED",
    "Bar",
    "Row",
    "Tile",
    "bar_of",
    "cost_rows",
    "laser_rows",
    "laser_sentences",
    "powder_rows",
    "rate_sentences",
    "refill_sentence",
    "smoke_sentences",
    "tiles",
    "time_bar",
    "time_figure",
    "time_rows",
    "time_sentences",
]

Summary = "Mapping[str, Any]"

#: Grades of values that nothing confirms.
UNCONFIRMED = {str(grade) for grade in Grade if grade.is_unconfirmed}

#: Causes of the job time in their order, as in ``time_s``.
CAUSES = ("before_first_layer", "recoating", "exposure", "wait", "cooling")


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table: what, the figure, and what share of the whole it is."""

    label: Words
    figure: Figure
    share: Words | None = None
    is_total: bool = False
    is_part: bool = False
    """Of the row above, so that it is set in."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One of the large figures at the top, with a line that says what it means."""

    label: Words
    figure: Figure
    note: Words | None = None
    is_assumed: bool = False
    """Whether it rests on values that nothing confirms."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A whole cut into pieces: of each its name for the style, where it begins and its share, in percent."""

    pieces: tuple[tuple[str, float, float], ...]
    alt: Local


def time_figure(time: Mapping[str, Any], key: str) -> Figure:
    """A time of ``time_s`` with its range, where it has one."""
    ends = time.get("range" if key == "total" else f"{key}_range")
    return Figure(f"time_s.{key}", time[key], duration(time[key]), _time_range(ends))


def _time_range(ends: list[float] | None) -> Local | None:
    if not ends or ends[0] == ends[1]:
        return None
    low, high = duration(ends[0]), duration(ends[1])
    return each(lambda lang: f"{low.in_language(lang)}\u2009–\u2009{high.in_language(lang)}")


def tiles(summary: Mapping[str, Any]) -> list[Tile]:
    """The figures that one wants first."""
    height = with_unit(summary["built_height_mm"], "mm", digits=5)
    thickness = with_unit(1000 * summary["layer_thickness_mm"], "µm")
    mass, energy, gas = summary["mass_g"], summary["energy_kwh"], summary["gas_m3"]
    count = summary["refills"]["count"]
    assumed = {
        total: any(row["grade"] in UNCONFIRMED for row in rows)
        for total, rows in summary["assumptions"].items()
    }
    found = [
        Tile(say("job_time"), time_figure(summary["time_s"], "job"), say("job_time_is"), assumed["job_s"]),
        Tile(
            say("layers"),
            Figure("layers", summary["layers"], number(summary["layers"])),
            say("layers_are", thickness=thickness, height=height),
        ),
        Tile(
            say("charge"),
            _mass(mass, "charge"),
            count_of("refills", count) if count else say("refills_none"),
            assumed["charge_g"],
        ),
        Tile(
            say("used_up"),
            _mass(mass, "consumed"),
            say("used_up_is", part=_mass(mass, "part").text),
            assumed["loss_g"],
        ),
    ]
    if energy["total"]:
        found.append(Tile(say("energy"), _total("energy_kwh", energy, "kWh"), None, assumed["energy_kwh"]))
    if gas["total"]:
        found.append(Tile(say("gas"), _total("gas_m3", gas, "m³"), _gas_word(gas["kind"]), assumed["gas_m3"]))
    if cost := summary.get("cost_eur"):
        per_part = with_unit(cost["per_part"], "EUR")
        is_assumed = assumed.get("cost_eur", False)
        found.append(Tile(say("cost"), _euro(cost, "total"), say("cost_per_part", cost=per_part), is_assumed))
    return found


def _gas_word(kind: str) -> Words:
    return say(kind) if kind in {"argon", "nitrogen"} else kind


def _mass(mass: Mapping[str, Any], name: str) -> Figure:
    low, high = mass["range"].get(name, (mass[name], mass[name]))
    grams_per, unit = (1000.0, "kg") if mass[name] >= 1000 else (1.0, "g")
    ends = span_of(low / grams_per, high / grams_per, unit) if high > low else None
    return Figure(f"mass_g.{name}", mass[name], with_unit(mass[name] / grams_per, unit), ends)


def _total(key: str, document: Mapping[str, Any], unit: str) -> Figure:
    low, high = document["range"]
    ends = span_of(low, high, unit) if high > low else None
    return Figure(f"{key}.total", document["total"], with_unit(document["total"], unit), ends)


def _euro(cost: Mapping[str, Any], name: str) -> Figure:
    low, high = cost["range"][name]
    ends = span_of(low, high, "EUR") if high > low else None
    return Figure(f"cost_eur.{name}", cost[name], with_unit(cost[name], "EUR"), ends)


def time_rows(summary: Mapping[str, Any]) -> list[Row]:
    """The job time by cause, the sum, and what is no part of it."""
    time = summary["time_s"]
    job = time["job"] or 1.0
    rows = [
        Row(say(cause), time_figure(time, cause), percent(time[cause] / job))
        for cause in CAUSES
        if time[cause] or cause in {"recoating", "exposure"}
    ]
    rows.append(Row(say("job_time"), time_figure(time, "job"), percent(1.0), is_total=True))
    rows.append(Row(say("all_layers"), time_figure(time, "total"), percent(time["total"] / job)))
    rows.append(Row(say("unpacking"), time_figure(time, "unpacking")))
    return rows


def time_bar(summary: Mapping[str, Any]) -> Bar:
    """The job time as a bar."""
    time = summary["time_s"]
    return bar_of({cause: time[cause] for cause in CAUSES}, time["job"], "time_bar", {})


def bar_of(parts: Mapping[str, float], whole: float, key: str, names: Mapping[str, str]) -> Bar:
    """A bar of parts that add up to the whole; `names` are the keys of their words, where others."""
    pieces, told, begin = [], [], 0.0
    for name, value in parts.items():
        if value <= 0:
            continue
        width = 100.0 * value / (whole or 1.0)
        pieces.append((name, begin, width))
        begin += width
        told.append((say(names.get(name, name)), percent(value / (whole or 1.0))))
    shares = each(
        lambda lang: "; ".join(f"{what.in_language(lang)} {share.in_language(lang)}" for what, share in told)
    )
    return Bar(tuple(pieces), say(key, shares=shares))


def time_sentences(run: Run) -> list[Local]:
    """Where the exposure goes, how layers differ, and how fast metal is melted."""
    times = run.estimate.layer_times
    slowest = {name: duration(seconds) for name, seconds in times.slowest_s.items()}
    said = [say("exposure_is", **slowest)]
    total = times.total_s
    if len(total):
        longest = times.longest
        said.append(
            say(
                "layer_times",
                shortest=of_layer(float(total.min())),
                longest=of_layer(float(total.max())),
                layer=number(longest + 1),
                z=with_unit(float(run.estimate.top_mm[longest]), "mm", digits=5),
            )
        )
    return said + rate_sentences(run.summary)


def rate_sentences(summary: Mapping[str, Any]) -> list[Local]:
    """How fast metal is melted, and what the data sheet says."""
    rate = summary["rate_mm3_s"]
    # Jobs of older versions have no figure of it.
    layers_mm3_s = summary["volume_mm3"] / (summary["time_s"]["total"] or 1.0)
    said = [
        say("rate", exposing=with_unit(rate["exposing"], "mm³/s"), layers=with_unit(layers_mm3_s, "mm³/s"))
    ]
    published, each = rate["published_all_lasers"], rate["published_per_laser"]
    if published is not None:
        lasers = str(round(published / each))
        known: dict[str, Local | str] = {
            "each": with_unit(each, "mm³/s"),
            "rate": with_unit(published, "mm³/s"),
            "number": lasers,
        }
        said.append(say("rate_published", **known))
    return said


def powder_rows(summary: Mapping[str, Any]) -> list[Row]:
    """What is loaded and where it goes, then energy and gas."""
    mass = summary["mass_g"]
    rows = [Row(say("charge"), _mass(mass, "charge"), is_total=True)]
    rows += [Row(say(name), _mass(mass, name), is_part=True) for name in ("initial", "dose")]
    rows.append(Row(say("consumed"), _mass(mass, "consumed"), is_total=True))
    rows += [
        Row(say("of_it_support" if name == "support" else name), _mass(mass, name), is_part=True)
        for name in ("part", "support", "loss", "retired")
        if mass.get(name)
    ]
    rows += [Row(say(name), _mass(mass, name)) for name in ("bed", "overflow", "reusable", "supply")]
    energy, gas = summary["energy_kwh"], summary["gas_m3"]
    rows.append(Row(say("energy"), _total("energy_kwh", energy, "kWh"), is_total=True))
    kind = _gas_word(gas["kind"])
    what = say("gas")
    label = each(lambda lang: f"{what.in_language(lang)} ({_in(kind, lang)})" if gas["kind"] else "")
    rows.append(Row(label if gas["kind"] else what, _total("gas_m3", gas, "m³"), is_total=True))
    return rows


def _in(words: Words, lang: str) -> str:
    return words.in_language(lang) if isinstance(words, Local) else words


def refill_sentence(summary: Mapping[str, Any]) -> Local | None:
    """Before which layers the supply is filled again."""
    layers = summary["refills"]["before_layers"]
    if not layers:
        return None
    told = each(lambda lang: ", ".join(number(one).in_language(lang) for one in layers[:12]))
    return say("refill_before", layers=told)


def cost_rows(summary: Mapping[str, Any]) -> list[Row]:
    """What the job costs by item, in all, and of each part; nothing where no rates were asked for."""
    cost = summary.get("cost_eur")
    if not cost:
        return []
    hours = {"machine": cost["machine_h"], "labour": cost["labour_h"]}
    rows = []
    for item in ("machine", "powder", "gas", "energy", "platform", "labour"):
        places = {"hours": with_unit(hours[item], "h")} if item in hours else {}
        share = percent(cost[item] / (cost["total"] or 1.0))
        rows.append(Row(say(f"cost_{item}", **places), _euro(cost, item), share))
    rows.append(Row(say("cost_total"), _euro(cost, "total"), percent(1.0), is_total=True))
    for place, part in enumerate(cost["parts"]):
        figure = Figure(f"cost_eur.parts.{place}.eur", part["eur"], with_unit(part["eur"], "EUR"))
        rows.append(Row(part["name"], figure, percent(part["share"]), is_part=True))
    return rows


def laser_rows(summary: Mapping[str, Any]) -> list[tuple[int, Figure, Figure, Local]]:
    """Of each laser its number, the time it works, its utilisation in percent, and words for its bar."""
    rows = []
    for place, laser in enumerate(summary["lasers"]):
        used = laser["utilisation_pct"]
        busy = Figure(f"lasers.{place}.busy_s", laser["busy_s"], duration(laser["busy_s"]))
        share = with_unit(used, "%")
        utilisation = Figure(f"lasers.{place}.utilisation_pct", used, share)
        alt = say("laser_bar", number=str(laser["id"]), share=share)
        rows.append((laser["id"], busy, utilisation, alt))
    return rows


def laser_sentences(summary: Mapping[str, Any]) -> list[Local]:
    """How evenly the lasers work, and how long they work in each other's smoke."""
    said = []
    if balance := summary.get("laser_balance"):
        said.append(
            say(
                "balance",
                gap=with_unit(balance["gap_median_pct"], "%", digits=2),
                alone=duration(balance["one_laser_s"]),
                together=duration(summary["time_s"]["exposure"]),
            )
        )
    if smoke := summary.get("smoke"):
        said += smoke_sentences(smoke)
    return said


def smoke_sentences(smoke: Mapping[str, Any]) -> list[Local]:
    """How long lasers mark in each other's smoke, what the order changed, and what that rests on."""
    if smoke["conflict_s_after"] > 0:
        share = percent(smoke["in_smoke_s_after"] / (smoke["marking_s"] or 1.0))
        said = [say("smoke", time=duration(smoke["in_smoke_s_after"]), share=share)]
    else:
        said = [say("smoke_none")]
    if smoke["layers_reordered"]:
        longer = smoke["exposure_s_after"] / (smoke["exposure_s_before"] or 1.0) - 1.0
        before = duration(smoke["in_smoke_s_before"])
        said.append(say("smoke_order", before=before, longer=percent(max(0.0, longer))))
    if (worst := smoke["worst"]) is not None and smoke["conflict_s_after"] > 0:
        said.append(
            say(
                "smoke_worst",
                layer=number(worst["layer"]),
                upwind=str(worst["upwind"]),
                downwind=str(worst["downwind"]),
                time=duration(worst["conflict_s"]),
            )
        )
    grade = say(f"grade_{smoke['reach_mm']['grade']}")
    said.append(
        say(
            "smoke_rests",
            direction=smoke["gas_flow_direction"]["value"].replace("-", "−"),
            reach=with_unit(smoke["reach_mm"]["value"], "mm"),
            grade=grade,
        )
    )
    return said
