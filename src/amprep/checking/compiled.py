"""Which kernels of a check are still to be compiled."""

from __future__ import annotations

from typing import Any

from amprep.kernels import beneath, box_tree, enclosure, intersections
from amprep.kernels.cache_folder import file_names
from amprep.kernels.jit import Kernel

__all__ = ["check_kernels", "kernels_to_compile"]


def check_kernels() -> list[Any]:
    """The kernels that a check needs beside those of slicing."""
    return [
        box_tree.fill_tree,
        intersections.crossing_pairs,
        enclosure.winding_by_shell,
        beneath.bodies_held,
    ]


def kernels_to_compile() -> int:
    """How many of them have no file in the cache."""
    files = file_names()
    return sum(
        isinstance(kernel, Kernel) and not any(file.startswith(f"{kernel.cache_name}-") for file in files)
        for kernel in check_kernels()
    )
