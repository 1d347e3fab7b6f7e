"""Which parts have bodies in each other, told from the layers themselves, before anything is exposed.

Slicing merges such bodies by the winding number. Where that changes the area of a layer, something was
repaired: what a user forbids with ``--strict`` must be found in the very layers that would be built.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from amprep.engines.serial import SerialEngine
from amprep.errors import MeshError
from amprep.kernels.areas import signed_area
from amprep.kernels.boundary import FAILED, PLAIN, boundary
from amprep.polygons import SAME_AREA, contour_band
from amprep.repair.verdict import layers_text
from amprep.slicing import BAND, PartCut, cut, plan_cuts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from amprep.engines import Engine
    from amprep.model.job import Job
    from amprep.model.layer import Contours

__all__ = ["MergedLayers", "merged_layers", "require_nothing_to_merge"]


@dataclass(frozen=True, slots=True)
class MergedLayers:
    """Layers of a part, counted from 0, that merging changes; ascending."""

    overlapping: tuple[int, ...]
    """Bodies lie in each other."""
    sticking_out: tuple[int, ...]
    """A cavity leaves its body."""


def merged_layers(job: Job, *, engine: Engine | None = None) -> tuple[MergedLayers, ...]:
    """For each part of a job the layers in which its bodies are merged; the same for every engine."""
    engine = engine or SerialEngine()
    cuts = plan_cuts(job.parts, job.cut_heights_mm, engine=engine)
    # Copies share their plan, and what merging does to one it does to all.
    plans = list({id(part_cut.plan): part_cut.plan for part_cut in cuts}.values())
    count = job.layer_count

    def changes(begin: int) -> list[list[tuple[int, float]]]:
        end = min(begin + BAND, count)
        found = []
        for plan in plans:
            stack = cut(PartCut(plan, (0.0, 0.0)), begin, end)
            layers = ((i, _change(stack.layer(i - begin), even_odd=job.even_odd)) for i in range(begin, end))
            found.append([(i, change) for i, change in layers if change])
        return found

    overlapping: list[list[int]] = [[] for _ in plans]
    sticking_out: list[list[int]] = [[] for _ in plans]
    for found in engine.map_apart(changes, range(0, count, BAND)):
        for number, layers in enumerate(found):
            overlapping[number] += [i for i, change in layers if change < 0]
            sticking_out[number] += [i for i, change in layers if change > 0 and not job.even_odd]
    number_of = {id(plan): number for number, plan in enumerate(plans)}
    numbers = [number_of[id(part_cut.plan)] for part_cut in cuts]
    return tuple(MergedLayers(tuple(overlapping[n]), tuple(sticking_out[n])) for n in numbers)


def _change(contours: Contours, *, even_odd: bool) -> float:
    """Area that merging adds to a layer, negative where it takes away; 0 within what counts as the same."""
    if len(contours) == 0:
        return 0.0
    drawn = signed_area(contours.points, contours.offsets)
    state, _, _, merged = boundary(contours.points, contours.offsets, even_odd=even_odd)
    if state == PLAIN:
        return 0.0
    if state == FAILED:
        merged = contour_band(contours, 0.0, even_odd=even_odd).area_mm2
    return float(merged - drawn) if abs(merged - drawn) > SAME_AREA * max(drawn, 1.0) else 0.0


def require_nothing_to_merge(job: Job, *, engine: Engine | None = None) -> None:
    """Refuse a job of which a part has bodies in each other.

    Raises
    ------
    MeshError
        E273 with the layers of every such part.

    """
    instead = "would have no material in common (even-odd)" if job.even_odd else "would be merged"
    faults, names = [], []
    for part, layers in zip(job.parts, merged_layers(job, engine=engine), strict=True):
        if layers.overlapping or layers.sticking_out:
            names.append(part.name)
        if layers.overlapping:
            where = layers_text(_ranges(layers.overlapping))
            faults.append(f"{part.name}: bodies overlap and {instead}, in {where}")
        if layers.sticking_out:
            where = layers_text(_ranges(layers.sticking_out))
            faults.append(f"{part.name}: a cavity sticks out of its body and would be cut off, in {where}")
    if faults:
        raise MeshError(
            "the mesh needs repair, and --strict allows none",
            code="E273",
            where=names[0],
            faults=faults,
            fix="unite the bodies in the CAD, or leave --strict out",
        )


def _ranges(layers: Iterable[int]) -> list[tuple[int, int]]:
    """First and last layer of each run, counted from 1."""
    ranges: list[tuple[int, int]] = []
    for layer in layers:
        if ranges and ranges[-1][1] == layer:
            ranges[-1] = (ranges[-1][0], layer + 1)
        else:
            ranges.append((layer + 1, layer + 1))
    return ranges
