"""Where parts stand: at places given, in rows, and supports under the parts that they were made for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from amprep.placement.grid import grid_of, outline_of
from amprep.placement.rows import Footprint, row_positions

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from numpy.typing import NDArray

    from amprep.model.machine import BuildVolume

__all__ = ["Body", "positions_mm"]


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """A part or support that is to be placed.

    bounds_mm : (2, 3) float64
        Box of the turned and scaled mesh in its file's coordinates.
    """

    bounds_mm: NDArray[np.float64]
    given_mm: tuple[float, ...] | None = None
    """Middle of the box seen from above and, optionally, height of its lowest point, of the first copy."""
    copy: int = 0
    """How many equal ones come before."""
    host: int | None = None
    """Number of the part whose file's coordinates it shares; it stands wherever that one does."""
    kind: Hashable = 0
    """The same for equal bodies, turned alike."""


def positions_mm(
    bodies: Sequence[Body],
    volume: BuildVolume,
    *,
    gap_mm: float,
    points_mm: Callable[[int], NDArray[np.float64]],
) -> list[tuple[float, float, float]]:
    """Middle of each box seen from above, and height of its lowest point.

    Bodies with a place go there, copies further along +x; others share rows in the middle. What belongs
    together is moved as one, and its lowest point lies on the platform where no height is given. Where
    rows of equal bodies stick out, a grid within the true envelope is tried, as machines are compared by.

    Parameters
    ----------
    bodies : sequence of Body
    volume : BuildVolume
    gap_mm : float
        Between neighbours.
    points_mm : callable
        Gives the points of a body, (V, 3) float64, in its file's coordinates, turned and scaled; asked only
        where rows stick out.

    """
    whole = [body.bounds_mm for body in bodies]
    for body in bodies:
        if body.host is not None:
            low, high = whole[body.host]
            whole[body.host] = np.array(
                [np.minimum(low, body.bounds_mm[0]), np.maximum(high, body.bounds_mm[1])]
            )
    loose = [i for i, body in enumerate(bodies) if body.given_mm is None and body.host is None]
    footprints = [Footprint(*(whole[i][1] - whole[i][0])[:2].tolist()) for i in loose]
    in_rows = row_positions(footprints, volume, gap_mm=gap_mm)
    if len(loose) > 1 and _are_equal(bodies, loose):
        first = loose[0]
        box = whole[first][:, :2] - whole[first][:, :2].mean(axis=0)
        if _stick_out(np.array(np.meshgrid(*box.T)).reshape(2, -1).T, in_rows, volume):
            shared = [i for i, body in enumerate(bodies) if first in {i, body.host}]
            outline = outline_of(np.concatenate([points_mm(i) for i in shared]))
            in_rows = _within(outline - whole[first][:, :2].mean(axis=0), in_rows, volume, gap_mm)
    centres = dict(zip(loose, in_rows, strict=True))
    placed: dict[int, tuple[float, float, float]] = {}
    for i, body in enumerate(bodies):
        if body.host is not None:
            continue
        own, union = body.bounds_mm, whole[i]
        z = float(own[0, 2] - union[0, 2])
        if body.given_mm is None:
            aside = 0.5 * (own - union).sum(axis=0)
            placed[i] = (centres[i][0] + float(aside[0]), centres[i][1] + float(aside[1]), z)
        else:
            x, y, *height = body.given_mm
            step = float(union[1, 0] - union[0, 0]) + gap_mm
            placed[i] = (x + body.copy * step, y, height[0] if height else z)
    for i, body in enumerate(bodies):
        if body.host is not None:
            x, y, z = placed[body.host]
            aside = body.bounds_mm - bodies[body.host].bounds_mm
            across = 0.5 * aside.sum(axis=0)
            placed[i] = (x + float(across[0]), y + float(across[1]), z + float(aside[0, 2]))
    return [placed[i] for i in range(len(bodies))]


def _are_equal(bodies: Sequence[Body], loose: Sequence[int]) -> bool:
    """Whether bodies are copies of one, and what stands under each of them as well."""
    under: dict[int, list[Hashable]] = {i: [bodies[i].kind] for i in loose}
    for body in bodies:
        if body.host in under:
            under[body.host].append(body.kind)
    return len({tuple(kinds) for kinds in under.values()}) == 1


def _stick_out(
    outline_mm: NDArray[np.float64], centres: Sequence[tuple[float, float]], volume: BuildVolume
) -> bool:
    """Whether any of equal bodies leaves the platform; (K, 2) points of one about the middle of its box."""
    corners = outline_mm + np.array(centres)[:, None] - np.array(volume.centre_mm)
    if volume.shape == "cylinder":
        return bool(np.hypot(corners[..., 0], corners[..., 1]).max() > 0.5 * volume.size_x_mm.value)
    half = 0.5 * np.array([volume.size_x_mm.value, volume.size_y_mm.value])
    return bool((np.abs(corners) > half).any())


def _within(
    outline_mm: NDArray[np.float64],
    centres: list[tuple[float, float]],
    volume: BuildVolume,
    gap_mm: float,
) -> list[tuple[float, float]]:
    """Places of equal bodies: the centres given, but a grid where they stick out and it has room for all."""
    if not _stick_out(outline_mm, centres, volume):
        return centres
    grid = grid_of(outline_mm, volume, gap_mm=gap_mm)
    if grid is None or grid.capacity < len(centres):
        return centres
    places = grid.positions_mm(len(centres)) + np.array(volume.centre_mm)
    return [(x, y) for x, y in places.tolist()]
