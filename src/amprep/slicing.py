"""Placed parts to closed contours, layer range by layer range.

`CutPlan` holds what all layer ranges share: the placed mesh sorted by first layer. It is made once per
distinct part; copies that differ only by a shift in the plane share it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from amprep.errors import InternalError
from amprep.kernels.adjacency import face_neighbours
from amprep.kernels.plane_cut import cut_layers, planes_below, sort_by_first_plane
from amprep.model.arrays import read_only
from amprep.model.layer import LayerStack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from amprep.model.job import PlacedPart
    from amprep.model.mesh import Mesh

__all__ = ["CutPlan", "PartCut", "cut", "plan_cuts", "plan_mesh"]


@dataclass(frozen=True, slots=True, eq=False)
class CutPlan:
    """A mesh ready to be cut at given heights.

    vertices : (V, 3) float64, mm
    planes : (V,) int32
    faces, neighbours : (G, 3) int32
    first, last : (G,) int32
    block_last : (B,) int32
    cut_heights : (n,) float64, mm
    """

    vertices: NDArray[np.float64]
    planes: NDArray[np.int32]
    faces: NDArray[np.int32]
    neighbours: NDArray[np.int32]
    first: NDArray[np.int32]
    last: NDArray[np.int32]
    block_last: NDArray[np.int32]
    cut_heights: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PartCut:
    """One part's share in a `CutPlan`: the plan and where its contours belong on the platform."""

    plan: CutPlan
    shift_mm: tuple[float, float]


def plan_cuts(parts: Sequence[PlacedPart], cut_heights_mm: NDArray[np.float64]) -> list[PartCut]:
    """Prepare all parts; equal parts at equal height and rotation share one plan."""
    shared: dict[tuple[int, bytes, float], CutPlan] = {}
    cuts = []
    for part in parts:
        linear = np.ascontiguousarray(part.transform[:3, :3])
        lift = float(part.transform[2, 3])
        key = (id(part.mesh), linear.tobytes(), lift)
        if key not in shared:
            vertices = np.ascontiguousarray(part.mesh.vertices @ linear.T)
            vertices[:, 2] += lift
            shared[key] = plan_mesh(part.mesh, vertices, cut_heights_mm)
        cuts.append(PartCut(shared[key], (float(part.transform[0, 3]), float(part.transform[1, 3]))))
    return cuts


def plan_mesh(mesh: Mesh, vertices: NDArray[np.float64], cut_heights_mm: NDArray[np.float64]) -> CutPlan:
    """Prepare a mesh whose vertices were moved to `vertices`, (V, 3) float64, mm."""
    neighbours = mesh.neighbours
    if neighbours is None:
        neighbours, _ = face_neighbours(mesh.faces, len(vertices))
    planes = planes_below(np.ascontiguousarray(vertices[:, 2]), cut_heights_mm)
    faces, neighbours, first, last, block_last = sort_by_first_plane(
        mesh.faces, read_only(neighbours), planes, len(cut_heights_mm)
    )
    return CutPlan(
        vertices=read_only(vertices),
        planes=read_only(planes),
        faces=read_only(faces),
        neighbours=read_only(neighbours),
        first=read_only(first),
        last=read_only(last),
        block_last=read_only(block_last),
        cut_heights=read_only(cut_heights_mm.copy()),
    )


def cut(part_cut: PartCut, begin: int, end: int) -> LayerStack:
    """Contours of the layers ``begin … end - 1`` in platform coordinates.

    Raises
    ------
    InternalError
        E701 when a loop does not close: a closed mesh has none.

    """
    plan = part_cut.plan
    points, loop_offsets, layer_offsets, open_chains = cut_layers(
        plan.vertices,
        plan.planes,
        plan.faces,
        plan.neighbours,
        plan.first,
        plan.last,
        plan.block_last,
        plan.cut_heights,
        begin,
        end,
    )
    if open_chains:
        raise InternalError(
            f"{open_chains} contours between layer {begin + 1} and {end} do not close",
            code="E701",
            why="The mesh was checked to be closed, so this must not happen; nothing was written.",
        )
    return LayerStack(points, loop_offsets, layer_offsets).shifted(*part_cut.shift_mm)
