"""What things cost, and what a job costs; in EUR."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from amprep.model.estimate import Assumption, Ranged
    from amprep.model.provenance import GradedValue

__all__ = ["ANY", "Cost", "PartCost", "Rates"]

ANY = "default"
"""Key of a table of rates that holds where no other does."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Prices and hours; tables are by id of machine or material, or by kind of gas, or `ANY`."""

    machine_eur_h: Mapping[str, GradedValue]
    powder_eur_kg: Mapping[str, GradedValue]
    """Where a material is missing, the price in its profile holds."""
    gas_eur_m3: Mapping[str, GradedValue]
    platform_eur: Mapping[str, GradedValue]
    """Per job: resurfacing and wear, by machine."""
    energy_eur_kwh: GradedValue
    labour_eur_h: GradedValue
    set_up_per_job_h: GradedValue
    set_up_per_part_h: GradedValue
    finishing_per_job_h: GradedValue
    finishing_per_part_h: GradedValue
    path: str
    """The file it came from; the shipped one where none was named."""
    sha256: str


@dataclass(frozen=True, slots=True)
class PartCost:
    """A part's share in the cost of a job."""

    name: str
    share: float
    """Of the job's cost; all shares add up to 1."""
    eur: Ranged


@dataclass(frozen=True, slots=True)
class Cost:
    """Cost of a job; the items add up to the total, the parts too."""

    machine_eur: Ranged
    """From inerting to the end of cooling."""
    powder_eur: Ranged
    """What the job uses up: parts, losses, retired powder."""
    gas_eur: Ranged
    energy_eur: Ranged
    platform_eur: Ranged
    labour_eur: Ranged
    """Set-up, unpacking and finishing."""
    total_eur: Ranged
    per_part_eur: Ranged
    """The mean: total over number of parts."""
    parts: tuple[PartCost, ...]
    machine_h: Ranged
    labour_h: Ranged
    consumed_kg: Ranged
    assumptions: tuple[Assumption, ...]
    """Of the total, the strongest first, in EUR."""
    rates: Mapping[str, GradedValue]
    """The rates that were used, by key."""

    @property
    def items(self) -> dict[str, Ranged]:
        """The items of the total, by name without the unit."""
        names = ("machine", "powder", "gas", "energy", "platform", "labour")
        return {name: getattr(self, f"{name}_eur") for name in names}

    @property
    def is_assumed(self) -> bool:
        """Whether any rate is not confirmed."""
        return any(rate.grade.is_unconfirmed for rate in self.rates.values())
