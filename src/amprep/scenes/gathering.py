"""From an opened job to what the pictures show."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.errors import AmprepError
from amprep.model.exposure import AGAIN
from amprep.model.mesh import Mesh
from amprep.model.scan import REGIONS, Region
from amprep.output.job_folder import damaged_folder
from amprep.pictures.energy import EnergyPoint
from amprep.pictures.overhang import HANGING, NEAR, OTHER, STANDING, HangingPart, Overhangs
from amprep.pictures.plate import PlatePart, PlateScene

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from amprep.model.job import Job, PlacedPart
    from amprep.model.provenance import GradedValue
    from amprep.runs import Run

__all__ = ["downskin_mm2", "energy_points", "hanging_part", "job_of", "overhangs_of", "plate_scene"]


def job_of(run: Run) -> Job | None:
    """The job with its parts; None where a part file is not there any more, or is another one."""
    try:
        return run.job
    except AmprepError:
        return None


@lru_cache(maxsize=1)
def plate_scene(run: Run) -> PlateScene:
    """The parts from above, and the area that they cover together.

    Without the part files the convex outlines of some layers' vectors stand for the parts.
    """
    from amprep.placement.silhouette import Silhouette, covered_mm2, silhouette_of

    job = job_of(run)
    if job is None:
        return _from_vectors(run)
    known: dict[tuple[Any, ...], tuple[Silhouette, NDArray[np.float64]]] = {}
    kinds: dict[tuple[Any, ...], int] = {}
    parts, outlines = [], []
    for part in job.parts:
        key = (id(part.mesh), part.transform[:3, :3].tobytes())
        if key not in known:
            known[key] = silhouette_of(part), part.transform[:2, 3]
        one, place = known[key]
        outline = replace(one, loops_mm=tuple(loop - place + part.transform[:2, 3] for loop in one.loops_mm))
        outlines.append(outline)
        x, y, z = (part.bounds_mm[1] - part.bounds_mm[0]).tolist()
        kind = kinds.setdefault((*key, part.is_support), len(kinds))
        parts.append(PlatePart(part.name, kind, outline.loops_mm, (x, y, z), part.is_support))
    remark = "convex" if any(one.is_convex for one in outlines) else ""
    return PlateScene(tuple(parts), covered_mm2(outlines), remark)


#: Layers whose vectors are looked at where the part files are not at hand.
_LOOKED_AT = 40


def _from_vectors(run: Run) -> PlateScene:
    from amprep.placement.grid import outline_of
    from amprep.placement.silhouette import Silhouette, covered_mm2

    corners: dict[int, list[NDArray[np.float64]]] = {}
    tops: dict[int, float] = {}
    layers = np.unique(np.linspace(0, run.layer_count - 1, _LOOKED_AT).round().astype(int)).tolist()
    for index in layers if run.layer_count else []:
        vectors = run.layer(index)
        for part in np.unique(vectors.part).tolist():
            points = vectors.segments[vectors.part == part].reshape(-1, 2).astype(np.float64)
            corners.setdefault(part, []).append(outline_of(points) if len(points) > 2 else points)
            tops[part] = float(run.estimate.top_mm[index])
    parts, outlines = [], []
    for part, found in sorted(corners.items()):
        outline = outline_of(np.concatenate(found))
        outlines.append(Silhouette((outline,), is_convex=True))
        x, y = np.ptp(outline, axis=0).tolist()
        parts.append(PlatePart(run.part_names[part], part, (outline,), (x, y, tops[part])))
    return PlateScene(tuple(parts), covered_mm2(outlines), "no_meshes")


@lru_cache(maxsize=1)
def overhangs_of(run: Run) -> Overhangs:
    """What hangs without support, by the same rule as W245 of ``amprep check``; supports are left out."""
    limit = run.material.self_support_deg
    job = job_of(run)
    parts: tuple[HangingPart, ...] | None = None
    if job is not None:
        same: dict[tuple[Any, ...], list[PlacedPart]] = {}
        for part in job.parts:
            if not part.is_support:
                key = (id(part.mesh), part.transform[:3, :3].tobytes(), float(part.transform[2, 3]))
                same.setdefault(key, []).append(part)
        parts = tuple(
            hanging_part(
                copies[0],
                limit,
                layer_thickness_mm=run.layer_thickness_mm,
                copies=len(copies),
            )
            for copies in same.values()
        )
    supports = job is not None and any(part.is_support for part in job.parts)
    return Overhangs(limit, parts, run.estimate.top_mm, downskin_mm2(run), supports)


def hanging_part(
    part: PlacedPart, limit: GradedValue, *, layer_thickness_mm: float, copies: int = 1
) -> HangingPart:
    """A placed part with its surfaces by kind."""
    from amprep.checking.overhang import overhang_of
    from amprep.checking.part import part_of

    mesh = Mesh(part.placed_vertices_mm, part.mesh.faces, part.mesh.neighbours)
    looked_at = part_of(mesh, part.report, part.source, layer_thickness_mm)
    hanging = overhang_of(looked_at, limit.value)
    near = overhang_of(looked_at, max(limit.bounds[1], limit.value))
    kind = np.full(len(mesh.faces), OTHER, dtype=np.uint8)
    corners = mesh.vertices[mesh.faces]
    top = corners[:, :, 2].max(axis=1)
    kind[top <= looked_at.bottom_mm + 0.5 * layer_thickness_mm] = STANDING
    kind[near.triangles] = NEAR
    counts = hanging.counts
    kind[hanging.triangles[counts]] = HANGING
    area = np.zeros(len(mesh.faces))
    area[hanging.triangles[counts]] = hanging.area_mm2[counts]
    largest_mm2, z = 0.0, 0.0
    if counts.any():
        worst = int(hanging.patch_mm2.argmax())
        inside = hanging.patch == worst
        largest_mm2 = float(hanging.patch_mm2[worst])
        heights = corners[hanging.triangles[inside]].mean(axis=1)[:, 2]
        weights = hanging.area_mm2[inside]
        z = float((heights * weights).sum() / weights.sum())
    return HangingPart(
        name=part.name,
        copies=copies,
        vertices_mm=mesh.vertices,
        faces=mesh.faces,
        kind=kind,
        area_mm2=area,
        places=int(hanging.is_large.sum()),
        largest_mm2=largest_mm2,
        largest_z_mm=z,
    )


def downskin_mm2(run: Run) -> NDArray[np.float64]:
    """(n,) float64, mm²: what each layer exposes as downskin: length × hatch distance of its vectors."""
    import pyarrow.parquet as pq

    areas = np.zeros(run.layer_count)
    if not run.estimate.region_mm.get(Region.DOWNSKIN.key, 0.0):
        return areas
    sets = run.parameter_sets
    distance = np.array([one.hatch(Region.DOWNSKIN).hatch_distance_mm.value for one in sets.processes])
    for shard in sorted((run.folder / "vectors").glob("layers-*.parquet")):
        first = int(shard.stem.removeprefix("layers-"))
        try:
            with pq.ParquetFile(shard) as file:
                column = file.schema_arrow.names.index("region")
                for group in range(file.num_row_groups):
                    known = file.metadata.row_group(group).column(column).statistics
                    # Layers whose regions all come before downskin need not be read.
                    if known is not None and known.has_min_max and known.max < Region.DOWNSKIN:
                        continue
                    areas[first + group] = _downskin_of(run, first + group, distance)
        except (OSError, ValueError) as fault:
            raise damaged_folder(run.folder, f"{shard.name} cannot be read") from fault
    return areas


def _downskin_of(run: Run, index: int, distance_mm: NDArray[np.float64]) -> float:
    vectors = run.layer(index)
    chosen = vectors.region == Region.DOWNSKIN
    if not chosen.any():
        return 0.0
    x0, y0, x1, y1 = vectors.segments[chosen].astype(np.float64).T
    sets = run.exposures(index, vectors)[chosen] // np.uint16(REGIONS)
    return float((np.hypot(x1 - x0, y1 - y0) * distance_mm[sets]).sum())


@lru_cache(maxsize=1)
def energy_points(run: Run) -> tuple[EnergyPoint, ...]:
    """Beams of all parameter sets and regions that the job exposes; regions with the same beam are one."""
    exposed = _exposed(run)
    found: dict[tuple[Any, ...], tuple[list[Region], EnergyPoint]] = {}
    for number, process in enumerate(run.parameter_sets.processes):
        for again in (False, True):
            for region in Region:
                if REGIONS * number + region + AGAIN * again not in exposed:
                    continue
                power, speed = process.beam(region + AGAIN * again)
                distance = process.hatch(region).hatch_distance_mm if region.is_hatch else None
                key = (again, power.value, speed.value, distance and distance.value)
                regions, _ = found.setdefault(
                    key, ([], EnergyPoint((), again, power, speed, distance, process.layer_thickness_mm))
                )
                if region not in regions:
                    regions.append(region)
    return tuple(replace(point, regions=tuple(regions)) for regions, point in found.values())


def _exposed(run: Run) -> set[int]:
    """``REGIONS · parameter set + region`` of all vectors; of one set alone they need not be read."""
    found: set[int] = set()
    if len(run.parameter_sets.processes) > 1:
        for index, vectors in enumerate(run.layers(range(run.layer_count))):
            found.update(np.unique(run.exposures(index, vectors)).tolist())
        return found
    lengths = run.estimate.region_mm
    for region in Region:
        names = {region.key: int(region), f"{region.key} again": region + AGAIN}
        found.update(number for name, number in names.items() if lengths.get(name, 0.0) > 0.0)
    return found
