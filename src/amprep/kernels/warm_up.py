"""Which kernels the main way of a job still has to compile.

A kernel counts as compiled when its index file in the cache is at least as new as its source.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from amprep.kernels import (
    adjacency,
    collar,
    offset,
    plane_cut,
    scan_time,
    scanline,
    seams,
    shells,
    vertex_merge,
)

__all__ = ["kernels_to_compile", "main_kernels"]


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
        scanline.hatch_stripes,
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
