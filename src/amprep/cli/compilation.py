"""Compiles the kernels once per installation, in two processes, with a message."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable

from amprep.kernels.warm_up import exercise, kernels_to_compile

__all__ = ["compile_kernels"]


def compile_kernels(tell: Callable[[str], None]) -> float:
    """Compile what is missing; returns the seconds it took, 0 when nothing was missing.

    Parameters
    ----------
    tell : callable
        Shows a line to the user.

    """
    missing = kernels_to_compile()
    if not missing:
        return 0.0
    tell(f"compiling {missing} kernels once for this installation (about 10 s) …")
    began = time.perf_counter()
    other = _other_half()
    exercise(0)
    if other is not None:
        other.wait()
    # From the cache that the other process filled; compiled here where it could not.
    exercise(1)
    seconds = time.perf_counter() - began
    tell(f"compiled in {seconds:.1f} s")
    return seconds


def _other_half() -> subprocess.Popen[bytes] | None:
    """A process that compiles the second half; None where there is no interpreter to start or one core."""
    if not sys.executable or (os.cpu_count() or 1) < 2:
        return None
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    try:
        return subprocess.Popen(
            [sys.executable, "-c", "from amprep.kernels.warm_up import exercise; exercise(1)"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        return None
