"""The kernels that mending and checking need beside those of slicing, and a run that compiles them."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from amprep.kernels import adjacency, beneath, box_tree, enclosure, intersections, shells
from amprep.kernels.cache_folder import file_names
from amprep.kernels.jit import Kernel
from amprep.model.mesh import Mesh

__all__ = ["check_kernels", "exercise", "kernels_to_compile"]


def check_kernels() -> list[Any]:
    """The kernels that a check, or a mesh that needs mending, meets beside those of slicing."""
    return [
        adjacency.pair_by_angle,
        adjacency.pair_rest,
        shells.winding_number,
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


def exercise() -> None:
    """Check a small part that meets each of them: blocks at an edge, one inside out, in and above others."""
    from amprep.checking.check import check_file
    from amprep.checking.limits import limits_for
    from amprep.demonstrators.primitives import box
    from amprep.output.stl import write_stl

    places = [(0.0, 0.0, 0.0), (2.0, 2.0, 0.0), (1.0, 0.5, 0.1), (9.0, 9.0, 0.1)]
    block = box((2.0, 2.0, 0.2))
    vertices = np.concatenate([block.vertices + np.array(place) for place in places])
    faces = np.concatenate([block.faces + len(block.vertices) * i for i in range(len(places))])
    inside_out = slice(len(block.faces), 2 * len(block.faces))
    faces[inside_out] = faces[inside_out][:, ::-1]
    with tempfile.TemporaryDirectory(prefix="amprep-") as folder:
        part = Path(folder) / "part.stl"
        write_stl(Mesh(vertices, faces.astype(np.int32)), part)
        check_file(part, limits_for(machine=None, material=None, layer_thickness_mm=None))
