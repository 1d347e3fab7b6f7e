"""What of the parts is not exposed: the places that no beam reaches, and what there is to say of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from amprep.model.notice import Notice
from amprep.model.scan import LOST
from amprep.model.wording import measure_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from amprep.model.job import Job

__all__ = [
    "MOST_LOST_PLACES",
    "LayerLosses",
    "LostPlace",
    "largest_places",
    "layer_lost_notices",
    "lost_notices",
    "places_of",
]

#: Lost places that are listed one by one.
MOST_LOST_PLACES = 50

#: Places this near to each other are one wall; so many of its layers are listed where not all places are.
_WALL_MM = 0.5
_MOST_OF_A_WALL = 10

#: Lost area up to this share of a part, and lost volume up to this, is not worth a warning; it stands in the
#: summary all the same.
LOST_WORTH_TELLING = 1e-4
LOST_WORTH_TELLING_MM3 = 0.5


@dataclass(frozen=True, slots=True)
class LostPlace:
    """A place that no beam reaches."""

    part: int
    layer: int
    """From 0."""
    x_mm: float
    y_mm: float
    area_mm2: float
    width_mm: float
    """Mean width."""

    def as_dict(self, job: Job) -> dict[str, Any]:
        """The place as an entry of ``lost_places`` in JSON documents."""
        return {
            "part": job.parts[self.part].name,
            "layer": self.layer + 1,
            "top_mm": round((self.layer + 1) * job.layer_thickness_mm, 6),
            "x_mm": round(self.x_mm, 4),
            "y_mm": round(self.y_mm, 4),
            "area_mm2": self.area_mm2,
            "width_mm": self.width_mm,
        }


@dataclass(frozen=True, slots=True)
class LayerLosses:
    """In how many layers a part loses area, and in which one most."""

    layers: int = 0
    most_mm2: float = 0.0
    layer: int = 0
    """Index of the layer that loses most, from 0; of equal ones the first."""

    def and_later(self, other: LayerLosses) -> LayerLosses:
        """With those of layers above."""
        most = other if other.most_mm2 > self.most_mm2 else self
        return LayerLosses(self.layers + other.layers, most.most_mm2, most.layer)


def places_of(part: int, layer: int, rows: NDArray[np.float64]) -> list[LostPlace]:
    """The largest places of a part in a layer; `rows` as `amprep.hatching.exposing.Exposed.lost_places`."""
    return [LostPlace(part, layer, *row) for row in rows[:MOST_LOST_PLACES].tolist()]


def largest_places(places: list[LostPlace], in_all: int) -> list[LostPlace]:
    """The largest places, the largest first; of equal ones the first.

    Where there are more than are listed, one wall in many layers must not hide all others. What remains does
    not depend on how often some of the places were sorted out before.
    """
    order = sorted(places, key=lambda one: (-one.area_mm2, one.layer, one.part, one.x_mm, one.y_mm))
    if in_all <= MOST_LOST_PLACES:
        return order
    kept = []
    above: Counter[tuple[int, int, int]] = Counter()
    for one in order:
        where = (one.part, round(one.x_mm / _WALL_MM), round(one.y_mm / _WALL_MM))
        above[where] += 1
        if above[where] <= _MOST_OF_A_WALL:
            kept.append(one)
    return kept[:MOST_LOST_PLACES]


def lost_notices(job: Job, part_areas: NDArray[np.float64], losses: Sequence[LayerLosses]) -> list[Notice]:
    """W212 for each part of which more than next to nothing is lost.

    part_areas : (P, AREA_COLUMNS) float64, mm²
        Of each part over all layers, as `amprep.model.scan.LayerAreas.as_row`.
    losses : sequence of LayerLosses
        Of each part.
    """
    tops_mm = [(one.layer + 1) * job.layer_thickness_mm for one in losses]
    notices = []
    for number, share, volume, causes, values in _worth_telling(job, part_areas, tops_mm):
        layers, top = losses[number].layers, tops_mm[number]
        percent, lost = measure_text(100 * share), measure_text(volume)
        text = (
            f"{percent} % of it ({lost} mm³) is not exposed: {', '.join(causes)}; "
            f"in {layers} layer{'s' if layers > 1 else ''}, most at z = {top:.2f} mm"
        )
        part = job.parts[number].name
        notices.append(Notice("W212", text, where=part, values=values))
    return notices


def layer_lost_notices(job: Job, index: int, part_areas: NDArray[np.float64]) -> list[Notice]:
    """The same for one layer alone; `part_areas` of that layer, `index` from 0."""
    notices = []
    tops_mm = [(index + 1) * job.layer_thickness_mm] * len(job.parts)
    for number, share, volume, causes, values in _worth_telling(job, part_areas, tops_mm):
        percent, lost = measure_text(100 * share), measure_text(volume)
        text = f"{percent} % of it ({lost} mm³) is not exposed in this layer: {', '.join(causes)}"
        notices.append(Notice("W212", text, where=job.parts[number].name, values=values))
    return notices


def _worth_telling(
    job: Job, part_areas: NDArray[np.float64], tops_mm: Sequence[float]
) -> Iterator[tuple[int, float, float, list[str], dict[str, float]]]:
    """Parts of which more than next to nothing is lost: number, share, volume in mm³, causes, and values."""
    for number, (sums, top_mm) in enumerate(zip(part_areas, tops_mm, strict=True)):
        share, volume = _share_and_volume(job, sums)
        if share > LOST_WORTH_TELLING or volume > LOST_WORTH_TELLING_MM3:
            values = {
                "z_mm": round(top_mm, 4),
                "volume_mm3": round(volume, 6),
                "share_pct": round(100 * share, 4),
            }
            yield number, share, volume, _causes(sums), values


def _share_and_volume(job: Job, sums: NDArray[np.float64]) -> tuple[float, float]:
    """What is lost of the sliced area, and how many mm³ that is."""
    lost = float(sums[LOST].sum())
    return lost / float(sums[0]) if sums[0] else 0.0, lost * job.layer_thickness_mm


def _causes(sums: NDArray[np.float64]) -> list[str]:
    """Why area is lost: what takes most comes first, what takes next to nothing is in the summary."""
    named = {
        "too thin, too pointed or too short for a track": sums[LOST][0],
        "in vectors that are too short": sums[LOST][1],
        "between hatch lines": sums[LOST][2],
    }
    return [
        name for name, mm2 in sorted(named.items(), key=lambda one: -one[1]) if mm2 > 0.01 * sums[LOST].sum()
    ]
