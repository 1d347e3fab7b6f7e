"""3MF files: every build item becomes a part, with its transform and those of its components baked in.

Read is the core and, of the production extension, paths to further model parts. Colours, materials,
thumbnails and triangle sets change no shape and are left aside. Slice stacks, beam lattices and whatever else
has a shape of its own are told (W221), and an object that has nothing else is refused (E226).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from amprep.errors import MeshError
from amprep.model.notice import Notice
from amprep.reading.text_rows import damaged
from amprep.reading.threemf_model import ModelPart, Object, read_model_part
from amprep.reading.threemf_package import Package, part_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from amprep.reading.threemf_model import Component, Item

__all__ = ["UNITS", "BuildItem", "ThreemfBuild", "read_3mf"]

#: Units of a 3MF and what they are called here.
UNITS = {
    "micron": "um",
    "millimeter": "mm",
    "centimeter": "cm",
    "inch": "inch",
    "foot": "foot",
    "meter": "m",
}
# Of the types of objects, those that are solid.
_SOLID = frozenset({"model", "solidsupport"})
_MOST_ITEMS = 65_535
# Instances multiply what a file holds; a few bytes could ask for all memory.
_MOST_TRIANGLES = 20_000_000
_MOST_INSTANCES = 1_000_000
_DEEPEST = 64

Key = tuple[str, int]


@dataclass(frozen=True, slots=True, eq=False)
class BuildItem:
    """One thing to build.

    vertices : (V, 3) float64, unit of the file
    faces : (T, 3) int32
    """

    number: int
    """Of the item in the file, from 1."""
    name: str
    vertices: NDArray[np.float64]
    faces: NDArray[np.int32]
    same_as: int | None = None
    """Number of an earlier item that differs by a shift only."""


@dataclass(frozen=True, slots=True, eq=False)
class ThreemfBuild:
    """The build items, which are made one after the other as they are asked for."""

    unit: str
    """A key of `MM_PER_UNIT`."""
    items: Iterator[BuildItem]
    notices: tuple[Notice, ...]


def read_3mf(where: str) -> ThreemfBuild:
    """Read a 3MF file.

    Raises
    ------
    MeshError
        E202 no 3MF, E206 and E207 damaged, E222 an unknown extension is required, E223 too much in it, E224
        a DTD, E225 nothing to build, E226 only what is not read, E227 an index out of range, E228 objects
        contradict each other.

    """
    package = Package(where)
    try:
        build = _Build(package, where)
    finally:
        package.close()
    return ThreemfBuild(build.unit, build.made(), build.notices())


class _Size(NamedTuple):
    """Of an object with its components: triangles, instances, those that are material, levels below it."""

    triangles: int
    instances: int
    solids: int
    depth: int


class _Build:
    def __init__(self, package: Package, where: str) -> None:
        self._where = where
        self._package = package
        self._parts: dict[str, ModelPart] = {}
        self._root = package.root_model()
        root = self._part(self._root)
        self._root_model = root
        if root.unit not in UNITS:
            raise damaged(f'the unit "{root.unit[:40]}" is none of a 3MF', where)
        self.unit = UNITS[root.unit]
        self._left_out: Counter[str] = Counter()
        self._items = self._printable_items(root)
        self._sizes: dict[Key, _Size] = {}
        for item, key in self._items:
            self._measure(key, item.place)
        self._items = self._with_solids(self._items)
        self._used: set[Key] = set(self._sizes)
        if sum(self._sizes[key].triangles for _, key in self._distinct()) > self._most_triangles():
            raise self._too_much()

    def _part(self, name: str) -> ModelPart:
        if name not in self._parts:
            place = self._package.place(name)
            self._parts[name] = read_model_part(self._package.pieces(name), place)
            if self._parts[name].unit != self._parts[self._root].unit:
                raise MeshError(
                    "the model parts of the file differ in their units",
                    code="E228",
                    where=place,
                    fix="export the part again",
                )
        return self._parts[name]

    def _printable_items(self, root: ModelPart) -> list[tuple[Item, Key]]:
        found = []
        for item in root.items:
            key = self._key(item, self._root)
            # The type of an object with components says nothing: theirs count.
            target = self._object(key, item.place)
            if not item.is_printable:
                self._left_out["build item marked as not printable"] += 1
            elif target.kind not in _SOLID and not target.components:
                self._left_out[f'build item of the type "{target.kind[:20]}"'] += 1
            else:
                found.append((item, key))
        self._require_some(found)
        if len(found) > _MOST_ITEMS:
            raise self._too_much()
        return found

    def _with_solids(self, items: list[tuple[Item, Key]]) -> list[tuple[Item, Key]]:
        """Those of the items of which something is material."""
        found = [(item, key) for item, key in items if self._sizes[key].solids]
        self._require_some(found)
        return found

    def _require_some(self, found: list[tuple[Item, Key]]) -> None:
        if not found:
            raise MeshError(
                "the file has nothing to build",
                code="E225",
                where=self._where,
                why=_listed(self._left_out) or "Its list of build items is empty.",
                fix="put the part on the plate and export it again",
            )

    def _key(self, use: Component, part: str) -> Key:
        return (part if use.path is None else part_name(use.path)), use.object_id

    def _object(self, key: Key, place: str) -> Object:
        part, object_id = key
        if part not in self._parts and not self._package.has(part):
            raise damaged("a path names a part of the file that is not there", place)
        found = self._part(part).objects.get(object_id)
        if found is None:
            raise MeshError(
                f"there is no object with the id {object_id}",
                code="E228",
                where=place,
                fix="export the part again",
            )
        return found

    def _measure(self, key: Key, place: str, above: tuple[Key, ...] = ()) -> _Size:
        """What an object with all components comes to, without making any."""
        depth = 0
        if key not in self._sizes:
            if key in above:
                raise self._wrong_nesting(key, place, "contains itself")
            if len(above) > _DEEPEST:
                raise self._wrong_nesting(key, place, f"is nested more than {_DEEPEST} deep")
            item = self._object(key, place)
            if item.has_mesh and item.components:
                raise damaged("an object has a mesh and components", item.place)
            if (not len(item.faces) and not item.components) or item.is_low_resolution:
                self._require_triangles(item)
            # Vertices without triangles take memory too.
            triangles, instances = max(len(item.faces), len(item.vertices)), 1
            solids = int(item.kind in _SOLID and not item.components)
            if not solids and not item.components and above:
                self._left_out[f'component of the type "{item.kind[:20]}"'] += 1
            for component in item.components:
                child = self._key(component, key[0])
                more = self._measure(child, component.place, (*above, key))
                triangles += more.triangles
                instances += more.instances
                solids += more.solids
                depth = max(depth, more.depth + 1)
            if triangles > self._most_triangles() or instances > _MOST_INSTANCES:
                raise self._too_much()
            self._sizes[key] = _Size(triangles, instances, solids, depth)
        if len(above) + self._sizes[key].depth > _DEEPEST:
            raise self._wrong_nesting(key, place, f"is nested more than {_DEEPEST} deep")
        return self._sizes[key]

    def _wrong_nesting(self, key: Key, place: str, what: str) -> MeshError:
        return MeshError(f"the object {key[1]} {what}", code="E228", where=place, fix="export the part again")

    def _require_triangles(self, item: Object) -> None:
        kinds = item.not_read + Counter({"slice stack": int(item.is_low_resolution)})
        if kinds:
            raise MeshError(
                f"the object {item.object_id} consists only of what is not read: {', '.join(kinds)}",
                code="E226",
                where=item.place,
                why="Its mesh only stands for its slices." if item.is_low_resolution else "",
                fix="export the part as a mesh",
            )
        raise MeshError(
            f"the object {item.object_id} has no triangles",
            code="E204",
            where=item.place,
            fix="export the part again",
        )

    def _most_triangles(self) -> int:
        held = sum(len(item.faces) for model in self._parts.values() for item in model.objects.values())
        return _MOST_TRIANGLES + held

    def _too_much(self) -> MeshError:
        return MeshError(
            f"components make more than {_MOST_TRIANGLES:,} triangles, {_MOST_INSTANCES:,} instances or"
            f" {_MOST_ITEMS:,} parts of what the file holds",
            code="E223",
            where=self._where,
            fix="split the build into several files",
        )

    # --- making ---

    def _distinct(self) -> list[tuple[bytes, Key]]:
        """Objects with the linear part of their transform, each once."""
        seen: dict[tuple[bytes, Key], None] = {}
        for item, key in self._items:
            seen[_linear(item), key] = None
        return list(seen)

    def made(self) -> Iterator[BuildItem]:
        """The build items in the order of the file."""
        first: dict[tuple[bytes, Key], int] = {}
        for number, (item, key) in enumerate(self._items, start=1):
            name = self._object(key, item.place).name
            same = first.setdefault((_linear(item), key), number)
            if same != number:
                nothing = np.zeros((0, 3))
                yield BuildItem(number, name, nothing, nothing.astype(np.int32), same)
                continue
            vertices: list[NDArray[np.float64]] = []
            faces: list[NDArray[np.int32]] = []
            start = 0
            for some, triangles in self._instances(key, item.transform):
                vertices.append(some)
                faces.append(triangles + np.int32(start))
                start += len(some)
            yield BuildItem(number, name, np.concatenate(vertices), np.concatenate(faces))

    def _instances(
        self, key: Key, transform: NDArray[np.float64] | None
    ) -> Iterator[tuple[NDArray[np.float64], NDArray[np.int32]]]:
        """Meshes of an object and its components, moved; v · M of the component · M of what it is in."""
        item = self._object(key, "")
        if len(item.faces) and item.kind in _SOLID:
            vertices, faces = item.vertices, item.faces
            if transform is not None:
                with np.errstate(over="ignore", invalid="ignore"):
                    vertices = vertices @ transform[:3] + transform[3]
                if np.linalg.det(transform[:3]) < 0:
                    faces = faces[:, ::-1]
            yield vertices, faces
        for component in item.components:
            yield from self._instances(self._key(component, key[0]), _after(component.transform, transform))

    def notices(self) -> tuple[Notice, ...]:
        """W221 with everything that has a shape and was not read."""
        counts = Counter(self._left_out)
        for name, model in self._parts.items():
            counts += model.not_read
            for object_id, item in model.objects.items():
                if (name, object_id) in self._used:
                    counts += item.not_read
        if not counts:
            return ()
        return (Notice("W221", f"not read: {_listed(counts)}", where=self._where),)


def _linear(item: Item) -> bytes:
    """The transform without its shift, as bytes that can be compared."""
    matrix = np.eye(3) if item.transform is None else item.transform[:3] + 0.0
    return matrix.tobytes()


def _after(
    inner: NDArray[np.float64] | None, outer: NDArray[np.float64] | None
) -> NDArray[np.float64] | None:
    """The (4, 3) transform that does `inner` first; None is the identity."""
    if inner is None or outer is None:
        return outer if inner is None else inner
    with np.errstate(over="ignore", invalid="ignore"):
        joined: NDArray[np.float64] = inner @ outer[:3]
        joined[3] += outer[3]
    return joined


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{count:,} × {name}" for name, count in counts.items())
