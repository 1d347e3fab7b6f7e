"""What several test folders use."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from amprep.model.job import PlacedPart

_SHARED_MESHES = Path(__file__).resolve().parents[2] / "shared" / "meshes"


@pytest.fixture
def shared_mesh() -> Callable[[str], Path]:
    """Path of a real part by its file name; skips the test where the parts are not at hand."""

    def path_of(name: str) -> Path:
        path = _SHARED_MESHES / name
        if not path.is_file():
            pytest.skip(f"the real part {name} is not in the folder shared/meshes beside the repository")
        return path

    return path_of


@pytest.fixture
def placed() -> Callable[..., PlacedPart]:
    """Makes a placed part of a mesh: checked and mended, at a position, turned, as if read from a file."""
    from amprep.model.job import PlacedPart
    from amprep.model.mesh import SourceFile
    from amprep.placement.transform import part_transform
    from amprep.repair import check_and_mend

    def make(mesh, position_mm=(0.0, 0.0, 0.0), *, rotation_deg=(0.0, 0.0, 0.0), name="part", mend=True):
        mended, report = check_and_mend(mesh, name=name)
        used = mended if mend else mesh
        return PlacedPart(
            name=name,
            mesh=used,
            transform=part_transform(used, position_mm, rotation_deg),
            position_mm=position_mm,
            rotation_deg=rotation_deg,
            source=SourceFile(f"{name}.stl", "stl-binary", "0" * 64, "mm", False, len(mesh.faces)),
            report=report,
        )

    return make
