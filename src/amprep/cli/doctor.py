"""``amprep doctor``: what this installation consists of."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version

import typer

from amprep.checking import compiled as checks
from amprep.cli.compilation import compile_check_kernels, compile_kernels, compile_quick_kernels
from amprep.errors import UsageError
from amprep.kernels.cache_folder import readable_folders, writable_folder
from amprep.kernels.jit import Kernel
from amprep.kernels.machine_code import is_supported
from amprep.kernels.warm_up import kernels_to_compile, main_kernels
from amprep.profiles import profiles_root
from amprep.version import __version__

__all__ = ["examine"]

_PACKAGES = ("numpy", "numba", "llvmlite", "manifold3d", "pyarrow", "matplotlib", "pydantic", "typer")


def examine(*, warm: bool, everything: bool) -> None:
    """Print versions, places and the state of the kernels.

    Parameters
    ----------
    warm : bool
        Compile what slicing needs and is missing.
    everything : bool
        With `warm`: what checking and mending need as well.

    """
    if everything and not warm:
        raise UsageError("--all says what to compile", code="E104", where="--all", fix="--warm --all")
    typer.echo(f"amprep {__version__} · Python {platform.python_version()} · {platform.platform()}")
    typer.echo(f"processors   {os.cpu_count()}")
    typer.echo("packages     " + " · ".join(f"{name} {_version(name)}" for name in _PACKAGES))
    typer.echo(f"profiles     {profiles_root()}")
    typer.echo(f"kernel cache {_cache()}")
    if warm:
        compile_kernels(lambda line: typer.echo(line, err=True))
    if everything:
        compile_check_kernels(lambda line: typer.echo(line, err=True))
        compile_quick_kernels(lambda line: typer.echo(line, err=True))
    way = "called without Numba" if is_supported() else "called by Numba"
    state = _state(kernels_to_compile(), "run", "--warm")
    typer.echo(f"kernels      {len(main_kernels())}, {way}, {state}")
    state = _state(checks.kernels_to_compile(), "check", "--warm --all")
    typer.echo(f"  checking   {len(checks.check_kernels())} more, {state}")


def _state(missing: int, first: str, options: str) -> str:
    if not missing:
        return "all compiled"
    return f"{missing} to compile on the first {first}, or now: amprep doctor {options}"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"


def _cache() -> str:
    """The folder that compiled kernels are written to, and others that hold some."""
    if not isinstance(main_kernels()[0], Kernel):
        return "none (compilation is switched off)"
    folder = writable_folder()
    found = [path for path in readable_folders() if os.path.isdir(path)]  # noqa: PTH112 (never raises)
    if folder is None:
        return f"{found[0] if found else 'none'} (cannot be written; set NUMBA_CACHE_DIR)"
    others = "".join(f", also read: {path}" for path in found if path != folder)
    return f"{folder}{others}"
