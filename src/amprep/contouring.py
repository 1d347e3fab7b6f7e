"""A file to closed contours, block by block: the slicer alone, without machine, process or vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from amprep.engines import engine_for
from amprep.errors import BuildError
from amprep.model.job import layer_count_for_height
from amprep.model.mending import Mending
from amprep.reading.files import read_one
from amprep.repair import check_and_mend, require_closed, tolerance_that_closes_mm
from amprep.slicing import BAND, PartCut, cut, plan_mesh

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator
    from typing import Literal

    from amprep.model.layer import LayerStack

__all__ = ["contours"]


def contours(
    path: str | os.PathLike[str],
    *,
    layer_thickness_mm: float,
    unit: Literal["mm", "inch", "m", "cm", "um", "foot"] | None = None,
    workers: int | None = None,
    layers_per_block: int | None = None,
) -> Iterator[LayerStack]:
    """Slice a file with one part at mid-layer, from its lowest point up, in the file's own coordinates.

    Parameters
    ----------
    layer_thickness_mm : float
        Positive.
    workers : int, optional
        Threads; default: all processors. The contours are the same bits for any number.
    layers_per_block : int, optional
        Default: as many as are cut fastest.

    Yields
    ------
    LayerStack
        Contours of the next layers; memory stays bounded when blocks are not kept.

    Raises
    ------
    MeshError
        E2xx as `read_one` and `require_closed`.
    BuildError
        E403 when the part is lower than half a layer.
    ValueError
        When `layer_thickness_mm`, `workers` or `layers_per_block` is not positive.

    """
    for name, value in (
        ("layer_thickness_mm", layer_thickness_mm),
        ("workers", workers),
        ("layers_per_block", layers_per_block),
    ):
        if value is not None and not value > 0:
            raise ValueError(f"{name} must be positive, is {value}")
    engine = engine_for(workers)
    mesh, source = read_one(
        path, unit=unit, engine=engine, layer_thickness_mm=layer_thickness_mm, fingerprint=False
    )
    mesh, report = check_and_mend(mesh, name=source.path, engine=engine)
    require_closed(
        report,
        name=source.path,
        file=source.path,
        unit=unit,
        layer_thickness_mm=layer_thickness_mm,
        closing_tolerance_mm=tolerance_that_closes_mm(mesh, report, Mending(), engine=engine),
    )
    low, high = mesh.bounds_mm[:, 2].tolist()
    count = layer_count_for_height(high - low, layer_thickness_mm)
    if not count:
        raise BuildError(
            f"no layer meets the part: it is {high - low:.4g} mm high, layers are {layer_thickness_mm:g} mm",
            code="E403",
            where=source.path,
            fix="make the layers thinner, or check the unit",
        )
    heights = low + (np.arange(float(count)) + 0.5) * layer_thickness_mm
    part = PartCut(plan_mesh(mesh, mesh.vertices, heights, engine=engine), (0.0, 0.0))
    layers = layers_per_block or BAND

    def block(begin: int) -> LayerStack:
        return cut(part, begin, min(begin + layers, count))

    yield from engine.map_ordered(block, range(0, count, layers))
