"""The way from Python into machine code and back, itself made of machine code.

::

    kernel(points, offsets, 0.1)          Python puts the arguments' addresses into a row
        │
    entry    right types? ── no ──►  NotImplemented: the caller finds another way
        │ yes
    kernel   numbers and parts of arrays
        │
    entry    results become numbers and arrays that own their memory

A call through ctypes takes ten times as long as many a kernel works on a small layer. So for each kernel and
types of arguments a function with the signature of CPython's own built-in functions is written as LLVM
assembly. It relies on what every extension in C relies on: the layout of objects, floats and NumPy's arrays,
and NumPy's table of functions.
"""

from __future__ import annotations

import ctypes
import functools
import hashlib
import struct
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["ENTRY", "LAYOUT", "built_in", "entry_text", "has_entry", "is_possible", "table_of"]

#: What the names of entries begin with.
ENTRY = "amprep.entry."

# NumPy's array: owner of memory, then these.
_DATA, _DIMENSIONS, _SHAPE, _STRIDES, _DTYPE, _FLAGS = 16, 24, 32, 40, 56, 64
# Every object: count of references, then its type; a number follows.
_TYPE, _NUMBER = 8, 16

_C_CONTIGUOUS, _ALIGNED, _WRITEABLE = 0x1, 0x100, 0x400

#: Places in NumPy's table of functions.
_ARRAY_NEW, _SET_BASE = 93, 282

_FASTCALL = 0x0080

_FUNCTIONS = {
    "PyLong_AsLongLong": ("i64", "ptr"),
    "PyErr_Occurred": ("ptr", ""),
    "PyErr_Clear": ("void", ""),
    "PyErr_NoMemory": ("ptr", ""),
    "PyErr_SetString": ("void", "ptr, ptr"),
    "PyTuple_New": ("ptr", "i64"),
    "PyTuple_SetItem": ("i32", "ptr, i64, ptr"),
    "PyLong_FromLongLong": ("ptr", "i64"),
    "PyFloat_FromDouble": ("ptr", "double"),
    "PyBool_FromLong": ("ptr", "i64"),
    "PyCapsule_New": ("ptr", "ptr, ptr, ptr"),
    "Py_IncRef": ("void", "ptr"),
}

_DTYPES = ("f8", "f4", "i8", "i4", "i2", "u8", "u4", "u2", "u1", "i1", "b1")

_OBJECTS: dict[str, Any] = {
    "float": float,
    "int": int,
    "none": None,
    "array": np.ndarray,
    "np_int64": np.int64,
    "np_float64": np.float64,
    "other_way": NotImplemented,
    "error": RuntimeError,
    **{f"dtype_{name}": np.dtype(name) for name in _DTYPES},
}

#: What entries find in the table behind them, by name.
_PLACES = {
    name: i for i, name in enumerate((*_FUNCTIONS, *_OBJECTS, "array_new", "set_base", "freed", "said"))
}

#: Changes with the table, so that no entry of an older version is used.
LAYOUT = hashlib.sha256(" ".join(_PLACES).encode()).hexdigest()[:12]

#: A fault of the kernel's author.
_SAID = ctypes.c_char_p(b"a kernel returned a part of an argument, which must be a copy")

#: Codes of the module struct, as LLVM has them, and how such a result becomes an object.
_RESULTS = {
    "q": ("i64", "", "PyLong_FromLongLong"),
    "i": ("i32", "sext", "PyLong_FromLongLong"),
    "B": ("i8", "zext", "PyLong_FromLongLong"),
    "?": ("i8", "zext", "PyBool_FromLong"),
    "d": ("double", "", "PyFloat_FromDouble"),
}


@functools.cache
def is_possible() -> bool:
    """Whether objects lie in memory as assumed here."""
    return (
        object.__basicsize__ == _NUMBER
        and float.__basicsize__ == _NUMBER + 8
        and sys.byteorder == "little"
        and struct.calcsize("P") == 8
        and _numpys() is not None
        and np.lib.NumpyVersion(np.__version__) >= "2.0.0"
        and _probed()
    )


def _probed() -> bool:
    """Whether a probe array's parts lie where they are looked for."""
    probe = np.arange(6, dtype=np.float64).reshape(2, 3)

    def word(at: int) -> int:
        return ctypes.c_int64.from_address(id(probe) + at).value

    return (
        word(_TYPE) == id(np.ndarray)
        and word(_DATA) == probe.ctypes.data
        and ctypes.c_int32.from_address(id(probe) + _DIMENSIONS).value == 2
        and ctypes.c_int64.from_address(word(_SHAPE)).value == 2
        and ctypes.c_int64.from_address(word(_STRIDES)).value == 24
        and word(_DTYPE) == id(probe.dtype)
        and ctypes.c_int32.from_address(id(probe) + _FLAGS).value == probe.flags.num
        and ctypes.c_double.from_address(id(0.1) + _NUMBER).value == 0.1
    )


@functools.cache
def _numpys() -> Any:
    """NumPy's functions for extensions in C; None where they are not found."""
    from importlib import import_module

    try:
        capsule = import_module("numpy._core._multiarray_umath")._ARRAY_API  # noqa: SLF001
    except (ImportError, AttributeError):
        return None
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    return ctypes.cast(pointer(capsule, None), ctypes.POINTER(ctypes.c_void_p))


def table_of(freed: int) -> Any:
    """A capsule with the addresses that entries need; `freed` is that of what capsules of arrays end with."""
    addresses = {name: id(one) for name, one in _OBJECTS.items()}
    for name in _FUNCTIONS:
        addresses[name] = ctypes.cast(getattr(ctypes.pythonapi, name), ctypes.c_void_p).value or 0
    numpys = _numpys()
    addresses |= {"array_new": numpys[_ARRAY_NEW], "set_base": numpys[_SET_BASE], "freed": freed}
    addresses["said"] = ctypes.cast(_SAID, ctypes.c_void_p).value or 0
    table = (ctypes.c_void_p * len(_PLACES))(*(addresses[name] for name in _PLACES))
    make = ctypes.pythonapi.PyCapsule_New
    make.restype, make.argtypes = ctypes.py_object, [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]
    # The capsule keeps an address only; entries live as long as the process.
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(table))
    return make(ctypes.addressof(table), None, None)


class _MethodDef(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_char_p),
        ("address", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("doc", ctypes.c_char_p),
    )


def built_in(name: str, address: int, table: Any) -> Callable[..., Any]:
    """The entry at an address as a function for Python; `table` as `table_of` gives it.

    It gives NotImplemented for arguments of other types, and for so many items that other threads should have
    the interpreter meanwhile.
    """
    made = ctypes.pythonapi.PyCFunction_NewEx
    made.restype, made.argtypes = ctypes.py_object, [ctypes.c_void_p, ctypes.py_object, ctypes.c_void_p]
    definition = _MethodDef(name.encode(), address, _FASTCALL, None)
    # CPython keeps the address only.
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(definition))
    function: Callable[..., Any] = made(ctypes.addressof(definition), table, None)
    return function


class _Assembly:
    """LLVM assembly in the making."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._used = 0

    def add(self, line: str) -> None:
        self.lines.append(line)

    def value(self, text: str) -> str:
        """Name of a new value."""
        self._used += 1
        self.lines.append(f"%v{self._used} = {text}")
        return f"%v{self._used}"

    def at(self, base: str, offset: int, kind: str) -> str:
        """What lies some bytes behind an address."""
        place = self.value(f"getelementptr i8, ptr {base}, i64 {offset}")
        return self.value(f"load {kind}, ptr {place}")

    def only_if(self, condition: str, otherwise: str) -> None:
        """Go on where a condition holds."""
        self._used += 1
        self.lines.append(f"br i1 {condition}, label %l{self._used}, label %{otherwise}")
        self.lines.append(f"l{self._used}:")


def has_entry(types: Sequence[Any], results: Sequence[Any]) -> bool:
    """Whether an entry can be written for such arguments and results; parameters as for `entry_text`."""
    arrays = [item for item in (*types, *results) if not isinstance(item, str)]
    return is_possible() and all(_short(item[0]) in _DTYPES for item in arrays)


def entry_text(
    symbol: str, types: Sequence[Any], results: Sequence[Any], *, is_tuple: bool, most_items: int
) -> str:
    """The entry of a kernel as LLVM assembly, for a module that holds ``amprep.{symbol}``.

    Parameters
    ----------
    symbol : str
        The kernel's name in its object file; the function before it takes arrays as objects.
    types : sequence
        Of the arguments: ``q`` a Python int, ``n`` a NumPy int64, ``d`` a float, or dtype, dimensions and
        whether it is writeable, as NumPy's flag.
    results : sequence
        Codes of the module struct for numbers, [dtype, dimensions] for arrays.
    most_items : int
        Of all arrays together; with more the entry declines.

    """
    body = _Assembly()
    layout = "".join(f"PPqqP{2 * one[1]}q" if isinstance(one, list) else one for one in results)
    body.add(f"%place = alloca [{max(struct.calcsize(f'@{layout}0q'), 8)} x i8], align 16")
    body.add("%fault = alloca ptr, align 8")
    body.add(f"%table.at = getelementptr i8, ptr %self, i64 {_NUMBER}")
    body.add("%table = load ptr, ptr %table.at")
    for name, at in _PLACES.items():
        body.add(f"%{name}.at = getelementptr ptr, ptr %table, i64 {at}")
        body.add(f"%{name} = load ptr, ptr %{name}.at")
    body.add("%right = icmp eq i64 %count, " + str(len(types)))
    body.only_if("%right", "other")
    values = _arguments(body, types, most_items)
    given = ", ".join(["ptr %place", "ptr %fault", *(f"{kind} {value}" for kind, value in values)])
    status = body.value(f'call i32 @"amprep.{symbol}"({given})')
    body.only_if(body.value(f"icmp eq i32 {status}, 0"), "full")
    objects = []
    before = ""
    for result in results:
        first = "P" if isinstance(result, list) else result
        # Where this member begins: the end of those before it, rounded up.
        offset = struct.calcsize(f"@{before}0{first}")
        objects.append(_object(body, result, offset, types))
        before += f"PPqqP{2 * result[1]}q" if isinstance(result, list) else result
    if is_tuple:
        made = body.value(_call("PyTuple_New", str(len(objects))))
        body.only_if(body.value(f"icmp ne ptr {made}, null"), "failed")
        for i, one in enumerate(objects):
            body.value(_call("PyTuple_SetItem", made, str(i), one))
    else:
        made = objects[0] if objects else "%none"
        if not objects:
            body.add(_call("Py_IncRef", made))
    text = "\n  ".join(body.lines)
    return f"""
define ptr @"{ENTRY}{symbol}"(ptr %self, ptr %row, i64 %count) {{
  {text}
  ret ptr {made}
other:
  {_call("Py_IncRef", "%other_way")}
  ret ptr %other_way
mistaken:
  {_call("PyErr_Clear")}
  br label %other
full:
  %nothing = {_call("PyErr_NoMemory")}
  ret ptr null
lost:
  {_call("PyErr_SetString", "%error", "%said")}
  ret ptr null
failed:
  ret ptr null
}}
"""


def _call(name: str, *given: str) -> str:
    """A call of one of Python's functions."""
    result, types = _FUNCTIONS[name]
    row = ", ".join(f"{kind} {one}" for kind, one in zip(types.split(", "), given, strict=False))
    return f"call {result} %{name}({row})"


def _arguments(body: _Assembly, types: Sequence[Any], most_items: int) -> list[tuple[str, str]]:
    """Type and value of each argument, checked."""
    values = []
    items = "0"
    for i, item in enumerate(types):
        one = body.at("%row", 8 * i, "ptr")
        kind = body.at(one, _TYPE, "ptr")
        if isinstance(item, str):
            values.append(_number(body, item, one, kind))
            continue
        dtype, dimensions, writeable = item
        body.only_if(body.value(f"icmp eq ptr {kind}, %array"), "other")
        found = body.at(one, _DTYPE, "ptr")
        body.only_if(body.value(f"icmp eq ptr {found}, %dtype_{_short(dtype)}"), "other")
        found = body.at(one, _DIMENSIONS, "i32")
        body.only_if(body.value(f"icmp eq i32 {found}, {dimensions}"), "other")
        flags = body.at(one, _FLAGS, "i32")
        flags = body.value(f"and i32 {flags}, {_C_CONTIGUOUS | _ALIGNED | _WRITEABLE}")
        wanted = _C_CONTIGUOUS | _ALIGNED | writeable
        body.only_if(body.value(f"icmp eq i32 {flags}, {wanted}"), "other")
        shape = body.at(one, _SHAPE, "ptr")
        size = "1"
        for axis in range(dimensions):
            size = body.value(f"mul i64 {size}, {body.at(shape, 8 * axis, 'i64')}")
        items = body.value(f"add i64 {items}, {size}")
        values.append(("ptr", one))
    body.only_if(body.value(f"icmp sle i64 {items}, {most_items}"), "other")
    return values


def _number(body: _Assembly, code: str, one: str, kind: str) -> tuple[str, str]:
    if code == "d":
        built_in_float = body.value(f"icmp eq ptr {kind}, %float")
        numpys = body.value(f"icmp eq ptr {kind}, %np_float64")
        body.only_if(body.value(f"or i1 {built_in_float}, {numpys}"), "other")
        return "double", body.at(one, _NUMBER, "double")
    if code == "n":
        body.only_if(body.value(f"icmp eq ptr {kind}, %np_int64"), "other")
        return "i64", body.at(one, _NUMBER, "i64")
    body.only_if(body.value(f"icmp eq ptr {kind}, %int"), "other")
    number = body.value(_call("PyLong_AsLongLong", one))
    error = body.value(_call("PyErr_Occurred"))
    body.only_if(body.value(f"icmp eq ptr {error}, null"), "mistaken")
    return "i64", number


def _object(body: _Assembly, result: Any, offset: int, types: Sequence[Any]) -> str:
    """A result as an object."""
    if not isinstance(result, list):
        kind, wider, function = _RESULTS[result]
        number = body.at("%place", offset, kind)
        if wider:
            number = body.value(f"{wider} {kind} {number} to i64")
        made = body.value(_call(function, number))
        body.only_if(body.value(f"icmp ne ptr {made}, null"), "failed")
        return made
    dtype, dimensions = np.dtype(result[0]), result[1]
    block = body.at("%place", offset, "ptr")
    data = body.at("%place", offset + 32, "ptr")
    shape = body.value(f"getelementptr i8, ptr %place, i64 {offset + 40}")
    strides = body.value(f"getelementptr i8, ptr %place, i64 {offset + 40 + 8 * dimensions}")
    body.add(f"br label %t{offset}")
    body.add(f"t{offset}:")
    body.only_if(body.value(f"icmp ne ptr {block}, null"), f"a{offset}")
    made = body.value(
        f"call ptr %array_new(ptr %array, i32 {dimensions}, ptr {shape}, i32 {dtype.num}, "
        f"ptr {strides}, ptr {data}, i32 0, i32 {_ALIGNED | _WRITEABLE}, ptr null)"
    )
    body.only_if(body.value(f"icmp ne ptr {made}, null"), "failed")
    owner = body.value(_call("PyCapsule_New", block, "null", "%freed"))
    body.only_if(body.value(f"icmp ne ptr {owner}, null"), "failed")
    body.value(f"call i32 %set_base(ptr {made}, ptr {owner})")
    body.add(f"br label %n{offset}")
    # Without memory of its own the result is one of the arguments.
    body.add(f"a{offset}:")
    given = "null"
    for i, item in enumerate(types):
        if isinstance(item, str) or item[1] != dimensions or item[0] != dtype:
            continue
        one = body.at("%row", 8 * i, "ptr")
        same = body.value(f"icmp eq ptr {body.at(one, _DATA, 'ptr')}, {data}")
        for axis in range(dimensions):
            theirs = body.at(body.at(one, _SHAPE, "ptr"), 8 * axis, "i64")
            ours = body.at(shape, 8 * axis, "i64")
            same = body.value(f"and i1 {same}, {body.value(f'icmp eq i64 {theirs}, {ours}')}")
        given = body.value(f"select i1 {same}, ptr {one}, ptr {given}")
    body.only_if(body.value(f"icmp ne ptr {given}, null"), "lost")
    body.add(_call("Py_IncRef", given))
    body.add(f"br label %m{offset}")
    body.add(f"m{offset}:")
    body.add(f"br label %n{offset}")
    body.add(f"n{offset}:")
    # The block that the array was made in is the one that its base was set in.
    return body.value(f"phi ptr [ {made}, %{_block_of(body, made)} ], [ {given}, %m{offset} ]")


def _block_of(body: _Assembly, value: str) -> str:
    """The label of the last block before the branch that leaves the way on which a value was made."""
    at = next(i for i, line in enumerate(body.lines) if line.startswith(f"{value} = "))
    label = ""
    for line in body.lines[at:]:
        if line.endswith(":"):
            label = line[:-1]
        if line.startswith("br label %n"):
            break
    return label


def _short(dtype: Any) -> str:
    return str(np.dtype(dtype).str).lstrip("<=|>")
