"""What several test folders use."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.limits import within

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from amprep.model.job import PlacedPart

# What the terminal says is looked for in English, wherever the tests run.
os.environ["AMPREP_LANG"] = "en"

_SHARED_MESHES = Path(__file__).resolve().parents[2] / "shared" / "meshes"


@pytest.fixture(scope="session")
def compiled() -> None:
    """Kernels are compiled before time and memory are measured."""
    from amprep.checking.compiled import exercise
    from amprep.cli.compilation import compile_kernels

    compile_kernels(lambda _line: None)
    exercise()


#: What one case of bad input may take; nearly all take less than a second and 30 MB.
MOST_CPU_S = 20.0
MOST_MB = 300.0


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Each case marked with `bad_input` has its limits of time and memory, and is ended when it hangs."""
    marker = item.get_closest_marker("bad_input")
    if marker is None:
        return (yield)
    with within(**{"cpu_s": MOST_CPU_S, "memory_mb": MOST_MB, **marker.kwargs}):
        return (yield)


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
