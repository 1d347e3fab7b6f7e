"""The lasers' fields as arrays, and whether they cover the platform and the parts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from amprep.errors import BuildError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from amprep.model.job import PlacedPart
    from amprep.model.machine import BuildVolume, MachineProfile

__all__ = ["centres_of", "drawn_in", "fields_of", "masks_at", "require_reach"]

#: Places are compared to this, in mm.
_NEAR_MM = 1e-6

#: Round fields are looked at in squares down to this size, in mm.
_LEAST_SQUARE_MM = 0.25

#: Places across the platform that tell how much of it is bare.
_ACROSS = 400


def fields_of(machine: MachineProfile) -> NDArray[np.float64]:
    """(L, 7) float64: x0, y0, x1, y1, centre in mm; radius squared in mm², infinite if there is none."""
    rows = np.zeros((len(machine.lasers), 7))
    rows[:, 6] = np.inf
    for row, laser in zip(rows, machine.lasers, strict=True):
        row[:4] = laser.field_mm
        if laser.field_circle_mm is not None:
            x, y, radius = laser.field_circle_mm
            row[4:] = x, y, radius * radius
    return rows


def centres_of(fields: NDArray[np.float64]) -> NDArray[np.float64]:
    """(L, 2) float64, mm: middles of the fields."""
    centres: NDArray[np.float64] = (fields[:, :2] + fields[:, 2:4]) / 2
    return centres


def masks_at(fields: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.int64]:
    """(N,) int64: bit k is set where laser k reaches; `points` are (N, 2) in mm."""
    masks = np.zeros(len(points), dtype=np.int64)
    for k, row in enumerate(fields):
        inside = ((points >= row[:2]) & (points <= row[2:4])).all(axis=1)
        inside &= ((points - row[4:6]) ** 2).sum(axis=1) <= row[6]
        masks |= inside.astype(np.int64) << k
    return masks


def drawn_in(
    fields: NDArray[np.float64], platform_mm: Sequence[float], period_mm: float, begin_mm: float
) -> NDArray[np.float64]:
    """(2, L, 7) float64: fields whose borders over the platform lie on a grid, and the whole fields.

    A laser's share that ends where its field does so ends at another place in each layer. Sides that lie
    beyond the platform stay; a `period_mm` of 0 leaves all as they are.
    """
    inner = fields.copy()
    if period_mm > 0.0:
        low, high = np.array(platform_mm[:2]), np.array(platform_mm[2:])
        steps = (fields[:, :4] - begin_mm) / period_mm
        up, down = (rounded * period_mm + begin_mm for rounded in (np.ceil(steps), np.floor(steps)))
        inner[:, :2] = np.where(fields[:, :2] > low + _NEAR_MM, up[:, :2], fields[:, :2])
        inner[:, 2:4] = np.where(fields[:, 2:4] < high - _NEAR_MM, down[:, 2:], fields[:, 2:4])
        is_round = np.isfinite(fields[:, 6])
        radius = np.sqrt(fields[is_round, 6])
        less = np.floor((radius - begin_mm) / period_mm) * period_mm + begin_mm
        inner[is_round, 6] = np.maximum(less, 0.0) ** 2
    return np.ascontiguousarray(np.stack([inner, fields]))


def require_reach(machine: MachineProfile, parts: Sequence[PlacedPart] = ()) -> None:
    """Refuse parts that no laser reaches somewhere, and fields that leave a gap in the platform.

    Raises
    ------
    BuildError
        E490 for the first such part, E404 for a gap.

    """
    fields = fields_of(machine)
    boxes = np.array([part.bounds_mm[:, :2].ravel() for part in parts], dtype=np.float64).reshape(-1, 4)
    is_bare = masks_at(fields, (boxes[:, :2] + boxes[:, 2:]) / 2) == 0
    for number in np.flatnonzero(is_bare).tolist():
        part, (x0, y0, x1, y1) = parts[number], boxes[number].tolist()
        if not _touches(fields, (x0, y0, x1, y1)):
            raise BuildError(
                f"no laser reaches it: it lies at x {x0:.6g} … {x1:.6g}, y {y0:.6g} … {y1:.6g} mm",
                code="E490",
                where=part.name,
                fix="move the part, or correct the fields in the machine profile (lasers[].field_mm or "
                "field_circle_mm)",
            )
    gap = _gap(fields, machine.build_volume)
    if gap is not None:
        x0, y0, x1, y1 = gap
        raise BuildError(
            f"no laser reaches {_bare_pct(fields, machine.build_volume):.2g} % of the platform, as "
            f"x {x0:.9g} … {x1:.9g}, y {y0:.9g} … {y1:.9g} mm",
            code="E404",
            where=machine.path or machine.id,
            fix="enlarge the fields (lasers[].field_mm or field_circle_mm) so that they cover the platform",
        )


def _touches(fields: NDArray[np.float64], box: tuple[float, float, float, float]) -> bool:
    """Whether any field and a box have a place in common."""
    nearest = np.clip(centres_of(fields), box[:2], box[2:])
    return any(masks_at(fields[k : k + 1], nearest[k : k + 1])[0] for k in range(len(fields)))


def _bare_pct(fields: NDArray[np.float64], volume: BuildVolume) -> float:
    """About how much of the platform nothing reaches; more than 0."""
    x0, y0, x1, y1 = volume.bounds_mm
    share = (np.arange(_ACROSS) + 0.5) / _ACROSS
    x, y = np.meshgrid(x0 + share * (x1 - x0), y0 + share * (y1 - y0))
    points = np.column_stack([x.ravel(), y.ravel()])
    points = points[~_beside(volume, points, points)]
    return max(100.0 * float(np.mean(masks_at(fields, points) == 0)), 0.01)


def _gap(fields: NDArray[np.float64], volume: BuildVolume) -> tuple[float, float, float, float] | None:
    """A box of the platform that nothing reaches; None where there is none.

    Boxes between all borders of rectangles are reached as a whole or not at all; with circles they are
    quartered until a field holds all corners, or they are small and none holds the middle.
    """
    x0, y0, x1, y1 = volume.bounds_mm
    x = _edges(fields[:, [0, 2]], x0, x1)
    y = _edges(fields[:, [1, 3]], y0, y1)
    low = np.array([(a, b) for b in y[:-1] for a in x[:-1]]).reshape(-1, 2)
    high = np.array([(a, b) for b in y[1:] for a in x[1:]]).reshape(-1, 2)
    while len(low):
        held = np.zeros(len(low), dtype=np.int64) - 1
        for corner in (
            low,
            high,
            np.column_stack([low[:, 0], high[:, 1]]),
            np.column_stack([high[:, 0], low[:, 1]]),
        ):
            # A hair inwards, so that boxes that end at a border lie in its field.
            held &= masks_at(fields, corner + np.sign((low + high) / 2 - corner) * _NEAR_MM)
        is_open = (held == 0) & ~_beside(volume, low, high)
        low, high = low[is_open], high[is_open]
        middle = (low + high) / 2
        is_bare = masks_at(fields, middle) == 0
        is_bare &= ~_beside(volume, middle, middle)
        is_least = (high - low).max(axis=1, initial=0.0) <= _LEAST_SQUARE_MM
        done = is_bare & (is_least | ~np.isfinite(fields[:, 6]).any())
        if done.any():
            first = int(np.flatnonzero(done)[0])
            return (*low[first].tolist(), *high[first].tolist())
        low, high = low[~is_least], high[~is_least]
        middle = (low + high) / 2
        quarters = [
            (np.where(right, middle, low), np.where(right, high, middle))
            for right in ([False, False], [True, False], [False, True], [True, True])
        ]
        low, high = (np.concatenate(ends) for ends in zip(*quarters, strict=True))
    return None


def _edges(borders: NDArray[np.float64], low: float, high: float) -> list[float]:
    """The ends of a platform and all borders between them, ascending."""
    inside = [value for value in borders.ravel().tolist() if low < value < high]
    return sorted({low, high, *inside})


def _beside(volume: BuildVolume, low: NDArray[np.float64], high: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(n,) bool: boxes that lie wholly beside a round platform."""
    if volume.shape != "cylinder":
        return np.zeros(len(low), dtype=bool)
    nearest = np.clip(np.array(volume.centre_mm), low, high) - volume.centre_mm
    outside: NDArray[np.bool_] = np.hypot(*nearest.T) > volume.size_x_mm.value / 2 * (1.0 - math.ulp(1.0))
    return outside
