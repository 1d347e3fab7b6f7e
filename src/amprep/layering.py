"""One layer of a job: what of its parts is exposed how, by which laser, in which order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.assignment import Sharing, sharing_of
from amprep.estimation.motion import Motion, motion_of
from amprep.hatching.division import Division, LastLayer, Surroundings
from amprep.hatching.exposing import NOTHING, Exposed, expose
from amprep.hatching.ordering import downstream_first
from amprep.model.exposure import AGAIN
from amprep.model.scan import REGIONS, LayerAreas, LayerPlan, Region, ScanVectors
from amprep.model.skins import SkinRule, Skins
from amprep.regions import LayerScans, skins, with_overlap, without_lowest
from amprep.slicing import PartCut, cut, plan_cuts
from amprep.supports import shared_mm2, sharing_parts, without_shared
from amprep.timeline.lookout import Lookout, Strokes, lookout_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from amprep.model.exposure import SkinExposure
    from amprep.model.job import Job
    from amprep.model.layer import Contours, LayerStack
    from amprep.model.process import ProcessProfile

__all__ = [
    "IS_HATCH",
    "PartLayers",
    "Setting",
    "cut_all",
    "cut_parts",
    "expose_part",
    "halo",
    "plan_layer",
    "prepare_layer",
    "prepare_layer_parts",
    "setting_of",
    "supports_share_mm2",
]

#: Which regions are hatched, by number.
IS_HATCH = np.array([number % AGAIN in {r for r in Region if r.is_hatch} for number in range(REGIONS)])


@dataclass(frozen=True, slots=True)
class Setting:
    """What all layers share."""

    sharing: Sharing
    motion: Motion
    part_order: list[int]
    lookout: Lookout | None = None
    """None for one laser."""
    sharing_parts: tuple[int, ...] = ()
    """Supports that overlap others, as far as boxes tell, and those."""


def setting_of(job: Job) -> Setting:
    """What all layers of a job share."""
    motion = motion_of(job.machine, job.parameter_sets.processes)
    lookout = lookout_of(job.machine, motion, job.process)
    slowest_s = lookout.slowest_s if lookout else None
    sharing = sharing_of(job, motion.exposures, motion.long_jump_mm, slowest_s=slowest_s)
    return Setting(sharing, motion, _part_order(job), lookout, sharing_parts(job.parts))


def prepare_layer(job: Job, index: int) -> LayerPlan:
    """One layer alone, as `amprep.pipeline.prepare` makes it with all the others; `index` from 0.

    Raises
    ------
    IndexError
        When the job has no such layer.

    """
    return prepare_layer_parts(job, index)[0]


def prepare_layer_parts(job: Job, index: int) -> tuple[LayerPlan, list[Exposed]]:
    """As `prepare_layer`, with what each part of the layer is by itself."""
    setting, parts = setting_of(job), cut_parts(job, index)
    exposed = [expose_part(job, part, index, layers) for part, layers in enumerate(parts)]
    shared = supports_share_mm2(job, setting, index, parts)
    return plan_layer(job, setting, index, exposed, shared_mm2=shared), exposed


def cut_parts(job: Job, index: int) -> list[PartLayers]:
    """The parts cut in one layer and in those around it that matter.

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
    return [PartLayers(stack, first) for stack in cut_all(cuts, 0, stop - first)]


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
        below = max(below, int(process.downskin.layers.value) + _compensated_layers(process))
        above = max(above, int(process.upskin.layers.value))
    return below, above


class PartLayers:
    """Contours of a part in consecutive layers, and what is known of them while its layers are exposed."""

    def __init__(self, stack: LayerStack, first: int) -> None:
        """`stack` begins with layer `first`."""
        self._stack = stack
        self._first = first
        self._known: dict[int, Contours] = {}
        self._scans = LayerScans()
        self._last = LastLayer()
        self._rules: dict[int, tuple[ProcessProfile, SkinRule, SkinRule, int]] = {}

    def layer(self, index: int) -> Contours:
        """The contours of a layer, always the same object."""
        if index not in self._known:
            self._known[index] = self._stack.layer(index - self._first)
        return self._known[index]

    def _rules_of(self, process: ProcessProfile) -> tuple[SkinRule, SkinRule, int]:
        """When a place is upskin and downskin, and how many layers are left out above powder."""
        known = self._rules.get(id(process))
        if known is None:
            compensated, down = _compensated_layers(process), _skin_rule(process.downskin)
            # Above what was left out, the skin begins as many layers higher.
            down = replace(down, layers=down.layers + compensated) if down.layers else down
            # The process is kept so that its number stays its own.
            self._rules[id(process)] = known = (process, _skin_rule(process.upskin), down, compensated)
        return known[1:]

    def surroundings(self, job: Job, part: int, index: int) -> Surroundings:
        """What lies around a layer's contours; the layers of the `halo` must be in the stack."""
        process = job.parameter_sets.process(part, index)
        placed = job.parts[part]
        up, down, compensated = self._rules_of(process)
        last = self._first + len(self._stack)
        above = [self.layer(k) for k in range(index + 1, min(index + 1 + up.layers, last))]
        depth = max(down.layers, compensated)
        below = [self.layer(k) for k in range(index - 1, max(index - 1 - depth, -1), -1)]

        def divide(region: Contours) -> Division:
            known: Any = {"even_odd": job.even_odd, "on_platform": True, "scans": self._scans}
            left, removed_mm2 = region, 0.0
            if compensated:
                left, removed_mm2 = without_lowest(
                    region, below, layers=compensated, min_width_mm=down.min_width_mm, **known
                )
            found = skins(
                left,
                above,
                below,
                layer_thickness_mm=job.layer_thickness_mm,
                upskin=up,
                downskin=down,
                **known,
            )
            grown = Skins(
                with_overlap(found.upskin, up.overlap_mm), with_overlap(found.downskin, down.overlap_mm)
            )
            return Division(left, found, grown, removed_mm2)

        has_skins = not placed.is_support and (up.layers or depth)
        return Surroundings(
            divide=divide if has_skins else None,
            is_support=placed.is_support,
            anchor_mm=placed.position_mm[:2],
            gas_flow_deg=job.machine.gas_flow_deg,
            last=self._last,
        )


def expose_part(job: Job, part: int, index: int, layers: PartLayers) -> Exposed:
    """Expose one part in one layer."""
    contours = layers.layer(index)
    if not len(contours):
        return NOTHING
    return expose(
        contours,
        job.parameter_sets.process(part, index),
        index,
        even_odd=job.even_odd,
        around=layers.surroundings(job, part, index),
    )


def supports_share_mm2(job: Job, setting: Setting, index: int, parts: Sequence[PartLayers]) -> float:
    """What supports of a layer share with parts, or with each other."""
    if not setting.sharing_parts:
        return 0.0
    return shared_mm2([parts[i].layer(index) for i in setting.sharing_parts], even_odd=job.even_odd)


def _skin_rule(skin: SkinExposure) -> SkinRule:
    return SkinRule(
        int(skin.layers.value), skin.min_width_mm.value, skin.max_angle_deg.value, skin.overlap_mm.value
    )


def _compensated_layers(process: ProcessProfile) -> int:
    return round(process.downskin.z_compensation_mm.value / process.layer_thickness_mm)


def _part_order(job: Job) -> list[int]:
    """Supports first; then parts in the order that the process says."""
    order = list(range(len(job.parts)))
    if job.process.part_order.value == "against_gas":
        centres = np.array([part.position_mm[:2] for part in job.parts])
        order = downstream_first(centres, job.machine.gas_flow_deg).tolist()
    return sorted(order, key=lambda i: not job.parts[i].is_support)


def plan_layer(
    job: Job, setting: Setting, index: int, exposed: Sequence[Exposed], *, shared_mm2: float = 0.0
) -> LayerPlan:
    """Put the parts of a layer in order, give the vectors to the lasers and sum them up.

    `shared_mm2` is what `supports_share_mm2` found: the areas of the layer count it once.
    """
    order = [i for i in setting.part_order if len(exposed[i].segments)] or [0]
    segments = np.concatenate([exposed[i].segments for i in order])
    region = np.concatenate([exposed[i].region for i in order])
    lengths = np.array([len(exposed[i].segments) for i in order])
    part = np.repeat(np.array(order, dtype=np.uint16), lengths)
    sets = np.array([job.parameter_sets.number(i, index) for i in range(len(exposed))], dtype=np.uint16)
    exposure = sets[part] * np.uint16(REGIONS) + region
    assigned = setting.sharing.assign(index, segments, exposure, part)
    region, part, exposure = assigned.of_sources(region, part, exposure)
    segments, laser, smoke = assigned.segments, assigned.laser, None
    if setting.lookout is not None:
        seen = setting.lookout.look(index, Strokes(segments, laser, region, part, exposure))
        (segments, laser, region, part, exposure), smoke = seen.strokes, seen.sums
    areas = LayerAreas(*np.sum([one.areas.as_row() for one in exposed], axis=0).tolist())
    if shared_mm2:
        supports = [one.areas for part, one in zip(job.parts, exposed, strict=True) if part.is_support]
        areas = without_shared(areas, supports, shared_mm2)
    return LayerPlan(
        index=index,
        top_mm=(index + 1) * job.layer_thickness_mm,
        thickness_mm=job.layer_thickness_mm,
        vectors=ScanVectors(segments, region, part, laser),
        areas=areas,
        scan_stats=setting.motion.statistics(segments, laser=laser, exposure=exposure, part=part),
        bound_s=assigned.bound_s,
        work_s=assigned.work_s,
        smoke=smoke,
    )
