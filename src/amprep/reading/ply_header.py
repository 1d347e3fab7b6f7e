"""The header of a PLY file: its byte order, its elements and their properties."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from amprep.reading.text_rows import damaged

if TYPE_CHECKING:
    from amprep.reading.contents import Content

__all__ = ["Element", "PlyHeader", "Property", "ply_header"]

_MOST_BYTES = 1 << 20
_LINE_END = re.compile(rb"\r\n|\n|\r")
_MOST_PROPERTIES = 1000
_TYPES = {
    **dict.fromkeys(("char", "int8"), "i1"),
    **dict.fromkeys(("uchar", "uint8"), "u1"),
    **dict.fromkeys(("short", "int16"), "i2"),
    **dict.fromkeys(("ushort", "uint16"), "u2"),
    **dict.fromkeys(("int", "int32"), "i4"),
    **dict.fromkeys(("uint", "uint32"), "u4"),
    **dict.fromkeys(("float", "float32"), "f4"),
    **dict.fromkeys(("double", "float64"), "f8"),
}
_FORMATS = {"ascii": "", "binary_little_endian": "<", "binary_big_endian": ">"}


@dataclass(frozen=True, slots=True)
class Property:
    """One property; types as NumPy writes them, without byte order."""

    name: str
    type: str
    count_type: str = ""
    """Of the length, for a list."""


@dataclass(slots=True)
class Element:
    """An element with its number of rows."""

    name: str
    count: int
    properties: list[Property] = field(default_factory=list)

    @property
    def scalars(self) -> dict[str, Property]:
        return {prop.name: prop for prop in self.properties if not prop.count_type}

    @property
    def lists(self) -> dict[str, Property]:
        return {prop.name: prop for prop in self.properties if prop.count_type}

    @property
    def least_bytes(self) -> int:
        return sum(int((prop.count_type or prop.type)[1]) for prop in self.properties)

    def place(self, name: str) -> int:
        """Place of a property in a row without lists."""
        return [prop.name for prop in self.properties].index(name)

    def row_type(self, order: str, lengths: dict[str, int]) -> np.dtype[np.void]:
        """The type of a row whose lists have these `lengths`; a length is named ``count of NAME``."""
        fields: list[tuple[str, str] | tuple[str, str, tuple[int]]] = []
        for prop in self.properties:
            if prop.count_type:
                fields.append((f"count of {prop.name}", order + prop.count_type))
                fields.append((prop.name, order + prop.type, (lengths[prop.name],)))
            else:
                fields.append((prop.name, order + prop.type))
        return np.dtype(fields)


@dataclass(frozen=True, slots=True)
class PlyHeader:
    """The header."""

    format: str
    """``ply-ascii``, ``ply-binary-little-endian`` or ``ply-binary-big-endian``."""
    order: str
    """``<``, ``>`` or, for text, nothing."""
    elements: tuple[Element, ...]
    data_at: int
    """Byte at which the data begin."""
    lines: int
    """Of the header."""

    @property
    def is_text(self) -> bool:
        return not self.order

    def element(self, name: str) -> Element | None:
        """The element of that name, if there is one."""
        return next((element for element in self.elements if element.name == name), None)


def ply_header(data: Content, where: str) -> PlyHeader:
    """Read the header.

    Raises
    ------
    MeshError
        E207 with the line that is wrong.

    """
    lines, data_at = _lines(data, where)
    kind = ""
    elements: list[Element] = []
    for number, line in enumerate(lines, start=1):
        words = line.split()
        place = f"{where}:{number}"
        match words:
            case ["ply"] if number == 1:
                pass
            case ["format", name, "1.0"] if name in _FORMATS and not kind:
                kind = name
            case ["element", name, count] if count.isascii() and count.isdigit() and len(count) < 19:
                if any(name == element.name for element in elements):
                    raise damaged(f'the element "{name}" is there twice', place)
                elements.append(Element(name, int(count)))
            case ["property", "list", count_type, of, name] if elements and _is_list(count_type, of):
                _add(elements[-1], Property(name, _TYPES[of], _TYPES[count_type]), place)
            case ["property", of, name] if elements and of in _TYPES:
                _add(elements[-1], Property(name, _TYPES[of]), place)
            case ["comment" | "obj_info", *_] | ["end_header"] | []:
                pass
            case _:
                raise damaged(f'the header has a line that cannot be read: "{line[:60]}"', place)
    if not kind:
        raise damaged("the header names no format", where)
    empty = [element.name for element in elements if element.count and not element.properties]
    if empty:
        raise damaged(f'the element "{empty[0]}" has no properties', where)
    return PlyHeader(f"ply-{kind.replace('_', '-')}", _FORMATS[kind], tuple(elements), data_at, len(lines))


def _is_list(count_type: str, of: str) -> bool:
    return of in _TYPES and _TYPES.get(count_type, "f")[0] != "f"


def _add(element: Element, prop: Property, place: str) -> None:
    if any(prop.name == other.name for other in element.properties):
        raise damaged(f'the property "{prop.name}" is there twice', place)
    if len(element.properties) == _MOST_PROPERTIES:
        raise damaged(f"an element has more than {_MOST_PROPERTIES} properties", place)
    element.properties.append(prop)


def _lines(data: Content, where: str) -> tuple[list[str], int]:
    """The lines of the header, and where the data begin."""
    head = data[:_MOST_BYTES]
    at = 0
    lines = []
    # In a binary file, the byte after a single \r may be a coordinate's that happens to be \n.
    for end in _LINE_END.finditer(head):
        lines.append(head[at : end.start()].decode("latin-1"))
        at = end.end()
        if lines[-1].strip() == "end_header":
            return lines, at
    raise damaged("the header has no end_header", where)
