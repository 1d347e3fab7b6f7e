"""One layer of a job: what of its parts is exposed how, by which laser, in which order."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from amprep.assignment import Territories, assign, territories
from amprep.hatching.exposing import NOTHING, Exposed, Surroundings, expose
from amprep.kernels.scan_time import TURN_REACH, scan_statistics
from amprep.model.exposure import AGAIN
from amprep.model.scan import REGIONS, LayerAreas, LayerPlan, Region, ScanVectors
from amprep.slicing import PartCut, cut, plan_cuts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from amprep.model.job import Job
    from amprep.model.layer import LayerStack

__all__ = [
    "IS_HATCH",
    "Setting",
    "cut_all",
    "expose_part",
    "halo",
    "plan_layer",
    "prepare_layer",
    "setting_of",
]

#: Which regions are hatched, by number.
IS_HATCH = np.array([number % AGAIN in {r for r in Region if r.is_hatch} for number in range(REGIONS)])


@dataclass(frozen=True, slots=True)
class Setting:
    """What all layers share."""

    shares: Territories
    turn_reach_mm: NDArray[np.float64]
    part_order: list[int]


def setting_of(job: Job) -> Setting:
    """What all layers of a job share."""
    return Setting(territories(job.machine), _turn_reach_mm(job), _part_order(job))


def prepare_layer(job: Job, index: int) -> LayerPlan:
    """One layer alone, as `amprep.pipeline.prepare` makes it with all the others; `index` from 0.

    Raises
    ------
    IndexError
        When the job has no such layer.

    """
    if not 0 <= index < job.layer_count:
        raise IndexError(f"layer {index} of {job.layer_count}")
    below, above = halo(job)
    first, stop = max(0, index - below), min(index + above + 1, job.layer_count)
    cuts = plan_cuts(job.parts, job.cut_heights_mm[first:stop])
    stacks = cut_all(cuts, 0, stop - first)
    exposed = [expose_part(job, part, index, stack, first) for part, stack in enumerate(stacks)]
    return plan_layer(job, setting_of(job), index, exposed)


def cut_all(cuts: Iterable[PartCut], begin: int, end: int) -> list[LayerStack]:
    """Stacks of all parts; what equal parts share is cut once."""
    at_origin: dict[int, LayerStack] = {}
    stacks = []
    for part_cut in cuts:
        key = id(part_cut.plan)
        if key not in at_origin:
            at_origin[key] = cut(PartCut(part_cut.plan, (0.0, 0.0)), begin, end)
        stacks.append(at_origin[key].shifted(*part_cut.shift_mm))
    return stacks


def halo(job: Job) -> tuple[int, int]:
    """How many layers below and above a layer decide how it is exposed."""
    below = above = 0
    for process in job.parameter_sets.processes:
        compensated = round(process.downskin.z_compensation_mm.value / process.layer_thickness_mm)
        below = max(below, int(process.downskin.layers.value), compensated)
        above = max(above, int(process.upskin.layers.value))
    return below, above


def expose_part(job: Job, part: int, index: int, stack: LayerStack, first: int) -> Exposed:
    """Expose one part in one layer.

    Parameters
    ----------
    stack : LayerStack
        The part's contours from layer `first` on; the `halo` around the layer must be in it.

    """
    process = job.parameter_sets.process(part, index)
    placed = job.parts[part]
    contours = stack.layer(index - first)
    if not len(contours):
        return NOTHING
    reach = range(int(process.upskin.layers.value))
    above = [stack.layer(k) for j in reach if (k := index + 1 + j - first) < len(stack)]
    depth = max(
        int(process.downskin.layers.value),
        round(process.downskin.z_compensation_mm.value / process.layer_thickness_mm),
    )
    below = [stack.layer(k) for j in range(depth) if (k := index - 1 - j - first) >= 0]
    return expose(
        contours,
        process,
        index,
        even_odd=job.even_odd,
        around=Surroundings(
            above=above,
            below=below,
            is_support=placed.is_support,
            anchor_mm=placed.position_mm[:2],
            gas_flow_deg=job.machine.gas_flow_deg,
        ),
    )


def _turn_reach_mm(job: Job) -> NDArray[np.float64]:
    """(E,) mm: up to where the way to the next vector of an exposure is a turnaround; 0 for no hatch."""
    processes = job.parameter_sets.processes
    reach = np.zeros((len(processes), REGIONS))
    for number, process in enumerate(processes):
        for region in Region:
            if region.is_hatch:
                distance_mm = process.hatch(region).hatch_distance_mm.value
                reach[number, [region, region + AGAIN]] = TURN_REACH * distance_mm
    return reach.ravel()


def _part_order(job: Job) -> list[int]:
    """Supports first; then parts that lie downstream in the gas first, so that no smoke passes over what
    is yet to be exposed.
    """
    if job.process.part_order.value == "as_listed":
        way = [0.0] * len(job.parts)
    else:
        angle = math.radians(job.machine.gas_flow_deg)
        along = (round(math.cos(angle), 12), round(math.sin(angle), 12))
        way = [-(part.position_mm[0] * along[0] + part.position_mm[1] * along[1]) for part in job.parts]
    return sorted(range(len(job.parts)), key=lambda i: (not job.parts[i].is_support, way[i], i))


def plan_layer(job: Job, setting: Setting, index: int, exposed: Sequence[Exposed]) -> LayerPlan:
    """Put the parts of a layer in order, give the vectors to the lasers and sum them up."""
    order = [i for i in setting.part_order if len(exposed[i].segments)] or [0]
    segments = np.concatenate([exposed[i].segments for i in order])
    region = np.concatenate([exposed[i].region for i in order])
    lengths = np.array([len(exposed[i].segments) for i in order])
    part = np.repeat(np.array(order, dtype=np.uint16), lengths)
    sets = np.array([job.parameter_sets.number(i, index) for i in range(len(exposed))], dtype=np.uint16)
    segments, laser, source = assign(segments, setting.shares)
    if source is not None:
        region, part = region[source], part[source]
    return LayerPlan(
        index=index,
        top_mm=(index + 1) * job.layer_thickness_mm,
        thickness_mm=job.layer_thickness_mm,
        vectors=ScanVectors(segments, region, part, laser),
        areas=LayerAreas(*np.sum([one.areas.as_row() for one in exposed], axis=0).tolist()),
        scan_stats=scan_statistics(
            segments,
            laser,
            sets[part] * np.uint16(REGIONS) + region,
            len(job.machine.lasers),
            setting.turn_reach_mm,
        ),
    )
