"""A part as a check sees it: read, mended as slicing would mend it, its shells numbered."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from amprep.checking.tree import TriangleTree
from amprep.connectivity import label_shells
from amprep.kernels.shells import shell_volumes
from amprep.model.arrays import read_only
from amprep.model.job import layer_count_for_height
from amprep.model.mending import Mending
from amprep.reading.files import read_file
from amprep.repair import check_and_mend

if TYPE_CHECKING:
    import os

    import numpy as np
    from numpy.typing import NDArray

    from amprep.engines import Engine
    from amprep.model.mesh import Mesh, MeshReport, SourceFile

__all__ = ["Part", "part_of", "read_parts"]


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """What all groups of findings look at.

    label : (F,) int32
        Shell of each triangle; read-only.
    volumes_mm3 : (S,) float64
        Signed volume of each shell; read-only.
    """

    source: SourceFile
    mesh: Mesh
    report: MeshReport
    label: NDArray[np.int32]
    volumes_mm3: NDArray[np.float64]
    tree: TriangleTree
    layer_thickness_mm: float
    as_read: Mesh | None = None
    """The mesh before its cracks were closed, where it had some."""

    @property
    def neighbours(self) -> NDArray[np.int32]:
        """(F, 3) int32: triangle across each edge, -1 where there is none."""
        assert self.mesh.neighbours is not None
        return self.mesh.neighbours

    @property
    def bottom_mm(self) -> float:
        """Where the platform is: the part's lowest point."""
        return float(self.mesh.bounds_mm[0, 2])

    @property
    def layer_count(self) -> int:
        return layer_count_for_height(self.mesh.size_mm[2], self.layer_thickness_mm)

    def layers(self, low_mm: float, high_mm: float) -> tuple[int, int] | None:
        """First and last layer, from 1, that a range of heights touches; None where the part has none."""
        if not self.layer_count:
            return None
        thickness = self.layer_thickness_mm
        # A height on the border between two layers, up to rounding, ends the lower one.
        first = math.floor((low_mm - self.bottom_mm) / thickness + 1e-6) + 1
        last = max(first, math.ceil((high_mm - self.bottom_mm) / thickness - 1e-6))
        first, last = (min(max(layer, 1), self.layer_count) for layer in (first, last))
        return first, last


def read_parts(
    path: str | os.PathLike[str], *, unit: str | None, layer_thickness_mm: float, engine: Engine | None
) -> list[tuple[str, Part]]:
    """Read a file and mend what slicing would mend; parts that differ by a shift only are one.

    Returns
    -------
    list of (str, Part)
        Each with its name in the file; empty where the file holds one part.

    Raises
    ------
    AmprepError
        As reading raises.

    """
    read = read_file(path, unit=unit, layer_thickness_mm=layer_thickness_mm, engine=engine)
    distinct = {id(one.mesh): one for one in reversed(read)}
    return [
        (one.name, _part(one.mesh, one.source, layer_thickness_mm, engine))
        for one in reversed(distinct.values())
    ]


def _part(mesh: Mesh, source: SourceFile, layer_thickness_mm: float, engine: Engine | None) -> Part:
    dropped = [notice.values.get("triangles_with_coinciding_corners", 0) for notice in source.notices]
    read = mesh
    mesh, report = check_and_mend(
        read, name=source.path, degenerate_dropped=sum(int(count) for count in dropped), engine=engine
    )
    as_read = None
    if report.cracks_closed:
        as_read, _ = check_and_mend(read, name=source.path, engine=engine, mending=Mending(0.0))
    return part_of(mesh, report, source, layer_thickness_mm, as_read=as_read, engine=engine)


def part_of(
    mesh: Mesh,
    report: MeshReport,
    source: SourceFile,
    layer_thickness_mm: float,
    *,
    as_read: Mesh | None = None,
    engine: Engine | None = None,
) -> Part:
    """A mended mesh with its shells numbered; `as_read` is what it was before its cracks were closed."""
    assert mesh.neighbours is not None
    label, shells = label_shells(mesh.neighbours, engine=engine)
    return Part(
        source=source,
        mesh=mesh,
        report=report,
        label=label,
        volumes_mm3=read_only(shell_volumes(mesh.vertices, mesh.faces, label, shells)),
        tree=TriangleTree.over(mesh.vertices, mesh.faces),
        layer_thickness_mm=layer_thickness_mm,
        as_read=as_read,
    )
