"""Skins: the parts of a layer with no material above or below, and the rules that make them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from amprep.model.arrays import ArrayNoun

if TYPE_CHECKING:
    from amprep.model.layer import Contours

__all__ = ["SkinRule", "Skins"]


@dataclass(frozen=True, slots=True)
class SkinRule:
    """When a place of a layer is a skin."""

    layers: int
    """How many layers above, or below, are asked for material; 0: there are no such skins."""
    min_width_mm: float = 0.0
    """Narrower strips are no skin."""
    max_angle_deg: float = 90.0
    """Surfaces up to this angle from the horizontal are skins; 90: every place without material."""
    overlap_mm: float = 0.0
    """By how much the hatch of the skin reaches over its border into the core."""

    def __post_init__(self) -> None:
        for name, fits, wanted in (
            ("layers", self.layers >= 0, "0 or more"),
            ("min_width_mm", self.min_width_mm >= 0.0, "0 or more"),
            ("max_angle_deg", 0.0 < self.max_angle_deg <= 90.0, "more than 0, at most 90"),
            ("overlap_mm", self.overlap_mm >= 0.0, "0 or more"),
        ):
            if not fits:
                raise ValueError(f"{name} of a skin must be {wanted}, is {getattr(self, name)}")


@dataclass(frozen=True, slots=True, eq=False)
class Skins(ArrayNoun):
    """The skins of a part in one layer: clean loops that share no place; the core is the rest."""

    upskin: Contours
    downskin: Contours
