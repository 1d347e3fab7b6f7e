"""The same parts on several machines: fit, copies per platform, jobs, time, powder, cost, break-even.

::

    parts ─> one set ─┬─> machine A: grid ─> platforms with 1, 2, 4 … sets ─> estimates ─┬─> rows
                      └─> machine B: grid ─> …                                           └─> break-even

Several parts are one set that is placed together; a quantity counts sets. A quantity is built on as many full
platforms as it fills and one more with the rest. Platforms are estimated once per number of sets; of more
than `amprep.candidacy.MOST_ESTIMATED` numbers, those in between are interpolated between estimated ones.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from amprep.candidacy import LARGEST, Candidacy, silhouettes
from amprep.errors import UsageError
from amprep.estimation.cost import CostCase, rate_names
from amprep.estimation.utilities import gas_kind
from amprep.model.comparison import BreakEven, ComparedPart, Comparison
from amprep.placement.rows import GAP_MM
from amprep.profiles import (
    find_machine,
    find_material,
    find_process_by_id,
    find_rates,
    list_machines,
    list_processes,
)
from amprep.profiles.rates import rate_remarks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from amprep.engines import Engine
    from amprep.model.cost import Rates
    from amprep.model.machine import MachineProfile
    from amprep.model.material import MaterialProfile
    from amprep.model.mending import Mending
    from amprep.model.process import ProcessProfile

__all__ = ["break_even", "compare"]

#: Quantities up to which a break-even is looked for; fewer where platforms hold more than `LARGEST` sets.
HORIZON = 1000

#: How often a break-even is looked for again with the platforms next to it estimated.
_ROUNDS = 8


def compare(  # noqa: PLR0913
    files: Sequence[str | Path],
    *,
    machines: Sequence[str] = (),
    materials: Sequence[str] = (),
    layer_thicknesses_mm: Sequence[float] = (),
    processes: Sequence[str] = (),
    quantities: Sequence[int] = (1,),
    rates: Rates | None = None,
    full: bool = False,
    unit: str | None = None,
    gap_mm: float = GAP_MM,
    mending: Mending | None = None,
    outlines: bool = False,
    engine: Engine | None = None,
    on_step: Callable[[str], None] = lambda _step: None,
) -> Comparison:
    """Compare what a quantity of a set of parts takes on several machines.

    Parameters
    ----------
    files : sequence of path
        The parts; several are one set.
    machines, materials : sequence of str
        Ids, aliases or paths; default: the shipped machines, and the first machine's material.
    layer_thicknesses_mm : sequence of float, mm
        Each machine takes those that it has; default: of its default process.
    processes : sequence of str
        Ids or paths; each machine takes those made for it, and where there are none what else it has.
    quantities : sequence of int
        Sets to build, each at least 1.
    rates : Rates, optional
        From `amprep.profiles.find_rates`; default: the shipped ones, which are assumed.
    full : bool
        Hatch every layer instead of estimating from areas and edges.
    gap_mm : float
        Between neighbouring sets.
    outlines : bool
        Find the outlines of the parts seen from above, for a picture.

    Raises
    ------
    AmprepError
        UsageError E103 where a material lacks a process on a machine, E104 for a quantity below 1 and for
        what is named twice, E106 for a process that is made for none of the machines and materials; all that
        `amprep.assembling.assemble` raises but what concerns a single machine.

    """
    if not quantities or min(quantities) < 1:
        raise UsageError("a quantity is a whole number from 1 on", code="E104", where="--quantity")
    rates = rates or find_rates()
    wanted = tuple(sorted(set(quantities)))
    made = []
    parts: tuple[ComparedPart, ...] = ()
    for machine, material, choices in _settings(machines, materials, layer_thicknesses_mm, processes):
        for choice in choices:
            on_step(f"{machine.name}, {material.name}")
            work = Candidacy(machine, material, choice, gap_mm, rates=rates, full=full, engine=engine)
            work.assemble(files, unit, mending)
            parts = parts or work.parts
            made.append(work)
    jobs = [work.job for work in made if work.job is not None]
    shared = silhouettes(jobs[0]) if outlines and jobs else ()
    candidates = tuple(
        work.candidate(
            wanted, silhouettes(work.job) if outlines and work.job is not None and len(parts) > 1 else shared
        )
        for work in made
    )
    break_evens = []
    for (i, a), (j, b) in combinations(enumerate(made), 2):
        if a.refusal is None and b.refusal is None:
            break_evens += _break_evens(i, a, j, b, wanted[-1])
    return Comparison(
        parts=parts,
        quantities=wanted,
        gap_mm=gap_mm,
        is_hatched=full,
        candidates=candidates,
        break_evens=tuple(break_evens),
        notices=tuple(rate_remarks(rates, _names(made))),
    )


def _names(made: Sequence[Candidacy]) -> dict[str, list[str]]:
    """What machines, materials and gases that are compared may be called in rates."""
    names: dict[str, list[str]] = {"machine": [], "material": [], "gas": []}
    for work in made:
        cost = CostCase(
            work.machine, work.material, "" if work.job is None else gas_kind(work.job.process), ()
        )
        for by, words in rate_names(cost).items():
            names[by] += words
    return names


_Setting = tuple["MachineProfile", "MaterialProfile", "Sequence[ProcessProfile | float | None]"]


def _settings(
    machines: Sequence[str],
    materials: Sequence[str],
    thicknesses_mm: Sequence[float],
    processes: Sequence[str],
) -> list[_Setting]:
    """Each machine with each material, and those processes or layer thicknesses asked for that it has."""
    found_machines = [find_machine(name) for name in machines] or list_machines()
    _require_different("--machine", machines, [one.path for one in found_machines])
    found_processes = [find_process_by_id(name) for name in processes]
    _require_different("--process", processes, [one.path for one in found_processes])
    default = [one.material for one in found_processes] or [found_machines[0].default_material]
    found_materials = [find_material(name) for name in materials or dict.fromkeys(default)]
    _require_different("--material", materials, [one.path for one in found_materials])
    settings: list[_Setting] = []
    taken: list[ProcessProfile] = []
    for machine in found_machines:
        for material in found_materials:
            own = [
                one
                for one in found_processes
                if one.machine in {machine.id, machine.processes_of} and one.material == material.id
            ]
            taken += own
            if own:
                settings.append((machine, material, own))
                continue
            known = {
                process.layer_thickness_mm
                for process in list_processes(machine.processes_of or machine.id, material.id)
            }
            if not known:
                raise _not_shared(machine, material, found_machines)
            chosen: list[float | None] = [
                one for one in dict.fromkeys(thicknesses_mm) if any(abs(one - k) <= 1e-9 for k in known)
            ]
            # A machine that has none of them is told about, by the error of one.
            settings.append((machine, material, chosen or thicknesses_mm[:1] or [None]))
    for one in found_processes:
        if one not in taken:
            raise UsageError(
                f"the process {one.id} does not suit the comparison",
                code="E106",
                where="--process",
                why=f"it is made for the machine {one.machine} and the material {one.material}",
                fix=f"--machine {one.machine} --material {one.material}, or another process",
            )
    return settings


def _require_different(option: str, names: Sequence[str], paths: Sequence[str]) -> None:
    for i, path in enumerate(paths):
        if path in paths[:i]:
            other = names[paths.index(path)]
            both = f"{names[i]} twice" if other == names[i] else f"{other} and {names[i]}, which are the same"
            raise UsageError(f"{both}: nothing to compare", code="E104", where=option, fix="name each once")


def _not_shared(
    machine: MachineProfile, material: MaterialProfile, machines: Sequence[MachineProfile]
) -> UsageError:
    of_each = {
        one.id: list(dict.fromkeys(p.material for p in list_processes(one.processes_of or one.id)))
        for one in machines
    }
    shared = [
        one for one in next(iter(of_each.values())) if all(one in others for others in of_each.values())
    ]
    has = "; ".join(f"{name} has {', '.join(known) or 'no process'}" for name, known in of_each.items())
    names = " and ".join(one.name for one in machines)
    own = f"--process my.toml, made for {machine.id} and {material.id}"
    return UsageError(
        f"no process for {material.name} on {machine.name}",
        code="E103",
        why=f"materials that {names} share: {', '.join(shared) if shared else 'none'} ({has})",
        fix=f"--material {shared[0]}, or {own}" if shared else f"machines that share a material, or {own}",
    )


def break_even(first: NDArray[np.float64], second: NDArray[np.float64]) -> tuple[int, int, int | None, bool]:
    """From which quantity on which of two takes less.

    Parameters
    ----------
    first, second : (horizon,) float64
        What the two take for 1, 2, 3 … sets.

    Returns
    -------
    before, then : int
        0 or 1: which takes less for one set, and which from the quantity on; ties count for the first.
    quantity : int or None
        None where the same one takes less for all quantities.
    is_clean : bool
        Below the quantity it is always the other one.

    """
    less = (second < first * (1 - 1e-9)).astype(np.int64)
    changes = np.flatnonzero(less[1:] != less[:-1])
    if not len(changes):
        return int(less[0]), int(less[0]), None, True
    last = int(changes[-1]) + 1
    return int(less[0]), int(less[-1]), last + 1, len(changes) == 1


def _break_evens(i: int, a: Candidacy, j: int, b: Candidacy, quantity: int) -> list[BreakEven]:
    """For time and, where it is known, cost."""
    found = []
    known = max(LARGEST, quantity)
    horizon = known if max(a.capacity, b.capacity) > known else max(HORIZON, quantity)
    for figure in ("time_s", "cost_eur"):
        if figure not in a.platform(1, full=False).figures:
            continue
        for _ in range(_ROUNDS):
            before, then, place, is_clean = break_even(a.totals(figure, horizon), b.totals(figure, horizon))
            if place is None:
                break
            sharpened = [one.sharpen(near) for one in (a, b) for near in (place - 1, place)]
            if not any(sharpened):
                break
        ranges = [one.range_of(figure, quantity) for one in (a, b)]
        is_certain = ranges[0].high < ranges[1].low or ranges[1].high < ranges[0].low
        found.append(
            BreakEven(
                figure, (i, j)[before], (i, j)[then], (i, j)[1 - then], place, is_clean, is_certain, horizon
            )
        )
    return found
