"""All tolerances of the kernels, each with its reason. Lengths in mm."""

from __future__ import annotations

__all__ = ["COLLINEAR_MM", "MITRE_LIMIT", "NEAR_POINT_MM", "SAME_POINT_MM", "SHORTEST_VECTOR_MM"]

#: A point this close to the line through its neighbours is left out. Far above the rounding of float64
#: coordinates of some 100 mm (1e-13), far below anything a scanner can do, and small enough that 10,000
#: such points change an area of 1 mm² by less than 1e-6.
COLLINEAR_MM = 1e-8

#: Points of a contour that follow each other closer than this are one: two steps of the grid that curves are
#: trimmed on, and less than single precision in a file can tell apart from 32 mm on. Planes that pass by a
#: corner of the mesh leave such points, and offsets run over them in spikes.
NEAR_POINT_MM = 2e-6

#: Two crossings of a scan line closer than this are one place: the gap between touching bodies.
SAME_POINT_MM = 1e-7

#: Shorter hatch vectors are left out and reported as lost: a tenth of the smallest melt pool's width is
#: far longer, and the encoder step of a scanner is of this size.
SHORTEST_VECTOR_MM = 1e-3

#: A corner of an offset curve reaches at most this many offsets away from the corner it comes from.
MITRE_LIMIT = 2.0
