"""The one place where bodies of manifold3d become meshes."""

from __future__ import annotations

from typing import Any

import numpy as np

from amprep.model.mesh import Mesh

__all__ = ["mesh_of_solid"]


def mesh_of_solid(solid: Any) -> Mesh:
    """A ``manifold3d.Manifold`` as mesh, with vertices rounded to float32 as an STL would hold them.

    Raises
    ------
    ValueError
        When the body is empty or has an error status.

    """
    if solid.is_empty():
        raise ValueError(f"the body is empty: {solid.status()}")
    raw = solid.to_mesh64()
    vertices = np.asarray(raw.vert_properties)[:, :3].astype(np.float32).astype(np.float64)
    return Mesh(vertices + 0.0, np.asarray(raw.tri_verts).astype(np.int32))
