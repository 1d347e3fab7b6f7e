"""Findings layer by layer: islands that begin in powder, thin walls, narrow gaps.

Memory stays bounded: layers are cut in blocks, looked at, and let go.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from amprep.checking.finding import Finding, NotExamined, Severity
from amprep.checking.thin_places import Patch, clean_region, thin_gaps, thin_walls
from amprep.checking.wording import area_text, counted, graded_text, place_text
from amprep.engines.serial import SerialEngine
from amprep.hatching.exposing import expose
from amprep.kernels.beneath import UNCLEAR, bodies_held
from amprep.model.arrays import read_only
from amprep.polygons import contours_of, loop_measures, section_of, within_box
from amprep.slicing import BAND, PartCut, cut, plan_mesh

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from amprep.checking.limits import Limits
    from amprep.checking.part import Part
    from amprep.engines import Engine
    from amprep.model.layer import Contours

__all__ = ["MOST_LAYERS", "layer_findings"]

#: Layers beyond which a part is not cut: something is wrong with its unit.
MOST_LAYERS = 100_000

#: Layers, and points of contours, at most in which walls and gaps are measured; of more every n-th layer is.
_MOST_MEASURED = 1000
_MOST_POINTS = 500_000

#: Places tried per body before the areas are compared.
_TRIES = 8

#: A thin place is grave when it has so many squares of the width, or comes in so many measured layers in
#: succession; slanted facets leave slivers in single layers.
_GRAVE_WIDTHS2 = 10.0
_GRAVE_RUN = 10

#: Area of contact below which a body counts as not held.
_CONTACT_MM2 = 1e-6


@dataclass(frozen=True, slots=True)
class _Spot:
    """What one layer, counted from 0, has of something: one place of it, and how many and how much in all."""

    layer: int
    x_mm: float
    y_mm: float
    area_mm2: float
    places: int
    total_mm2: float


@dataclass(slots=True)
class _Tally:
    """What blocks of layers found."""

    islands: list[_Spot] = field(default_factory=list)
    walls: list[_Spot] = field(default_factory=list)
    gaps: list[_Spot] = field(default_factory=list)
    has_room: bool = False
    """Whether the beam has room in any layer that was measured."""

    def add(self, other: _Tally) -> None:
        self.islands += other.islands
        self.walls += other.walls
        self.gaps += other.gaps
        self.has_room = self.has_room or other.has_room


def layer_findings(
    part: Part,
    limits: Limits,
    *,
    engine: Engine | None = None,
    on_layer: Callable[[int, int], None] = lambda _done, _total: None,
) -> tuple[list[Finding], list[NotExamined]]:
    """W244 islands, W246 thin walls, W247 narrow gaps, E408 no room for the beam; for closed meshes.

    Parameters
    ----------
    on_layer : callable
        Called with the number of layers done and of all.

    """
    count = part.layer_count
    if count > MOST_LAYERS:
        why = f"{count:,} layers are more than {MOST_LAYERS:,}; is the unit right?"
        return [], [NotExamined("islands, walls and gaps", why)]
    if not count:
        return [], []
    heights = part.bottom_mm + (np.arange(float(count)) + 0.5) * part.layer_thickness_mm
    engine = engine or SerialEngine()
    cuts = PartCut(plan_mesh(part.mesh, part.mesh.vertices, heights, engine=engine), (0.0, 0.0))
    points = int(cuts.plan.crossings.sum())
    step = max(-(-count // _MOST_MEASURED), -(-points // _MOST_POINTS))
    tally = _Tally()
    done = 0
    for found in engine.map_ordered(
        lambda begin: _look(cuts, begin, min(begin + BAND, count), step, limits), range(0, count, BAND)
    ):
        tally.add(found)
        done = min(done + BAND, count)
        on_layer(done, count)
    findings = [
        *([] if tally.has_room else [_no_room(part, limits)]),
        *_wall_findings(part, limits, tally.walls, step),
        *_gap_findings(part, limits, tally.gaps, step),
        *_island_findings(part, tally.islands),
    ]
    return findings, []


def _no_room(part: Part, limits: Limits) -> Finding:
    """E408, as slicing says it."""
    low, high = part.mesh.bounds_mm[:, 2].tolist()
    return Finding(
        "E408",
        Severity.ERROR,
        "nothing of the part would be exposed: it is too thin everywhere",
        why=f"A wall must be thicker than {limits.process.thinnest_wall_mm * 1000:g} µm to get at least a "
        "single track.",
        fix="check the unit (--unit mm|inch|m), thicken the part, or set edge.min_width_mm or "
        "contour.beam_offset_mm in a job file",
        z_range_mm=(low, high),
        layers=part.layers(low, high),
    )


def _look(cuts: PartCut, begin: int, end: int, step: int, limits: Limits) -> _Tally:
    """Look at the layers begin … end - 1."""
    tally = _Tally()
    first = max(begin - 1, 0)
    stack = cut(cuts, first, end)
    below: Contours | None = None
    for layer in range(first, end):
        contours = stack.layer(layer - first)
        if layer % step == 0 and layer >= begin:
            region = clean_region(contours)
            if not tally.has_room:
                tally.has_room = len(expose(region, limits.process, layer).segments) > 0
            tally.walls += _spots(layer, thin_walls(region, limits.wall_mm.value))
            tally.gaps += _spots(layer, thin_gaps(region, limits.gap_mm.value))
        if below is not None:
            tally.islands += _islands(layer, contours, below)
        below = contours
    return tally


def _spots(layer: int, patches: list[Patch]) -> list[_Spot]:
    """The largest place of a layer, if there is one."""
    if not patches:
        return []
    worst = max(patches, key=lambda patch: patch.area_mm2)
    total = sum(patch.area_mm2 for patch in patches)
    return [_Spot(layer, worst.x_mm, worst.y_mm, worst.area_mm2, len(patches), total)]


def _islands(layer: int, region: Contours, below: Contours) -> list[_Spot]:
    """Bodies of a layer that have nothing beneath them."""
    if not (_held(region, below) == UNCLEAR).any():
        return []
    # A body that overlaps a held one in its own layer is held by it.
    region = clean_region(region)
    unclear = np.flatnonzero(_held(region, below) == UNCLEAR)
    areas, boxes = loop_measures(region)
    _, boxes_below = loop_measures(below)
    patches = []
    for loop in unclear.tolist():
        box = boxes[loop]
        holes = np.flatnonzero(_meet(boxes, box) & (areas < 0.0))
        beneath = np.flatnonzero(_meet(boxes_below, box))
        body = contours_of([region.loop(i) for i in (loop, *holes.tolist())])
        ground = contours_of([below.loop(i) for i in beneath.tolist()])
        if _contact_mm2(body, ground, box) <= _CONTACT_MM2:
            x, y = region.loop(loop).mean(axis=0).tolist()
            patches.append(Patch(x, y, float(areas[loop])))
    return _spots(layer, patches)


def _meet(boxes: NDArray[np.float64], box: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(C,) bool: boxes, (C, 4) mm, that touch or overlap one."""
    return np.asarray((boxes[:, :2] <= box[2:]).all(axis=1) & (boxes[:, 2:] >= box[:2]).all(axis=1))


def _held(region: Contours, below: Contours) -> NDArray[np.uint8]:
    return bodies_held(
        read_only(region.points),
        read_only(region.offsets),
        read_only(below.points),
        read_only(below.offsets),
        _TRIES,
    )


def _contact_mm2(body: Contours, ground: Contours, box_mm: NDArray[np.float64]) -> float:
    """Area that a body of a layer, which lies in a box, shares with the layer below."""
    return float((section_of(body) ^ section_of(within_box(ground, box_mm))).area())


def _heights(part: Part, spots: list[_Spot]) -> tuple[float, float]:
    low = min(spot.layer for spot in spots) * part.layer_thickness_mm
    high = (max(spot.layer for spot in spots) + 1) * part.layer_thickness_mm
    return round(part.bottom_mm + low, 9), round(part.bottom_mm + high, 9)


def _place(part: Part, spot: _Spot) -> tuple[float, float, float]:
    z = part.bottom_mm + (spot.layer + 0.5) * part.layer_thickness_mm
    return spot.x_mm, spot.y_mm, round(z, 9)


def _layers(spots: list[_Spot]) -> tuple[int, int]:
    return min(spot.layer for spot in spots) + 1, max(spot.layer for spot in spots) + 1


def _island_findings(part: Part, spots: list[_Spot]) -> list[Finding]:
    if not spots:
        return []
    first = spots[0]
    place = _place(part, first)
    islands = sum(spot.places for spot in spots)
    area = sum(spot.total_mm2 for spot in spots)
    return [
        Finding(
            "W244",
            Severity.WARNING,
            f"{counted(islands, 'island begins', 'islands begin')} in powder, the first in layer "
            f"{first.layer + 1} at {place_text(place)}, {area_text(first.area_mm2)}",
            why="With nothing beneath it the recoater moves it, or it curls up.",
            fix="support it, turn the part, or delete it where it is left over",
            count=islands,
            place_mm=place,
            z_range_mm=_heights(part, spots),
            layers=_layers(spots),
            values={"islands": islands, "area_mm2": round(area, 6)},
        )
    ]


def _wall_findings(part: Part, limits: Limits, spots: list[_Spot], step: int) -> list[Finding]:
    limit = graded_text(limits.wall_mm, "mm")
    return _width_findings(
        part,
        spots,
        step,
        "W246",
        f"walls thinner than {limit}",
        limits.wall_mm.value,
        "No place of the beam's centre melts such a wall without melting beyond it: it gets a single track, "
        f"or below {limits.process.thinnest_wall_mm * 1000:g} µm none.",
        "make them thicker in the CAD",
    )


def _gap_findings(part: Part, limits: Limits, spots: list[_Spot], step: int) -> list[Finding]:
    limit = graded_text(limits.gap_mm, "mm")
    return _width_findings(
        part,
        spots,
        step,
        "W247",
        f"gaps narrower than {limit}",
        limits.gap_mm.value,
        "Powder between two melt pools sinters; such a gap may close.",
        "widen them in the CAD",
    )


def _longest_run(layers: list[int], step: int) -> int:
    """Most measured layers in succession."""
    longest, run = 1, 1
    for before, after in itertools.pairwise(layers):
        run = run + 1 if after - before == step else 1
        longest = max(longest, run)
    return longest


def _width_findings(  # noqa: PLR0913, PLR0917
    part: Part, spots: list[_Spot], step: int, code: str, what: str, limit: float, why: str, fix: str
) -> list[Finding]:
    if not spots:
        return []
    worst = max(spots, key=lambda spot: spot.area_mm2)
    layers = [spot.layer for spot in spots]
    place = _place(part, worst)
    looked = "" if step == 1 else f" (one of {step} was measured)"
    area = sum(spot.total_mm2 for spot in spots)
    grave = worst.area_mm2 >= _GRAVE_WIDTHS2 * limit**2 or _longest_run(layers, step) >= _GRAVE_RUN
    return [
        Finding(
            code,
            Severity.WARNING if grave else Severity.NOTE,
            f"{what} in {counted(len(layers), 'layer')}{looked}, the largest place "
            f"{area_text(worst.area_mm2)} at {place_text(place)}",
            why=why,
            fix=fix,
            count=len(layers),
            place_mm=place,
            z_range_mm=_heights(part, spots),
            layers=_layers(spots),
            values={
                "layers": len(layers),
                "every_nth_layer": step,
                "places": sum(spot.places for spot in spots),
                "area_mm2": round(area, 6),
                "worst_area_mm2": round(worst.area_mm2, 6),
                "limit_mm": limit,
            },
        )
    ]
