"""What several test folders use."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

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
