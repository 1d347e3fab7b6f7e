"""What lies around a part's cross-section, and how that divides it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from amprep.model.scan import Region
from amprep.model.skins import Skins
from amprep.polygons import NO_CONTOURS, is_empty, raw_inset

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from amprep.model.layer import Contours
    from amprep.polygons import ContourBand

    #: Points, (P, 2) float64 in mm, and loop offsets, (C + 1,) int64.
    _Curves = tuple[NDArray[np.float64], NDArray[np.int64]]

__all__ = ["ALONE", "Division", "LastLayer", "Surroundings", "undivided"]


@dataclass(frozen=True, slots=True, eq=False)
class Division:
    """A part's cross-section, divided by what lies above and below.

    region : Contours
        What is exposed, clean loops: less than the cross-section where z-compensation left something out.
    skins : Skins
    grown : Skins
        The skins with their overlap into the core, as raw curves.
    """

    region: Contours
    skins: Skins
    grown: Skins
    compensated_mm2: float = 0.0


def undivided(region: Contours) -> Division:
    """A cross-section without skins."""
    none = Skins(NO_CONTOURS, NO_CONTOURS)
    return Division(region, none, none)


@dataclass(slots=True, eq=False)
class LastLayer:
    """What was found of a part's layer, for the next one in case it is the same; for one thread.

    band : tuple of Contours, rule and ContourBand, or None
        The cross-section, what was asked of it, and what that gave.
    tracks : tuple of ContourBand, rule and tracks, or None
        Where single tracks run in a band, in no order.
    insets : tuple of Contours and dict, or None
        A region and its raw curves by distance and corners.
    doubted : dict
        Of these, by distance and corners: curves that seemed to enclose nothing; whether it was found out.
    """

    band: tuple[Contours, tuple[Any, ...], ContourBand] | None = None
    tracks: tuple[ContourBand, tuple[Any, ...], Any] | None = None
    insets: tuple[Contours, dict[tuple[float, str], _Curves]] | None = None
    doubted: dict[tuple[float, str], bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What lies around a part's cross-section, and what the part is."""

    divide: Callable[[Contours], Division] | None = None
    """Skins of the clean region; None where there are none."""
    is_support: bool = False
    anchor_mm: tuple[float, float] = (0.0, 0.0)
    """What patterns lie still on that are anchored to the part."""
    gas_flow_deg: float | None = None
    """Where the gas flows to, from +x; None where it does not matter."""
    last: LastLayer | None = None
    """Of the part; None where nothing is kept."""

    def inset(self, region: Contours, distance_mm: float, *, corners: str) -> _Curves:
        """As `amprep.polygons.raw_inset`; known for the very region of the layer before."""
        if self.last is None:
            return raw_inset(region, distance_mm, corners=corners)
        if self.last.insets is None or self.last.insets[0] is not region:
            self.last.insets = region, {}
            self.last.doubted.clear()
        known, key = self.last.insets[1], (distance_mm, corners)
        if key not in known:
            known[key] = raw_inset(region, distance_mm, corners=corners)
        elif not self.last.doubted.get(key, True):
            # Asked once, and only where the region is met again: it takes longer than a few scans.
            self.last.doubted[key] = True
            if is_empty(*known[key]):
                known[key] = NO_CONTOURS.points, NO_CONTOURS.offsets
        return known[key]

    def doubt(self, region: Contours, distance_mm: float, *, corners: str) -> None:
        """Say that curves of `inset` seem to enclose nothing; they are none from then on if that is so."""
        if self.last is not None and self.last.insets is not None and self.last.insets[0] is region:
            self.last.doubted.setdefault((distance_mm, corners), False)

    @property
    def main_region(self) -> Region:
        """Of what is no skin."""
        return Region.SUPPORT if self.is_support else Region.CORE


#: A part of which nothing more is known.
ALONE = Surroundings()
