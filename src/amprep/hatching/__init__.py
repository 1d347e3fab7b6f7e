"""A layer's contours to scan vectors: contour paths and stripe hatch, with the area audit."""
