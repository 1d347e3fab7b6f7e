"""Kernels compiled by Numba, with a cache of ours in place of its own.

Numba keeps an index beside its files, which several processes can leave in disagreement, fails where it finds
a damaged file or no folder to write to, and does not see that a kernel calls another one that has changed.
Here each kernel and signature has one file, written whole or not at all, with a checksum.

Only this module touches Numba's insides.
"""

from __future__ import annotations

import hashlib
import pickle
from typing import TYPE_CHECKING, Any

import numba
from numba.core import compiler, serialize

from amprep.kernels.cache_folder import numba_is_known, read_file, remove_file, write_file

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SUFFIX", "compiled_bare", "compiled_on_call", "object_code"]

#: Ending of the files.
SUFFIX = ".numba"
_CHECKSUM_BYTES = 32


def compiled_on_call(function: Callable[..., Any], name: str) -> Any:
    """`function` as Numba's dispatcher, with the names of its files beginning with `name`."""
    if not numba_is_known():
        return numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    dispatcher = numba.njit(nogil=True, error_model="numpy")(function)
    # What a closure holds is in no file's name.
    if hasattr(dispatcher, "_cache") and not function.__closure__:
        dispatcher._cache = _Cache(name)  # noqa: SLF001
    return dispatcher


def compiled_bare(function: Callable[..., Any]) -> Any:
    """`function` as a dispatcher that kernels can call, and that `object_code` takes its code from."""
    dispatcher = numba.njit(nogil=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)(
        function
    )
    if numba_is_known():
        dispatcher._cache = _Memory()  # noqa: SLF001
    return dispatcher


def object_code(bare: Any, arguments: tuple[Any, ...]) -> tuple[str, Any, bytes] | None:
    """The function's name in the object file, Numba's type of the result, and the object file.

    None where the kernel's code cannot be kept.
    """
    signature = tuple(numba.typeof(argument) for argument in arguments)
    bare.compile(signature)
    code = bare._cache.objects.get(signature)  # noqa: SLF001
    result = bare.overloads[signature]
    return None if code is None else (result.fndesc.llvm_func_name, result.signature.return_type, code)


class _Memory:
    """What a bare dispatcher gives its code to: object files by signature."""

    def __init__(self) -> None:
        self.cache_path = ""
        self.objects: dict[Any, bytes] = {}

    def load_overload(self, _sig: Any, target_context: Any) -> None:
        target_context.refresh()

    def save_overload(self, sig: Any, data: Any) -> None:
        if data.lifted or data.library.has_dynamic_globals:
            return
        (_, kind, code), *_ = data._reduce()  # noqa: SLF001
        if kind == "object":
            self.objects[sig] = code[0]


class _Cache:
    """What Numba's dispatcher asks for kept code, and gives code to keep."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.cache_path = ""

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        target_context.refresh()
        name = self._file_name(sig)
        content = read_file(name)
        if content is None:
            return None
        checksum, content = content[:_CHECKSUM_BYTES], content[_CHECKSUM_BYTES:]
        if hashlib.sha256(content).digest() != checksum:
            remove_file(name)
            return None
        payload = pickle.loads(content)  # noqa: S301 (our own file, in a folder of the user's)
        return compiler.CompileResult._rebuild(target_context, *payload)  # noqa: SLF001

    def save_overload(self, sig: Any, data: Any) -> None:
        if data.lifted or data.library.has_dynamic_globals:
            return
        content = serialize.dumps(data._reduce())  # noqa: SLF001
        write_file(self._file_name(sig), hashlib.sha256(content).digest() + content)

    def _file_name(self, sig: Any) -> str:
        return f"{self._name}-{hashlib.sha256(repr(sig).encode()).hexdigest()[:12]}{SUFFIX}"
