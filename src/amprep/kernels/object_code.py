"""What a compiled kernel needs from outside, read from its object file, so that nothing unknown is loaded.

Algorithm: an ELF object lists its symbols, and its relocations say which symbol each place of the code
refers to. Numba puts three functions into an object: the kernel itself, and two wrappers that only Numba
calls. What the wrappers refer to is left out.
"""

from __future__ import annotations

import struct

__all__ = ["UnknownObjectError", "outer_symbols"]

_MAGIC = b"\x7fELF\x02\x01\x01"  # 64 bits, little endian
_SYMBOLS, _RELOCATIONS = 2, 4
_FUNCTION = 2
_WRAPPERS = ("_ZN7cpython", "cfunc.")


class UnknownObjectError(ValueError):
    """An object file of a kind that is not read here."""


def outer_symbols(code: bytes) -> tuple[set[str], set[str]]:
    """Names that an object file needs from outside: those of the kernel, and those of its wrappers only."""
    try:
        return _outer_symbols(code)
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise UnknownObjectError(str(error)) from error


def _outer_symbols(code: bytes) -> tuple[set[str], set[str]]:
    if not code.startswith(_MAGIC):
        raise UnknownObjectError("no ELF object of 64 bits")
    (table,) = struct.unpack_from("<Q", code, 0x28)
    size, count = struct.unpack_from("<HH", code, 0x3A)
    sections = [struct.unpack_from("<IIQQQQIIQQ", code, table + i * size) for i in range(count)]
    (listed,) = [section for section in sections if section[1] == _SYMBOLS]
    names = sections[listed[6]][4]
    symbols = [struct.unpack_from("<IBBHQQ", code, place) for place in range(listed[4], sum(listed[4:6]), 24)]
    text = {symbol: _name(code, names + symbol[0]) for symbol in symbols}
    wrappers = [
        (symbol[3], symbol[4], symbol[4] + symbol[5])
        for symbol, name in text.items()
        if symbol[1] & 15 == _FUNCTION and name.startswith(_WRAPPERS)
    ]
    needed: set[str] = set()
    for section in sections:
        if section[1] != _RELOCATIONS:
            continue
        for place in range(section[4], sum(section[4:6]), 24):
            offset, info, _ = struct.unpack_from("<QQq", code, place)
            symbol = symbols[info >> 32]
            inside = any(home == section[7] and low <= offset < high for home, low, high in wrappers)
            if symbol[3] == 0 and symbol[0] and not inside and not _describes(code, sections, section):
                needed.add(text[symbol])
    outer = {name for symbol, name in text.items() if symbol[3] == 0 and name}
    return needed, outer - needed


def _describes(code: bytes, sections: list[tuple[int, ...]], relocations: tuple[int, ...]) -> bool:
    """Whether relocations belong to a table for unwinding, which holds no code."""
    home = int.from_bytes(code[0x3E:0x40], "little")
    return _name(code, sections[home][4] + sections[relocations[7]][0]) == ".eh_frame"


def _name(code: bytes, place: int) -> str:
    return code[place : code.index(b"\0", place)].decode()
