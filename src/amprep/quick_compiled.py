"""The kernels that an estimate without hatching needs beside the rest, and a run that compiles them."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from amprep.kernels import section_sums
from amprep.kernels.cache_folder import file_names
from amprep.kernels.jit import Kernel

__all__ = ["exercise", "kernels_to_compile", "quick_kernels"]


def quick_kernels() -> list[Any]:
    """The kernels that `amprep.quick` meets beside those of slicing."""
    return [section_sums.section_sums, section_sums.united_sums]


def kernels_to_compile() -> int:
    """How many of them have no file in the cache."""
    files = file_names()
    return sum(
        isinstance(kernel, Kernel) and not any(file.startswith(f"{kernel.cache_name}-") for file in files)
        for kernel in quick_kernels()
    )


def exercise() -> None:
    """Estimate a small part without hatching."""
    from amprep.assembling import assemble
    from amprep.demonstrators.primitives import box
    from amprep.output.stl import write_stl
    from amprep.quick import quick_estimate

    with tempfile.TemporaryDirectory(prefix="amprep-") as folder:
        part = Path(folder) / "part.stl"
        write_stl(box((2.0, 2.0, 0.2)), part)
        quick_estimate(assemble(part, machine="m400-4", unit="mm"))
