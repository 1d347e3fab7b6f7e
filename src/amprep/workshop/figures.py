"""What a job says of itself, as a handout tells it; and what is expected of each demonstrator."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from amprep.model.estimate import BuildEstimate

__all__ = [
    "EXPECTED_FILE",
    "DemoFigures",
    "expected_figures",
    "figures_of_estimate",
    "figures_of_summary",
]

#: Written by ``python -m benchmarks.demonstrators --update``.
EXPECTED_FILE = Path(__file__).with_name("expected.json")


@dataclass(frozen=True, slots=True)
class DemoFigures:
    """The figures of a demonstrator on a machine."""

    machine: str
    layers: int
    layer_thickness_mm: float
    job_s: float
    part_g: float
    charge_g: float
    is_assumed: bool
    """Whether time or powder rest on values that nobody has confirmed."""
    lasers: int


def figures_of_summary(summary: dict[str, Any], machine: str) -> DemoFigures:
    """From ``summary.json`` of a job folder, or what ``--json`` prints."""
    return DemoFigures(
        machine=machine,
        layers=int(summary["layers"]),
        layer_thickness_mm=float(summary["layer_thickness_mm"]),
        job_s=float(summary["time_s"]["job"]),
        part_g=float(summary["mass_g"]["part"]),
        charge_g=float(summary["mass_g"]["charge"]),
        is_assumed=any(summary["assumptions"].values()),
        lasers=len(summary["lasers"]),
    )


def figures_of_estimate(estimate: BuildEstimate) -> dict[str, float]:
    """As `expected_figures` has them, rounded to what is told."""
    return {
        "layers": len(estimate.top_mm),
        "job_s": round(estimate.job_s.value, 1),
        "part_g": round(estimate.powder.part_g.value, 3),
        "charge_g": round(estimate.powder.charge_g.value, 1),
    }


@cache
def expected_figures() -> dict[str, dict[str, dict[str, dict[str, float]]]]:
    """By name of the demonstrator, machine, and ``quick`` or ``full``: layers, job_s, part_g, charge_g."""
    document: dict[str, Any] = json.loads(EXPECTED_FILE.read_text(encoding="utf-8"))
    found: dict[str, dict[str, dict[str, dict[str, float]]]] = document["demonstrators"]
    return found
