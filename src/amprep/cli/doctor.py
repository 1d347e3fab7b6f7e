"""``amprep doctor``: what this installation consists of."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import typer

from amprep.cli.compilation import compile_kernels
from amprep.kernels.warm_up import kernels_to_compile, main_kernels
from amprep.profiles import profiles_root
from amprep.version import __version__

__all__ = ["examine"]

_PACKAGES = ("numpy", "numba", "llvmlite", "manifold3d", "pyarrow", "matplotlib", "pydantic", "typer")


def examine(*, warm: bool) -> None:
    """Print versions, places and the state of the kernels; with `warm`, compile what is missing."""
    typer.echo(f"amprep {__version__} · Python {platform.python_version()} · {platform.platform()}")
    typer.echo(f"processors   {os.cpu_count()}")
    typer.echo("packages     " + " · ".join(f"{name} {_version(name)}" for name in _PACKAGES))
    typer.echo(f"profiles     {profiles_root()}")
    typer.echo(f"kernel cache {_cache()}")
    if warm:
        compile_kernels(lambda line: typer.echo(line, err=True))
    missing = kernels_to_compile()
    state = (
        "all compiled"
        if not missing
        else f"{missing} to compile on the first run, or now: amprep doctor --warm"
    )
    typer.echo(f"kernels      {len(main_kernels())}, {state}")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"


def _cache() -> str:
    """Folder of the compiled kernels and whether it can be written."""
    path = getattr(getattr(main_kernels()[0], "stats", None), "cache_path", None)
    if path is None:
        return "none (compilation is switched off)"
    nearest = next(p for p in (Path(path), *Path(path).parents) if p.exists())
    return f"{path}{'' if os.access(nearest, os.W_OK) else ' (cannot be written)'}"
