"""What lies around a part's cross-section, and how that divides it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from amprep.model.scan import Region
from amprep.model.skins import Skins
from amprep.polygons import NO_CONTOURS

if TYPE_CHECKING:
    from collections.abc import Callable

    from amprep.model.layer import Contours
    from amprep.polygons import ContourBand

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
    """

    band: tuple[Contours, tuple[Any, ...], ContourBand] | None = None
    tracks: tuple[ContourBand, tuple[Any, ...], Any] | None = None


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

    @property
    def main_region(self) -> Region:
        """Of what is no skin."""
        return Region.SUPPORT if self.is_support else Region.CORE


#: A part of which nothing more is known.
ALONE = Surroundings()
