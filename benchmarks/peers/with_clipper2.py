"""Clipper2 through pyclipr: lines as open paths, clipped by the loops turned into the hatch frame."""

from __future__ import annotations

import itertools
from importlib.metadata import version as package_version

from benchmarks.peers.with_manifold3d import _missing

NAME = "Clipper2 (pyclipr)"
THREADS = "1"
INCLUDES = {"hatch": "rotation into the hatch frame, lines, clipping; lists of paths, not put into an order"}


def missing() -> str:
    return _missing("pyclipr")


def version() -> str:
    import pyclipr

    return f"{pyclipr.clipperVersion} (pyclipr {package_version('pyclipr')})"


def hatcher(points, offsets, pattern: str):
    import numpy as np
    import pyclipr

    from benchmarks.inputs import ANGLE_DEG, HATCH_MM
    from benchmarks.peers.hatching import CELL_MM, into_hatch_frame, lines_to_clip

    def run():
        frame = into_hatch_frame(points, ANGLE_DEG)
        clipper = pyclipr.Clipper()
        clipper.scaleFactor = 1_000_000  # 1 nm
        clipper.addPaths([frame[a:b] for a, b in itertools.pairwise(offsets)], pyclipr.Clip)
        lines = lines_to_clip(frame, HATCH_MM, pattern, CELL_MM[pattern])
        clipper.addPaths(lines, pyclipr.Subject, isOpen=True)
        return clipper.execute(pyclipr.Intersection, pyclipr.FillRule.NonZero, returnOpenPaths=True)[1]

    def measure(paths) -> tuple[int, float]:
        ends = np.array([(*path[0], *path[-1]) for path in paths])
        return len(ends), float(np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1]).sum())

    return run, measure
