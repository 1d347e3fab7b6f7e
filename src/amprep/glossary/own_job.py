"""What a term means in a job of one's own: a sentence with the figures of ``summary.json``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from amprep.languages import counted, words
from amprep.languages.numbers import duration_range_text, duration_text, number_text, short_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from amprep.glossary.terms import Term

__all__ = ["own_job_text"]

#: Once round a running track, in m.
_LAP_M = 400


def own_job_text(term: Term, summary: Mapping[str, Any], *, lang: str) -> str:
    """The sentence on a job for a term; empty where there is nothing to say.

    Parameters
    ----------
    term : Term
        An entry of the glossary.
    summary : mapping
        As in ``summary.json``.
    lang : str
        One of `amprep.languages.LANGUAGES`.

    """
    figures = _FIGURES.get(term.key)
    values = None if figures is None else figures(summary, lang)
    return "" if values is None else words("glossary", lang, f"{term.key}.job", **values)


def _length(length_mm: float, lang: str) -> str:
    if length_mm >= 1e6:
        return f"{number_text(length_mm / 1e6, lang, 1)} km"
    return f"{number_text(length_mm / 1000, lang, 0 if length_mm >= 1e5 else 1)} m"


def _mass(mass_g: float, lang: str) -> str:
    if mass_g >= 1000:
        return f"{number_text(mass_g / 1000, lang, 1)} kg"
    return f"{number_text(mass_g, lang, 0 if mass_g >= 100 else 1)} g"


def _ranged(text: Callable[[float, str], str], value: float, ends: list[float], lang: str) -> str:
    """A figure; with its range, which assumed values give it, in brackets."""
    shown = text(value, lang)
    low, high = (text(end, lang) for end in ends)
    if low == high:
        return shown
    between = words("common", lang, "range", low=low, high=high)
    return f"{shown} ({between}; {words('common', lang, 'assumed')})"


def _time(seconds: float, ends: list[float], lang: str) -> str:
    shown = duration_text(seconds, lang)
    if ends[0] == ends[1]:
        return shown
    low_s, high_s = ends
    return f"{shown} ({duration_range_text(low_s, high_s, lang)}; {words('common', lang, 'assumed')})"


def _marked_mm(summary: Mapping[str, Any]) -> float:
    return float(summary["hatch_mm"] + summary["contour_mm"])


def _share(part: float, whole: float, lang: str) -> str:
    return number_text(100 * part / whole if whole else 0.0, lang, 1)


def _layer(summary: Mapping[str, Any], lang: str) -> dict[str, str]:
    count = summary["layers"]
    return {
        "layers": counted("common", lang, "layers", count, number=number_text(count, lang)),
        "thickness": short_text(1000 * summary["layer_thickness_mm"], lang),
        "height": short_text(summary["built_height_mm"], lang, 2),
    }


def _vector(summary: Mapping[str, Any], lang: str) -> dict[str, str]:
    marked_mm = _marked_mm(summary)
    return {
        "length": _length(marked_mm, lang),
        "count": number_text(summary["vectors"], lang),
        "laps": number_text(marked_mm / 1000 / _LAP_M, lang, 1),
        "lap": str(_LAP_M),
    }


def _hatch(summary: Mapping[str, Any], lang: str) -> dict[str, str]:
    length_mm = summary["hatch_mm"]
    return {"length": _length(length_mm, lang), "percent": _share(length_mm, _marked_mm(summary), lang)}


def _contour(summary: Mapping[str, Any], lang: str) -> dict[str, str]:
    length_mm = summary["contour_mm"]
    return {"length": _length(length_mm, lang), "percent": _share(length_mm, _marked_mm(summary), lang)}


def _jump(summary: Mapping[str, Any], lang: str) -> dict[str, str]:
    length_mm = summary["jump_mm"]
    whole_mm = length_mm + _marked_mm(summary)
    return {"length": _length(length_mm, lang), "percent": _share(length_mm, whole_mm, lang)}


def _recoating(summary: Mapping[str, Any], lang: str) -> dict[str, str]:
    times = summary["time_s"]
    return {"time": _time(times["recoating"], times["recoating_range"], lang)}


def _exposure(summary: Mapping[str, Any], lang: str) -> dict[str, str]:
    times = summary["time_s"]
    return {"time": _time(times["exposure"], times["exposure_range"], lang)}


def _waiting(summary: Mapping[str, Any], lang: str) -> dict[str, str]:
    return {"time": duration_text(summary["time_s"]["wait"], lang)}


def _job_time(summary: Mapping[str, Any], lang: str) -> dict[str, str]:
    times = summary["time_s"]
    return {"time": _time(times["job"], times["job_range"], lang)}


def _charge(summary: Mapping[str, Any], lang: str) -> dict[str, str]:
    masses = summary["mass_g"]
    return {
        "mass": _ranged(_mass, masses["charge"], masses["range"]["charge"], lang),
        "part": _mass(masses["part"], lang),
    }


def _overflow(summary: Mapping[str, Any], lang: str) -> dict[str, str]:
    masses = summary["mass_g"]
    return {"mass": _ranged(_mass, masses["overflow"], masses["range"]["overflow"], lang)}


def _gas(summary: Mapping[str, Any], lang: str) -> dict[str, str]:
    gas = summary["gas_m3"]

    def volume(value: float, lang: str) -> str:
        return f"{number_text(value, lang, 1)} m³"

    return {"volume": _ranged(volume, gas["total"], gas["range"], lang)}


def _audit(summary: Mapping[str, Any], lang: str) -> dict[str, str]:
    areas = summary["area_audit"]
    percent = 100 * areas["lost_mm2"] / areas["sliced_mm2"] if areas["sliced_mm2"] else 0.0
    least = 0.001
    shown = number_text(max(percent, least), lang, 3)
    return {"percent": f"< {shown}" if 0 < percent < least else shown if percent else "0"}


def _balance(summary: Mapping[str, Any], lang: str) -> dict[str, str] | None:
    balance = summary.get("laser_balance")
    return None if balance is None else {"percent": number_text(balance["gap_median_pct"], lang, 1)}


_FIGURES: dict[str, Callable[[Mapping[str, Any], str], dict[str, str] | None]] = {
    "audit": _audit,
    "contour": _contour,
    "exposure": _exposure,
    "hatch": _hatch,
    "inert_gas": _gas,
    "job_time": _job_time,
    "jump": _jump,
    "laser_balancing": _balance,
    "layer": _layer,
    "minimum_layer_time": _waiting,
    "overflow": _overflow,
    "powder_charge": _charge,
    "recoating": _recoating,
    "vector": _vector,
}
