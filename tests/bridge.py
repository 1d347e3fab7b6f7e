"""A part with all regions, whose areas follow from its sizes, and jobs of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from manifold3d import Manifold

from amprep.assembling import assemble_job
from amprep.layering import prepare_layer
from amprep.model.job import Job
from amprep.model.mesh import Mesh
from amprep.model.scan import LayerPlan
from amprep.output.stl import write_stl
from amprep.reading.job_file import JobFile

LAYERS = 30
"""Of 0.04 mm; pillars 1 … 10, the bridge on them 11 … 20, a tower on it 21 … 30."""

PILLARS_MM2, BRIDGE_MM2, TOWER_MM2, SPAN_MM2, WALL_MM2 = 48.0, 72.0, 24.0, 24.0, 0.48

#: Everything as in the core, no skins: what tests change is all there is.
PLAIN: dict[str, Any] = {
    "upskin": {"layers": 0},
    "downskin": {"layers": 0},
    "hatch": {"gas_window_deg": 0},
}


def _cuboid(x0: float, y0: float, z0: float, x1: float, y1: float, z1: float) -> Manifold:
    return Manifold.cube((x1 - x0, y1 - y0, z1 - z0)).translate((x0, y0, z0))


def bridge(*, wall: bool = True) -> Mesh:
    """Two pillars, a bridge with a span of 4 × 6 mm, a tower on one end, and beside it a wall of 0.08 mm."""
    body = _cuboid(0, 0, 0, 4, 6, 0.4) + _cuboid(8, 0, 0, 12, 6, 0.4) + _cuboid(0, 0, 0.4, 12, 6, 0.8)
    body += _cuboid(0, 0, 0.8, 4, 6, 1.2)
    if wall:
        body += _cuboid(14, 0, 0, 14.08, 6, 1.2)
    mesh = body.to_mesh()
    return Mesh(
        np.asarray(mesh.vert_properties, dtype=np.float64)[:, :3], np.asarray(mesh.tri_verts, np.int32)
    )


def write_bridge(folder: Path, *, wall: bool = True) -> Path:
    """The part as ``bridge.stl``."""
    path = folder / "bridge.stl"
    write_stl(bridge(wall=wall), path)
    return path


def job_of(folder: Path, *parts: dict[str, Any], **values: Any) -> Job:
    """A job of ``bridge.stl`` on the M 400-4, plain but for `values`; tables of `PLAIN` are kept."""
    given = {key: PLAIN.get(key, {}) | values.get(key, {}) for key in PLAIN}
    entries = parts or ({"position_mm": [100.0, 100.0]},)
    document = {
        "machine": "m400-4",
        "parts": [{"file": "bridge.stl", "unit": "mm"} | part for part in entries],
        **values,
        **given,
    }
    return assemble_job(JobFile.model_validate(document), folder)


def layer(job: Job, number: int) -> LayerPlan:
    """Layer `number`, from 1."""
    return prepare_layer(job, number - 1)
