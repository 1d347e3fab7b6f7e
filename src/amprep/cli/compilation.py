"""Compiles the kernels once per installation, in two processes, with a message."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable

from amprep.cli.words import figure, many, say
from amprep.kernels.cache_folder import exclusively, writable_folder
from amprep.kernels.warm_up import exercise, is_quick, kernels_to_compile

__all__ = ["compile_check_kernels", "compile_kernels", "compile_quick_kernels"]


def compile_kernels(tell: Callable[[str], None]) -> float:
    """Compile what is missing; returns the seconds it took, 0 when nothing was missing.

    Parameters
    ----------
    tell : callable
        Shows a line to the user.

    """
    if not kernels_to_compile():
        return 0.0
    if writable_folder() is None:
        tell(say("no_kernel_folder"))
    began = time.perf_counter()
    with exclusively(lambda: tell(say("waiting_for_kernels"))):
        missing = kernels_to_compile()
        if not missing:
            return time.perf_counter() - began
        tell(many("compiling_kernels" if is_quick() else "compiling_kernels_by_numba", missing))
        began = time.perf_counter()
        other = _other_half()
        exercise(0)
        if other is not None:
            other.wait()
        # From the cache that the other process filled; compiled here where it could not.
        exercise(1)
    seconds = time.perf_counter() - began
    tell(say("compiled_in", seconds=figure(seconds, ".1f")))
    return seconds


def compile_check_kernels(tell: Callable[[str], None]) -> None:
    """Compile what checking and mending need beside the rest; parameters as `compile_kernels` has them."""
    from amprep.checking.compiled import exercise
    from amprep.checking.compiled import kernels_to_compile as missing_for_checks

    if not missing_for_checks():
        return
    with exclusively(lambda: tell(say("waiting_for_kernels"))):
        if missing_for_checks():
            tell(say("compiling_check"))
            exercise()


def compile_quick_kernels(tell: Callable[[str], None]) -> None:
    """Compile what the estimate without hatching needs beside the rest; parameters as `compile_kernels`."""
    from amprep.quick_compiled import exercise as exercise_quick
    from amprep.quick_compiled import kernels_to_compile as missing_for_quick

    if not missing_for_quick():
        return
    with exclusively(lambda: tell(say("waiting_for_kernels"))):
        if missing_for_quick():
            tell(say("compiling_quick"))
            exercise_quick()


def _other_half() -> subprocess.Popen[bytes] | None:
    """A process that compiles the second half; None where it would not help: one core, no common cache."""
    if not sys.executable or (os.cpu_count() or 1) < 2 or writable_folder() is None:
        return None
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    try:
        return subprocess.Popen(
            # Short-lived, and compiling keeps most of what it makes: looking for garbage only costs time.
            [
                sys.executable,
                "-c",
                "import gc; gc.disable(); from amprep.kernels.warm_up import exercise; exercise(1)",
            ],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        return None
