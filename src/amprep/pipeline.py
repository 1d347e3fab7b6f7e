"""The way of a job, in the order of the process: read, check, place, slice, hatch, assign, estimate, write.

``assemble`` turns files and names into a `Job`; ``prepare`` turns a job into vectors, which it hands to
sinks layer by layer, and an estimate. Nothing here depends on where the work runs.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np

from amprep.assembling import assemble
from amprep.assignment import Territories, assign, territories
from amprep.engines.serial import SerialEngine
from amprep.estimation.fold import estimate_build
from amprep.hatching.exposing import Exposed, expose
from amprep.kernels.scan_time import scan_statistics
from amprep.model.notice import Notice
from amprep.model.scan import LayerAreas, LayerPlan, ScanVectors
from amprep.slicing import PartCut, cut, plan_cuts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from amprep.engines import Engine
    from amprep.model.estimate import BuildEstimate
    from amprep.model.job import Job
    from amprep.model.layer import LayerStack

__all__ = ["LAYERS_PER_CHUNK", "Prepared", "Sink", "assemble", "prepare"]

#: Layers that a worker prepares at a time. A full 400 × 400 mm layer has some 160,000 vectors, so a chunk
#: stays below 100 MB; results do not depend on it.
LAYERS_PER_CHUNK = 16


class Sink(Protocol):
    """Receives the layers of a job, in order."""

    def write_layer(self, plan: LayerPlan) -> None:
        """Take one layer."""
        ...


@dataclass(frozen=True, slots=True)
class Prepared:
    """What `prepare` found out."""

    estimate: BuildEstimate
    notices: tuple[Notice, ...]
    timing_s: dict[str, float]
    """Seconds of work per step, added up over the workers."""


@dataclass(slots=True)
class _Chunk:
    plans: list[LayerPlan]
    overlapping: set[int] = field(default_factory=set)
    timing_s: dict[str, float] = field(default_factory=lambda: {"slice": 0.0, "hatch": 0.0, "assign": 0.0})


def prepare(
    job: Job,
    *,
    engine: Engine | None = None,
    sinks: Sequence[Sink] = (),
    on_layer: Callable[[int, int], None] = lambda _done, _total: None,
    layers_per_chunk: int = LAYERS_PER_CHUNK,
) -> Prepared:
    """Slice, hatch, assign and estimate a job, streaming its layers into the sinks.

    Parameters
    ----------
    engine : Engine, optional
        Where the work runs; default: the calling thread. The result is the same for every engine.
    sinks : sequence of Sink
        Each receives every layer, in order.
    on_layer : callable
        Told layers done and layers in all.

    """
    began = time.perf_counter()
    cuts = plan_cuts(job.parts, job.cut_heights_mm)
    shares = territories(job.machine)
    planning_s = time.perf_counter() - began
    count = job.layer_count
    stats = np.zeros((count, len(job.machine.lasers), 9))
    areas = np.zeros((count, 5))
    timing = {"slice": planning_s, "hatch": 0.0, "assign": 0.0, "estimate": 0.0, "write": 0.0}
    overlapping: set[int] = set()

    def work(begin: int) -> _Chunk:
        return _prepare_chunk(job, cuts, shares, begin, min(begin + layers_per_chunk, count))

    for chunk in (engine or SerialEngine()).map_ordered(work, range(0, count, layers_per_chunk)):
        overlapping |= chunk.overlapping
        for step, seconds in chunk.timing_s.items():
            timing[step] += seconds
        began = time.perf_counter()
        for plan in chunk.plans:
            stats[plan.index] = plan.scan_stats
            a = plan.areas
            areas[plan.index] = (
                a.sliced_mm2,
                a.hatched_mm2,
                a.contoured_mm2,
                a.lost_thin_mm2,
                a.lost_short_mm2,
            )
            for sink in sinks:
                sink.write_layer(plan)
            on_layer(plan.index + 1, count)
        timing["write"] += time.perf_counter() - began
    began = time.perf_counter()
    estimate = estimate_build(job, stats, areas)
    timing["estimate"] = time.perf_counter() - began
    notices = (*job.notices, *_overlap_notices(job, overlapping), *_lost_notices(job, areas))
    return Prepared(estimate, notices, timing)


def _prepare_chunk(job: Job, cuts: Sequence[PartCut], shares: Territories, begin: int, end: int) -> _Chunk:
    chunk = _Chunk([])
    clock = time.perf_counter()
    stacks = _cut_all(cuts, begin, end)
    chunk.timing_s["slice"] = time.perf_counter() - clock
    for index in range(begin, end):
        clock = time.perf_counter()
        exposed = [expose(stack.layer(index - begin), job.process, index) for stack in stacks]
        hatched = time.perf_counter()
        chunk.overlapping.update(part for part, one in enumerate(exposed) if one.bodies_overlap)
        chunk.plans.append(_plan_layer(job, shares, index, exposed))
        chunk.timing_s["hatch"] += hatched - clock
        chunk.timing_s["assign"] += time.perf_counter() - hatched
    return chunk


def _cut_all(cuts: Iterable[PartCut], begin: int, end: int) -> list[LayerStack]:
    """Stacks of all parts; what equal parts share is cut once."""
    at_origin: dict[int, LayerStack] = {}
    stacks = []
    for part_cut in cuts:
        key = id(part_cut.plan)
        if key not in at_origin:
            at_origin[key] = cut(PartCut(part_cut.plan, (0.0, 0.0)), begin, end)
        stacks.append(at_origin[key].shifted(*part_cut.shift_mm))
    return stacks


def _plan_layer(job: Job, shares: Territories, index: int, exposed: Sequence[Exposed]) -> LayerPlan:
    segments = np.concatenate([one.segments for one in exposed])
    region = np.concatenate([one.region for one in exposed])
    part = np.repeat(
        np.arange(len(exposed), dtype=np.uint16), np.array([len(one.segments) for one in exposed])
    )
    segments, laser, source = assign(segments, shares)
    if source is not None:
        region, part = region[source], part[source]
    return LayerPlan(
        index=index,
        top_mm=(index + 1) * job.layer_thickness_mm,
        thickness_mm=job.layer_thickness_mm,
        vectors=ScanVectors(segments, region, part, laser),
        areas=LayerAreas(
            *(sum(column) for column in zip(*(_row(one.areas) for one in exposed), strict=True))
        ),
        scan_stats=scan_statistics(
            segments, region, laser, len(job.machine.lasers), job.process.core.hatch_distance_mm.value
        ),
    )


def _row(areas: LayerAreas) -> tuple[float, ...]:
    return (
        areas.sliced_mm2,
        areas.hatched_mm2,
        areas.contoured_mm2,
        areas.lost_thin_mm2,
        areas.lost_short_mm2,
    )


def _overlap_notices(job: Job, overlapping: set[int]) -> list[Notice]:
    return [
        Notice("W214", "bodies of the part overlap and were merged", where=job.parts[part].name)
        for part in sorted(overlapping)
    ]


#: Lost area up to this share of the whole is not worth a warning; it stands in the summary all the same.
LOST_WORTH_TELLING = 1e-4


def _lost_notices(job: Job, areas: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> list[Notice]:
    lost = areas[:, 3] + areas[:, 4]
    sliced = float(areas[:, 0].sum())
    if sliced <= 0 or lost.sum() <= LOST_WORTH_TELLING * sliced:
        return []
    worst = int(np.argmax(lost))
    top = (worst + 1) * job.layer_thickness_mm
    share = 100 * float(lost.sum()) / sliced
    text = (
        f"{share:.3g} % of the cross-section is too thin or too pointed for the beam and is not exposed, "
        f"in {int((lost > 0).sum())} layers, most at z = {top:.2f} mm ({lost[worst]:.3g} mm²)"
    )
    values = {"z_mm": round(top, 4), "area_mm2": round(float(lost[worst]), 6), "share_pct": round(share, 4)}
    return [Notice("W212", text, values=values)]
