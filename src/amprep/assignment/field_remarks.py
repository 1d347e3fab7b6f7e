"""What is odd about the fields of several lasers, though they cover the platform."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from amprep.assignment.fields import fields_of, masks_at
from amprep.model.notice import Notice

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from amprep.model.job import PlacedPart
    from amprep.model.machine import MachineProfile
    from amprep.model.process import ProcessProfile

__all__ = ["field_remarks"]

#: Places looked at along a border of a field.
_PLACES = 400

#: A hair beside a border.
_BESIDE_MM = 1e-3


def field_remarks(
    machine: MachineProfile, process: ProcessProfile, parts: Sequence[PlacedPart]
) -> list[Notice]:
    """W491 for a laser that reaches nothing, and for parts where seams have no room to wander or overlap."""
    fields = fields_of(machine)
    if len(fields) < 2:
        return []
    bounds = np.array(machine.build_volume.bounds_mm)
    notices = []
    nearest = np.clip((fields[:, :2] + fields[:, 2:4]) / 2, bounds[:2], bounds[2:])
    for k, laser in enumerate(machine.lasers):
        if not masks_at(fields[k : k + 1], nearest[k : k + 1])[0]:
            text = f"laser {laser.number} reaches nothing of the platform and does nothing"
            notices.append(Notice("W491", text, where=machine.id, hint="correct its field in the profile"))
    rule = process.lasers
    wander_mm = rule.seam_distance_mm.value * rule.seam_steps.value
    if rule.seam_pattern.value == "straight":
        wander_mm = 0.0
    overlap_mm = rule.seam_overlap_mm.value
    boxes = [part.bounds_mm[:, :2].ravel().tolist() for part in parts]
    told: set[tuple[int, int]] = set()
    # Where there is room for neither, the former is told. Exactly the overlap is enough.
    for room_mm in dict.fromkeys((wander_mm, max(wander_mm, overlap_mm - 2 * _BESIDE_MM))):
        for one, other, x, y in _narrow_places(fields, boxes, room_mm):
            if (one, other) in told:
                continue
            told.add((one, other))
            a, b = (machine.lasers[k].number for k in (one, other))
            hint = "place parts where fields overlap, or make lasers.seam_distance_mm or seam_steps smaller"
            if room_mm == 0.0:
                text = (
                    f"lasers {a} and {b} have nothing in common near x {x:.1f}, y {y:.1f} mm, where parts "
                    "lie: there the seams of all layers stand above each other"
                )
            elif room_mm == wander_mm:
                text = (
                    f"lasers {a} and {b} have less than {wander_mm:g} mm in common near x {x:.1f}, "
                    f"y {y:.1f} mm, where parts lie: there seams of many layers stand above each other"
                )
            else:
                text = (
                    f"lasers {a} and {b} have less than {overlap_mm:g} mm in common near x {x:.1f}, "
                    f"y {y:.1f} mm, where parts lie: there what they expose overlaps by less at a seam"
                )
                hint = "place parts where fields overlap more, or make lasers.seam_overlap_mm smaller"
            notices.append(Notice("W491", text, where=machine.id, hint=hint))
    return notices


def _narrow_places(
    fields: NDArray[np.float64], boxes: Sequence[Sequence[float]], room_mm: float
) -> Iterator[tuple[int, int, float, float]]:
    """Lasers that meet in boxes with less than so much in common, and where: x, y in mm."""
    for place, way, across_mm in _borders(fields):
        inward_mm = min(room_mm, across_mm - 2 * _BESIDE_MM) + _BESIDE_MM
        inside = masks_at(fields, place - inward_mm * way)
        outside = masks_at(fields, place + _BESIDE_MM * way)
        is_narrow = (inside & outside == 0) & (inside > 0) & (outside > 0)
        if not is_narrow.any():
            continue
        in_parts = np.zeros(len(place), dtype=np.bool_)
        for x0, y0, x1, y1 in boxes:
            in_parts |= ((place > (x0, y0)) & (place < (x1, y1))).all(axis=1)
        for n in np.flatnonzero(is_narrow & in_parts).tolist():
            one, other = sorted(int(mask).bit_length() - 1 for mask in (inside[n], outside[n]))
            x, y = place[n].tolist()
            yield one, other, x, y


def _borders(
    fields: NDArray[np.float64],
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64], float]]:
    """Places along the borders of each field, (n, 2) in mm, unit vectors that lead out of it, its width."""
    share = (np.arange(_PLACES) + 0.5) / _PLACES
    for x0, y0, x1, y1, x, y, squared in fields.tolist():
        if math.isfinite(squared):
            turn = 2.0 * math.pi * share
            way = np.column_stack([np.cos(turn), np.sin(turn)])
            yield np.array([x, y]) + math.sqrt(squared) * way, way, 2.0 * math.sqrt(squared)
            continue
        along_x, along_y = x0 + share * (x1 - x0), y0 + share * (y1 - y0)
        for place, out in ((x0, -1.0), (x1, 1.0)):
            yield (
                np.column_stack([np.full(_PLACES, place), along_y]),
                np.tile([out, 0.0], (_PLACES, 1)),
                x1 - x0,
            )
        for place, out in ((y0, -1.0), (y1, 1.0)):
            yield (
                np.column_stack([along_x, np.full(_PLACES, place)]),
                np.tile([0.0, out], (_PLACES, 1)),
                y1 - y0,
            )
