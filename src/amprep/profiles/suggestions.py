"""What the writer of a file may have meant: near names, words of other slicers, other units."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["SYNONYMS", "meant_key", "other_unit"]

#: Words of other slicers and everyday words, without unit, and our keys for them, most likely first.
SYNONYMS: dict[str, tuple[str, ...]] = {
    "angle": ("start_angle_deg", "rotation_deg"),
    "bulk_density": ("apparent_density_g_cm3",),
    "contours": ("contour",),
    "cost": ("price_eur_kg",),
    "density": ("solid_density_g_cm3",),
    "diameter": ("size_x_mm", "focus_diameter_mm"),
    "gas": ("inert_gas",),
    "gas_direction": ("gas_flow_direction",),
    "hatch": ("core", "hatch_distance_mm"),
    "hatch_angle": ("start_angle_deg",),
    "hatch_spacing": ("hatch_distance_mm",),
    "height": ("height_mm",),
    "increment_angle": ("rotation_deg",),
    "infill": ("core",),
    "jump_time": ("jump_delay_s",),
    "laser_speed": ("scan_speed_mm_s",),
    "laser_spot": ("focus_diameter_mm",),
    "layer_height": ("layer_thickness_mm",),
    "layer_thickness": ("layer_thickness_mm",),
    "line_spacing": ("hatch_distance_mm",),
    "mark_speed": ("scan_speed_mm_s",),
    "overhang_angle": ("self_support_deg",),
    "overlap": ("stripe_overlap_mm",),
    "power": ("laser_power_w", "power_w"),
    "price": ("price_eur_kg",),
    "rate": ("volume_rate_mm3_s",),
    "recoat_time": ("time_s",),
    "rotation": ("rotation_deg",),
    "rotation_angle": ("rotation_deg",),
    "shell": ("contour",),
    "skywriting": ("sky_writing",),
    "spacing": ("hatch_distance_mm",),
    "speed": ("scan_speed_mm_s", "max_scan_speed_mm_s"),
    "spot": ("focus_diameter_mm",),
    "stripe": ("stripe_width_mm",),
    "timelag": ("time_lag_s",),
    "velocity": ("scan_speed_mm_s",),
}

_UNIT_SUFFIXES = (
    *("_mm3_s", "_mm_s", "_m_s", "_g_cm3", "_eur_kg", "_mm", "_um", "_deg", "_pct", "_ms", "_cm", "_kw"),
    *("_s", "_w", "_c", "_g"),
)

#: Ending of a key: what a number that is too large, or too small, may be counted in, and the factor to ours.
_OTHER_UNITS: tuple[tuple[str, tuple[str, float] | None, tuple[str, float] | None], ...] = (
    ("_mm3_s", None, None),
    ("_mm_s", ("mm/min", 1 / 60), ("m/s", 1000.0)),
    ("_g_cm3", ("kg/m³", 0.001), None),
    ("_mm", ("µm", 0.001), ("m", 1000.0)),
    ("_um", ("nm", 0.001), ("mm", 1000.0)),
    ("_s", ("ms", 0.001), None),
    # Nobody counts the power of a laser that melts metal in mW.
    ("_w", None, ("kW", 1000.0)),
)


def meant_key(word: str, known: Sequence[str]) -> str:
    """The key of `known` that `word` probably stands for; empty when none is near.

    Synonyms come first (``spacing``, ``speed``, ``layer_height`` ...), then the same name with another unit
    or without one, then the nearest spelling.
    """
    bare = _without_unit(word.strip().lower().replace("-", "_").replace(" ", "_"))
    for key in SYNONYMS.get(bare, ()):
        if key in known:
            return key
    for key in known:
        if _without_unit(key) == bare:
            return key
    near = difflib.get_close_matches(word.lower(), known, n=1, cutoff=0.6)
    return near[0] if near else ""


def other_unit(key: str, value: float, low: float, high: float) -> str:
    """A hint such as ``90 µm is 0.09`` when another unit explains a `value` out of limits, else empty."""
    for suffix, when_large, when_small in _OTHER_UNITS:
        if key.endswith(suffix):
            guess = when_large if value > high else when_small
            if guess is None:
                return ""
            unit, factor = guess
            converted = value * factor
            return f"{value:g} {unit} is {converted:.6g}" if low <= converted <= high else ""
    return ""


def _without_unit(key: str) -> str:
    for suffix in _UNIT_SUFFIXES:
        if key.endswith(suffix) and len(key) > len(suffix):
            return key[: -len(suffix)]
    return key
