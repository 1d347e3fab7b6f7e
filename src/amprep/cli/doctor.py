"""``amprep doctor``: what this installation consists of."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version

import typer

from amprep.checking import compiled as checks
from amprep.cli.compilation import compile_check_kernels, compile_kernels, compile_quick_kernels
from amprep.cli.words import say
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
    typer.echo(f"{say('processors'):12} {os.cpu_count()}")
    typer.echo(f"{say('packages'):12} " + " · ".join(f"{name} {_version(name)}" for name in _PACKAGES))
    typer.echo(f"{say('profiles'):12} {profiles_root()}")
    typer.echo(f"{say('kernel_cache'):12} {_cache()}")
    if warm:
        compile_kernels(lambda line: typer.echo(line, err=True))
    if everything:
        compile_check_kernels(lambda line: typer.echo(line, err=True))
        compile_quick_kernels(lambda line: typer.echo(line, err=True))
    way = say("called_without_numba" if is_supported() else "called_by_numba")
    state = _state(kernels_to_compile(), "to_compile_on_run")
    typer.echo(f"{say('kernels'):12} {len(main_kernels())}, {way}, {state}")
    state = _state(checks.kernels_to_compile(), "to_compile_on_check")
    typer.echo(f"  {say('check_kernels'):10} {say('more', number=str(len(checks.check_kernels())))}, {state}")


def _state(missing: int, key: str) -> str:
    return say(key, number=str(missing)) if missing else say("all_compiled")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return say("missing")


def _cache() -> str:
    """The folder that compiled kernels are written to, and others that hold some."""
    if not isinstance(main_kernels()[0], Kernel):
        return say("compilation_is_off")
    folder = writable_folder()
    found = [path for path in readable_folders() if os.path.isdir(path)]  # noqa: PTH112 (never raises)
    if folder is None:
        return say("cannot_be_written", folder=str(found[0]) if found else say("none"))
    others = "".join(f", {say('also_read', path=str(path))}" for path in found if path != folder)
    return f"{folder}{others}"
