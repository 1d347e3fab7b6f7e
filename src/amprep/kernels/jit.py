"""The one way kernels are compiled: serial, without the GIL, kept on disk, with the types mypy needs.

Kernels carry no explicit signatures (those reject read-only arrays) and never ``parallel=True`` (two
threads that call such a kernel abort the process): threads run over chunks, outside the kernels.

A kernel that was compiled once is called without Numba (`machine_code`). Numba is loaded only when a kernel
meets types of arguments for the first time on this installation, and amprep brings no text for LLVM along
that was made of this very source (`lowered`).
"""

from __future__ import annotations

import functools
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

from amprep.kernels.cache_folder import source_digest
from amprep.kernels.machine_code import (
    MachineCode,
    is_supported,
    keep_machine_code,
    machine_code_for,
    results_of,
    types_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["InnerKernel", "Kernel", "inner_kernel", "kernel"]

_P = ParamSpec("_P")
_R = TypeVar("_R")

_lock = threading.RLock()


def kernel(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """`function` compiled on its first call, typed as before.

    Division by zero gives inf or NaN as in NumPy, and raises nothing.
    """
    if _is_switched_off():
        return function
    return cast("Callable[_P, _R]", Kernel(function))


def inner_kernel(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """`function` for kernels to call, not for Python: without the way in from Python, it compiles faster."""
    if _is_switched_off():
        return function
    return cast("Callable[_P, _R]", InnerKernel(function))


def _is_switched_off() -> bool:
    return os.environ.get("NUMBA_DISABLE_JIT", "0") not in {"", "0"}


class Kernel:
    """A function that runs as machine code: kept from an earlier process, else compiled by Numba."""

    def __init__(self, function: Callable[..., Any]) -> None:
        functools.update_wrapper(self, function)
        self.py_func = function
        self._known: dict[Any, MachineCode | None] = {}
        self._entries: tuple[Callable[..., Any], ...] = ()
        # What a closure holds is not in any file's name.
        self._is_supported = is_supported() and not function.__closure__

    def __call__(self, *arguments: Any) -> Any:
        """The function's result; arguments are given by position."""
        for entry in self._entries:
            result = entry(*arguments)
            if result is not NotImplemented:
                return result
        found = types_of(arguments) if self._is_supported else None
        if found is None:
            return self.dispatcher(*arguments)
        types, items = found
        try:
            code = self._known[types]
        except KeyError:
            code = self._found(types, arguments)
        return self.dispatcher(*arguments) if code is None else code(arguments, items)

    def _found(self, types: Any, arguments: tuple[Any, ...]) -> MachineCode | None:
        """Machine code for new types of arguments, kept or compiled; None where only Numba can call it."""
        with _lock:
            if types not in self._known:
                code = machine_code_for(self.cache_name, types)
                code = self.compiled(types, arguments) if code is None else code
                self._known[types] = code
                if code is not None and code.entry is not None:
                    self._entries += (code.entry,)
            return self._known[types]

    def compiled(self, types: Any, arguments: tuple[Any, ...]) -> MachineCode | None:
        """Machine code made now, and kept; None where only Numba can call it."""
        from amprep.kernels.lowered import from_lowered

        name, _, digest = self.cache_name.rpartition("-")
        shipped = from_lowered(name, digest, types)
        if shipped is not None:
            return keep_machine_code(self.cache_name, types, *shipped)
        from amprep.kernels.numba_cache import object_code

        made = object_code(self.bare, arguments)
        results = None if made is None else results_of(made[1])
        if made is None or results is None:
            return None
        return keep_machine_code(self.cache_name, types, made[0], results, made[2])

    @property
    def is_lowered(self) -> bool:
        """Whether amprep brings a text for LLVM along that was made of this source."""
        from amprep.kernels.lowered import is_lowered

        name, _, digest = self.cache_name.rpartition("-")
        return self._is_supported and is_lowered(name, digest)

    @functools.cached_property
    def cache_name(self) -> str:
        """What the names of the kernel's files begin with; changes with its source."""
        function = self.py_func
        module = function.__module__.rpartition(".")[2]
        digest = source_digest(Path(function.__code__.co_filename))
        name = function.__qualname__.replace("<", "").replace(">", "")  # which not every system takes
        return f"{module}.{name}-{digest}"

    @functools.cached_property
    def dispatcher(self) -> Any:
        """The kernel as Numba has it; loads Numba."""
        from amprep.kernels.numba_cache import compiled_on_call

        with _lock:
            return compiled_on_call(self.py_func, self.cache_name)

    @property
    def signatures(self) -> list[Any]:
        """The types of arguments for which machine code is in use in this process."""
        loaded = [types for types, code in self._known.items() if code is not None]
        return loaded + (list(self.dispatcher.signatures) if "dispatcher" in self.__dict__ else [])

    @functools.cached_property
    def bare(self) -> Any:
        """The kernel as Numba has it, without the way in from Python, which takes long to compile."""
        from amprep.kernels.numba_cache import compiled_bare

        with _lock:
            return compiled_bare(self.py_func)

    @property
    def _numba_type_(self) -> Any:
        """How Numba sees this object where one kernel calls another."""
        return self.bare._numba_type_ if self._is_supported else self.dispatcher._numba_type_


class InnerKernel:
    """A function that Numba compiles into the kernels that call it."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.__name__, self.__doc__, self.__module__ = (
            function.__name__,
            function.__doc__,
            function.__module__,
        )
        self.py_func = function

    @functools.cached_property
    def dispatcher(self) -> Any:
        """The function as Numba has it; loads Numba."""
        from amprep.kernels.numba_cache import compiled_bare

        with _lock:
            return compiled_bare(self.py_func)

    @property
    def _numba_type_(self) -> Any:
        """How Numba sees this object where a kernel calls it."""
        return self.dispatcher._numba_type_
