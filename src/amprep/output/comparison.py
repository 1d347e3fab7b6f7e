"""A comparison as JSON (``amprep.comparison/1``) and as CSV; keys carry their units."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from typing import TYPE_CHECKING, Any

from amprep.model.comparison import FIGURES
from amprep.output.summary import assumption_record
from amprep.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

    from amprep.model.comparison import BreakEven, Candidate, Comparison, Row
    from amprep.model.estimate import Ranged

__all__ = ["SCHEMA", "comparison_csv", "comparison_document", "comparison_hash"]

SCHEMA = "amprep.comparison/1"


def comparison_document(comparison: Comparison) -> dict[str, Any]:
    """The document; each figure is ``{"value", "low", "high"}`` in the unit that its key ends with."""
    return {
        "schema": SCHEMA,
        "ok": True,
        "amprep": __version__,
        "parts": [
            {
                "name": part.name,
                "size_mm": [round(side, 6) for side in part.size_mm],
                "volume_mm3": part.volume_mm3,
            }
            for part in comparison.parts
        ],
        "quantities": list(comparison.quantities),
        "gap_mm": comparison.gap_mm,
        "estimate": "hatched" if comparison.is_hatched else "quick",
        "units": FIGURES,
        "candidates": [_candidate(one) for one in comparison.candidates],
        "break_even": [_break_even(one, comparison) for one in comparison.break_evens],
        "warnings": [notice.as_dict() for notice in comparison.notices],
    }


def comparison_hash(comparison: Comparison) -> str:
    """Sixteen hexadecimal digits of all that the document says."""
    content = json.dumps(comparison_document(comparison), sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def _candidate(candidate: Candidate) -> dict[str, Any]:
    process, refusal = candidate.process, candidate.refusal
    return {
        "machine": candidate.machine.id,
        "machine_name": candidate.machine.name,
        "material": candidate.material.id,
        "process": None if process is None else process.id,
        "layer_thickness_mm": None if process is None else process.layer_thickness_mm,
        "fits": refusal is None,
        "refusal": None
        if refusal is None
        else {"code": refusal.code, "what": refusal.what, "fix": refusal.fix},
        "layers": candidate.layers,
        "capacity": candidate.capacity,
        "edge_margin_mm": candidate.edge_margin_mm,
        "quantities": [_row(row) for row in candidate.rows],
        "calibrated": list(candidate.machine.calibrated),
        "assumptions": {
            "time_s": [assumption_record(one) for one in candidate.assumptions],
            "cost_eur": [assumption_record(one) for one in candidate.cost_assumptions],
        },
        "warnings": [notice.as_dict() for notice in candidate.notices],
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "quantity": row.quantity,
        "jobs": row.jobs,
        "interpolated": row.is_interpolated,
        "total": _figures(row.total),
        "per_set": _figures(row.per_set),
        "batches": [
            {
                "jobs": batch.jobs,
                "copies": batch.copies,
                "interpolated": batch.is_interpolated,
                "each": _figures(batch.each),
                "charge_g": _ranged(batch.charge_g),
            }
            for batch in row.batches
        ],
    }


def _figures(figures: Mapping[str, Ranged]) -> dict[str, Any]:
    return {key: _ranged(figures[key]) for key in FIGURES if key in figures}


def _ranged(figure: Ranged) -> dict[str, float]:
    return {"value": figure.value, "low": figure.low, "high": figure.high}


def _break_even(one: BreakEven, comparison: Comparison) -> dict[str, Any]:
    return {
        "figure": one.figure,
        "for_few": _name(comparison.candidates[one.first]),
        "from_quantity": one.quantity,
        "then": _name(comparison.candidates[one.then]),
        "other": _name(comparison.candidates[one.other]),
        "always_below": one.is_clean,
        "ranges_apart": one.is_certain,
        "searched_to": one.horizon,
    }


def _name(candidate: Candidate) -> dict[str, Any]:
    process = candidate.process
    return {
        "machine": candidate.machine.id,
        "material": candidate.material.id,
        "process": None if process is None else process.id,
    }


def comparison_csv(comparison: Comparison) -> str:
    """One line per candidate and quantity: totals with low and high ends; empty where it does not fit.

    ``interpolated`` says that one of the jobs was not estimated itself.
    """
    known = [
        key for key in FIGURES if any(key in row.total for one in comparison.candidates for row in one.rows)
    ]
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    head = [
        "machine",
        "material",
        "layer_thickness_mm",
        "process",
        "fits",
        "capacity",
        "quantity",
        "jobs",
        "interpolated",
    ]
    ends = ("", "_low", "_high")
    writer.writerow(head + [_column(key, end) for key in known for end in ends] + ["remark"])
    for one in comparison.candidates:
        thickness = "" if one.process is None else one.process.layer_thickness_mm
        name = [
            one.machine.id,
            one.material.id,
            thickness,
            "" if one.process is None else one.process.id,
            "yes" if one.refusal is None else "no",
            one.capacity,
        ]
        if one.refusal is not None:
            empty = [""] * (3 + len(known) * len(ends))
            writer.writerow([*name, *empty, f"{one.refusal.code} {one.refusal.what}"])
        for row in one.rows:
            total = row.total
            figures = [total[key] for key in known]
            values = [value for f in figures for value in (f.value, f.low, f.high)]
            lead = [row.quantity, row.jobs, "yes" if row.is_interpolated else "no"]
            writer.writerow([*name, *lead, *(f"{value:.6g}" for value in values), ""])
    return stream.getvalue()


def _column(key: str, end: str) -> str:
    """``time_low_s``: the unit stays last."""
    name, _, unit = key.rpartition("_")
    return f"{name}{end}_{unit}"
