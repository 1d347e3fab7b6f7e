"""Which laser exposes what: a plain split of the platform by the lasers' fields.

The platform is divided half-way between the centres of neighbouring fields; vectors are cut where they
cross from one laser's share into another's. The share of a laser lies inside its field, so it reaches both
ends of whatever it is given.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from amprep.errors import BuildError
from amprep.kernels.seams import cut_at_seams

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from amprep.model.machine import MachineProfile

__all__ = ["Territories", "assign", "territories"]


@dataclass(frozen=True, slots=True, eq=False)
class Territories:
    """A grid of cells over the platform, each with its laser.

    x_cuts : (A,) float64, mm
    y_cuts : (B,) float64, mm
    laser_of_cell : (A + 1, B + 1) uint8
        Index of the laser, from 0; column first.
    """

    x_cuts: NDArray[np.float64]
    y_cuts: NDArray[np.float64]
    laser_of_cell: NDArray[np.uint8]


def territories(machine: MachineProfile) -> Territories:
    """Divide the platform half-way between the field centres.

    Raises
    ------
    BuildError
        E404 when a cell is reached by no single laser as a whole.

    """
    fields = np.array([laser.field_mm for laser in machine.lasers], dtype=np.float64)
    centres = (fields[:, :2] + fields[:, 2:]) / 2
    x_cuts = _midpoints(centres[:, 0])
    y_cuts = _midpoints(centres[:, 1])
    x0, y0, x1, y1 = machine.build_volume.bounds_mm
    x_edges = np.concatenate([[x0], x_cuts, [x1]])
    y_edges = np.concatenate([[y0], y_cuts, [y1]])
    owner = np.zeros((len(x_cuts) + 1, len(y_cuts) + 1), dtype=np.uint8)
    for column in range(len(x_cuts) + 1):
        for row in range(len(y_cuts) + 1):
            low = np.array([x_edges[column], y_edges[row]])
            high = np.array([x_edges[column + 1], y_edges[row + 1]])
            reaches = (fields[:, :2] <= low + 1e-9).all(axis=1) & (fields[:, 2:] >= high - 1e-9).all(axis=1)
            if not reaches.any():
                raise BuildError(
                    f"no laser reaches x {low[0]:g} … {high[0]:g}, y {low[1]:g} … {high[1]:g} mm as a whole",
                    code="E404",
                    where=machine.path or machine.id,
                    fix="enlarge the fields (lasers[].field_mm) so that they cover the platform",
                )
            distance = np.hypot(*(centres - (low + high) / 2).T)
            owner[column, row] = int(np.argmin(np.where(reaches, distance, np.inf)))
    for array in (x_cuts, y_cuts, owner):
        array.flags.writeable = False
    return Territories(x_cuts, y_cuts, owner)


def _midpoints(values: NDArray[np.float64]) -> NDArray[np.float64]:
    # Not np.unique, which loads NumPy's masked arrays.
    distinct = np.array(sorted(set(np.round(values, 6).tolist())))
    return np.ascontiguousarray((distinct[1:] + distinct[:-1]) / 2)


def assign(
    segments: NDArray[np.float32], shares: Territories
) -> tuple[NDArray[np.float32], NDArray[np.uint8], NDArray[np.int32] | None]:
    """Cut vectors at the seams and name the laser of each piece.

    Returns
    -------
    segments : (M, 4) float32, mm
        In the order given, pieces one after the other.
    laser : (M,) uint8
    source : (M,) int32 or None
        Row of the vector each piece comes from; None where nothing was cut.

    """
    if not len(shares.x_cuts) and not len(shares.y_cuts):
        return segments, np.full(len(segments), shares.laser_of_cell[0, 0], dtype=np.uint8), None
    segments, laser, source = cut_at_seams(segments, shares.x_cuts, shares.y_cuts, shares.laser_of_cell)
    return segments, laser, source
