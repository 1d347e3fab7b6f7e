"""The pictures that every job gets: its longest layer, the one that loses most, and time per layer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from amprep.model.estimate import ScanColumn
from amprep.model.scan import LOST, LayerAreas, LayerPlan
from amprep.output.summary import job_hash
from amprep.version import __version__

if TYPE_CHECKING:
    from amprep.model.job import Job, PlacedPart
    from amprep.model.layer import Contours
    from amprep.pipeline import Prepared

__all__ = ["lost_in_layer", "write_pictures"]


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
    return [f"plots/{name}.png" for name in (*layers, "layer-time")]


def _draw_layer(folder: Path, job: Job, prepared: Prepared, index: int, path: Path) -> None:
    from amprep.output.job_store import read_layer
    from amprep.pictures.layer import draw_layer
    from amprep.pictures.style import save

    estimate = prepared.estimate
    plan = LayerPlan(
        index=index,
        top_mm=float(estimate.top_mm[index]),
        thickness_mm=job.layer_thickness_mm,
        vectors=read_layer(folder, index),
        areas=LayerAreas(*(float(area) for area in estimate.areas_mm2[index])),
        scan_stats=np.zeros((len(job.machine.lasers), len(ScanColumn))),
    )
    layer = draw_layer(
        plan,
        busy_s=estimate.layer_times.busy_s[index].tolist(),
        layer_number=index + 1,
        layer_count=job.layer_count,
        lost=lost_in_layer(job, index) if plan.areas.lost_mm2 > 0 else [],
        part_bounds_mm=[_footprint(part) for part in job.parts],
        machine=job.machine,
        process=job.process,
        material=job.material,
        version=__version__,
        job_hash=job_hash(job),
    )
    save(layer, path)


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
