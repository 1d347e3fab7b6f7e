"""shapely (GEOS): all lines as one geometry, intersected with the polygons."""

from __future__ import annotations

import itertools
from importlib.metadata import version as package_version

from benchmarks.peers.with_manifold3d import _missing

NAME = "shapely"
THREADS = "1"
INCLUDES = {
    "hatch": "rotation into the hatch frame, lines, one intersection; polygons built before;"
    " meander only, as its overlay joins lines that touch"
}


def missing() -> str:
    return _missing("shapely")


def version() -> str:
    import shapely

    return f"{package_version('shapely')} (GEOS {shapely.geos_version_string})"


def hatcher(points, offsets, pattern: str):
    if pattern != "meander":
        return None
    import numpy as np
    import shapely

    from benchmarks.inputs import ANGLE_DEG, HATCH_MM
    from benchmarks.peers.hatching import into_hatch_frame, lines_to_clip

    frame = into_hatch_frame(points, ANGLE_DEG)
    rings = [frame[a:b] for a, b in itertools.pairwise(offsets)]
    region = shapely.build_area(shapely.geometrycollections([shapely.linearrings(ring) for ring in rings]))

    def run():
        lines = lines_to_clip(into_hatch_frame(points, ANGLE_DEG), HATCH_MM, pattern, 0.0)
        return shapely.intersection(shapely.multilinestrings(lines), region)

    def measure(found) -> tuple[int, float]:
        parts = shapely.get_parts(found)
        return int((shapely.get_type_id(parts) == 1).sum()), float(np.sum(shapely.length(parts)))

    return run, measure
