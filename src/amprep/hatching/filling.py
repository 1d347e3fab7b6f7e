"""The hatches of one part in one layer: each region with its own exposure, filtered and put in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from amprep.hatching.angles import Angles, scan_angle_deg
from amprep.hatching.filters import drop_short, fill_to_perimeter, merge_collinear
from amprep.hatching.ordering import minimise_jumps
from amprep.hatching.patterns import Pattern, lay_pattern, period_of
from amprep.model.layer import Contours
from amprep.model.scan import Region

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from amprep.hatching.division import Division, Surroundings
    from amprep.hatching.filters import Filtered
    from amprep.hatching.lines import WholeLines
    from amprep.model.exposure import HatchExposure
    from amprep.model.process import ProcessProfile

__all__ = ["FilledRegion", "Filling", "hatch_angle_deg"]


@dataclass(frozen=True, slots=True, eq=False)
class FilledRegion:
    """One region and its hatch.

    segments : (N, 4) float32, mm
        In firing order.
    lines : tuple of WholeLines
        Of all that is exposed, where they were asked for.
    """

    region: Region
    segments: NDArray[np.float32]
    lines: tuple[WholeLines, ...]
    hatched_mm2: float
    """What its lines stand for, without overlaps."""
    short_mm2: float
    """Lines that are too short to expose, or for the filter."""
    jumps_saved_mm: float
    short_vectors: int
    """Vectors that the filter dropped."""
    dropped_mm: float
    dropped_mm2: float
    """What the dropped vectors stood for."""
    filled_mm: float
    """By how much ends were drawn out to the contour."""
    filled_mm2: float
    merged_vectors: int
    """Vectors of concentric curves that were joined to the one before."""
    merged_mm: float
    """By how much that made them shorter."""

    @property
    def is_filtered(self) -> bool:
        """Whether any filter did anything."""
        return bool(self.short_vectors or self.filled_mm or self.merged_vectors)


def hatch_angle_deg(hatch: HatchExposure, layer_index: int, gas_flow_deg: float | None = None) -> float:
    """Direction of the scan vectors in a layer, from +x; it depends on the layer's index alone."""
    angles = Angles(
        hatch.start_angle_deg.value,
        hatch.rotation_deg.value,
        hatch.angles_deg.value,
        gas_flow_deg,
        hatch.gas_window_deg.value,
        period_of(hatch.pattern.value),
    )
    return scan_angle_deg(angles, layer_index)


@dataclass(frozen=True, slots=True)
class Filling:
    """What all regions of a part in a layer share."""

    process: ProcessProfile
    layer_index: int
    around: Surroundings
    region: Contours
    """All of what is exposed, clean loops."""
    paths: Sequence[Contours]
    """The contours, the outermost first."""
    keeps_lines: frozenset[Region] = frozenset()
    """Regions of which `FilledRegion.lines` are asked for."""

    def all_of(self, division: Division) -> list[FilledRegion]:
        """Each region that there is: what lies on powder first."""
        if self.around.is_support:
            return [self._of(Region.SUPPORT)]
        skins, grown = division.skins, division.grown
        up, down = skins.upskin, skins.downskin
        found = []
        if len(down):
            found.append(self._of(Region.DOWNSKIN, inside=grown.downskin, outside=(up,), proper=down))
        found.append(self._of(Region.CORE, outside=tuple(skin for skin in (up, down) if len(skin))))
        if len(up):
            found.append(self._of(Region.UPSKIN, inside=grown.upskin, outside=(down,), proper=up))
        return found

    def _of(
        self,
        region: Region,
        *,
        inside: Contours | None = None,
        outside: tuple[Contours, ...] = (),
        proper: Contours | None = None,
    ) -> FilledRegion:
        exposure, filters = self.process.hatch(region), self.process.filters
        raw, raw_offsets = self.around.inset(
            self.region, self.process.hatch_offset_mm(region), corners=self.process.contour.corners.value
        )
        pattern = self._pattern(exposure)
        hatch = lay_pattern(
            raw,
            raw_offsets,
            pattern,
            inside=inside,
            outside=outside,
            proper=proper,
            keeps_lines=region in self.keeps_lines,
        )
        distance_mm = exposure.hatch_distance_mm.value
        segments, blocks = hatch.segments, hatch.block_offsets
        hatched_mm, short_mm = hatch.line_mm - hatch.overlap_mm, hatch.short_mm
        dropped = merged = 0
        dropped_mm = filled_mm = saved_mm = merged_mm = 0.0
        if filters.fill_to_perimeter_mm.value > 0.0 and self.paths and len(segments):
            filled = self._filled(segments, blocks, Contours(raw, raw_offsets), pattern)
            segments, blocks, filled_mm = filled.segments, filled.block_offsets, filled.added_mm
        if filters.collinear_mm.value > 0.0 and exposure.pattern.value == "concentric" and len(segments):
            joined = merge_collinear(segments, tolerance_mm=filters.collinear_mm.value, block_offsets=blocks)
            segments, blocks, merged = joined.segments, joined.block_offsets, joined.count
            merged_mm = joined.taken_mm - joined.added_mm
        if filters.shortest_vector_mm.value > 0.0 and len(segments):
            left = drop_short(segments, shortest_mm=filters.shortest_vector_mm.value, block_offsets=blocks)
            segments, blocks = left.segments, left.block_offsets
            dropped, dropped_mm = left.count, left.taken_mm
        if exposure.cell_order.value == "shortest" and len(blocks) > 2:
            ordered = minimise_jumps(segments, blocks)
            segments, saved_mm = ordered.segments, ordered.gain_mm
        lost_mm = min(dropped_mm, hatched_mm + filled_mm)
        return FilledRegion(
            region,
            segments,
            hatch.whole,
            hatched_mm2=max(0.0, hatched_mm + filled_mm - lost_mm) * distance_mm,
            short_mm2=(short_mm + lost_mm) * distance_mm,
            jumps_saved_mm=saved_mm,
            short_vectors=dropped,
            dropped_mm=dropped_mm,
            dropped_mm2=lost_mm * distance_mm,
            filled_mm=filled_mm,
            filled_mm2=filled_mm * distance_mm,
            merged_vectors=merged,
            merged_mm=merged_mm,
        )

    def _filled(
        self, segments: NDArray[np.float32], blocks: NDArray[np.int64], border: Contours, pattern: Pattern
    ) -> Filtered:
        return fill_to_perimeter(
            segments,
            self.paths[-1],
            reach_mm=self.process.filters.fill_to_perimeter_mm.value,
            border=border,
            pattern=pattern,
            block_offsets=blocks,
        )

    def _pattern(self, exposure: HatchExposure) -> Pattern:
        gas = self.around.gas_flow_deg
        kind = exposure.pattern.value
        # However far: neither hexagons nor lines lie as before after some widths of an island.
        shift_mm = self.layer_index * exposure.cell_shift_mm.value
        return Pattern(
            kind,
            hatch_angle_deg(exposure, self.layer_index, gas),
            exposure.hatch_distance_mm.value,
            exposure.cell_mm,
            exposure.stripe_overlap_mm.value,
            (shift_mm, 0.0 if kind == "stripes" else shift_mm),
            self.around.anchor_mm if exposure.anchor.value == "part" else (0.0, 0.0),
            _order_direction_deg(exposure.cell_order.value, gas),
        )


def _order_direction_deg(order: str, gas_flow_deg: float | None) -> float | None:
    """What lines and cells follow each other against; None where they stay as scanned."""
    if gas_flow_deg is None or order not in {"against_gas", "along_gas"}:
        return None
    return gas_flow_deg if order == "against_gas" else gas_flow_deg + 180.0
