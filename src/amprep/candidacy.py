"""A set of parts on one machine: how many fit a platform, and what platforms with so many take."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import numpy as np

from amprep.assembling import assemble
from amprep.errors import BuildError
from amprep.estimation.cost import cost_of
from amprep.model.comparison import Batch, Candidate, ComparedPart, Figures, Refusal, Row
from amprep.model.estimate import Ranged
from amprep.model.process import ProcessProfile
from amprep.placement.fit import edge_remark
from amprep.placement.grid import Grid, grid_of, outline_of
from amprep.placement.silhouette import silhouette_of
from amprep.plates import Plates
from amprep.profiles import find_process

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from amprep.engines import Engine
    from amprep.model.cost import Cost, Rates
    from amprep.model.estimate import Assumption, BuildEstimate
    from amprep.model.job import Job
    from amprep.model.machine import BuildVolume, MachineProfile
    from amprep.model.material import MaterialProfile
    from amprep.model.mending import Mending
    from amprep.model.notice import Notice

__all__ = ["LARGEST", "Candidacy", "figures_of", "silhouettes"]

#: Platforms that are estimated one by one; of more, those in between are interpolated.
MOST_ESTIMATED = 64

#: Sets on the fullest platform that is estimated without being asked for.
LARGEST = 128


def figures_of(estimate: BuildEstimate, cost: Cost) -> Figures:
    """What one job takes, by the keys of `amprep.model.comparison.FIGURES`.

    The times of exposure by cause are those of the laser that works longest in each layer, so that all causes
    add up to the time of the job.
    """
    figures: Figures = {
        "time_s": estimate.job_s,
        "before_s": estimate.before_s,
        "recoating_s": estimate.recoating_s,
        "hatch_s": estimate.hatch_s,
        "contour_s": estimate.contour_s,
        "motion_s": estimate.motion_s,
        "wait_s": estimate.wait_s,
        "cooling_s": estimate.cooling_s,
    }
    powder = estimate.powder
    figures |= {
        "part_g": powder.part_g,
        "loss_g": powder.loss_g,
        "powder_g": powder.consumed_g,
        "energy_kwh": estimate.energy_kwh,
        "gas_m3": estimate.gas_m3,
        "unpacking_s": estimate.unpacking_s,
        "cost_eur": cost.total_eur,
    }
    figures |= {f"{name}_eur": item for name, item in cost.items.items()}
    return figures


@dataclass(slots=True)
class _Platforms:
    """Estimates of platforms by the number of sets on them."""

    known: dict[int, _Platform] = field(default_factory=dict)

    def between(self, count: int) -> _Platform:
        """The estimate for a number of sets, in between where it was not made."""
        if count in self.known:
            return self.known[count]
        counts = sorted(self.known)
        place = bisect_right(counts, count)
        low, high = counts[place - 1], counts[place]
        share = (count - low) / (high - low)
        a, b = self.known[low], self.known[high]
        figures = {key: _between(one, b.figures[key], share) for key, one in a.figures.items()}
        charge_g = _between(a.charge_g, b.charge_g, share)
        return _Platform(figures, charge_g, b.assumptions, b.cost_assumptions, is_interpolated=True)


@dataclass(frozen=True, slots=True)
class _Platform:
    figures: Figures
    charge_g: Ranged
    assumptions: tuple[Assumption, ...]
    """Of the time."""
    cost_assumptions: tuple[Assumption, ...]
    is_interpolated: bool = False


def _between(a: Ranged, b: Ranged, share: float) -> Ranged:
    """In between; the range is that of both, as it may be flat first, or flat last."""
    value = a.value + share * (b.value - a.value)
    return Ranged(value, min(a.low, b.low), max(a.high, b.high))


class Candidacy:
    """One machine with one material and process, while its platforms are estimated.

    choice : ProcessProfile, float or None
        The process, or its layer thickness in mm; default: the machine's default process.
    """

    def __init__(
        self,
        machine: MachineProfile,
        material: MaterialProfile,
        choice: ProcessProfile | float | None,
        gap_mm: float,
        *,
        rates: Rates,
        full: bool,
        engine: Engine | None,
    ) -> None:
        self.machine, self.material, self.gap_mm, self._rates = machine, material, gap_mm, rates
        self._choice, self._full, self._engine = choice, full, engine
        self.process: ProcessProfile | None = None
        self.refusal: Refusal | None = None
        self.job: Job | None = None
        self._grid: Grid | None = None
        self._plates: Plates | None = None
        self._quick, self._hatched = _Platforms(), _Platforms()

    @property
    def capacity(self) -> int:
        """Sets per platform."""
        return 0 if self._grid is None else self._grid.capacity

    @property
    def parts(self) -> tuple[ComparedPart, ...]:
        """The set; none where it does not fit."""
        if self.job is None:
            return ()
        sizes = [(part.bounds_mm[1] - part.bounds_mm[0]).tolist() for part in self.job.parts]
        return tuple(
            ComparedPart(part.name, (x, y, z), part.volume_mm3)
            for part, (x, y, z) in zip(self.job.parts, sizes, strict=True)
        )

    def assemble(self, files: Sequence[str | Path], unit: str | None, mending: Mending | None) -> None:
        """Read the set and find out how often it fits; what speaks against it is kept as the refusal."""
        try:
            given = self._choice if isinstance(self._choice, ProcessProfile) else None
            self.process = given or find_process(
                self.machine, self.material, cast("float | None", self._choice)
            )
            self.job = assemble(
                files,
                machine=self.machine.path,
                material=self.material.path,
                layer_thickness_mm=self.process.layer_thickness_mm,
                process=None if given is None else given.path,
                unit=unit,
                mending=mending,
                engine=self._engine,
            )
        except BuildError as error:
            self.refuse(error)
            return
        middle = _middle(self.job)
        outline = outline_of(np.concatenate([part.used_vertices_mm[:, :2] for part in self.job.parts]))
        centre = np.array(self.machine.build_volume.centre_mm)
        # Where only the rows of parts fit as they stand, but not the middle of their box, they stay.
        self._grid = grid_of(outline - middle, self.machine.build_volume, gap_mm=self.gap_mm) or Grid(
            ((middle - centre)[None],)
        )
        self._outline_mm = outline - middle

    def refuse(self, error: BuildError) -> None:
        """Keep why the set cannot be built."""
        where = f"{error.where}: " if error.where not in {"", "parts", "layer thickness"} else ""
        # Which layers there are belongs to that those asked for are not.
        known = f" ({error.why})" if error.code == "E407" and error.why else ""
        self.refusal = Refusal(error.code, f"{where}{error.what}{known}", error.fix)
        self.job = self._grid = None

    def platform(self, count: int, *, full: bool) -> _Platform:
        """What a job with so many sets takes, estimated."""
        kept = self._hatched if full else self._quick
        if count not in kept.known:
            assert self.job is not None
            assert self._grid is not None
            centre = np.array(self.machine.build_volume.centre_mm)
            if self._plates is None:
                self._plates = Plates(self.job, self._engine)
            shifts = self._grid.positions_mm(count) + centre - _middle(self.job)
            job, estimate = self._plates.estimate_of(shifts, full=full)
            cost = cost_of(job, estimate, self._rates)
            kept.known[count] = _Platform(
                figures_of(estimate, cost),
                estimate.powder.charge_g,
                estimate.job_assumptions,
                cost.assumptions,
            )
        return kept.known[count]

    def estimate(self, quantities: Sequence[int]) -> None:
        """Estimate the platforms that quantities need, or, of very many, enough to interpolate between."""
        capacity = self.capacity
        counts = self._counts(quantities)
        if self._full:
            for count in sorted(counts):
                self.platform(count, full=True)
        if self._full:
            counts = set()
        elif len(counts) > MOST_ESTIMATED:
            # The largest is what a picture shows; the others lie evenly between the smallest and it.
            wanted = sorted(counts)
            picked = np.linspace(0, len(wanted) - 1, MOST_ESTIMATED).round().astype(int).tolist()
            counts = self._counts(quantities[-1:]) | {wanted[i] for i in picked}
        top = min(capacity, max(LARGEST, quantities[-1]))
        doubled = {2**n for n in range(top.bit_length())} | {top}
        for count in sorted(counts | doubled):
            self.platform(count, full=False)

    def _counts(self, quantities: Sequence[int]) -> set[int]:
        """How many sets lie on the platforms of these quantities."""
        counts = {min(quantity, self.capacity) for quantity in quantities}
        return counts | {quantity % self.capacity for quantity in quantities} - {0}

    def candidate(self, quantities: Sequence[int], outlines: Sequence[NDArray[np.float64]]) -> Candidate:
        """All that was found out."""
        if self.refusal is None:
            try:
                self.estimate(quantities)
            except BuildError as error:
                self.refuse(error)
        job, grid = self.job, self._grid
        if job is None or grid is None:
            return Candidate(
                self.machine,
                self.material,
                self.process,
                layers=0,
                capacity=0,
                positions_mm=np.zeros((0, 2)),
                outlines_mm=tuple(outlines),
                refusal=self.refusal,
            )
        centre = np.array(self.machine.build_volume.centre_mm)
        rows = tuple(self._row(quantity) for quantity in quantities)
        largest = rows[-1].batches[0].copies
        fullest = (self._hatched if self._full else self._quick).between(largest)
        return Candidate(
            self.machine,
            self.material,
            self.process,
            layers=job.layer_count,
            capacity=grid.capacity,
            positions_mm=grid.positions_mm(largest) + centre,
            outlines_mm=tuple(outlines),
            rows=rows,
            edge_margin_mm=_edge_margin_mm(self._outline_mm, grid.patterns[0], self.machine.build_volume),
            assumptions=fullest.assumptions,
            cost_assumptions=fullest.cost_assumptions,
            notices=(*(one for one in job.notices if one.code != "W405"), *self._edge_remark(rows)),
        )

    def _edge_remark(self, rows: Sequence[Row]) -> list[Notice]:
        """W405 on the copy that comes closest to the edge, of all platforms that the quantities take."""
        assert self.job is not None
        assert self._grid is not None
        margin_mm = min(
            _edge_margin_mm(self._outline_mm, self._grid.positions_mm(copies), self.machine.build_volume)
            for copies in {batch.copies for row in rows for batch in row.batches}
        )
        parts = self.job.parts
        return edge_remark(margin_mm, parts[0].name if len(parts) == 1 else "parts")

    def _row(self, quantity: int) -> Row:
        kept = self._hatched if self._full else self._quick
        made = []
        for jobs, copies in ((quantity // self.capacity, self.capacity), (1, quantity % self.capacity)):
            if jobs and copies:
                platform = kept.between(copies)
                figures, charge_g = platform.figures, platform.charge_g
                made.append(Batch(jobs, copies, figures, charge_g, platform.is_interpolated))
        return Row(quantity, tuple(made))

    def totals(self, figure: str, horizon: int) -> NDArray[np.float64]:
        """(horizon,) float64: the figure for 1, 2, 3 … sets, without hatching."""
        capacity = self.capacity
        values = [self._quick.between(n).figures[figure].value for n in range(1, min(capacity, horizon) + 1)]
        rests = np.array([0.0, *values])
        full_ones, rest = np.divmod(np.arange(1, horizon + 1), capacity)
        totals: NDArray[np.float64] = full_ones * rests[-1] + rests[rest]
        return totals

    def range_of(self, figure: str, quantity: int) -> Ranged:
        """The figure of all jobs for a quantity, with its range."""
        return self._row(quantity).total[figure]

    def sharpen(self, quantity: int) -> bool:
        """Estimate the platform with the rest of a quantity; whether it was not estimated before."""
        rest = quantity % self.capacity
        if rest == 0 or rest in self._quick.known:
            return False
        self.platform(rest, full=False)
        return True


def _middle(job: Job) -> NDArray[np.float64]:
    """(2,) float64, mm: middle of the box around all parts, seen from above."""
    low = np.min([part.bounds_mm[0, :2] for part in job.parts], axis=0)
    high = np.max([part.bounds_mm[1, :2] for part in job.parts], axis=0)
    middle: NDArray[np.float64] = (low + high) / 2
    return middle


def _edge_margin_mm(
    outline_mm: NDArray[np.float64], shifts_mm: NDArray[np.float64], volume: BuildVolume
) -> float:
    points = (outline_mm[None] + shifts_mm[:, None]).reshape(-1, 2)
    if volume.shape == "cylinder":
        margin = volume.size_x_mm.value / 2 - np.hypot(*points.T).max()
    else:
        half = np.array([volume.size_x_mm.value, volume.size_y_mm.value]) / 2
        margin = (half - np.abs(points)).min()
    return max(0.0, float(margin))


def silhouettes(job: Job) -> tuple[NDArray[np.float64], ...]:
    """Loops (K, 2) float64, mm, of the parts seen from above, the middle of the whole at (0, 0)."""
    middle = _middle(job)
    return tuple(loop - middle for part in job.parts for loop in silhouette_of(part).loops_mm)
