"""The way of a job, in the order of the process: read, check, place, slice, hatch, assign, estimate, write.

``assemble`` turns files and names into a `Job`; ``prepare`` turns a job into vectors, which it hands to
sinks layer by layer, and an estimate. Nothing here depends on where the work runs.
"""

from __future__ import annotations

import math
import time
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from amprep.assembling import assemble
from amprep.engines.baton import working
from amprep.engines.serial import SerialEngine
from amprep.errors import BuildError
from amprep.estimation.fold import estimate_build
from amprep.estimation.powder import powder_remarks
from amprep.layering import (
    IS_HATCH,
    PartLayers,
    Setting,
    cut_all,
    expose_part,
    halo,
    plan_layer,
    setting_of,
    supports_share_mm2,
)
from amprep.losses import (
    MOST_LOST_PLACES,
    LayerLosses,
    LostPlace,
    largest_places,
    lost_notices,
    places_of,
)
from amprep.model.estimate import ScanColumn
from amprep.model.notice import Notice
from amprep.model.scan import AREA_COLUMNS, LOST, NOT_FILTERED, FilterSums, LayerPlan
from amprep.model.timeline import SummedSmoke
from amprep.model.wording import measure_text
from amprep.slicing import BAND, PartCut, plan_cuts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Self

    from numpy.typing import NDArray

    from amprep.engines import Engine
    from amprep.hatching.exposing import Exposed
    from amprep.model.estimate import BuildEstimate
    from amprep.model.job import Job
    from amprep.model.timeline import SmokeSums

__all__ = [
    "LAYERS_PER_CHUNK",
    "ChunkSink",
    "ChunkWriter",
    "Prepared",
    "Sink",
    "assemble",
    "prepare",
]

_STEPS = ("slice", "hatch", "assign", "write", "estimate")

#: Layers that a worker prepares at a time, and writes as one shard; results do not depend on it.
LAYERS_PER_CHUNK = BAND


class Sink(Protocol):
    """Receives the layers of a job, in order, in the caller's thread."""

    def write_layer(self, plan: LayerPlan) -> None:
        """Take one layer."""
        ...


class ChunkWriter(Protocol):
    """Takes the layers of one chunk, in order, between ``with`` and its end, where they are made."""

    @property
    def record(self) -> Any:
        """What the sink must know of the chunk once it is closed; can be pickled."""
        ...

    def __enter__(self) -> Self:
        """Open the chunk."""
        ...

    def __exit__(self, *fault: object) -> None:
        """Close it."""
        ...

    def write(self, plan: LayerPlan) -> None:
        """Take one layer."""
        ...


class ChunkSink(Protocol):
    """Receives the layers of a job in the workers that make them; chunks come in any order."""

    def chunk(self, first_layer: int) -> ChunkWriter:
        """A writer for the chunk that begins at a layer; asked for in threads or other processes."""
        ...

    def collect(self, record: Any) -> None:
        """Take the record of a closed chunk; in the caller's thread, in the order of the layers."""
        ...


@dataclass(frozen=True, slots=True)
class Prepared:
    """What `prepare` found out."""

    estimate: BuildEstimate
    notices: tuple[Notice, ...]
    timing_s: dict[str, float]
    """Seconds of work per step, added up over the workers."""
    hatch_vectors: int
    contour_vectors: int
    lost_places: tuple[LostPlace, ...] = ()
    """The largest places that are too thin for a contour and for an edge, the largest first."""
    lost_place_count: int = 0
    jumps_saved_mm: float = 0.0
    """By how much the order of stripes and islands made jumps shorter."""
    filtered: FilterSums = NOT_FILTERED
    """What filters did."""


@dataclass(slots=True)
class _Chunk:
    """What comes back from a worker: small, unless sinks want the layers in order."""

    plans: list[LayerPlan]
    begin: int
    stats: NDArray[np.float64]
    areas: NDArray[np.float64]
    bounds: NDArray[np.float64]
    part_areas: NDArray[np.float64]
    losses: list[LayerLosses]
    vectors_of_part: NDArray[np.int64]
    contour_vectors: int = 0
    lost_places: list[LostPlace] = field(default_factory=list)
    lost_place_count: int = 0
    jumps_saved_mm: list[float] = field(default_factory=list)
    filtered: list[FilterSums] = field(default_factory=list)
    smoke: list[SmokeSums] = field(default_factory=list)
    overlapping: set[int] = field(default_factory=set)
    records: list[Any] = field(default_factory=list)
    sticking_out: set[int] = field(default_factory=set)
    timing_s: dict[str, float] = field(default_factory=lambda: dict.fromkeys(_STEPS, 0.0))

    def take(self, plan: LayerPlan, exposed: Sequence[Exposed]) -> None:
        """Note the sums of a layer."""
        row = plan.index - self.begin
        self.stats[row] = plan.scan_stats
        self.areas[row] = plan.areas.as_row()
        self.bounds[row] = plan.bound_s, plan.work_s
        self.part_areas += [one.areas.as_row() for one in exposed]
        for part, one in enumerate(exposed):
            if one.areas.lost_mm2 > 0.0:
                here = LayerLosses(1, one.areas.lost_mm2, plan.index)
                self.losses[part] = self.losses[part].and_later(here)
        self.vectors_of_part += np.bincount(plan.vectors.part, minlength=len(exposed))
        self.contour_vectors += int(np.count_nonzero(~IS_HATCH[plan.vectors.region]))
        self.overlapping.update(part for part, one in enumerate(exposed) if one.bodies_overlap)
        self.sticking_out.update(part for part, one in enumerate(exposed) if one.cavity_sticks_out)
        self.jumps_saved_mm += [one.jumps_saved_mm for one in exposed if one.jumps_saved_mm]
        self.filtered += [one.filtered for one in exposed if one.filtered != NOT_FILTERED]
        self.smoke += [] if plan.smoke is None else [plan.smoke]
        for part, one in enumerate(exposed):
            self.lost_place_count += len(one.lost_places)
            self.lost_places += places_of(part, plan.index, one.lost_places)
        if len(self.lost_places) > MOST_LOST_PLACES:
            self.lost_places = largest_places(self.lost_places, len(self.lost_places))


@dataclass(slots=True)
class _Totals:
    """What the chunks add up to."""

    stats: NDArray[np.float64]
    areas: NDArray[np.float64]
    bounds: NDArray[np.float64]
    part_areas: NDArray[np.float64]
    losses: list[LayerLosses]
    vectors_of_part: NDArray[np.int64]
    contour_vectors: int = 0
    lost_places: list[LostPlace] = field(default_factory=list)
    lost_place_count: int = 0
    jumps_saved_mm: list[float] = field(default_factory=list)
    filtered: FilterSums = NOT_FILTERED
    smoke: list[SmokeSums] = field(default_factory=list)
    overlapping: set[int] = field(default_factory=set)
    sticking_out: set[int] = field(default_factory=set)
    timing_s: dict[str, float] = field(default_factory=lambda: dict.fromkeys(_STEPS, 0.0))

    @classmethod
    def empty(cls, job: Job, setting: Setting) -> _Totals:
        columns = ScanColumn.MARKED + len(setting.motion.exposures)
        return cls(
            stats=np.zeros((job.layer_count, len(job.machine.lasers), columns)),
            areas=np.zeros((job.layer_count, AREA_COLUMNS)),
            bounds=np.zeros((job.layer_count, 2)),
            part_areas=np.zeros((len(job.parts), AREA_COLUMNS)),
            losses=[LayerLosses()] * len(job.parts),
            vectors_of_part=np.zeros(len(job.parts), dtype=np.int64),
        )

    def add(self, chunk: _Chunk) -> None:
        """Take the sums of the next chunk."""
        end = chunk.begin + len(chunk.stats)
        self.stats[chunk.begin : end], self.areas[chunk.begin : end] = chunk.stats, chunk.areas
        self.bounds[chunk.begin : end] = chunk.bounds
        self.part_areas += chunk.part_areas
        self.losses = [one.and_later(more) for one, more in zip(self.losses, chunk.losses, strict=True)]
        self.vectors_of_part += chunk.vectors_of_part
        self.contour_vectors += chunk.contour_vectors
        self.lost_places += chunk.lost_places
        self.lost_place_count += chunk.lost_place_count
        self.jumps_saved_mm += chunk.jumps_saved_mm
        self.filtered = sum(chunk.filtered, self.filtered)
        self.smoke += chunk.smoke
        self.overlapping |= chunk.overlapping
        self.sticking_out |= chunk.sticking_out
        for step, seconds in chunk.timing_s.items():
            self.timing_s[step] += seconds

    def _support_mm3(self, job: Job) -> float:
        """What is molten of supports alone; digits that the order of sums decides are left out."""
        rows = self.part_areas[[part.is_support for part in job.parts]]
        shared_mm2 = float(self.part_areas[:, 0].sum() - self.areas[:, 0].sum())
        alone_mm2 = float(rows[:, 0].sum() - rows[:, LOST].sum()) - shared_mm2
        return round(max(0.0, alone_mm2) * job.layer_thickness_mm, 6)

    def prepared(self, job: Job) -> Prepared:
        """The estimate and all that there is to tell."""
        began = time.perf_counter()
        estimate = estimate_build(job, self.stats, self.areas, self.bounds)
        estimate = replace(
            estimate,
            smoke=SummedSmoke.of(self.smoke) if self.smoke else estimate.smoke,
            support_mm3=self._support_mm3(job),
        )
        self.timing_s["estimate"] = time.perf_counter() - began
        notices = (
            *job.notices,
            *_overlap_notices(job, self.overlapping, self.sticking_out),
            *_volume_notices(job, self.areas, self.part_areas, self.overlapping),
            *lost_notices(job, self.part_areas, self.losses),
            *powder_remarks(estimate.powder, job.layer_thickness_mm),
        )
        return Prepared(
            estimate,
            notices,
            self.timing_s,
            hatch_vectors=int(self.vectors_of_part.sum()) - self.contour_vectors,
            contour_vectors=self.contour_vectors,
            lost_places=tuple(largest_places(self.lost_places, self.lost_place_count)),
            lost_place_count=self.lost_place_count,
            jumps_saved_mm=math.fsum(self.jumps_saved_mm),
            filtered=self.filtered,
        )


def prepare(
    job: Job,
    *,
    engine: Engine | None = None,
    sinks: Sequence[Sink] = (),
    chunk_sinks: Sequence[ChunkSink] = (),
    on_layer: Callable[[int, int], None] = lambda _done, _total: None,
    layers_per_chunk: int = LAYERS_PER_CHUNK,
) -> Prepared:
    """Slice, hatch, assign and estimate a job, streaming its layers into the sinks.

    Parameters
    ----------
    engine : Engine, optional
        Where the work runs; default: the calling thread. The result is the same for every engine.
    sinks : sequence of Sink
        Each receives every layer, in order, in the calling thread.
    chunk_sinks : sequence of ChunkSink
        Each receives every chunk, in the worker that made it, and then its record.
    on_layer : callable
        Told layers done and layers in all.

    Raises
    ------
    BuildError
        E408 when nothing of a part can be exposed.

    """
    began = time.perf_counter()
    engine = engine or SerialEngine()
    cuts = plan_cuts(job.parts, job.cut_heights_mm, engine=engine)
    setting = setting_of(job)
    count = job.layer_count
    totals = _Totals.empty(job, setting)
    totals.timing_s["slice"] = time.perf_counter() - began

    def work(begin: int) -> _Chunk:
        end = min(begin + layers_per_chunk, count)
        with working():
            return _prepare_chunk(job, cuts, setting, begin, end, chunk_sinks, keep=bool(sinks))

    for chunk in engine.map_apart(work, range(0, count, layers_per_chunk)):
        totals.add(chunk)
        began = time.perf_counter()
        for chunk_sink, record in zip(chunk_sinks, chunk.records, strict=True):
            chunk_sink.collect(record)
        for plan in chunk.plans:
            for sink in sinks:
                sink.write_layer(plan)
        totals.timing_s["write"] += time.perf_counter() - began
        for done in range(chunk.begin, chunk.begin + len(chunk.stats)):
            on_layer(done + 1, count)
    _require_exposed(job, totals.vectors_of_part, totals.part_areas)
    return totals.prepared(job)


def _require_exposed(job: Job, vectors_of_part: NDArray[np.int64], part_areas: NDArray[np.float64]) -> None:
    empty = np.flatnonzero(vectors_of_part == 0).tolist()
    if not empty:
        return
    names = [job.parts[i].name for i in empty[:5]]
    where = ", ".join(names) + (" …" if len(empty) > 5 else "")
    thin_mm2, short_mm2, _ = part_areas[empty[0], LOST].tolist()
    shortest_mm = job.parameter_sets.base_of(empty[0]).filters.shortest_vector_mm.value
    if short_mm2 > thin_mm2 and shortest_mm > 0.0:
        raise BuildError(
            "nothing of the part would be exposed: all its vectors are filtered out",
            code="E408",
            where=where,
            why=f"No vector is as long as filters.shortest_vector_mm = {shortest_mm:g} mm.",
            fix="set filters.shortest_vector_mm lower in the job file, or make stripes and islands larger",
        )
    thinnest_um = job.process.thinnest_wall_mm * 1000
    raise BuildError(
        "nothing of the part would be exposed: it is too thin everywhere",
        code="E408",
        where=where,
        why=f"A wall must be thicker than {thinnest_um:g} µm to get at least a single track.",
        fix="check the unit (--unit mm|inch|m), thicken the part, or set edge.min_width_mm or "
        "contour.beam_offset_mm in a job file",
    )


def _prepare_chunk(
    job: Job,
    cuts: Sequence[PartCut],
    setting: Setting,
    begin: int,
    end: int,
    chunk_sinks: Sequence[ChunkSink],
    *,
    keep: bool,
) -> _Chunk:
    """Prepare a range of layers, hand each to the chunk sinks, and keep it only where it is wanted later."""
    chunk = _Chunk(
        plans=[],
        begin=begin,
        stats=np.zeros(
            (end - begin, len(job.machine.lasers), ScanColumn.MARKED + len(setting.motion.exposures))
        ),
        areas=np.zeros((end - begin, AREA_COLUMNS)),
        bounds=np.zeros((end - begin, 2)),
        part_areas=np.zeros((len(job.parts), AREA_COLUMNS)),
        losses=[LayerLosses()] * len(job.parts),
        vectors_of_part=np.zeros(len(job.parts), dtype=np.int64),
    )
    clock = time.perf_counter()
    below, above = halo(job)
    first = max(0, begin - below)
    stacks = cut_all(cuts, first, min(end + above, job.layer_count))
    parts = [PartLayers(stack, first) for stack in stacks]
    chunk.timing_s["slice"] = time.perf_counter() - clock
    with ExitStack() as opened:
        writers = [opened.enter_context(sink.chunk(begin)) for sink in chunk_sinks]
        for index in range(begin, end):
            clock = time.perf_counter()
            exposed = [expose_part(job, part, index, layers) for part, layers in enumerate(parts)]
            hatched = time.perf_counter()
            shared_mm2 = supports_share_mm2(job, setting, index, parts)
            plan = plan_layer(job, setting, index, exposed, shared_mm2=shared_mm2)
            chunk.take(plan, exposed)
            assigned = time.perf_counter()
            for writer in writers:
                writer.write(plan)
            if keep:
                chunk.plans.append(plan)
            chunk.timing_s["hatch"] += hatched - clock
            chunk.timing_s["assign"] += assigned - hatched
            chunk.timing_s["write"] += time.perf_counter() - assigned
    chunk.records = [writer.record for writer in writers]
    return chunk


def _overlap_notices(job: Job, overlapping: set[int], sticking_out: set[int]) -> list[Notice]:
    """Remarks on bodies in each other, and on cavities that leave their body."""
    merged = "were merged" if not job.even_odd else "have no material in common (even-odd)"
    found = [
        Notice("W214", f"bodies of the part overlap and {merged}", where=job.parts[part].name)
        for part in sorted(overlapping)
    ]
    text = "a cavity sticks out of its body; what lies outside of the body is not exposed"
    found += [Notice("W274", text, where=job.parts[part].name) for part in sorted(sticking_out - overlapping)]
    return found


def _volume_notices(
    job: Job, areas: NDArray[np.float64], part_areas: NDArray[np.float64], overlapping: set[int]
) -> list[Notice]:
    """Remark where the layers of a part do not add up to the volume that its mesh encloses."""
    notices = []
    widest = float(areas[:, 0].max()) * job.layer_thickness_mm
    for i, part in enumerate(job.parts):
        sliced = float(part_areas[i, 0]) * job.layer_thickness_mm
        enclosed = part.volume_mm3
        # Rounding to whole layers may cost half a layer at the top and at every other flat face.
        if i not in overlapping and abs(sliced - enclosed) > 0.005 * enclosed + widest:
            layers, mesh = measure_text(sliced, 4), measure_text(enclosed, 4)
            text = f"its layers add up to {layers} mm³, its mesh encloses {mesh} mm³"
            notices.append(Notice("W219", text, where=part.name, values={"sliced_mm3": sliced}))
    return notices
