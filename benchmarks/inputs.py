"""Parts and cross-sections to measure with, the same on every machine, made once and kept in a folder.

    python -m benchmarks.inputs [--inputs DIR] [--quick] [NAME ...]

A part is a binary STL, a cross-section an ``.npz`` of closed loops. Beside each file lies its checksum; a
file that does not match it, or whose recipe changed, is made again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

__all__ = ["INPUTS", "Input", "default_folder", "input_named", "load_section", "provide", "shared_meshes"]

LAYER_MM = 0.04
HATCH_MM = 0.1
ANGLE_DEG = 67.0


@dataclass(frozen=True)
class Input:
    """`make` writes the file; `recipe` is a number that rises when what it makes changes."""

    name: str
    title: str
    kind: str  # "part" or "section"
    make: Callable[[Path], None]
    recipe: int = 1
    quick: bool = False

    @property
    def file_name(self) -> str:
        return self.name + (".stl" if self.kind == "part" else ".npz")


# --- Solids


def _write(mesh, path: Path) -> None:
    from amprep.output.stl import write_stl

    write_stl(mesh, path)


def _sphere(diameter_mm: float, subdivisions: int):
    def make(path: Path) -> None:
        from amprep.demonstrators.primitives import sphere

        _write(sphere(diameter_mm, subdivisions), path)

    return make


def _gyroid(size_mm: float, cell_mm: float, resolution: int):
    def make(path: Path) -> None:
        from amprep.demonstrators.primitives import gyroid

        _write(gyroid(size_mm, cell_mm, resolution), path)

    return make


def _bracket(path: Path) -> None:
    from amprep.demonstrators.bracket import bracket

    _write(bracket(), path)


def _scan(steps: int):
    """A lumpy, noisy closed surface as of a scanner; one radius per direction, so it never crosses itself."""

    def make(path: Path) -> None:
        from amprep.model.mesh import Mesh

        corners, faces = _cube_grid(steps)
        # Equal angles rather than equal lengths on the cube, so that triangles are of about one size.
        warped = np.tan(0.25 * np.pi * (2.0 * corners / steps - 1.0))
        direction = warped / np.linalg.norm(warped, axis=1)[:, None]
        random = np.random.default_rng(20240229)
        radius = np.full(len(direction), 45.0)
        for _ in range(24):
            waves = random.uniform(1.0, 9.0)
            axis = random.normal(size=3)
            axis *= waves / np.linalg.norm(axis)
            phase = random.uniform(0.0, 2.0 * np.pi)
            radius += 2.5 / waves * np.sin(direction @ axis * 2.0 + phase)
        radius += random.uniform(-0.02, 0.02, size=len(radius))
        _write(Mesh(direction * radius[:, None], faces.astype(np.int32)), path)

    return make


def _cube_grid(steps: int):
    """Surface of a cube as a grid: integer corners 0 … steps, (V, 3), and 12 steps² triangles, outwards."""
    i, j = (a.ravel() for a in np.meshgrid(np.arange(steps), np.arange(steps), indexing="ij"))
    sides = []
    for axis in range(3):
        for level in (0, steps):
            u, v = (axis + 1) % 3, (axis + 2) % 3
            quad = np.empty((len(i), 4, 3), dtype=np.int64)
            quad[:, :, axis] = level
            for corner, (di, dj) in enumerate(((0, 0), (1, 0), (1, 1), (0, 1))):
                quad[:, corner, u], quad[:, corner, v] = i + di, j + dj
            sides.append(quad if level else quad[:, ::-1])
    quads = np.concatenate(sides)
    keys = (quads * np.array([1, steps + 1, (steps + 1) ** 2])).sum(axis=2)
    unique, first, number = np.unique(keys.ravel(), return_index=True, return_inverse=True)
    number = number.reshape(-1, 4)
    corners = quads.reshape(-1, 3)[first].astype(np.float64)
    assert len(unique) == 6 * steps * steps + 2
    return corners, np.concatenate([number[:, [0, 1, 2]], number[:, [0, 2, 3]]])


def _extruded(loops: Callable[[], list], height_mm: float):
    def make(path: Path) -> None:
        from manifold3d import CrossSection

        from amprep.demonstrators.solids import mesh_of_solid

        _write(mesh_of_solid(CrossSection(loops()).extrude(height_mm)), path)

    return make


# --- Cross-sections: lists of loops, outer ones counter-clockwise, holes clockwise


def _ring(radius_mm: float, corners: int, middle=(0.0, 0.0), turn: float = 0.0):
    angle = turn + 2.0 * np.pi * np.arange(corners) / corners
    return radius_mm * np.column_stack([np.cos(angle), np.sin(angle)]) + np.asarray(middle)


def square_loops() -> list:
    """A square of 50 mm, a little off the hatch lines' grid."""
    corner = np.array([0.013, 0.029])
    return [corner + np.array([[0.0, 0.0], [50.0, 0.0], [50.0, 50.0], [0.0, 50.0]])]


def disc_loops() -> list:
    """A disc of 98 mm with 200 holes of 3 mm; 13,520 edges."""
    k, m = (a.ravel() for a in np.meshgrid(np.arange(-12, 13), np.arange(-12, 13), indexing="ij"))
    middles = np.column_stack([6.0 * (k + 0.5 * m), 6.0 * np.sqrt(0.75) * m])
    # Rounded, so that equal distances stay equal and the order does not hang on the last bit.
    order = np.lexsort((m, k, np.round(np.hypot(*middles.T), 6)))
    return [_ring(49.0, 720), *(_ring(1.5, 64, middles[o])[::-1] for o in order[:200])]


def lattice_loops() -> list:
    """45 × 45 thin hollow cells of 12 corners; 48,600 edges."""
    loops = []
    for i in range(45):
        for j in range(45):
            middle = (2.0 * i + 1.0, 2.0 * j + 1.0)
            loops += [_ring(0.9, 12, middle, 0.11), _ring(0.7, 12, middle, 0.11)[::-1]]
    return loops


def gear_loops(middle=(0.0, 0.0)) -> list:
    """A wheel with 36 teeth, a bore and five round holes; 792 edges."""
    angle = 2.0 * np.pi * np.arange(576) / 576
    tooth = np.clip(2.2 * np.cos(36 * angle), -1.0, 1.0)
    radius = 16.95 + 1.2 * tooth
    loops = [np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]), _ring(3.0, 36)[::-1]]
    for k in range(5):
        place = 0.3 + 2.0 * np.pi * k / 5
        loops.append(_ring(2.5, 36, (9.5 * np.cos(place), 9.5 * np.sin(place)))[::-1])
    return [loop + np.asarray(middle) for loop in loops]


def gears_loops(columns: int = 10) -> list:
    """Plate of 400 × 400 mm with 10 × 10 wheels; 79,200 edges."""
    return [
        loop
        for i in range(columns)
        for j in range(columns)
        for loop in gear_loops((40.0 * i + 20.0, 40.0 * j + 20.0))
    ]


def _section(loops: Callable[[], list]):
    def make(path: Path) -> None:
        _save_section(path, loops())

    return make


def _save_section(path: Path, loops: list) -> None:
    offsets = np.cumsum([0, *map(len, loops)])
    np.savez(path, points=np.concatenate(loops).astype(np.float64), offsets=offsets.astype(np.int64))


def _gyroid_section(size_mm: float, cell_mm: float, resolution: int):
    """One layer of a finely meshed slab of a gyroid, cut by amprep."""

    def make(path: Path) -> None:
        from math import cos, sin, tau

        from manifold3d import Manifold

        from amprep.demonstrators.solids import mesh_of_solid
        from amprep.slicing import PartCut, cut, plan_mesh

        turn = tau / cell_mm

        def inside(x: float, y: float, z: float) -> float:
            u, v, w = x * turn, y * turn, z * turn
            return sin(u) * cos(v) + sin(v) * cos(w) + sin(w) * cos(u)

        slab = Manifold.level_set(inside, (0.0, 0.0, 0.0, size_mm, size_mm, 1.0), cell_mm / resolution)
        mesh = mesh_of_solid(slab)
        plan = plan_mesh(mesh, mesh.vertices, np.array([0.4037]))
        layer = cut(PartCut(plan, (0.0, 0.0)), 0, 1).layer(0)
        _save_section(path, [layer.loop(i) for i in range(len(layer))])

    return make


INPUTS = (
    Input("bracket", "bracket, 14 k triangles", "part", _bracket, quick=True),
    Input("sphere-small", "sphere Ø 45 mm, 82 k", "part", _sphere(45.0, 6), quick=True),
    Input("scan-small", "scan, 43 k", "part", _scan(60), quick=True),
    Input("scan", "scan, 270 k", "part", _scan(150)),
    Input("sphere", "sphere Ø 90 mm, 1.3 M", "part", _sphere(90.0, 8)),
    Input("gyroid", "gyroid 60 mm, 5 M", "part", _gyroid(60.4, 6.04, 17)),
    Input("disc", "disc Ø 98 mm with 200 holes", "part", _extruded(disc_loops, 4.0)),
    Input("lattice", "plate of 2,025 hollow cells", "part", _extruded(lattice_loops, 1.2)),
    Input("gears", "plate of 100 gears, 400 × 400 mm", "part", _extruded(gears_loops, 1.2)),
    Input("square-section", "square 50 mm", "section", _section(square_loops), quick=True),
    Input("disc-section", "disc Ø 98 mm, 200 holes", "section", _section(disc_loops), quick=True),
    Input("gyroid-section", "gyroid slice 60 × 60 mm", "section", _gyroid_section(60.0, 6.0, 66)),
    Input("lattice-section", "2,025 hollow cells", "section", _section(lattice_loops)),
    Input("gears-section", "100 gears, 400 × 400 mm", "section", _section(gears_loops)),
)


def input_named(name: str) -> Input:
    """The input of this name."""
    return next(one for one in INPUTS if one.name == name)


def default_folder() -> Path:
    """A folder that outlives the run, in the user's cache."""
    own = os.environ.get("AMPREP_BENCHMARK_INPUTS")
    if own:
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "amprep-benchmarks"


def shared_meshes() -> list[Path]:
    """Real STL parts beside the checkout, where there are any."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "meshes"
    return sorted(path for path in folder.glob("*") if path.suffix.lower() == ".stl")


def provide(one: Input, folder: Path) -> tuple[Path, str]:
    """The file of an input and the checksum of its content; made when it is not there or does not match."""
    path = folder / one.file_name
    note = folder / f"{one.file_name}.json"
    try:
        known = json.loads(note.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = {}
    if path.is_file() and known.get("recipe") == one.recipe:
        digest = checksum(path)
        if digest == known.get("sha256"):
            return path, digest
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f".{os.getpid()}-{one.file_name}"
    one.make(fresh)
    digest = checksum(fresh)
    fresh.replace(path)
    note.write_text(json.dumps({"recipe": one.recipe, "sha256": digest}) + "\n", encoding="utf-8")
    return path, digest


def checksum(path: Path) -> str:
    """SHA-256 of the numbers in a file: of an STL its bytes, of a section its arrays."""
    if path.suffix == ".npz":
        points, offsets = load_section(path)
        return hashlib.sha256(points.tobytes() + offsets.tobytes()).hexdigest()
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def load_section(path: Path):
    """points : (P, 2) float64, mm; offsets : (C + 1,) int64, both read-only as the model's arrays are."""
    try:
        with np.load(path) as archive:
            points, offsets = archive["points"], archive["offsets"]
    except (OSError, ValueError, KeyError):
        return np.empty((0, 2)), np.zeros(1, dtype=np.int64)
    points.flags.writeable = offsets.flags.writeable = False
    return points, offsets


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the inputs of the benchmarks.")
    parser.add_argument("--inputs", type=Path, default=default_folder(), metavar="DIR")
    parser.add_argument("--quick", action="store_true", help="only those of the quick set")
    parser.add_argument("names", nargs="*", metavar="NAME", help="default: all")
    options = parser.parse_args()
    for one in INPUTS:
        if (options.names and one.name not in options.names) or (options.quick and not one.quick):
            continue
        path, digest = provide(one, options.inputs)
        print(f"{path}  {path.stat().st_size:,} bytes  sha256 {digest[:16]}…")


if __name__ == "__main__":
    main()
