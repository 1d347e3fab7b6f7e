"""The area audit as rows of the report: sliced = hatched + contoured + edges + left out + lost."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from amprep.report.figures import Bar, Row, bar_of
from amprep.report.local import Figure, Local, Words, count_of, number, percent, say, with_unit

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "audit_bar",
    "audit_rows",
    "audit_sentences",
    "lost_places",
    "lost_share",
    "region_name",
    "region_rows",
    "shown_places",
]

#: What becomes of the sliced area; together they are all of it.
EXPOSED = ("hatched", "contoured", "edged", "compensated")
LOST = ("lost_thin", "lost_short", "lost_gap")

#: So many of the places that lose most are listed; fewer where none is as large as can be seen, in mm².
MOST_PLACES, MOST_TINY_PLACES, TINY_MM2 = 12, 3, 1e-3

_AGAIN = " again"


def _area(audit: Mapping[str, Any], name: str) -> Figure:
    area = audit[f"{name}_mm2"]
    return Figure(f"area_audit.{name}_mm2", area, _mm2(area))


def _mm2(area: float) -> Local:
    if area >= 100:
        return with_unit(area, "mm²", digits=max(4, 1 + math.floor(math.log10(area))))
    if 0 < area < TINY_MM2:
        return with_unit(1e6 * area, "µm²")
    return with_unit(area, "mm²")


def audit_rows(summary: Mapping[str, Any]) -> list[Row]:
    """The sliced area, what becomes of it, and the sum of that, which is the sliced area again."""
    audit = summary["area_audit"]
    sliced = audit["sliced_mm2"] or 1.0
    rows = [Row(say("sliced"), _area(audit, "sliced"), percent(1.0), is_total=True)]
    rows += [
        Row(say(name), _area(audit, name), percent(audit[f"{name}_mm2"] / sliced), is_part=True)
        for name in (*EXPOSED, *LOST)
    ]
    total = math.fsum(audit[f"{name}_mm2"] for name in (*EXPOSED, *LOST))
    figure = Figure("audit_sum", total, _mm2(total))
    rows.append(Row(say("audit_sum"), figure, percent(total / sliced), is_total=True))
    return rows


def audit_bar(summary: Mapping[str, Any]) -> Bar:
    """The sliced area as a bar."""
    audit = summary["area_audit"]
    parts = {name: audit[f"{name}_mm2"] for name in (*EXPOSED, *LOST)}
    return bar_of(parts, audit["sliced_mm2"], "audit_bar", {})


def lost_share(summary: Mapping[str, Any]) -> float:
    """What of the sliced area nothing exposes."""
    audit = summary["area_audit"]
    share: float = audit["lost_mm2"] / (audit["sliced_mm2"] or 1.0)
    return share


def audit_sentences(summary: Mapping[str, Any]) -> list[Local]:
    """What is exposed twice, and how many layers lose something."""
    audit = summary["area_audit"]
    said = []
    if audit["overlap_mm2"] > 0:
        share = percent(audit["overlap_mm2"] / (audit["sliced_mm2"] or 1.0))
        said.append(say("overlap", area=_mm2(audit["overlap_mm2"]), share=share))
    if audit["layers_with_loss"]:
        said.append(
            count_of(
                "lost_layers",
                audit["layers_with_loss"],
                area=_mm2(audit["worst_layer_lost_mm2"]),
                z=with_unit(audit["worst_layer_top_mm"], "mm", digits=5),
            )
        )
    return said


def lost_places(summary: Mapping[str, Any]) -> list[tuple[Words, ...]]:
    """The largest places that nothing exposes: part, layer, z, x, y, area and width."""
    return [
        (
            place["part"],
            number(place["layer"]),
            number(place["top_mm"], 2),
            number(place["x_mm"], 2),
            number(place["y_mm"], 2),
            _mm2(place["area_mm2"]),
            with_unit(1000 * place["width_mm"], "µm"),
        )
        for place in _listed(summary)
    ]


def _listed(summary: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    places = sorted(summary["area_audit"]["lost_places"], key=lambda place: -place["area_mm2"])
    large = [place for place in places if place["area_mm2"] >= TINY_MM2]
    return large[:MOST_PLACES] or places[:MOST_TINY_PLACES]


def shown_places(summary: Mapping[str, Any]) -> Local | None:
    """How many of the places are listed, where it is not all of them."""
    shown, every = len(_listed(summary)), summary["area_audit"]["lost_places_in_all"]
    return count_of("lost_shown", shown, all=number(every)) if every > shown else None


def region_rows(summary: Mapping[str, Any]) -> list[Row]:
    """The length that is marked in each region."""
    regions = {name: entry["length_mm"] for name, entry in summary["regions"].items()}
    whole = math.fsum(regions.values()) or 1.0
    return [
        Row(
            region_name(name),
            Figure(f"regions.{name}.length_mm", length, with_unit(length / 1000, "m", digits=4)),
            percent(length / whole),
        )
        for name, length in regions.items()
    ]


def region_name(name: str) -> Words:
    """A region by the name that the summary gives it."""
    once = name.removesuffix(_AGAIN)
    known = {"core", "contour", "upskin", "downskin", "upskin_contour", "downskin_contour", "edge"}
    if once not in known | {"support", "support_contour"}:
        return name
    return say("again", region=say(once)) if name.endswith(_AGAIN) else say(once)
