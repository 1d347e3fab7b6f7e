"""What pictures of single layers of a job need: which layer, what of it is lost, who does what when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.errors import AmprepError
from amprep.model.exposure import AGAIN
from amprep.model.scan import Region
from amprep.pictures.gantt_rows import rows_of_vectors
from amprep.pictures.texts import text

if TYPE_CHECKING:
    from amprep.model.job import Job
    from amprep.model.layer import Contours
    from amprep.model.scan import LayerPlan
    from amprep.pictures.gantt_rows import GanttRows
    from amprep.pictures.kinds import Choice
    from amprep.runs import Run

__all__ = [
    "bound_s",
    "chosen_layer",
    "gantt_rows",
    "lost_in_layer",
    "lost_of_run",
    "missing_layers",
    "said_of_layer",
]


def chosen_layer(run: Run, choice: Choice | None) -> int:
    """Index of the layer to draw: the one that was asked for, else the one that is exposed longest."""
    return run.longest_layer if choice is None or choice.layer_index is None else choice.layer_index


def missing_layers(run: Run, lang: str) -> str:
    """Words for a job without layers."""
    return "" if run.layer_count else text(lang, "missing_layers")


def said_of_layer(run: Run, index: int, *, lang: str, profile: str) -> dict[str, Any]:
    """What every picture of a layer says of it and of the job."""
    return {
        "layer_number": index + 1,
        "layer_count": run.layer_count,
        "machine": run.machine,
        "process": run.process,
        "material": run.material,
        "version": run.version,
        "job_hash": run.job_hash,
        "profile": profile,
        "lang": lang,
    }


def gantt_rows(run: Run, plan: LayerPlan) -> GanttRows:
    """What each laser does when in a layer, as the time model has it."""
    vectors = plan.vectors
    times = run.vector_times(plan.index, vectors)
    return rows_of_vectors(
        lasers=run.lasers,
        laser=vectors.laser,
        is_hatch=np.isin(vectors.region % AGAIN, [region for region in Region if region.is_hatch]),
        part=vectors.part,
        way_s=times.way_s,
        marking_s=times.marking_s,
        part_names=run.part_names,
    )


def bound_s(run: Run, index: int) -> float | None:
    """What the slowest laser of a layer takes at least; None where the parts are not at hand."""
    from amprep.layering import prepare_layer

    try:
        return prepare_layer(run.job, index).bound_s or None
    except AmprepError:
        return None


def lost_of_run(run: Run, index: int) -> list[Contours] | None:
    """What of each part a layer does not expose; None where the parts are not at hand."""
    if run.estimate.areas_mm2[index, 3:6].sum() <= 0.0:
        return []
    try:
        return lost_in_layer(run.job, index)
    except AmprepError:
        return None


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
