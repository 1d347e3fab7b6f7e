"""Figures that rest on figures: a range goes on, and so do the inputs behind it.

::

    recoating time ─┐
    scan speed ─────┼─> time of the layers ─┐
                    ┘                       ├─> energy ─┐
    power ──────────────────────────────────┘           ├─> cost
    price of a kilowatt-hour ───────────────────────────┘

A figure that was estimated before enters with its range, as one input. Where it is asked what a total rests
on, it gives way to its own inputs: the total is taken at the figure's value plus what each of them does to
it. An input that works in several ways, such as the recoating time on machine hours and on energy, counts
once, with all of them together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from amprep.estimation.time import propagate
from amprep.model.estimate import Assumption, Ranged
from amprep.model.provenance import Grade, GradedValue

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["Earlier", "propagate_on"]


@dataclass(frozen=True, slots=True)
class Earlier:
    """A figure with its range, and what it rests on."""

    figure: Ranged
    assumptions: Sequence[Assumption]


def propagate_on(
    figures: Callable[[Mapping[str, float]], dict[str, float]],
    inputs: Mapping[str, GradedValue],
    units: Mapping[str, str],
    earlier: Mapping[str, Earlier],
    *,
    of: str,
) -> tuple[dict[str, Ranged], tuple[Assumption, ...]]:
    """As `amprep.estimation.time.propagate`, with figures that were estimated before among the inputs.

    Parameters
    ----------
    figures, inputs, units, of
        As there.
    earlier : mapping
        By the names under which `figures` finds their values.

    """
    known = {
        name: GradedValue(one.figure.value, Grade.DERIVED, (), one.figure.low, one.figure.high)
        for name, one in earlier.items()
    }
    ranged, found = propagate(figures, {**inputs, **known}, {**units, **dict.fromkeys(known, "")}, of=of)
    nominal = {name: graded.value for name, graded in {**inputs, **known}.items()}
    base = figures(nominal)[of]
    merged = {a.name: a for a in found if a.name not in known}
    for name in dict.fromkeys(a.name for one in earlier.values() for a in one.assumptions):
        behind = {
            key: next((a for a in one.assumptions if a.name == name), None) for key, one in earlier.items()
        }
        first = next(a for a in behind.values() if a is not None)
        low, high = ({**nominal} for _ in range(2))
        if name in inputs:
            low[name], high[name] = inputs[name].bounds
        for key, one in behind.items():
            if one is not None:
                low[key] += one.effect_low
                high[key] += one.effect_high
        effects = figures(low)[of] - base, figures(high)[of] - base
        merged[name] = Assumption(
            name, first.value, first.unit, first.grade, first.low, first.high, effects[0], effects[1]
        )
    order = sorted(merged.values(), key=lambda a: -max(abs(a.effect_low), abs(a.effect_high)))
    return ranged, tuple(order)
