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

__all__ = ["SUFFIX", "compiled_for_kernels", "compiled_on_call", "object_code"]

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


def compiled_for_kernels(function: Callable[..., Any]) -> Any:
    """`function` as a dispatcher that only kernels can call; its code lies in theirs."""
    return numba.njit(nogil=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)(
        function
    )


def object_code(dispatcher: Any, arguments: tuple[Any, ...]) -> tuple[str, Any, bytes] | None:
    """The function's name in the object file, Numba's type of the result, and the object file.

    None where the kernel was not compiled for such arguments, or cannot be kept.
    """
    signature = tuple(numba.typeof(argument) for argument in arguments)
    result = dispatcher.overloads.get(signature)
    cache = getattr(dispatcher, "_cache", None)
    if result is None or not isinstance(cache, _Cache) or signature not in cache.objects:
        return None
    return result.fndesc.llvm_func_name, result.signature.return_type, cache.objects[signature]


class _Cache:
    """What Numba's dispatcher asks for kept code, and gives code to keep."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.cache_path = ""
        self.objects: dict[Any, bytes] = {}

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
        self._remember(payload)
        return compiler.CompileResult._rebuild(target_context, *payload)  # noqa: SLF001

    def save_overload(self, sig: Any, data: Any) -> None:
        if data.lifted or data.library.has_dynamic_globals:
            return
        payload = data._reduce()  # noqa: SLF001
        self._remember(payload)
        content = serialize.dumps(payload)
        write_file(self._file_name(sig), hashlib.sha256(content).digest() + content)

    def _remember(self, payload: Any) -> None:
        (_, kind, code), signature = payload[0], payload[3]
        if kind == "object":
            self.objects[signature.args] = code[0]

    def _file_name(self, sig: Any) -> str:
        return f"{self._name}-{hashlib.sha256(repr(sig).encode()).hexdigest()[:12]}{SUFFIX}"
