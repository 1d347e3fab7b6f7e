"""The lasers' fields on a plate: borders, overlap zones, and a number for each, the same in every picture.

Fields and plates are rectangles or circles, so that what two of them have in common is convex, too::

    +------+---+------+
    |  1   |///|   2  |     /// overlap zone: both lasers reach it
    +------+---+------+

Algorithm: circles become polygons, and one convex polygon is cut by the edges of the other, one after another
(Sutherland and Hodgman 1974). Degeneracy rule: what has no area is no overlap; a border that runs along the
edge of the plate, or outside, is not drawn; borders of two fields on one line are one line, lest their dashes
fill each other's gaps. One laser that reaches the whole plate has neither border nor number.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.patches import Circle, Rectangle
from matplotlib.patheffects import Normal, Stroke

from amprep.pictures import style
from amprep.pictures.furniture import LegendEntry
from amprep.pictures.layer_view import Bounds, field_borders
from amprep.pictures.texts import text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch
    from matplotlib.transforms import Transform
    from numpy.typing import NDArray

    from amprep.model.machine import BuildVolume, Laser, MachineProfile

__all__ = [
    "PlateFields",
    "add_field_numbers",
    "add_fields",
    "field_entries",
    "in_common",
    "number_places",
    "outline_of_plate",
    "plate_fields",
    "plate_patch",
]

#: Corners of the polygon that stands for a circle.
CORNERS = 180
BORDER_PT = 1.4
HATCH = "////"
#: Grid on which a place for a laser's number is looked for.
GRID = 81
#: Half the room of a number on a small plate.
NUMBER_IN = 0.13


@dataclass(frozen=True, slots=True, eq=False)
class PlateFields:
    """What is drawn of the fields of a machine, in mm of the platform.

    borders : tuple of (P, 2) float64
        Lines along the borders of the fields, inside of the plate.
    overlaps : tuple of (P, 2) float64
        Convex polygons that two lasers reach, inside of the plate.
    """

    borders: tuple[NDArray[np.float64], ...]
    overlaps: tuple[NDArray[np.float64], ...]
    is_assumed: bool
    """Whether no data sheet says where a field lies that is drawn."""

    def has_border_in(self, view: Bounds) -> bool:
        """Whether a border runs through the view, x0, y0, x1, y1 in mm."""
        low, high = np.array(view[:2]), np.array(view[2:])
        return any(
            ((np.minimum(a, b) < high) & (np.maximum(a, b) > low)).all()
            for line in self.borders
            for a, b in itertools.pairwise(line)
        )

    def has_overlap_in(self, view: Bounds) -> bool:
        """Whether an overlap zone lies in the view, x0, y0, x1, y1 in mm."""
        seen = _rectangle(view)
        return any(len(in_common(zone, seen)) > 0 for zone in self.overlaps)


def plate_fields(machine: MachineProfile) -> PlateFields:
    """What is to be drawn of the fields of the lasers; nothing for one that reaches the whole plate."""
    plate = outline_of_plate(machine.build_volume)
    shapes = [_field_outline(laser) for laser in machine.lasers]
    zones = [in_common(in_common(a, b), plate) for a, b in itertools.combinations(shapes, 2)]
    boxes = [laser.field_mm for laser in machine.lasers if _circle_of(laser) is None]
    borders = list(field_borders(boxes, machine.build_volume.bounds_mm).reshape(-1, 2, 2))
    if machine.build_volume.shape == "cylinder":
        borders = [line for one in borders if len(line := _chord(one, machine.build_volume))]
    for laser, shape in zip(machine.lasers, shapes, strict=True):
        if _circle_of(laser) is not None:
            borders += _arcs(shape, machine.build_volume)
    overlaps = _unlike([zone for zone in zones if len(zone)])
    is_assumed = any(laser.field_origin.grade.is_unconfirmed for laser in machine.lasers)
    return PlateFields(tuple(borders), tuple(overlaps), is_assumed and bool(borders or overlaps))


def add_fields(target: Axes | Figure, fields: PlateFields, place: Transform, *, zorder: float = 0.6) -> None:
    """Overlap zones lightly hatched and borders thin and dashed; `place` leads from mm to the page."""
    with_hatch = PolyCollection(
        list(fields.overlaps),
        facecolors=style.OVERLAP_FILL,
        edgecolors=style.OVERLAP_EDGE,
        linewidths=0.0,
        hatch=HATCH,
        transform=place,
        zorder=zorder,
    )
    lines = LineCollection(
        list(fields.borders),
        colors=style.FIELD_GREY,
        linewidths=BORDER_PT,
        linestyles=[(0, (5, 3))],
        transform=place,
        zorder=zorder + 0.2,
    )
    for artist in (with_hatch, lines):
        target.add_artist(artist)


def plate_patch(volume: BuildVolume, **look: Any) -> Patch:
    """The edge of the plate, in mm; `look` as matplotlib takes it."""
    known = {"facecolor": "none", "edgecolor": style.GREY_TEXT, "linewidth": style.LINE_PT}
    look = dict[str, Any](known) | look
    if volume.shape == "cylinder":
        return Circle(volume.centre_mm, volume.size_x_mm.value / 2, **look)
    x0, y0, x1, y1 = volume.bounds_mm
    return Rectangle((x0, y0), x1 - x0, y1 - y0, **look)


def field_entries(fields: PlateFields, view: Bounds, lang: str) -> list[LegendEntry]:
    """What a legend says of the fields in a view, x0, y0, x1, y1 in mm: zones and borders."""
    entries = []
    if fields.has_overlap_in(view):
        look = (style.OVERLAP_FILL, style.FIELD_GREY)
        entries.append(LegendEntry(text(lang, "overlap_zone"), "area", *look, pattern=HATCH))
    if fields.has_border_in(view):
        words = text(lang, "field_border")
        entries.append(LegendEntry(words, "line", style.FIELD_GREY, width_pt=1.6, dash=(4, 2.4)))
    return entries


def number_places(machine: MachineProfile, room_mm: float, *, in_corner: bool = False) -> NDArray[np.float64]:
    """Where the number of each laser stands, (L, 2) float64 in mm; NaN where there is no room.

    Inside of its field and of the plate with `room_mm` to every side, and of no other number's room: near the
    middle of where the fewest other lasers reach, or there in the outer corner.
    """
    volume = machine.build_volume
    x0, y0, x1, y1 = volume.bounds_mm
    grid = np.stack(np.meshgrid(np.linspace(x0, x1, GRID), np.linspace(y0, y1, GRID)), axis=-1).reshape(-1, 2)
    around = room_mm * np.array([(0, 0), (-1, -1), (1, -1), (1, 1), (-1, 1)])
    corners = (grid[:, None] + around).reshape(-1, 2)
    on_plate = _on_plate(corners, volume).reshape(-1, 5).all(axis=1)
    reached = np.array([_reached(laser, corners) for laser in machine.lasers]).reshape(-1, len(grid), 5)
    shared, alone = reached.any(axis=2).sum(axis=0), reached[:, :, 0].sum(axis=0)
    middle = np.array(volume.centre_mm)
    far_mm = float(np.hypot(x1 - x0, y1 - y0))
    places = np.full((len(machine.lasers), 2), np.nan)
    for index in range(len(machine.lasers)):
        free = reached[index].all(axis=1) & on_plate
        for other in places[:index]:
            if not np.isnan(other[0]):
                free &= (np.abs(grid - other) >= 2 * room_mm).any(axis=1)
        if not free.any():
            continue
        fewest = free & (shared == shared[free].min())
        own = reached[index][:, 0] & (alone == alone[reached[index][:, 0]].min())
        wanted = (grid[own].min(axis=0) + grid[own].max(axis=0)) / 2
        away_mm = np.hypot(*(grid - middle).T) if in_corner else -np.hypot(*(grid - wanted).T)
        places[index] = grid[np.argmax(np.where(fewest if in_corner else free, away_mm, -2 * far_mm))]
    return places


def add_field_numbers(
    figure: Figure,
    machine: MachineProfile,
    to_in: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    scale: float,
) -> None:
    """The number of each laser in the outer corner of its field, for a plate that is `scale` inches per mm.

    `to_in` leads from (N, 2) float64 in mm to inches. Where the fields have no room, there are no numbers.
    """
    if not plate_fields(machine).borders and len(machine.lasers) == 1:
        return
    places = number_places(machine, NUMBER_IN / scale, in_corner=True)
    if np.isnan(places).any():
        return
    for laser, (x_in, y_in) in zip(machine.lasers, to_in(places), strict=True):
        words = style.add_text(
            figure, x_in, y_in, str(laser.number), colour=style.GREY_TEXT, weight="bold", ha="center"
        )
        words.set_path_effects([Stroke(linewidth=3, foreground="white"), Normal()])
        words.set_zorder(4)


def in_common(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """What two convex polygons, (P, 2) float64 anticlockwise, have in common; (0, 2) without an area."""
    points = a
    for corner, step in zip(b, np.roll(b, -1, axis=0) - b, strict=True):
        if not len(points):
            break
        away = points - corner
        side = step[0] * away[:, 1] - step[1] * away[:, 0]
        rest, rest_side = np.roll(points, -1, axis=0), np.roll(side, -1)
        kept: list[NDArray[np.float64]] = []
        for point, here, then, there in zip(points, side.tolist(), rest, rest_side.tolist(), strict=True):
            if here >= 0:
                kept.append(point)
            if here * there < 0:
                kept.append(point + here / (here - there) * (then - point))
        points = np.array(kept).reshape(-1, 2)
    if len(points) < 3:
        return np.zeros((0, 2))
    x, y = (points - points[0]).T
    area = 0.5 * abs(float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))))
    return points if area > 1e-6 else np.zeros((0, 2))


def _circle_of(laser: Laser) -> tuple[float, float, float] | None:
    circle: tuple[float, float, float] | None = getattr(laser, "field_circle_mm", None)
    return circle


def _rectangle(box: Bounds) -> NDArray[np.float64]:
    x0, y0, x1, y1 = box
    return np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], dtype=np.float64)


def _circle(x: float, y: float, radius: float) -> NDArray[np.float64]:
    turn = np.linspace(0, 2 * np.pi, CORNERS, endpoint=False)
    return np.column_stack([x + radius * np.cos(turn), y + radius * np.sin(turn)])


def _field_outline(laser: Laser) -> NDArray[np.float64]:
    circle = _circle_of(laser)
    return _rectangle(laser.field_mm) if circle is None else _circle(*circle)


def outline_of_plate(volume: BuildVolume) -> NDArray[np.float64]:
    """(P, 2) float64, mm: the edge of the plate, anticlockwise."""
    if volume.shape == "cylinder":
        return _circle(*volume.centre_mm, volume.size_x_mm.value / 2)
    return _rectangle(volume.bounds_mm)


def _reached(laser: Laser, points: NDArray[np.float64]) -> NDArray[np.bool_]:
    circle = _circle_of(laser)
    if circle is not None:
        inside: NDArray[np.bool_] = np.hypot(*(points - circle[:2]).T) <= circle[2]
        return inside
    x0, y0, x1, y1 = laser.field_mm
    return np.asarray(((points >= (x0, y0)) & (points <= (x1, y1))).all(axis=1))


def _on_plate(points: NDArray[np.float64], volume: BuildVolume, inwards_mm: float = 0.0) -> NDArray[np.bool_]:
    if volume.shape == "cylinder":
        from_centre = np.hypot(*(points - volume.centre_mm).T)
        return np.asarray(from_centre <= volume.size_x_mm.value / 2 - inwards_mm)
    x0, y0, x1, y1 = volume.bounds_mm
    low, high = (x0 + inwards_mm, y0 + inwards_mm), (x1 - inwards_mm, y1 - inwards_mm)
    return np.asarray(((points >= low) & (points <= high)).all(axis=1))


def _arcs(outline: NDArray[np.float64], volume: BuildVolume) -> list[NDArray[np.float64]]:
    """The runs of a closed outline that lie on the plate, and not along its edge."""
    inwards_mm = 1e-3 * volume.size_x_mm.value
    inside = _on_plate(outline, volume, inwards_mm)
    if not inside.any():
        return []
    if inside.all():
        return [np.vstack([outline, outline[:1]])]
    start = int(np.flatnonzero(~inside)[0])
    points, flags = np.roll(outline, -start, axis=0), np.roll(inside, -start)
    ends = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return [points[a:b] for a, b in zip(ends[0::2].tolist(), ends[1::2].tolist(), strict=True) if b - a > 1]


def _chord(line: NDArray[np.float64], volume: BuildVolume) -> NDArray[np.float64]:
    """What of a line, (2, 2) float64 in mm, lies on a round plate; (0, 2) if nothing."""
    samples = line[0] + (line[1] - line[0]) * np.linspace(0, 1, 1001)[:, None]
    inside = np.flatnonzero(_on_plate(samples, volume))
    return samples[[inside[0], inside[-1]]] if len(inside) > 1 else np.zeros((0, 2))


def _unlike(zones: Sequence[NDArray[np.float64]]) -> list[NDArray[np.float64]]:
    """Each zone once: where four fields meet, some pairs have the same in common."""
    found = {tuple(np.round(zone[np.lexsort(zone.T)], 6).ravel()): zone for zone in zones}
    return list(found.values())
