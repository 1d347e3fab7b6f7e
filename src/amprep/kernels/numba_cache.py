"""Kernels compiled by Numba, with a cache of ours in place of its own.

Numba keeps an index beside its files, which several processes can leave in disagreement, fails where it finds
a damaged file or no folder to write to, and does not see that a kernel calls another one that has changed.
Here each kernel and signature has one file, written whole or not at all, with a checksum.

Only this module touches Numba's insides.
"""

from __future__ import annotations

import contextlib
import hashlib
import pickle
from typing import TYPE_CHECKING, Any

import numba
from llvmlite import binding
from numba.core import codegen, compiler, serialize

from amprep.kernels.cache_folder import numba_is_known, read_file, remove_file, write_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["SUFFIX", "compiled_bare", "compiled_on_call", "lowered", "object_code"]

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


def lowered(bare: Any, arguments: tuple[Any, ...]) -> tuple[str, Any, str] | None:
    """The function's name, Numba's type of the result, and LLVM's text for no processor in particular.

    The text holds everything the function calls, inlined as far as that pays, but neither vectors nor
    unrolled loops: LLVM makes these where it knows the processor. None where the text cannot be kept.
    """
    signature = tuple(numba.typeof(argument) for argument in arguments)
    with _inlined_only() as texts:
        bare.compile(signature)
    result = bare.overloads[signature]
    if result.library.has_dynamic_globals:
        return None
    return result.fndesc.llvm_func_name, result.signature.return_type, texts[result.library.name]


@contextlib.contextmanager
def _inlined_only() -> Iterator[dict[str, str]]:
    """Other passes than Numba's last ones while it compiles; gives texts by the names of its libraries."""
    texts: dict[str, str] = {}

    def inlined(library: Any) -> None:
        tuning = binding.create_pipeline_tuning_options(speed_level=3)
        tuning.loop_vectorization = tuning.slp_vectorization = False
        tuning.loop_unrolling = tuning.loop_interleaving = False
        builder = binding.create_pass_builder(library._codegen._tm, tuning)  # noqa: SLF001
        passes = builder.getModulePassManager()
        passes.add_refprune_pass()
        passes.run(library._final_module, builder)  # noqa: SLF001
        texts[library.name] = str(library._final_module)  # noqa: SLF001

    plain = codegen.CPUCodeLibrary._optimize_final_module  # noqa: SLF001
    codegen.CPUCodeLibrary._optimize_final_module = inlined  # noqa: SLF001
    try:
        yield texts
    finally:
        codegen.CPUCodeLibrary._optimize_final_module = plain  # noqa: SLF001


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
