"""The material: densities, price, overhang angle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from amprep.model.provenance import GradedValue

__all__ = ["MaterialProfile"]


@dataclass(frozen=True, slots=True)
class MaterialProfile:
    """A powder and the solid it becomes."""

    id: str
    name: str
    aliases: tuple[str, ...]
    solid_density_g_cm3: GradedValue
    apparent_density_g_cm3: GradedValue
    tap_density_g_cm3: GradedValue
    price_eur_kg: GradedValue
    self_support_deg: GradedValue
    """Smallest angle between a surface and the platform that builds without support."""
    sieve_um: GradedValue | None
    path: str
    sha256: str
