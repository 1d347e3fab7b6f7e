"""Compiled kernels called without Numba: its machine code, loaded by llvmlite, called through ctypes.

Loading Numba and its tables of types costs more than all the work on a small part. What it compiled once is
plain machine code, though: a function that takes numbers and the parts of each array, and writes its results
to a place given by the caller. So the code is kept in a file per kernel and per types of arguments, with what
is needed to call it, and Numba is loaded only where such a file is missing.

Numba's convention for such a function, arguments flattened::

    int32 status = f(result *, error **, number or array, number or array, …)
    array = memory, owner, items, bytes per item, first item, shape[n], strides[n]

A short function in front of each kernel takes NumPy's arrays as they lie in memory (every extension in C
relies on that layout) and hands their parts on. Memory that a kernel allocates for a result is counted in a
small block in front of it, by functions which Numba brings along. Both are given here as LLVM assembly,
compiled once and kept as well.

Whatever does not fit (other platforms, kinds of arguments or results, symbols from outside, a damaged file)
is left to Numba.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import hashlib
import json
import os
import platform
import struct
import sys
import threading
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.engines.baton import away
from amprep.kernels.cache_folder import numba_is_known, read_file, remove_file, write_file
from amprep.kernels.direct_call import ENTRY, LAYOUT, built_in, entry_text, has_entry, is_possible, table_of
from amprep.kernels.object_code import UnknownObjectError, outer_symbols

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = [
    "SUFFIX",
    "MachineCode",
    "Types",
    "is_supported",
    "keep_machine_code",
    "machine_code_for",
    "results_of",
    "types_digest",
    "types_of",
]

#: Ending of the files; the format's number belongs to the first line of each.
SUFFIX = ".code"
_FORMAT = 4

_C_CONTIGUOUS, _ALIGNED, _WRITEABLE = 0x1, 0x100, 0x400
_NUMBERS = {int: "q", np.int64: "n", float: "d", np.float64: "d"}
_LLVM_TYPES = {"q": "i64", "n": "i64", "d": "double"}
#: Numba's names of results that are numbers, as codes of the module struct.
_RESULTS = {"int64": "q", "float64": "d", "int32": "i", "uint8": "B", "bool": "?"}
#: What the head of a file tells of the code behind it.
_HEAD = {"symbol", "front", "entry", "results", "is_tuple", "needed", "unused"}
_LEAST, _MOST = -(2**63), 2**63

#: Items of all arrays from which on a kernel lets other threads have the interpreter.
_LARGE = 100_000

Types = tuple[Any, ...]

_MEMORY = """
declare ptr @malloc(i64)
declare void @free(ptr)

define ptr @NRT_MemInfo_alloc_aligned(i64 %size, i32 %align) {
  %wide = zext i32 %align to i64
  %head = add i64 48, %wide
  %total = add i64 %size, %head
  %over = icmp ult i64 %total, %size
  br i1 %over, label %none, label %take
take:
  %block = call ptr @malloc(i64 %total)
  %failed = icmp eq ptr %block, null
  br i1 %failed, label %none, label %fill
fill:
  %first = ptrtoint ptr %block to i64
  %past = add i64 %first, %head
  %last = sub i64 %past, 1
  %mask = sub i64 0, %wide
  %place = and i64 %last, %mask
  %data = inttoptr i64 %place to ptr
  %dtor = getelementptr i8, ptr %block, i64 8
  %info = getelementptr i8, ptr %block, i64 16
  %where = getelementptr i8, ptr %block, i64 24
  %length = getelementptr i8, ptr %block, i64 32
  %other = getelementptr i8, ptr %block, i64 40
  store i64 1, ptr %block
  store ptr null, ptr %dtor
  store ptr null, ptr %info
  store ptr %data, ptr %where
  store i64 %size, ptr %length
  store ptr null, ptr %other
  ret ptr %block
none:
  ret ptr null
}

define void @NRT_MemInfo_call_dtor(ptr %block) {
  call void @free(ptr %block)
  ret void
}

define void @NRT_Free(ptr %block) {
  call void @free(ptr %block)
  ret void
}

define void @amprep_freed(ptr %capsule) {
  %at = getelementptr i8, ptr %capsule, i64 16
  %block = load ptr, ptr %at
  call void @amprep_release(ptr %block)
  ret void
}

define void @amprep_release(ptr %block) {
  %before = atomicrmw sub ptr %block, i64 1 monotonic
  %last = icmp eq i64 %before, 1
  br i1 %last, label %end, label %stay
end:
  fence acquire
  call void @free(ptr %block)
  ret void
stay:
  ret void
}
"""
#: Changes with the text, so that no older version of it is used.
_MEMORY_FILE = f"memory-{hashlib.sha256(_MEMORY.encode()).hexdigest()[:12]}"
_OURS = {"NRT_MemInfo_alloc_aligned", "NRT_MemInfo_call_dtor", "NRT_Free"}


def is_supported() -> bool:
    """Whether kernels are called without Numba here; ``AMPREP_KERNELS=numba`` says no."""
    return (
        sys.platform == "linux"
        and platform.machine() == "x86_64"
        and sys.implementation.name == "cpython"
        and os.environ.get("AMPREP_KERNELS", "") != "numba"
        and numba_is_known()
    )


def types_of(arguments: Sequence[Any]) -> tuple[Types, int] | None:
    """What decides which machine code fits, and the items of all arrays; None where only Numba knows."""
    types: list[Any] = []
    items = 0
    for argument in arguments:
        kind = type(argument)
        if kind is np.ndarray:
            flags = argument.flags.num
            if flags & (_C_CONTIGUOUS | _ALIGNED) != _C_CONTIGUOUS | _ALIGNED or not argument.ndim:
                return None
            types.append((argument.dtype, argument.ndim, flags & _WRITEABLE))
            items += argument.size
        else:
            code = _NUMBERS.get(kind)
            if code is None or (kind is int and not _LEAST <= argument < _MOST):
                return None
            types.append(code)
    return tuple(types), items


class _FromNumpy(ctypes.c_int64):
    """A NumPy integer, which ctypes does not take for one."""

    @classmethod
    def from_param(cls, value: Any) -> Any:
        return ctypes.c_int64(int(value))


_C_TYPES: dict[str, Any] = {"q": ctypes.c_int64, "n": _FromNumpy, "d": ctypes.c_double}


class MachineCode:
    """A kernel for certain types of arguments: its address and how its results are read."""

    def __init__(self, name: str, address: int, types: Types, results: list[Any], *, is_tuple: bool) -> None:
        #: The short way in, if there is one; gives NotImplemented where it does not fit.
        self.entry: Callable[..., Any] | None = None
        self._name = name
        self._is_tuple = is_tuple
        # Of an array: its type as NumPy names it, and its dimensions.
        self._results = [
            (np.dtype(item[0]).str, item[1]) if isinstance(item, list) else None for item in results
        ]
        layout = "".join(f"PPqqP{2 * item[1]}q" if isinstance(item, list) else item for item in results)
        self._layout = struct.Struct(f"@{layout}0q")
        # Behind the results, which take a word even where there are none: the place for an error.
        self._error_at = max(self._layout.size, 8)
        self._place = ctypes.c_char * (self._error_at + 8)
        slots = [ctypes.py_object if isinstance(item, tuple) else _C_TYPES[item] for item in types]
        slots = [ctypes.c_void_p, ctypes.c_void_p, *slots]
        self._freeing = ctypes.CFUNCTYPE(ctypes.c_int32, *slots)(address)
        self._holding = ctypes.PYFUNCTYPE(ctypes.c_int32, *slots)(address)

    def __call__(self, arguments: Sequence[Any], items: int) -> Any:
        """The kernel's results for arguments of the right types with so many items in their arrays."""
        place = self._place()
        address = ctypes.addressof(place)
        # Handing the interpreter to another thread and getting it back takes longer than a small task.
        if items <= _LARGE:
            status = self._holding(address, address + self._error_at, *arguments)
        else:
            with away():
                status = self._freeing(address, address + self._error_at, *arguments)
        if status:
            # Kernels raise nothing themselves.
            raise MemoryError(f"{self._name}: no memory for the result")
        values = self._layout.unpack_from(place)
        if not self._is_tuple and not self._results:
            return None
        results = []
        position = 0
        for item in self._results:
            if item is None:
                results.append(values[position])
                position += 1
            else:
                typestr, dimensions = item
                end = position + 5 + 2 * dimensions
                results.append(_array(values[position:end], typestr, dimensions, arguments))
                position = end
        return tuple(results) if self._is_tuple else results[0]


class _Memory:
    """Owner of what a kernel allocated; one count belongs to it."""

    __slots__ = ("__array_interface__", "_block", "_release")

    def __init__(self, block: int, interface: dict[str, Any], release: Callable[[int], None]) -> None:
        self._block = block
        self._release = release
        self.__array_interface__ = interface

    def __del__(self) -> None:
        self._release(self._block)


def _array(values: tuple[Any, ...], typestr: str, dimensions: int, arguments: Sequence[Any]) -> Any:
    block, data = values[0], values[4]
    shape, strides = values[5 : 5 + dimensions], values[5 + dimensions :]
    if not block:
        return _argument(data, shape, arguments)
    interface = {
        "version": 3,
        "shape": shape,
        "strides": strides,
        "typestr": typestr,
        "data": (data, False),
    }
    return np.asarray(_Memory(block, interface, _loader().release))


def _argument(data: int, shape: tuple[int, ...], arguments: Sequence[Any]) -> Any:
    """The argument that a kernel handed back."""
    for argument in arguments:
        if type(argument) is np.ndarray and argument.ctypes.data == data and argument.shape == shape:
            return argument
    raise RuntimeError("a kernel returned a part of an argument, which must be a copy")


class _Loader:
    """LLVM's linker, with the functions for memory in it."""

    def __init__(self) -> None:
        from llvmlite import binding

        self._binding = binding
        binding.initialize_native_target()
        binding.initialize_native_asmprinter()
        target = binding.Target.from_default_triple()
        self._machine = target.create_target_machine(opt=2, reloc="static", jit=True)
        memory = _content(_MEMORY_FILE + SUFFIX)
        if memory is None:
            code = self.assemble(_MEMORY)
            _write(_MEMORY_FILE + SUFFIX, {}, code)
        else:
            _, code = memory
        machine = target.create_target_machine(jit=True)
        self._engine = binding.create_mcjit_compiler(binding.parse_assembly(""), machine)
        # Code must outlive every array that was allocated by it: the engine is never disposed of.
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._engine))
        self._engine.add_object_file(binding.ObjectFileRef.from_data(code))
        self._engine.finalize_object()
        address = self._engine.get_function_address("amprep_release")
        self.release: Callable[[int], None] = ctypes.PYFUNCTYPE(None, ctypes.c_void_p)(address)
        self.table = table_of(self._engine.get_function_address("amprep_freed")) if is_possible() else None

    def assemble(self, text: str) -> bytes:
        """LLVM assembly as an object file."""
        return bytes(self._machine.emit_object(self._binding.parse_assembly(text)))

    def load(self, parts: list[bytes], symbol: str, needed: list[str], unused: list[str]) -> int:
        """Address of the function `symbol`; 0 where something that it needs is missing."""
        binding = self._binding
        # LLVM ends the process for what it cannot find, so ask first.
        if any(name not in _OURS and binding.address_of_symbol(name) is None for name in needed):
            return 0
        for name in unused:
            if name not in _OURS and binding.address_of_symbol(name) is None:
                # Only Numba's wrappers refer to it, and nobody calls these.
                binding.add_symbol(name, self._engine.get_function_address("NRT_Free"))
        for code in parts:
            self._engine.add_object_file(binding.ObjectFileRef.from_data(code))
        self._engine.finalize_object()
        return self.address(symbol)

    def address(self, symbol: str) -> int:
        """Address of a function that was loaded; 0 where there is none."""
        return int(self._engine.get_function_address(symbol))


_lock = threading.RLock()


@functools.cache
def _loader() -> _Loader:
    return _Loader()


def machine_code_for(name: str, types: Types) -> MachineCode | None:
    """The kernel `name` for arguments of these `types`; None where it was never compiled."""
    with _lock:
        content = _content(_file_name(name, types))
        if content is None or not content[0].keys() >= _HEAD:
            return None
        return _loaded(name, types, *content)


def _loaded(name: str, types: Types, head: dict[str, Any], code: bytes) -> MachineCode | None:
    parts = [code[: head["front"]], code[head["front"] :]]
    loader = _loader()
    address = loader.load(parts, f"amprep.{head['symbol']}", head["needed"], head["unused"])
    if not address:
        return None
    made = MachineCode(name, address, types, head["results"], is_tuple=head["is_tuple"])
    if head["entry"] == LAYOUT and loader.table is not None:
        made.entry = built_in(name, loader.address(ENTRY + head["symbol"]), loader.table)
    return made


def keep_machine_code(
    name: str, types: Types, symbol: str, results: tuple[list[Any], bool], code: bytes
) -> MachineCode | None:
    """What LLVM compiled, ready to be called, and written to a file; None where only Numba can call it.

    `symbol` is the function's name in the object file `code`, `results` what `results_of` says of it.
    """
    described, is_tuple = results
    try:
        needed, unused = outer_symbols(code)
    except UnknownObjectError:
        return None
    process = ctypes.CDLL(None)
    if any(other.startswith("Py") or not (other in _OURS or hasattr(process, other)) for other in needed):
        return None
    text = _front(symbol, types)
    entry = LAYOUT if has_entry(types, described) else ""
    if entry:
        text += entry_text(symbol, types, described, is_tuple=is_tuple, most_items=_LARGE)
    with _lock:
        front = _loader().assemble(text)
    head = {
        "symbol": symbol,
        "front": len(front),
        "entry": entry,
        "results": described,
        "is_tuple": is_tuple,
        "needed": sorted(needed),
        "unused": sorted(unused),
    }
    _write(_file_name(name, types), head, front + code)
    with _lock:
        return _loaded(name, types, head, front + code)


def _front(symbol: str, types: Types) -> str:
    """The function in front of a kernel, as LLVM assembly: parts of NumPy's arrays to Numba's arguments."""
    lines: list[str] = []
    given, handed, declared = ["ptr %result", "ptr %error"], ["ptr %result", "ptr %error"], ["ptr", "ptr"]
    for i, item in enumerate(types):
        if isinstance(item, str):
            kind = _LLVM_TYPES[item]
            given.append(f"{kind} %a{i}")
            handed.append(f"{kind} %a{i}")
            declared.append(kind)
            continue
        dtype, dimensions = item[:2]
        given.append(f"ptr %a{i}")
        # NumPy's array: the head of every object, first item, number of dimensions, shape, strides.
        for part, place in (("data", 0), ("shape", 16), ("strides", 24)):
            lines += [
                f"%{part}{i}.at = getelementptr i8, ptr %a{i}, i64 {object.__basicsize__ + place}",
                f"%{part}{i} = load ptr, ptr %{part}{i}.at",
            ]
        words: list[str] = []
        for part in ("shape", "strides"):
            for axis in range(dimensions):
                word = f"%{part}{i}.{axis}"
                lines += [
                    f"{word}.at = getelementptr i64, ptr %{part}{i}, i64 {axis}",
                    f"{word} = load i64, ptr {word}.at",
                ]
                words.append(word)
        lines.append(f"%count{i}.0 = add i64 0, {words[0]}")
        for axis in range(1, dimensions):
            lines.append(f"%count{i}.{axis} = mul i64 %count{i}.{axis - 1}, {words[axis]}")
        handed += ["ptr null", "ptr null", f"i64 %count{i}.{dimensions - 1}", f"i64 {dtype.itemsize}"]
        handed += [f"ptr %data{i}", *(f"i64 {word}" for word in words)]
        declared += ["ptr", "ptr", "i64", "i64", "ptr", *["i64"] * len(words)]
    body = "\n  ".join(lines)
    return f"""
declare i32 @"{symbol}"({", ".join(declared)})
define i32 @"amprep.{symbol}"({", ".join(given)}) {{
  {body}
  %status = call i32 @"{symbol}"({", ".join(handed)})
  ret i32 %status
}}
"""


def results_of(result: Any) -> tuple[list[Any], bool] | None:
    """Each result of Numba's type `result`, and whether they are a tuple; None where only Numba knows."""
    members = _members(result)
    described = [_described(member) for member in members]
    return None if None in described else (described, members != [result] and str(result) != "none")


def _members(result: Any) -> list[Any]:
    if str(result) == "none":
        return []
    return list(result) if hasattr(result, "count") and hasattr(result, "__iter__") else [result]


def _described(member: Any) -> Any:
    """A code of the module struct for a number, [dtype, dimensions] for an array, None for all else."""
    dtype = getattr(member, "dtype", None)
    if dtype is None or not hasattr(member, "layout"):
        return _RESULTS.get(str(member))
    with contextlib.suppress(TypeError):
        return [np.dtype(str(dtype)).str, member.ndim]
    return None


def types_digest(types: Types) -> str:
    """Stands for types of arguments in the names of files."""
    text = ",".join(item if isinstance(item, str) else f"{item[0].str}.{item[1]}.{item[2]}" for item in types)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _file_name(name: str, types: Types) -> str:
    return f"{name}-{types_digest(types)}{SUFFIX}"


def _write(name: str, head: dict[str, Any], code: bytes) -> bool:
    head = {"format": _FORMAT, "sha256": hashlib.sha256(code).hexdigest(), **head}
    return write_file(name, json.dumps(head).encode() + b"\n" + code)


def _content(name: str) -> tuple[dict[str, Any], bytes] | None:
    """Head and code of a file; None where it is missing or damaged."""
    content = read_file(name)
    if content is None:
        return None
    line, _, code = content.partition(b"\n")
    with contextlib.suppress(ValueError):
        head: Any = json.loads(line)
        is_whole = isinstance(head, dict) and head.get("sha256") == hashlib.sha256(code).hexdigest()
        if is_whole and head.get("format") == _FORMAT:
            return head, code
    remove_file(name)
    return None
