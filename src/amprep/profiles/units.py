"""The unit of a key, which stands in its name."""

from __future__ import annotations

__all__ = ["unit_of", "with_unit"]

_UNITS: tuple[tuple[str, str], ...] = (
    ("_mm3_s", "mm³/s"),
    ("_mm_s2", "mm/s²"),
    ("_mm_s", "mm/s"),
    ("_cm3_h", "cm³/h"),
    ("_g_cm3", "g/cm³"),
    ("_eur_kg", "EUR/kg"),
    ("_l_min", "l/min"),
    ("_eur_kwh", "EUR/kWh"),
    ("_eur_m3", "EUR/m³"),
    ("_eur_h", "EUR/h"),
    ("_eur", "EUR"),
    ("_kwh", "kWh"),
    ("_deg", "°"),
    ("_pct", "%"),
    ("_kw", "kW"),
    ("_kg", "kg"),
    ("_m3", "m³"),
    ("_mm", "mm"),
    ("_um", "µm"),
    ("_c", "°C"),
    ("_s", "s"),
    ("_w", "W"),
    ("_h", "h"),
    ("_g", "g"),
    ("_l", "l"),
)


def with_unit(key: str) -> tuple[str, str]:
    """A key such as ``scan_speed_mm_s`` as words and unit: ``scan speed``, ``mm/s``."""
    for suffix, unit in _UNITS:
        if key.endswith(suffix):
            return key.removesuffix(suffix).replace("_", " "), unit
    return key.replace("_", " "), ""


def unit_of(key: str) -> str:
    """The unit of a key; empty where it is a count or a word."""
    return with_unit(key)[1]
