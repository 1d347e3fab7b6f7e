"""A layer's closed contours, as ragged arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from amprep.model.arrays import ArrayNoun, frozen_array

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Contours", "LayerStack"]


@dataclass(frozen=True, slots=True, eq=False)
class Contours(ArrayNoun):
    """Closed loops, without repeating the first point; outer loops counter-clockwise, holes clockwise.

    points : (P, 2) float64, mm
        All points, loop after loop; read-only.
    offsets : (C + 1,) int64
        Loop i owns ``points[offsets[i]:offsets[i + 1]]``; read-only.
    """

    points: NDArray[np.float64]
    offsets: NDArray[np.int64]

    def __post_init__(self) -> None:
        object.__setattr__(self, "points", frozen_array(self.points, np.float64, (None, 2), "points"))
        object.__setattr__(self, "offsets", frozen_array(self.offsets, np.int64, (None,), "offsets"))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def loop(self, index: int) -> NDArray[np.float64]:
        """(n, 2) float64, mm: points of one loop; a view."""
        return self.points[self.offsets[index] : self.offsets[index + 1]]

    @property
    def area_mm2(self) -> float:
        """Signed area: outer loops count positive, holes negative."""
        total = 0.0
        for i in range(len(self)):
            loop = self.loop(i)
            if not len(loop):
                continue
            x, y = (loop - loop[0]).T
            total += 0.5 * float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))
        return total


@dataclass(frozen=True, slots=True, eq=False)
class LayerStack(ArrayNoun):
    """Contours of one part in consecutive layers.

    points : (P, 2) float64, mm
        All points; read-only.
    loop_offsets : (C + 1,) int64
        Loop i owns ``points[loop_offsets[i]:loop_offsets[i + 1]]``; read-only.
    layer_offsets : (n + 1,) int64
        Layer j of the stack owns the loops ``layer_offsets[j]:layer_offsets[j + 1]``; read-only.
    """

    points: NDArray[np.float64]
    loop_offsets: NDArray[np.int64]
    layer_offsets: NDArray[np.int64]

    def __post_init__(self) -> None:
        object.__setattr__(self, "points", frozen_array(self.points, np.float64, (None, 2), "points"))
        object.__setattr__(
            self, "loop_offsets", frozen_array(self.loop_offsets, np.int64, (None,), "loop_offsets")
        )
        object.__setattr__(
            self, "layer_offsets", frozen_array(self.layer_offsets, np.int64, (None,), "layer_offsets")
        )

    def __len__(self) -> int:
        return len(self.layer_offsets) - 1

    def layer(self, index: int) -> Contours:
        """The contours of one layer of the stack; views where possible.

        Raises
        ------
        IndexError
            When the stack has no such layer.

        """
        if not 0 <= index < len(self):
            raise IndexError(f"layer {index} of a stack of {len(self)}")
        first, last = self.layer_offsets[index], self.layer_offsets[index + 1]
        offsets = self.loop_offsets[first : last + 1]
        start = offsets[0] if len(offsets) else 0
        stop = offsets[-1] if len(offsets) else 0
        return Contours(self.points[start:stop], offsets - start)

    def shifted(self, dx_mm: float, dy_mm: float) -> LayerStack:
        """The same contours elsewhere on the platform."""
        if dx_mm == 0 and dy_mm == 0:
            return self
        return LayerStack(self.points + np.array([dx_mm, dy_mm]), self.loop_offsets, self.layer_offsets)
