"""Which kernels the main way of a job still has to compile, and a small run that compiles them.

A kernel counts as compiled when its index file in the cache is at least as new as its source. The kernels
come in two halves of about the same compile time, so that two processes share the work: compilation holds a
lock, so threads would not help.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

from amprep.kernels import (
    adjacency,
    collar,
    components,
    offset,
    plane_cut,
    scan_time,
    scanline,
    seams,
    shells,
    stripes,
    vertex_merge,
)

__all__ = ["HALVES", "exercise", "kernels_to_compile", "main_kernels"]

HALVES = 2


def main_kernels() -> list[Any]:
    """The kernels that every binary STL meets on its way to vectors."""
    return [
        vertex_merge.insert_corners,
        adjacency.face_neighbours,
        shells.label_shells,
        plane_cut.planes_below,
        plane_cut.sort_by_first_plane,
        plane_cut.cut_layers,
        collar.signed_area,
        collar.offset_clear,
        offset.offset_raw,
        components.box_groups,
        scanline.scan_lines,
        stripes.hatch_stripes,
        scanline.uncovered_mm,
        seams.cut_at_seams,
        scan_time.scan_statistics,
    ]


def kernels_to_compile() -> int:
    """How many of the main kernels have no up-to-date entry in the cache."""
    return sum(not _is_cached(kernel) for kernel in main_kernels())


def _is_cached(kernel: Any) -> bool:
    function = getattr(kernel, "py_func", None)
    if function is None:  # compilation is switched off
        return True
    source = Path(function.__code__.co_filename)
    stem = f"{source.stem}.{function.__qualname__}-{function.__code__.co_firstlineno}"
    version = f"py{sys.version_info.major}{sys.version_info.minor}"
    index = Path(kernel.stats.cache_path) / f"{stem}.{version}{sys.abiflags}.nbi"
    try:
        return index.stat().st_mtime >= source.stat().st_mtime
    except OSError:
        return False


def _read_only(array: Any) -> Any:
    array.flags.writeable = False
    return array


def exercise(half: int) -> None:
    """Run one half of the kernels on a small body, with arrays of the very types that a job uses."""
    points = _read_only(np.array([[0, 0], [4, 0], [0, 4]], dtype=np.float64))
    offsets = _read_only(np.array([0, 3], dtype=np.int64))
    if half == 0:
        _cut_a_tetrahedron()
        raw, raw_offsets = offset.offset_raw(points, offsets, 0.08)
        loops, groups = components.group_loops(raw, raw_offsets, 0.0)
        scanline.ScanRoom().scan(raw, raw_offsets, loops, groups, 1.0, 0.0, 0.1)
        return
    collar.signed_area(points, offsets)
    collar.offset_clear(points, offsets, 0.05)
    components.box_groups(points.copy(), offsets.copy(), 1.0, 0.0)
    pieces, runs, starts = np.array([[0.0, 4.0]]), np.array([[0, 1, 1]]), np.array([0, 1])
    stripes.hatch_stripes(pieces, runs, starts, 0.3, 0.1, 2.0, 0.02)
    scanline.uncovered_mm(0, starts, pieces, 0, starts, pieces)
    cuts = _read_only(np.array([1.0]))
    cells = _read_only(np.zeros((2, 2), dtype=np.uint8))
    segments, laser, _ = seams.cut_at_seams(np.ones((1, 4), dtype=np.float32), cuts, cuts, cells)
    scan_time.scan_statistics(segments, np.zeros(len(segments), dtype=np.uint8), laser, 1, 0.1)


def _cut_a_tetrahedron() -> None:
    corners = np.array([[0, 0, 0], [4, 0, 0], [0, 4, 0], [0, 0, 4]], dtype=np.float32)
    faces = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [0, 3, 2]], dtype=np.int32)
    ids, first = vertex_merge.merge_vertices(corners[faces.reshape(-1)])
    vertices = _read_only(corners[faces.reshape(-1)][first].astype(np.float64))
    faces = _read_only(np.ascontiguousarray(ids.reshape(-1, 3)))
    neighbours, _ = adjacency.face_neighbours(faces, len(vertices))
    label, count = shells.label_shells(neighbours)
    shells.shell_volumes(vertices, faces, label, count)
    heights = np.arange(0.5, 4.0)
    planes = plane_cut.planes_below(np.ascontiguousarray(vertices[:, 2]), heights)
    neighbours = _read_only(neighbours)
    plan = plane_cut.sort_by_first_plane(faces, neighbours, planes, len(heights))
    planes, faces, neighbours, low, high, block_high, heights = map(_read_only, (planes, *plan, heights))
    plane_cut.cut_layers(vertices, planes, faces, neighbours, low, high, block_high, heights, 0, 4)
