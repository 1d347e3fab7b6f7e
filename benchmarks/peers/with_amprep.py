"""amprep itself."""

from __future__ import annotations

import math

NAME = "amprep"
THREADS = "2 (slicing), 1 (hatching)"
INCLUDES = {
    "contours": "file read, merged, checked for holes and direction, cut, closed loops as arrays",
    "hatch": "rotation into the hatch frame, lines, cells, vectors in firing order as one array",
}


def missing() -> str:
    return ""


def version() -> str:
    from amprep.version import __version__

    return __version__


def hatcher(points, offsets, pattern: str):
    """A function that hatches, and one that gives count and length of what it returns."""
    from amprep.hatching.patterns import hatch_curves
    from benchmarks.inputs import ANGLE_DEG, HATCH_MM
    from benchmarks.peers.hatching import CELL_MM

    def run():
        return hatch_curves(
            points,
            offsets,
            pattern=pattern,
            angle_deg=ANGLE_DEG,
            distance_mm=HATCH_MM,
            cell_mm=CELL_MM[pattern],
            overlap_mm=0.0,
        )

    return run, measure


def measure(segments) -> tuple[int, float]:
    import numpy as np

    ends = segments.astype(np.float64)
    lengths = np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1])
    return len(segments), math.fsum(lengths.tolist())
