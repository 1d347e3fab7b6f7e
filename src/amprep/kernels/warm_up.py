"""Which kernels the main way of a job still has to compile, and a small run that compiles them.

A kernel counts as compiled when there is a file of it whose name stands for the present source. The kernels
come in two halves of about the same compile time, so that two processes share the work: compilation
holds a lock, so threads would not help.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from amprep.kernels import (
    adjacency,
    apart,
    areas,
    balance,
    border_cuts,
    boundary,
    closed_paths,
    components,
    crossings,
    firing_blocks,
    gaps,
    intervals,
    laser_clock,
    laser_work,
    leftover,
    mitred,
    nearest_path,
    offset,
    plane_cut,
    scan_time,
    scanline,
    seams,
    shells,
    slabs,
    smoke,
    smoke_order,
    stripes,
    vector_times,
    vertex_merge,
    wide_places,
)
from amprep.kernels.cache_folder import file_names
from amprep.kernels.jit import Kernel

__all__ = ["HALVES", "exercise", "is_quick", "kernels_to_compile", "main_kernels"]

HALVES = 2


def main_kernels() -> list[Any]:
    """The kernels that every binary STL meets on its way to vectors."""
    return [
        vertex_merge.insert_corners,
        vertex_merge.renumber,
        vertex_merge.widen_vertices,
        adjacency.count_edges,
        adjacency.bucket_edges,
        adjacency.pair_edges,
        shells.join_shells,
        shells.number_shells,
        shells.shell_volumes,
        plane_cut.planes_below,
        plane_cut.count_bands,
        plane_cut.fill_bands,
        plane_cut.cut_layers,
        areas.signed_area,
        areas.loop_sizes,
        apart.are_plain,
        crossings.cut_at_crossings,
        boundary.bound_net,
        mitred.mitred_curves,
        leftover.leftover_curves,
        offset.offset_raw,
        components.box_groups,
        scanline.scan_lines,
        stripes.hatch_stripes,
        gaps.uncovered_mm,
        nearest_path.nearest_paths,
        closed_paths.closed_vectors,
        intervals.cut_pieces,
        slabs.slab_curves,
        wide_places.wide_places,
        wide_places.boxes_around,
        border_cuts.border_pieces,
        laser_work.laser_work,
        balance.even_loads,
        balance.least_times,
        balance.place_seams,
        seams.seams_on_grid,
        seams.cut_at_seams,
        scan_time.scan_statistics,
        vector_times.seconds_of_vectors,
        laser_clock.laser_clock,
        smoke.smoke_seconds,
        firing_blocks.firing_blocks,
        smoke_order.smoke_order,
    ]


def kernels_to_compile() -> int:
    """How many of the main kernels have no file in the cache."""
    return len(_missing())


def is_quick() -> bool:
    """Whether half of the work on what is missing was done ahead, so that it takes seconds only."""
    return all(kernel.is_lowered for kernel in _missing())


def _missing() -> list[Any]:
    files = file_names()
    return [kernel for kernel in main_kernels() if not _is_cached(kernel, files)]


def _is_cached(kernel: Any, files: list[str]) -> bool:
    if not isinstance(kernel, Kernel):  # compilation is switched off
        return True
    # The machine code, or where that cannot be called without Numba, what Numba needs.
    return any(file.startswith(f"{kernel.cache_name}-") for file in files)


def _read_only(array: Any) -> Any:
    array.flags.writeable = False
    return array


def exercise(half: int) -> None:
    """Run one half of the kernels on a small body, with arrays of the very types that a job uses."""
    points = _read_only(np.array([[0, 0], [4, 0], [0, 4]], dtype=np.float64))
    offsets = _read_only(np.array([0, 3], dtype=np.int64))
    pieces, runs, starts = np.array([[0.0, 4.0]]), np.array([[0, 1, 1]]), np.array([0, 1])
    if half == 0:
        _cut_a_tetrahedron()
        raw, raw_offsets = offset.offset_raw(points, offsets, 0.08)
        components.box_groups(points.copy(), offsets.copy(), 1.0, 0.0)
        loops, groups = components.group_loops(raw, raw_offsets, 0.0)
        scanline.ScanRoom().scan(raw, raw_offsets, loops, groups, 1.0, 0.0, 0.1)
        mitred.mitred_curves(points, offsets, 0.05, 0.0)
        leftover.leftover_curves(points, offsets, points, offsets)
        stripes.hatch_stripes(pieces, runs, starts, 0.3, 0.1, 2.0, 0.02, 0.0, 0.0)
        gaps.uncovered_mm(pieces, runs, pieces, runs, starts, 0.1, 0.0, 4)
        intervals.cut_pieces(pieces, runs, starts, pieces, runs, 0)
        wide_places.wide_places(pieces, runs, 0.1, 0.5)
        _look_for_smoke()
        return
    _weigh_a_vector()
    areas.signed_area(points, offsets)
    areas.loop_sizes(points, offsets)
    # Weights keep it from asking the proof only.
    boundary.boundary(points, offsets, weights=np.ones(1, dtype=np.int64))
    apart.are_plain(points, offsets)
    _share_a_vector()
    slabs.slab_curves(points, offsets, 0, np.array([1.0, 2.0]), np.ones(1, dtype=np.uint8))
    wide_places.boxes_around(np.ones((1, 4)), 0.1, 0.0, 0.0, 1.0, np.zeros((3, 3), dtype=np.uint8))
    nearest_path.nearest_paths(points.copy(), points.copy(), offsets.copy(), 0.0, 0.0)
    closed_paths.closed_vectors(points.copy(), offsets, np.zeros(1, dtype=np.int64), 1)
    border_cuts.cut_at_border(np.ones((1, 4)), points, offsets)
    kinds = _read_only(np.zeros(1, dtype=np.uint16))
    motion = _read_only(np.ones((32, 4)))
    ends, laser = _read_only(np.ones(4, dtype=np.float32)), _read_only(np.zeros(1, dtype=np.uint8))
    scan_time.scan_statistics(ends, laser, kinds, kinds, 1, motion, 1.0)


def _weigh_a_vector() -> None:
    segments, kinds = np.ones((1, 4), dtype=np.float32), np.zeros(1, dtype=np.uint16)
    costs, reach, known = np.ones((32, 7)), np.ones((2, 2, 7)), np.zeros(1, dtype=np.int64)
    root, nodes, children = np.full(4, -1, dtype=np.int64), np.ones((1, 8)), np.full((1, 2), -1, np.int64)
    found = laser_work.laser_work(segments, kinds, kinds, costs, known, reach, 1)
    balance.even_loads(known, found[1], np.zeros(2))
    balance.least_times(np.ones((1, 4)))
    balance.place_seams(segments, reach, *found[:-1], root, nodes, children, known, known, np.ones((1, 2, 2)))


def _share_a_vector() -> None:
    segments, kinds = np.ones((1, 4), dtype=np.float32), np.zeros(1, dtype=np.uint16)
    costs, reach, known = np.ones((32, 7)), np.ones((2, 2, 7)), np.zeros(1, dtype=np.int64)
    root, nodes = np.full(4, -1, dtype=np.int64), np.ones((1, 8))
    children = np.full((1, 2), -1, dtype=np.int64)
    flags = np.zeros(1, dtype=np.uint8)
    lists = np.zeros((1, 2), dtype=np.uint8)
    nodes = seams.seams_on_grid(nodes, np.zeros(1), 0, 2.0, 0.0)
    seams.cut_at_seams(
        segments, kinds, kinds, costs, lists, flags, flags,
        known, reach, root, nodes, children, np.ones(2), 0.0, 0.0,
    )  # fmt: skip


def _look_for_smoke() -> None:
    ends, one = _read_only(np.ones((1, 4), dtype=np.float32)), _read_only(np.ones(8))
    laser, kinds = (_read_only(np.zeros(1, dtype=kind)) for kind in (np.uint8, np.uint16))
    motion, table = _read_only(np.ones((32, 4))), _read_only(np.ones((3, 1), dtype=np.uint8))
    seconds, jumps = vector_times.seconds_of_vectors(ends.reshape(-1), laser, kinds, kinds, 1, motion, one)
    clock, order, lasers, _ = laser_clock.laser_clock(ends, laser, kinds, seconds, one, 1)
    smoke.smoke_seconds(ends, clock, order, lasers, one, np.zeros(0), np.zeros(0))
    first, numbers, places, pieces, spans = firing_blocks.firing_blocks(
        ends, order, laser, kinds, laser, table, seconds, jumps, clock, one, 1.0
    )
    smoke_order.smoke_order(order, first, numbers, places, _read_only(pieces), spans, one, one, lasers, 0.0)


def _cut_a_tetrahedron() -> None:
    corners = np.array([[0, 0, 0], [4, 0, 0], [0, 4, 0], [0, 0, 4]], dtype=np.float32)
    faces = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [0, 3, 2]], dtype=np.int32)
    halves = _read_only(corners[faces.reshape(-1)].reshape(-1).view(np.uint16))
    ids = np.empty(12, dtype=np.int32)
    words = np.empty((12, 3), dtype=np.uint32)
    table = np.zeros((1024, 4), dtype=np.uint32)
    _, count, _ = vertex_merge.insert_corners(halves, 0, 18, 0, 4, table, 700, 0, ids, words)
    vertex_merge.renumber(ids, 0, 12, _read_only(np.arange(count, dtype=np.int32)))
    vertices = np.empty((count, 3))
    vertex_merge.widen_vertices(_read_only(words[:count].view(np.float32)), 1.0, vertices, np.empty((2, 3)))
    vertices = _read_only(vertices)
    faces = _read_only(ids.reshape(-1, 3))

    counts = np.zeros(count, dtype=np.int32)
    adjacency.count_edges(faces, 0, 4, counts)
    start = np.zeros(count + 1, dtype=np.int32)
    np.cumsum(counts, out=start[1:])
    bucket = np.empty((12, 2), dtype=np.int32)
    adjacency.bucket_edges(faces, 0, 4, start[:-1].copy(), bucket)
    neighbours = np.full(12, -1, dtype=np.int32)
    adjacency.pair_edges(_read_only(start), bucket, 0, count, neighbours)
    neighbours = _read_only(neighbours.reshape(-1, 3))
    label = np.arange(4, dtype=np.int32)
    shells.join_shells(neighbours, 0, 4, 0, 4, label)
    shell_count = shells.number_shells(label)
    shells.shell_volumes(vertices, faces, _read_only(label), shell_count)

    heights = _read_only(np.arange(0.5, 4.0))
    planes = _read_only(plane_cut.planes_below(np.ascontiguousarray(vertices[:, 2]), heights))
    members = np.zeros(1, dtype=np.int64)
    change = np.zeros(5, dtype=np.int64)
    plane_cut.count_bands(faces, planes, 0, 4, 4, members, change)
    listed = np.empty(int(members[0]), dtype=np.int32)
    plane_cut.fill_bands(faces, planes, 0, 4, 4, np.zeros(1, dtype=np.int64), listed)
    listed = _read_only(listed)
    crossings = _read_only(np.cumsum(change)[:4])
    total = int(crossings.sum())
    base, places, follower = (np.empty(n, dtype=np.int32) for n in (4, total, total))
    points, chained = np.empty((total, 2)), np.empty((total, 2))
    loops, layers = np.empty(total, np.int64), np.empty(5, np.int64)
    plane_cut.cut_layers(
        vertices, planes, faces, neighbours, listed, crossings, heights, 0, 4,
        base, places, points, follower, chained, loops, layers,
    )  # fmt: skip
