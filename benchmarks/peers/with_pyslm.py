"""PySLM: slicing by trimesh and shapely, hatching by Clipper2, in Python."""

from __future__ import annotations

import itertools
from importlib.metadata import version as package_version

from benchmarks.peers.with_manifold3d import _missing

NAME = "PySLM"
THREADS = "1"
INCLUDES = {
    "contours": "file read and merged by trimesh, `Part.getVectorSlice` layer by layer",
    "hatch": "`Hatcher`, `StripeHatcher` or `IslandHatcher` without contours: lines, clipping, order",
}


def missing() -> str:
    return _missing("PythonSLM")


def version() -> str:
    return package_version("PythonSLM")


def load(path):
    import pyslm

    part = pyslm.Part("part")
    part.setGeometry(str(path))
    part.regenerate()
    return part


def z_range(body):
    return float(body.boundingBox[2]), float(body.boundingBox[5])


def cut(body, heights):
    return [body.getVectorSlice(float(z), returnCoordPaths=False, fixPolygons=False) for z in heights]


def area(section) -> float:
    return float(sum(polygon.area for polygon in section))


def hatcher(points, offsets, pattern: str):
    import numpy as np
    from pyslm import hatching

    from benchmarks.inputs import ANGLE_DEG, HATCH_MM
    from benchmarks.peers.hatching import CELL_MM

    paths = [points[a:b] for a, b in itertools.pairwise(offsets)]
    if pattern == "meander":
        own = hatching.Hatcher()
    elif pattern == "stripes":
        own = hatching.StripeHatcher()
        own.stripeWidth, own.stripeOverlap, own.stripeOffset = CELL_MM[pattern], 0.0, 0.0
    else:
        own = hatching.IslandHatcher()
        own.islandWidth, own.islandOverlap, own.islandOffset = CELL_MM[pattern], 0.0, 0.0
    own.hatchAngle, own.layerAngleIncrement, own.hatchDistance = ANGLE_DEG, 0.0, HATCH_MM
    own.numInnerContours = own.numOuterContours = 0
    own.volumeOffsetHatch = own.spotCompensation = 0.0

    def run():
        return own.hatch(paths)

    def measure(layer) -> tuple[int, float]:
        ends = np.concatenate([geometry.coords.reshape(-1, 4) for geometry in layer.geometry])
        return len(ends), float(np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1]).sum())

    return run, measure
