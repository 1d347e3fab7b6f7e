"""Colours of the page, on a light and on a dark ground; those on light are those of the pictures."""

from __future__ import annotations

from amprep.model.exposure import AGAIN
from amprep.model.scan import REGIONS, Region
from amprep.pictures.palette import REGIONS as ON_LIGHT

__all__ = ["FAMILIES", "PALETTES"]

#: Perceptually even (cividis and viridis), without their ends that vanish on the ground.
_SCALE_ON_LIGHT = ["#440154", "#3B528B", "#21918C", "#3FA45B", "#A0A817"]
_SCALE_ON_DARK = ["#5B6FD6", "#2FA0C0", "#35C08A", "#A5DB36", "#FDE725"]

#: What the canvases are drawn with; names as the scripts use them.
PALETTES: dict[str, dict[str, object]] = {
    "light": {
        "outside": "#EDF0F3",
        "ground": "#FFFFFF",
        "grid": "#EEEEEE",
        "overlap": "#F1F1F1",
        "overlapLine": "#D2D2D2",
        "field": "#8A8A8A",
        "plate": "#595959",
        "ghost": "#B9BEC4",
        "ink": "#111111",
        "soft": "#595959",
        "chip": "rgba(255,255,255,0.92)",
        "accent": "#0B5CAD",
        "mark": "#B8400A",
        "recoating": "#C4C4C4",
        "exposing": "#56B4E9",
        "waiting": "#F0B429",
        "regions": ON_LIGHT,
        "lasers": ["#004488", "#DDAA33", "#BB5566", "#66CCEE"],
        "scale": _SCALE_ON_LIGHT,
    },
    "dark": {
        "outside": "#0E1116",
        "ground": "#171B22",
        "grid": "#222831",
        "overlap": "#1F252E",
        "overlapLine": "#37404C",
        "field": "#8A93A0",
        "plate": "#A9B1BC",
        "ghost": "#4A5360",
        "ink": "#F2F4F7",
        "soft": "#B3BAC4",
        "chip": "rgba(23,27,34,0.92)",
        "accent": "#6CB6FF",
        "mark": "#FF8A4C",
        "recoating": "#6B7480",
        "exposing": "#56B4E9",
        "waiting": "#F0B429",
        "regions": {
            "core": "#56B4E9",
            "contour": "#FFFFFF",
            "upskin": "#F0B429",
            "downskin": "#E8622C",
            "edge": "#C58AF0",
            "support": "#9AA3AE",
        },
        "lasers": ["#4D94FF", "#E6BC4A", "#E07A8B", "#7FE0FF"],
        "scale": _SCALE_ON_DARK,
    },
}

_KIN = {"upskin_contour": "upskin", "downskin_contour": "downskin", "support_contour": "support"}


def _family(region: int) -> str:
    once = region % AGAIN
    key = Region(once).key if once < len(Region) else "core"
    return _KIN.get(key, key)


#: Per number of a region the key of its colour.
FAMILIES = [_family(region) for region in range(REGIONS)]
