"""The job: placed parts, machine, material, process; the layer heights follow from them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from amprep.model.arrays import ArrayNoun, box_of, frozen_array
from amprep.model.mending import Mending

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from amprep.model.machine import MachineProfile
    from amprep.model.material import MaterialProfile
    from amprep.model.mesh import Mesh, MeshReport, SourceFile
    from amprep.model.notice import Notice
    from amprep.model.process import ProcessProfile

__all__ = ["Job", "ParameterSets", "PlacedPart", "layer_count_for_height"]


def layer_count_for_height(height_mm: float, thickness_mm: float) -> int:
    """Number of layers whose mid-plane lies below `height_mm`.

    The built height differs from the nominal one by half a layer at most. Binary float noise of the file
    must not add a layer, so the last plane has to lie a millionth of a layer below the top.
    """
    return max(0, math.ceil(height_mm / thickness_mm - 0.5 - 1e-6))


@dataclass(frozen=True, slots=True, eq=False)
class PlacedPart(ArrayNoun):
    """A part on the platform.

    transform : (4, 4) float64
        From the mesh's coordinates to the platform's: rotation and shift, mm; read-only. It follows from
        `position_mm` and `rotation_deg` (see `amprep.placement.transform`).
    """

    name: str
    mesh: Mesh
    transform: NDArray[np.float64]
    position_mm: tuple[float, float, float]
    """Middle of the part's bounding box seen from above, and height of its lowest point."""
    rotation_deg: tuple[float, float, float]
    """Turned about x, then y, then z."""
    source: SourceFile
    report: MeshReport
    is_support: bool = False
    """Structure SUPPORT: exposed in its own way, and before the parts."""
    bounds_mm: NDArray[np.float64] = field(init=False)
    """(2, 3) float64, mm: bounding box in platform coordinates; read-only."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "transform", frozen_array(self.transform, np.float64, (4, 4), "transform"))
        linear, shift = self.transform[:3, :3], self.transform[:3, 3]
        is_turned = not np.array_equal(linear, np.eye(3))
        bounds = box_of(self.used_vertices_mm) if is_turned else self.mesh.bounds_mm + shift
        object.__setattr__(self, "bounds_mm", frozen_array(bounds, np.float64, (2, 3), "bounds_mm"))

    @property
    def used_vertices_mm(self) -> NDArray[np.float64]:
        """(U, 3) float64, mm: the vertices that triangles use, in platform coordinates."""
        return self._placed(self.mesh.used_vertices)

    @property
    def placed_vertices_mm(self) -> NDArray[np.float64]:
        """(V, 3) float64, mm: all vertices in platform coordinates."""
        return self._placed(self.mesh.vertices)

    @property
    def volume_mm3(self) -> float:
        """What the placed part encloses: the mesh's volume, larger by the scaling."""
        return self.report.volume_mm3 * float(np.linalg.det(self.transform[:3, :3]))

    def _placed(self, vertices: NDArray[np.float64]) -> NDArray[np.float64]:
        placed: NDArray[np.float64] = vertices @ self.transform[:3, :3].T + self.transform[:3, 3]
        return placed


@dataclass(frozen=True, slots=True, eq=False)
class ParameterSets(ArrayNoun):
    """Which parameters expose a part in a layer.

    processes : tuple of ProcessProfile
        The different sets; the first is the job's process.
    bases : tuple of ProcessProfile
        Of the rows of the table, before rules.
    base : (parts,) uint16
        Row of the table for each part; read-only.
    state : (n,) uint16
        Column of the table for each layer: which rules hold there; read-only.
    table : (bases, states) uint16
        Index into `processes`; read-only.
    """

    processes: tuple[ProcessProfile, ...]
    bases: tuple[ProcessProfile, ...]
    base: NDArray[np.uint16]
    state: NDArray[np.uint16]
    table: NDArray[np.uint16]

    @classmethod
    def uniform(cls, process: ProcessProfile, *, parts: int, layers: int) -> ParameterSets:
        """One process for all."""
        return cls((process,), (process,), *(np.zeros(shape, np.uint16) for shape in (parts, layers, (1, 1))))

    def __post_init__(self) -> None:
        object.__setattr__(self, "base", frozen_array(self.base, np.uint16, (None,), "base"))
        object.__setattr__(self, "state", frozen_array(self.state, np.uint16, (None,), "state"))
        object.__setattr__(self, "table", frozen_array(self.table, np.uint16, (None, None), "table"))

    def number(self, part: int, layer_index: int) -> int:
        """Index into `processes`."""
        return int(self.table[self.base[part], self.state[layer_index]])

    def base_of(self, part: int) -> ProcessProfile:
        """What exposes a part where no rule holds."""
        return self.bases[int(self.base[part])]

    def layers_of(self, part: int, number: int) -> list[tuple[int, int]]:
        """First and last layer of each run of layers in which a set exposes a part, from 0."""
        hits = np.concatenate([[False], self.table[self.base[part], self.state] == number, [False]])
        edges = np.flatnonzero(hits[1:] != hits[:-1]).tolist()
        return [(first, stop - 1) for first, stop in zip(edges[::2], edges[1::2], strict=True)]

    def process(self, part: int, layer_index: int) -> ProcessProfile:
        """What exposes a part in a layer."""
        return self.processes[self.number(part, layer_index)]


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """Everything that decides the result; the same job gives the same vectors on every engine."""

    name: str
    parts: tuple[PlacedPart, ...]
    machine: MachineProfile
    material: MaterialProfile
    machine_reference: str
    """Id of a shipped profile, or path of a profile file as seen from the working directory."""
    material_reference: str
    process_reference: str
    """As the machine's."""
    parameter_sets: ParameterSets
    """The process, and what it becomes by rules for layers and values of parts."""
    process_as_named: ProcessProfile
    """The process profile without what the job changes."""
    even_odd: bool = False
    """The material is where the winding number is odd, not where it is 1 or more."""
    mending: Mending = field(default_factory=Mending)
    """How far meshes were mended."""
    notices: tuple[Notice, ...] = ()
    """What reading, checking and placing had to remark."""
    cost: Mapping[str, float] | None = None
    """Rates of its own, by the keys of ``rates.toml``; empty where the cost is wanted at the usual rates."""
    takes_default_material: bool = False
    """Nobody has named a material, so it is the machine's usual one."""

    @property
    def process(self) -> ProcessProfile:
        """What exposes parts where nothing else is said."""
        return self.parameter_sets.processes[0]

    @property
    def layer_thickness_mm(self) -> float:
        return self.process.layer_thickness_mm

    @property
    def height_mm(self) -> float:
        """Nominal height of the highest part's top over the platform."""
        return max(float(part.bounds_mm[1, 2]) for part in self.parts)

    @property
    def layer_count(self) -> int:
        return layer_count_for_height(self.height_mm, self.layer_thickness_mm)

    @property
    def top_heights_mm(self) -> NDArray[np.float64]:
        """(n,) float64, mm: top of each layer."""
        tops: NDArray[np.float64] = np.arange(1.0, self.layer_count + 1.0) * self.layer_thickness_mm
        return tops

    @property
    def cut_heights_mm(self) -> NDArray[np.float64]:
        """(n,) float64, mm: cutting planes, at mid-layer."""
        cuts: NDArray[np.float64] = (np.arange(float(self.layer_count)) + 0.5) * self.layer_thickness_mm
        return cuts
