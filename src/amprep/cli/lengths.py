"""Lengths as people type them, ``40um``, ``0.04mm``, ``2in`` or a bare number, and what is made of them."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from amprep.errors import UsageError

if TYPE_CHECKING:
    from amprep.model.mending import Mending

__all__ = ["mending_of", "parse_length_mm"]

_MM_PER = {
    "um": 1e-3,
    "µm": 1e-3,
    "μm": 1e-3,
    "mm": 1.0,
    "cm": 10.0,
    "m": 1000.0,
    "in": 25.4,
    "inch": 25.4,
    '"': 25.4,
}
_LENGTH = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*([a-zA-Zµμ\"]*)\s*\Z")


def parse_length_mm(text: str, *, option: str) -> float:
    """`text` in mm; a bare number is mm.

    Raises
    ------
    UsageError
        E104 for anything that is no positive length.

    """
    match = _LENGTH.match(text)
    if match and match[2].lower() in {"", *_MM_PER}:
        value = float(match[1]) * _MM_PER.get(match[2].lower(), 1.0)
        if value > 0 and math.isfinite(value):
            return round(value, 12)
        if value <= 0:
            raise UsageError(
                f'"{text}": only lengths above 0 make sense here',
                code="E104",
                where=option,
                fix="for instance 40um or 0.04mm",
            )
    hint = "a decimal point, not a comma: 0.04mm" if "," in text else "for instance 40um or 0.04mm"
    raise UsageError(f'"{text}" is no length', code="E104", where=option, fix=hint)


def mending_of(crack_tolerance: str | None, *, fill_holes: bool) -> Mending:
    """How far meshes may be mended, as the options say.

    Raises
    ------
    UsageError
        E104 for a tolerance that is no length, or above 0.1 mm.

    """
    from amprep.model.mending import CRACK_TOLERANCE_MM, WIDEST_CRACK_MM, Mending

    tolerance_mm = CRACK_TOLERANCE_MM
    if crack_tolerance is not None:
        none = re.fullmatch(r"\s*0*(\.0*)?\s*(um|µm|μm|mm)?\s*", crack_tolerance) and "0" in crack_tolerance
        tolerance_mm = 0.0 if none else parse_length_mm(crack_tolerance, option="--crack-tolerance")
    if tolerance_mm > WIDEST_CRACK_MM:
        raise UsageError(
            f"a crack of {tolerance_mm * 1000:g} µm is a gap in the part",
            code="E104",
            where="--crack-tolerance",
            fix=f"{_in_micrometres(crack_tolerance)}0 to 100um; --fill-holes covers what is wider",
        )
    return Mending(tolerance_mm, fill_holes)


def _in_micrometres(text: str | None) -> str:
    """The hint that a bare number is mm."""
    bare = (text or "").strip()
    return f"{bare} µm is {bare}um; " if re.fullmatch(r"[\d.]+", bare) and float(bare) <= 100.0 else ""
