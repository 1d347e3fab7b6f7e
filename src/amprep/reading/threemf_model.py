"""One model part of a 3MF: its objects, components and build items, read from a stream of XML.

Vertices and triangles come by the million, so their attributes are collected as they come and turned into
arrays some ten thousand at a time; names of attributes are compared for all of them at once.
"""

from __future__ import annotations

from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.errors import MeshError, printable
from amprep.reading.indexed import require_in_range
from amprep.reading.text_rows import comma_or_word, damaged, whole_numbers_of
from amprep.reading.xml_stream import XmlStream

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from numpy.typing import NDArray

__all__ = ["BEAMS", "SLICES", "Component", "Item", "ModelPart", "Object", "read_model_part"]

CORE = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"
PRODUCTION = "http://schemas.microsoft.com/3dmanufacturing/production/2015/06"
MATERIALS = "http://schemas.microsoft.com/3dmanufacturing/material/2015/02"
SLICES = "http://schemas.microsoft.com/3dmanufacturing/slice/2015/07"
BEAMS = "http://schemas.microsoft.com/3dmanufacturing/beamlattice/2017/02"
_TRIANGLE_SETS = "http://schemas.microsoft.com/3dmanufacturing/trianglesets/2021/07"
_BALLS = "http://schemas.microsoft.com/3dmanufacturing/beamlattice/balls/2020/07"
# Nothing of these is geometry.
_HARMLESS = frozenset({PRODUCTION, MATERIALS, _TRIANGLE_SETS})
_KNOWN = frozenset({CORE, SLICES, BEAMS, _BALLS}) | _HARMLESS
_SHORT = {SLICES: "slice stack", BEAMS: "beam lattice"}

_PARENTS = {
    "model": "",
    "resources": "model",
    "object": "resources",
    "mesh": "object",
    "vertices": "mesh",
    "vertex": "vertices",
    "triangles": "mesh",
    "triangle": "triangles",
    "components": "object",
    "component": "components",
    "build": "model",
    "item": "build",
}
_DEEPEST = 64
# Of a transform; beyond, the product of three would overflow.
_LARGEST_FACTOR = 1e30
_BATCH = 20_000
_DIGIT = frozenset("0123456789")
_NUMBER = _DIGIT | frozenset("+-.eE")
_MOST_VERTICES = np.iinfo(np.int32).max // 3

Attributes = dict[str, str]


@dataclass(frozen=True, slots=True)
class Component:
    """An object used in another one.

    transform : (4, 3) float64, unit of the file
        v' = v · M, with v a row.
    """

    object_id: int
    path: str | None
    """Of another model part, as it stands in the file."""
    transform: NDArray[np.float64] | None
    place: str


@dataclass(frozen=True, slots=True)
class Item(Component):
    """An object to be built."""

    is_printable: bool = True


@dataclass(slots=True)
class Object:
    """A mesh or components.

    vertices : (V, 3) float64, unit of the file
    faces : (T, 3) int32
    """

    object_id: int
    kind: str
    name: str
    place: str
    vertices: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 3)))
    faces: NDArray[np.int32] = field(default_factory=lambda: np.zeros((0, 3), dtype=np.int32))
    components: list[Component] = field(default_factory=list)
    has_mesh: bool = False
    is_low_resolution: bool = False
    """Whether its mesh only stands for its slices."""
    not_read: Counter[str] = field(default_factory=Counter)
    """What of it no mesh holds, by kind."""


@dataclass(slots=True)
class ModelPart:
    """What a model part holds."""

    unit: str = "millimeter"
    objects: dict[int, Object] = field(default_factory=dict)
    items: list[Item] = field(default_factory=list)
    not_read: Counter[str] = field(default_factory=Counter)


def read_model_part(pieces: Generator[bytes], where: str) -> ModelPart:
    """Read a model part.

    Raises
    ------
    MeshError
        E206 a number that cannot be read, E207 damaged XML, E222 an extension that is required and not
        known, E224 a DTD, E227 an index out of range, E228 an id that is there twice.

    """
    reader = _Reader(where)
    with closing(pieces):
        for piece in pieces:
            reader.stream.feed(piece)
    reader.stream.close()
    if not reader.has_model:
        raise damaged("this is no 3MF model: its first element is not <model>", where)
    return reader.model


class _Reader:
    def __init__(self, where: str) -> None:
        self.model = ModelPart()
        self.has_model = False
        self.stream = XmlStream(where, start=self._start, end=self._end, namespace=self._namespace)
        self._where = where
        self._stack: list[str] = []
        self._namespaces: dict[str | None, str] = {}
        self._object: Object | None = None
        self._batch: list[list[str]] = []
        self._seen: set[str] = set()
        self._blocks: list[NDArray[Any]] = []
        self._handlers: dict[str, Callable[[Attributes], None]] = {
            "model": self._model,
            "object": self._begin_object,
            "mesh": self._mesh,
            "vertices": lambda _: self._only_one("vertices"),
            "triangles": lambda _: self._only_one("triangles"),
            "component": self._component,
            "item": self._item,
        }

    # --- elements ---

    def _namespace(self, prefix: str | None, namespace: str) -> None:
        if not self._stack:
            self._namespaces[prefix] = namespace

    def _start(self, name: str, attributes: list[str]) -> None:
        # By far the most frequent first.
        stack = self._stack
        if name in _FREQUENT:
            if not stack or stack[-1] != _PARENT_OF[name]:
                raise self._misplaced(name)
            batch = self._batch
            batch.append(attributes)
            stack.append(name)
            if len(batch) == _BATCH:
                self._flush(name)
            return
        namespace, _, local = name.rpartition(" ")
        if len(stack) == _DEEPEST:
            raise damaged(f"elements of the XML are nested more than {_DEEPEST} deep", self.stream.place)
        if namespace == CORE and local in _PARENTS:
            if (stack[-1] if stack else "") != _PARENT_OF[name]:
                raise self._misplaced(name)
            handler = self._handlers.get(local)
            if handler is not None:
                handler(dict(zip(attributes[::2], attributes[1::2], strict=True)))
        elif namespace not in _HARMLESS and namespace != CORE:
            self._foreign(namespace, local)
        stack.append(name)

    def _end(self, name: str) -> None:
        self._stack.pop()
        if name in _FREQUENT:
            return
        if name == _VERTICES and self._object is not None:
            self._flush(_VERTEX)
            self._object.vertices = self._joined(np.float64).reshape(-1, 3)
            if len(self._object.vertices) > _MOST_VERTICES:
                raise damaged(f"a mesh has {len(self._object.vertices):,} vertices", self.stream.place)
        elif name == _TRIANGLES and self._object is not None:
            self._flush(_TRIANGLE)
            self._object.faces = self._joined(np.int32).reshape(-1, 3)
        elif name == _OBJECT:
            self._object = None

    def _joined(self, dtype: Any) -> NDArray[Any]:
        blocks, self._blocks = self._blocks, []
        return np.concatenate(blocks) if blocks else np.zeros((0, 3), dtype=dtype)

    def _model(self, attributes: Attributes) -> None:
        self.has_model = True
        self.model.unit = attributes.get("unit", "millimeter")
        for prefix in attributes.get("requiredextensions", "").split():
            namespace = self._namespaces.get(prefix)
            if namespace not in _KNOWN:
                raise MeshError(
                    f'the file requires the extension "{printable(prefix)[:40]}", which is not known here',
                    code="E222",
                    where=self.stream.place,
                    why=f"Its name is {printable(namespace)[:200]}." if namespace else "It has no name.",
                    fix="export the part as plain 3MF or STL",
                )

    def _begin_object(self, attributes: Attributes) -> None:
        place = self.stream.place
        object_id = _identifier(attributes, "id", place)
        if object_id in self.model.objects:
            raise MeshError(
                f"there are two objects with the id {object_id}",
                code="E228",
                where=place,
                fix="export the part again",
            )
        self._object = Object(
            object_id, attributes.get("type", "model"), printable(attributes.get("name", ""))[:60], place
        )
        self._object.is_low_resolution = attributes.get(f"{SLICES} meshresolution") == "lowres"
        if f"{SLICES} slicestackid" in attributes:
            self._object.not_read["slice stack"] += 1
        self.model.objects[object_id] = self._object

    def _mesh(self, _attributes: Attributes) -> None:
        assert self._object is not None
        if self._object.has_mesh:
            raise damaged("an object has two meshes", self.stream.place)
        self._object.has_mesh = True
        self._seen.clear()

    def _only_one(self, name: str) -> None:
        if name in self._seen:
            raise damaged(f"a mesh has two lists of {name}", self.stream.place)
        self._seen.add(name)

    def _component(self, attributes: Attributes) -> None:
        assert self._object is not None
        self._object.components.append(Component(*self._reference(attributes)))

    def _item(self, attributes: Attributes) -> None:
        is_printable = attributes.get("printable", "1").strip().lower() not in {"0", "false"}
        self.model.items.append(Item(*self._reference(attributes), is_printable=is_printable))

    def _reference(self, attributes: Attributes) -> tuple[int, str | None, NDArray[np.float64] | None, str]:
        place = self.stream.place
        object_id = _identifier(attributes, "objectid", place)
        return object_id, attributes.get(f"{PRODUCTION} path"), _transform(attributes, place), place

    def _foreign(self, namespace: str, local: str) -> None:
        """Count what hangs directly in something of the core: the rest belongs to it."""
        parent, _, parent_name = (self._stack[-1] if self._stack else "").rpartition(" ")
        if parent != CORE or parent_name in {"metadata", "metadatagroup"}:
            return
        if namespace == SLICES and self._object is None:
            return  # told where an object uses the stack
        kind = _SHORT.get(namespace) or printable(f"{local} of {namespace}")[:120]
        counts = self.model.not_read if self._object is None else self._object.not_read
        counts[kind] += 1

    def _misplaced(self, name: str) -> MeshError:
        local = name.rpartition(" ")[2]
        inside = _PARENTS[local]
        what = f"<{local}> stands outside of <{inside}>" if inside else f"<{local}> stands inside of another"
        return damaged(what, self.stream.place)

    # --- vertices and triangles, in bulk ---

    def _flush(self, name: str) -> None:
        batch = self._batch
        if not batch:
            return
        names = ("x", "y", "z") if name == _VERTEX else ("v1", "v2", "v3")
        words = _columns(batch, names)
        if words is None:
            words = self._one_by_one(batch, names)
        batch.clear()
        place = f"{self.stream.place} or before"
        if name == _VERTEX:
            self._blocks.append(_decimal_numbers(words, place).reshape(-1, 3))
            return
        assert self._object is not None
        indices = _indices(words, place)
        require_in_range(indices, len(self._object.vertices), lambda _i: place)
        self._blocks.append(indices.reshape(-1, 3).astype(np.int32))

    def _one_by_one(self, batch: list[list[str]], names: tuple[str, str, str]) -> list[str]:
        words = []
        for row in batch:
            values = dict(zip(row[::2], row[1::2], strict=True))
            for name in names:
                if name not in values:
                    raise damaged(f'a vertex or triangle has no "{name}"', f"{self.stream.place} or before")
                words.append(values[name])
        return words


_VERTEX = f"{CORE} vertex"
_TRIANGLE = f"{CORE} triangle"
_FREQUENT = frozenset({_VERTEX, _TRIANGLE})
_VERTICES = f"{CORE} vertices"
_TRIANGLES = f"{CORE} triangles"
_OBJECT = f"{CORE} object"
_PARENT_OF = {f"{CORE} {name}": f"{CORE} {parent}" if parent else "" for name, parent in _PARENTS.items()}


def _columns(batch: list[list[str]], names: tuple[str, str, str]) -> list[str] | None:
    """Values of three attributes of all rows, row by row; None when their order differs from row to row."""
    first = batch[0]
    width = len(first)
    if set(map(len, batch)) != {width}:
        return None
    flat = list(chain.from_iterable(batch))
    keys = first[::2]
    if any(flat[2 * i :: width] != [key] * len(batch) for i, key in enumerate(keys)):
        return None
    if any(name not in keys for name in names):
        return None
    words: list[str] = [""] * (3 * len(batch))
    for i, name in enumerate(names):
        words[i::3] = flat[2 * keys.index(name) + 1 :: width]
    return words


def _decimal_numbers(words: list[str], place: str) -> NDArray[np.float64]:
    """Finite numbers, as XML schema writes them; E206 for anything else."""
    if not set("".join(words)) - _NUMBER:
        with suppress(ValueError):
            numbers = np.fromiter(map(float, words), np.float64, len(words))
            if np.isfinite(numbers).all():
                return numbers
    values = []
    for word in words:
        text = word.strip(" \t\r\n")
        try:
            values.append(float(text))
        except ValueError:
            values.append(float("nan"))
        if set(text) - _NUMBER or not np.isfinite(values[-1]):
            raise comma_or_word(printable(word).encode(), place)
    return np.array(values)


def _indices(words: list[str], place: str) -> NDArray[np.int64]:
    if not set("".join(words)) - _DIGIT:
        with suppress(ValueError, OverflowError):
            return np.fromiter(map(int, words), np.int64, len(words))
    encoded = [word.strip(" \t\r\n").encode() for word in words]
    try:
        return whole_numbers_of(encoded, [0], len(encoded), "")
    except MeshError as error:
        error.where = place
        raise


def _identifier(attributes: Attributes, key: str, place: str) -> int:
    text = attributes.get(key, "").strip()
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise damaged(f'{key}="{printable(text)[:40]}" is no id', place)
    return int(text)


def _transform(attributes: Attributes, place: str) -> NDArray[np.float64] | None:
    """(4, 3) float64; None for the identity."""
    text = attributes.get("transform")
    if text is None:
        return None
    words = text.split()
    if len(words) != 12:
        raise damaged(f"a transform has {len(words)} numbers; 12 are needed", place)
    matrix = _decimal_numbers(words, place).reshape(4, 3)
    if np.abs(matrix).max() > _LARGEST_FACTOR:
        raise MeshError(
            "a transform has an absurdly large number", code="E205", where=place, fix="export the part again"
        )
    if not abs(float(np.linalg.det(matrix[:3]))) > 0:
        raise MeshError(
            "a transform makes the object flat", code="E228", where=place, fix="export the part again"
        )
    return matrix
