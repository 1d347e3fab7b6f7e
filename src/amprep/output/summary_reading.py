"""Reads ``summary.json`` by what kinds of values it has where: a file that was changed since is told.

Keys that are not known are passed over, as a later amprep writes more; of known ones that are not there,
which an older amprep did not write, those are told that are asked for.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from amprep.model.provenance import Grade
from amprep.output.job_folder import damaged_folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["odd_value", "read_summary"]


class _Object(dict[str, Any]):
    """An object of the file; asked for what is not in it, it tells that the file was changed."""

    __slots__ = ("folder",)

    def __init__(self, folder: Path, content: dict[str, Any]) -> None:
        super().__init__(content)
        self.folder = folder

    def __missing__(self, key: str) -> Any:
        raise damaged_folder(self.folder, f"summary.json lacks {key}")


@dataclass(frozen=True, slots=True)
class _OrNull:
    shape: Any


# Of a shape, a type stands for itself, a set for its members, [one] for a list, [one, one] for a pair and a
# mapping for an object, where `...` stands for all other keys.
_NUMBER: Final = float
_WHOLE: Final = int
_PAIR: Final = [_NUMBER, _NUMBER]
_POINT: Final = [_NUMBER, _NUMBER, _NUMBER]
_GRADE: Final = frozenset(str(grade) for grade in Grade)
_TOTAL: Final = {"total": _NUMBER, "range": _PAIR}
_GRADED: Final = {"value": _NUMBER, "grade": _GRADE, "range": _PAIR}
_CONFLICT: Final = {
    "layer": _WHOLE,
    "upwind": _WHOLE,
    "downwind": _WHOLE,
    ...: _NUMBER,
}

_SUMMARY: Final[Mapping[Any, Any]] = {
    "name": str,
    "job_hash": str,
    "input": [
        {
            "name": str,
            "file": str,
            "unit": str,
            "unit_is_assumed": bool,
            "triangles": _WHOLE,
            "repairs": {...: _NUMBER},
            "watertight": bool,
            "size_mm": _POINT,
            "volume_mm3": _NUMBER,
            "position_mm": _POINT,
            "rotation_deg": _POINT,
        }
    ],
    "machine": str,
    "material": str,
    "process": str,
    "layer_thickness_mm": _NUMBER,
    "height_mm": _NUMBER,
    "built_height_mm": _NUMBER,
    "layers": _WHOLE,
    "vectors": _WHOLE,
    "hatch_mm": _NUMBER,
    "contour_mm": _NUMBER,
    "jump_mm": _NUMBER,
    "jumps_saved_mm": _NUMBER,
    "filters": {...: _NUMBER},
    "regions": {...: {"length_mm": _NUMBER}},
    "time_s": {
        **{f"{name}range": _PAIR for name in ("", "recoating_", "exposure_", "before_first_layer_")},
        **{f"{name}range": _PAIR for name in ("cooling_", "job_", "unpacking_")},
        ...: _NUMBER,
    },
    "lasers": [{"id": _WHOLE, "busy_s": _NUMBER, "utilisation_pct": _NUMBER}],
    "laser_balance": _OrNull({"strategy": str, "contours_by": str, ...: _NUMBER}),
    "smoke": _OrNull(
        {
            "layers_reordered": _WHOLE,
            "layers_with_conflict": _WHOLE,
            "pairs": [_CONFLICT],
            "worst": _OrNull(_CONFLICT),
            "order": str,
            "gas_flow_direction": {"value": str, "grade": _GRADE},
            "reach_mm": _GRADED,
            "half_width_mm": _GRADED,
            "half_angle_deg": _GRADED,
            ...: _NUMBER,
        }
    ),
    "rate_mm3_s": {
        "published_per_laser": _OrNull(_NUMBER),
        "published_all_lasers": _OrNull(_NUMBER),
        ...: _NUMBER,
    },
    "volume_mm3": _NUMBER,
    "mass_g": {"range": {...: _PAIR}, ...: _NUMBER},
    "refills": {"count": _WHOLE, "range": [_WHOLE, _WHOLE], "before_layers": [_WHOLE]},
    "energy_kwh": _TOTAL,
    "gas_m3": {"kind": str, **_TOTAL},
    "area_audit": {
        "layers_with_loss": _WHOLE,
        "lost_places": [{"part": str, "layer": _WHOLE, ...: _NUMBER}],
        "lost_places_in_all": _WHOLE,
        ...: _NUMBER,
    },
    "repairs": {"fill_holes": bool, ...: _NUMBER},
    "assumptions": {
        ...: [
            {
                "input": str,
                "value": _NUMBER,
                "unit": str,
                "grade": _GRADE,
                "range": _PAIR,
                "effect": _PAIR,
            }
        ]
    },
    "warnings": [{"code": str, "where": str, "text": str, "hint": str}],
    "outputs": [str],
    "cost_eur": {
        "range": {...: _PAIR},
        "parts": [{"name": str, "share": _NUMBER, "eur": _NUMBER}],
        "rates": {...: _GRADED},
        ...: _NUMBER,
    },
}


def read_summary(folder: Path) -> dict[str, Any]:
    """The document of a job folder; asked for a key that it lacks, it raises E302 too.

    Raises
    ------
    FileContentError
        E302 when it is missing, damaged, or has a value of another kind than amprep writes.

    """
    try:
        summary = json.loads(
            (folder / "summary.json").read_text(encoding="utf-8"),
            object_hook=lambda content: _Object(folder, content),
        )
    except (OSError, ValueError) as fault:
        raise damaged_folder(folder, "summary.json is missing or damaged") from fault
    if (place := odd_value(summary)) is not None:
        raise damaged_folder(folder, f"summary.json has at {place} what amprep does not write there")
    return summary  # type: ignore[no-any-return]


def odd_value(summary: object) -> str | None:
    """Where a summary has a value of another kind than amprep writes, as ``time_s.range[1]``; else None."""
    return _odd(summary, _SUMMARY, "")


def _odd(value: Any, shape: Any, place: str) -> str | None:
    if isinstance(shape, _OrNull):
        return None if value is None else _odd(value, shape.shape, place)
    inner: list[tuple[Any, Any, str]] = []
    if isinstance(shape, dict):
        fits = isinstance(value, dict)
        known = [key for key in value if key in shape or ... in shape] if fits else []
        inner = [(value[key], shape.get(key, shape.get(...)), f"{place}.{key}".lstrip(".")) for key in known]
    elif isinstance(shape, list):
        fits = isinstance(value, list) and len(shape) in (1, len(value))
        inner = [(one, shape[i % len(shape)], f"{place}[{i}]") for i, one in enumerate(value if fits else [])]
    elif shape is _NUMBER:
        fits = type(value) in (int, float) and math.isfinite(value)
    elif isinstance(shape, frozenset):
        fits = isinstance(value, str) and value in shape
    else:
        fits = type(value) is shape
    if not fits:
        return place or "all of it"
    return next((found for one in inner if (found := _odd(*one)) is not None), None)
