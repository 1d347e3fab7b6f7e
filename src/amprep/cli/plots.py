"""The pictures that every job gets: its longest layer, the one that loses most, and time per layer.

With several lasers also who exposes what in the longest layer, and when.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.model.estimate import ScanColumn
from amprep.model.exposure import AGAIN
from amprep.model.scan import LOST, REGIONS, LayerAreas, LayerPlan, Region
from amprep.output.summary import job_hash
from amprep.version import __version__

if TYPE_CHECKING:
    from amprep.model.job import Job, PlacedPart
    from amprep.model.layer import Contours
    from amprep.pictures.gantt_rows import GanttRows
    from amprep.pipeline import Prepared

__all__ = ["gantt_rows", "lost_in_layer", "write_pictures"]


def write_pictures(folder: Path, job: Job, prepared: Prepared) -> list[str]:
    """Draw into ``plots/`` of a job folder whose vectors are written; returns the pictures' names."""
    from amprep.pictures.layer_time import draw_layer_time
    from amprep.pictures.style import save

    plots = folder / "plots"
    plots.mkdir()
    estimate = prepared.estimate
    busy = estimate.layer_times.busy_s
    # The middle one of equally long layers shows more of a part than its first layer on the platform.
    longest = np.flatnonzero(busy.max(axis=1) >= 0.999 * busy.max())
    layers = {"layer": int(longest[len(longest) // 2])}
    if any(notice.code == "W212" for notice in prepared.notices):
        worst = int(estimate.areas_mm2[:, LOST].sum(axis=1).argmax())
        if worst != layers["layer"]:
            layers["layer-lost"] = worst
    for name, index in layers.items():
        _draw_layer(folder, job, prepared, index, plots / f"{name}.png")
    layer_time = draw_layer_time(
        estimate,
        machine=job.machine,
        process=job.process,
        material=job.material,
        version=__version__,
        job_hash=job_hash(job),
    )
    save(layer_time, plots / "layer-time.png")
    names = [*layers, "layer-time"]
    if len(job.machine.lasers) > 1:
        _draw_lasers(folder, job, prepared, layers["layer"])
        names += ["laser-map", "gantt"]
    return [f"plots/{name}.png" for name in names]


def _draw_layer(folder: Path, job: Job, prepared: Prepared, index: int, path: Path) -> None:
    from amprep.pictures.layer import draw_layer
    from amprep.pictures.style import save

    plan = _plan(folder, job, prepared, index)
    layer = draw_layer(
        plan,
        busy_s=prepared.estimate.layer_times.busy_s[index].tolist(),
        lost=lost_in_layer(job, index) if plan.areas.lost_mm2 > 0 else [],
        part_bounds_mm=[_footprint(part) for part in job.parts],
        **_said(job, index),
    )
    save(layer, path)


def _draw_lasers(folder: Path, job: Job, prepared: Prepared, index: int) -> None:
    """Who exposes what in a layer, and when."""
    from amprep.layering import prepare_layer
    from amprep.pictures.gantt import draw_gantt
    from amprep.pictures.laser_map import draw_laser_map
    from amprep.pictures.style import save

    plan = _plan(folder, job, prepared, index)
    times = prepared.estimate.layer_times
    laser_map = draw_laser_map(plan, busy_s=times.busy_s[index].tolist(), **_said(job, index))
    save(laser_map, folder / "plots" / "laser-map.png")
    gantt = draw_gantt(
        gantt_rows(job, plan),
        recoating_s=float(times.recoating_s[index]),
        wait_s=float(times.wait_s[index]),
        bound_s=prepare_layer(job, index).bound_s or None,
        is_uncalibrated=any(one.grade.is_unconfirmed for one in prepared.estimate.time_assumptions),
        **_said(job, index),
    )
    save(gantt, folder / "plots" / "gantt.png")


def gantt_rows(job: Job, plan: LayerPlan) -> GanttRows:
    """What each laser does when in a layer, as the time model has it."""
    from amprep.estimation.motion import motion_of
    from amprep.estimation.time import time_model
    from amprep.estimation.vector_times import vector_times
    from amprep.pictures.gantt_rows import rows_of_vectors

    vectors = plan.vectors
    sets = job.parameter_sets
    of_parts = np.array([sets.number(part, plan.index) for part in range(len(job.parts))], dtype=np.uint16)
    nothing_marked = np.zeros((1, 1, len(ScanColumn)))
    times = vector_times(
        motion_of(job.machine, sets.processes),
        time_model(job.machine, sets.processes, nothing_marked).values(),
        vectors.segments,
        laser=vectors.laser,
        exposure=of_parts[vectors.part] * np.uint16(REGIONS) + vectors.region,
        part=vectors.part,
    )
    return rows_of_vectors(
        lasers=len(job.machine.lasers),
        laser=vectors.laser,
        is_hatch=np.isin(vectors.region % AGAIN, [region for region in Region if region.is_hatch]),
        part=vectors.part,
        way_s=times.way_s,
        marking_s=times.marking_s,
        part_names=[part.name for part in job.parts],
    )


def _plan(folder: Path, job: Job, prepared: Prepared, index: int) -> LayerPlan:
    """A layer as it was written."""
    from amprep.output.job_store import read_layer

    estimate = prepared.estimate
    return LayerPlan(
        index=index,
        top_mm=float(estimate.top_mm[index]),
        thickness_mm=job.layer_thickness_mm,
        vectors=read_layer(folder, index),
        areas=LayerAreas(*(float(area) for area in estimate.areas_mm2[index])),
        scan_stats=np.zeros((len(job.machine.lasers), len(ScanColumn))),
    )


def _said(job: Job, index: int) -> dict[str, Any]:
    """What every picture of a layer says of it and of the job."""
    return {
        "layer_number": index + 1,
        "layer_count": job.layer_count,
        "machine": job.machine,
        "process": job.process,
        "material": job.material,
        "version": __version__,
        "job_hash": job_hash(job),
    }


def lost_in_layer(job: Job, index: int) -> list[Contours]:
    """What of each part the layer does not expose; the layer is cut again, as vectors do not show it."""
    from amprep.hatching.exposing import lost_regions
    from amprep.layering import cut_parts

    return [
        lost_regions(
            layers.layer(index),
            job.parameter_sets.process(part, index),
            index,
            even_odd=job.even_odd,
            around=layers.surroundings(job, part, index),
        )
        for part, layers in enumerate(cut_parts(job, index))
    ]


def _footprint(part: PlacedPart) -> tuple[float, float, float, float]:
    (x0, y0, _), (x1, y1, _) = part.bounds_mm.tolist()
    return x0, y0, x1, y1
