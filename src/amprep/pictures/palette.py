"""Colours of what a picture tells apart, chosen to be told apart by everybody; needs nothing to be loaded."""

from __future__ import annotations

from amprep.model.exposure import AGAIN
from amprep.model.scan import Region

__all__ = ["LOST", "REGIONS", "region_colour"]

#: Colour by the name of what is exposed.
REGIONS = {
    "core": "#56B4E9",
    "contour": "#000000",
    "upskin": "#F0B429",
    "downskin": "#B8400A",
    "edge": "#7A1FA2",
    "support": "#8A8A8A",
}

#: What is not exposed.
LOST = "#D55E00"

#: Regions that share a colour with another one: the contour of a skin is drawn as a contour of its colour.
_FAMILY = {
    Region.UPSKIN_CONTOUR: "upskin",
    Region.DOWNSKIN_CONTOUR: "downskin",
    Region.SUPPORT_CONTOUR: "support",
}


def region_colour(region: int) -> str:
    """Colour of a region, be it exposed for the first time or again."""
    once = Region(region % AGAIN)
    return REGIONS[_FAMILY.get(once, once.key)]
