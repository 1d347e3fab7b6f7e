"""The two pictures that every job gets: its longest layer, and time per layer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from amprep.model.estimate import ScanColumn
from amprep.model.scan import LayerAreas, LayerPlan
from amprep.output.job_store import read_layer
from amprep.output.summary import job_hash
from amprep.version import __version__

if TYPE_CHECKING:
    from amprep.model.job import Job, PlacedPart
    from amprep.pipeline import Prepared

__all__ = ["write_pictures"]


def write_pictures(folder: Path, job: Job, prepared: Prepared) -> list[str]:
    """Draw into ``plots/`` of a job folder whose vectors are written; returns the pictures' names."""
    from amprep.pictures.layer import draw_layer
    from amprep.pictures.layer_time import draw_layer_time
    from amprep.pictures.style import save

    plots = folder / "plots"
    plots.mkdir()
    estimate = prepared.estimate
    busy = estimate.layer_times.busy_s
    # The middle one of equally long layers shows more of a part than its first layer on the platform.
    longest = np.flatnonzero(busy.max(axis=1) >= 0.999 * busy.max())
    index = int(longest[len(longest) // 2])
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
        busy_s=busy[index].tolist(),
        layer_number=index + 1,
        layer_count=job.layer_count,
        part_bounds_mm=[_footprint(part) for part in job.parts],
        machine=job.machine,
        process=job.process,
        material=job.material,
        version=__version__,
        job_hash=job_hash(job),
    )
    save(layer, plots / "layer.png")
    layer_time = draw_layer_time(
        estimate,
        machine=job.machine,
        process=job.process,
        material=job.material,
        version=__version__,
        job_hash=job_hash(job),
    )
    save(layer_time, plots / "layer-time.png")
    return ["plots/layer.png", "plots/layer-time.png"]


def _footprint(part: PlacedPart) -> tuple[float, float, float, float]:
    (x0, y0, _), (x1, y1, _) = part.bounds_mm.tolist()
    return x0, y0, x1, y1
