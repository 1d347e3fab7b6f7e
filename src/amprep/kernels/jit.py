"""The one way kernels are compiled: serial, without the GIL, kept on disk, with the types mypy needs.

Kernels carry no explicit signatures (those reject read-only arrays) and never ``parallel=True`` (two
threads that call such a kernel abort the process): threads run over chunks, outside the kernels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ParamSpec, TypeVar, cast

import numba

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["inner_kernel", "kernel"]

_P = ParamSpec("_P")
_R = TypeVar("_R")


def kernel(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """`function` compiled by Numba on its first call, typed as before.

    Division by zero gives inf or NaN as in NumPy, and raises nothing.
    """
    compiled = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    return cast("Callable[_P, _R]", compiled)


def inner_kernel(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """`function` for kernels to call, not for Python: without the wrappers, it compiles faster."""
    if numba.config.DISABLE_JIT:
        return function
    compiled = numba.njit(nogil=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)(
        function
    )
    return cast("Callable[_P, _R]", compiled)
