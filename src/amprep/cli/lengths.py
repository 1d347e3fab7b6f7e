"""Lengths as people type them: ``40um``, ``0.04mm``, ``2in``, or a bare number."""

from __future__ import annotations

import math
import re

from amprep.errors import UsageError

__all__ = ["parse_length_mm"]

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
    hint = "a decimal point, not a comma: 0.04mm" if "," in text else "for instance 40um or 0.04mm"
    raise UsageError(f'"{text}" is no length', code="E104", where=option, fix=hint)
