"""Placed parts to closed contours, layer range by layer range.

`CutPlan` holds what all layer ranges share: the placed mesh and its triangles by bands of layers. It is made
once per distinct part; copies that differ only by a shift in the plane share it.
"""

from __future__ import annotations

import itertools
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.connectivity import connect
from amprep.engines import ranges
from amprep.engines.serial import SerialEngine
from amprep.errors import InternalError
from amprep.kernels.plane_cut import count_bands, cut_layers, fill_bands, planes_below
from amprep.model.arrays import read_only
from amprep.model.layer import LayerStack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from amprep.engines import Engine
    from amprep.model.job import PlacedPart
    from amprep.model.mesh import Mesh

__all__ = ["BAND", "CutPlan", "PartCut", "Workspaces", "cut", "plan_cuts", "plan_mesh"]

#: Layers per band: few enough that a band stays near in the processor's caches, many enough that a triangle
#: lies in few bands. Ranges of layers that begin at its multiples do no work twice.
BAND = 50

#: Triangles below which a second thread does not pay.
_LEAST = 50_000


class Workspaces:
    """Arrays that workers use one after the other: memory is slow when it is touched for the first time."""

    def __init__(self) -> None:
        self._free: deque[dict[str, NDArray[np.generic]]] = deque()

    def take(self) -> dict[str, NDArray[np.generic]]:
        """A workspace that nobody else has: arrays by name, at first none."""
        try:
            return self._free.pop()
        except IndexError:
            return {}

    def give_back(self, workspace: dict[str, NDArray[np.generic]]) -> None:
        """Let others have it."""
        self._free.append(workspace)


@dataclass(frozen=True, slots=True, eq=False)
class CutPlan:
    """A mesh ready to be cut at given heights; all arrays read-only.

    vertices : (V, 3) float64, mm
    planes : (V,) int32
        Number of cutting planes at or below each vertex.
    faces, neighbours : (F, 3) int32
    members : (M,) int32
        Triangles that cross a plane of a band, band after band.
    band_offsets : (B + 1,) int64
        Band b owns ``members[band_offsets[b]:band_offsets[b + 1]]``.
    crossings : (n,) int64
        Triangles that cross each plane.
    cut_heights : (n,) float64, mm
    """

    vertices: NDArray[np.float64]
    planes: NDArray[np.int32]
    faces: NDArray[np.int32]
    neighbours: NDArray[np.int32]
    members: NDArray[np.int32]
    band_offsets: NDArray[np.int64]
    crossings: NDArray[np.int64]
    cut_heights: NDArray[np.float64]
    workspaces: Workspaces


@dataclass(frozen=True, slots=True)
class PartCut:
    """One part's share in a `CutPlan`: the plan and where its contours belong on the platform."""

    plan: CutPlan
    shift_mm: tuple[float, float]


def plan_cuts(
    parts: Sequence[PlacedPart], cut_heights_mm: NDArray[np.float64], *, engine: Engine | None = None
) -> list[PartCut]:
    """Prepare all parts; equal parts at equal height and rotation share one plan."""
    shared: dict[tuple[int, bytes, float], CutPlan] = {}
    workspaces = Workspaces()
    cuts = []
    for part in parts:
        linear = np.ascontiguousarray(part.transform[:3, :3])
        lift = float(part.transform[2, 3])
        key = (id(part.mesh), linear.tobytes(), lift)
        if key not in shared:
            vertices = part.mesh.vertices
            if lift or not np.array_equal(linear, np.eye(3)):
                vertices = np.ascontiguousarray(vertices @ linear.T)
                vertices[:, 2] += lift
            shared[key] = plan_mesh(part.mesh, vertices, cut_heights_mm, engine=engine, workspaces=workspaces)
        cuts.append(PartCut(shared[key], (float(part.transform[0, 3]), float(part.transform[1, 3]))))
    return cuts


def plan_mesh(
    mesh: Mesh,
    vertices: NDArray[np.float64],
    cut_heights_mm: NDArray[np.float64],
    *,
    engine: Engine | None = None,
    workspaces: Workspaces | None = None,
) -> CutPlan:
    """Prepare a mesh whose vertices were moved to `vertices`, (V, 3) float64, mm."""
    engine = engine or SerialEngine()
    vertices = read_only(vertices)
    heights = read_only(cut_heights_mm.copy())
    faces, neighbours = mesh.faces, mesh.neighbours
    if neighbours is None:
        neighbours = connect(faces, len(vertices), engine=engine).neighbours
    planes = read_only(planes_below(np.ascontiguousarray(vertices[:, 2]), heights))
    count = len(heights)
    parts = ranges(len(faces), engine, least=_LEAST)
    members = np.zeros((len(parts), -(-count // BAND)), dtype=np.int64)
    change = np.zeros((len(parts), count + 1), dtype=np.int64)

    def count_part(i: int) -> None:
        count_bands(faces, planes, *parts[i], BAND, members[i], change[i])

    for _ in engine.map_ordered(count_part, range(len(parts))):
        pass
    # Band after band, and in a band range after range: the order of the mesh.
    places = np.zeros(members.size + 1, dtype=np.int64)
    np.cumsum(members.T.reshape(-1), out=places[1:])
    cursors = places[:-1].reshape(-1, len(parts)).T.copy()
    listed = np.empty(int(places[-1]), dtype=np.int32)

    def fill_part(i: int) -> None:
        fill_bands(faces, planes, *parts[i], BAND, cursors[i], listed)

    for _ in engine.map_ordered(fill_part, range(len(parts))):
        pass
    return CutPlan(
        vertices=vertices,
        planes=planes,
        faces=faces,
        neighbours=neighbours,
        members=read_only(listed),
        band_offsets=read_only(places[:: len(parts)].copy()),
        crossings=read_only(np.cumsum(change.sum(axis=0))[:count]),
        cut_heights=heights,
        workspaces=workspaces or Workspaces(),
    )


def cut(part_cut: PartCut, begin: int, end: int) -> LayerStack:
    """Contours of the layers ``begin … end - 1`` in platform coordinates.

    Raises
    ------
    InternalError
        E701 when a loop does not close: a closed mesh has none.

    """
    if begin >= end:
        none = np.zeros(1, dtype=np.int64)
        return LayerStack(np.empty((0, 2)), none, none)
    plan = part_cut.plan
    workspace = plan.workspaces.take()
    borders = [begin, *range((begin // BAND + 1) * BAND, end, BAND), end]
    stacks = [_cut_in_band(plan, a, b, workspace) for a, b in itertools.pairwise(borders)]
    plan.workspaces.give_back(workspace)
    return _joined(stacks).shifted(*part_cut.shift_mm)


def _cut_in_band(
    plan: CutPlan, begin: int, end: int, workspace: dict[str, NDArray[np.generic]]
) -> LayerStack:
    """Contours of layers that belong to one band, not shifted."""
    band = begin // BAND
    members = plan.members[plan.band_offsets[band] : plan.band_offsets[band + 1]]
    total = int(plan.crossings[begin:end].sum())
    chained = _room(workspace, "chained", (total, 2), np.float64)
    loop_offsets = _room(workspace, "loop_offsets", (total // 3 + 2,), np.int64)
    layer_offsets = np.empty(end - begin + 1, dtype=np.int64)
    written, loops, open_chains = cut_layers(
        plan.vertices,
        plan.planes,
        plan.faces,
        plan.neighbours,
        members,
        plan.crossings,
        plan.cut_heights,
        begin,
        end,
        _room(workspace, "base", (len(plan.faces),), np.int32),
        _room(workspace, "places", (total,), np.int32),
        _room(workspace, "points", (total, 2), np.float64),
        _room(workspace, "follower", (total,), np.int32),
        chained,
        loop_offsets,
        layer_offsets,
    )
    if open_chains:
        raise InternalError(
            f"{open_chains} contours between layer {begin + 1} and {end} do not close",
            code="E701",
            why="The mesh was checked to be closed, so this must not happen; nothing was written.",
        )
    return LayerStack(chained[:written].copy(), loop_offsets[: loops + 1].copy(), layer_offsets)


def _room(
    workspace: dict[str, NDArray[np.generic]], name: str, shape: tuple[int, ...], dtype: type[np.generic]
) -> NDArray[Any]:
    """An array of at least `shape`, which holds anything."""
    array = workspace.get(name)
    if array is None or len(array) < shape[0]:
        # A little more, as bands that follow often need a little more.
        workspace[name] = array = np.empty((shape[0] + shape[0] // 4, *shape[1:]), dtype=dtype)
    return array


def _joined(stacks: Sequence[LayerStack]) -> LayerStack:
    """One stack of consecutive ones."""
    if len(stacks) == 1:
        return stacks[0]
    points = np.cumsum([0, *(len(stack.points) for stack in stacks)])
    loops = np.cumsum([0, *(len(stack.loop_offsets) - 1 for stack in stacks)])
    zero = np.zeros(1, dtype=np.int64)
    return LayerStack(
        np.concatenate([stack.points for stack in stacks]),
        np.concatenate(
            [zero, *(s.loop_offsets[1:] + shift for s, shift in zip(stacks, points, strict=False))]
        ),
        np.concatenate(
            [zero, *(s.layer_offsets[1:] + shift for s, shift in zip(stacks, loops, strict=False))]
        ),
    )
