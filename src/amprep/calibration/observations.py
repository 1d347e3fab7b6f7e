"""What was measured beside what was exposed, as arrays; and what the time model says to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from amprep.estimation.time import layer_times, time_model

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from amprep.estimation.time import TimeModel
    from amprep.model.machine import MachineProfile
    from amprep.model.process import ProcessProfile

__all__ = ["Observations", "Prediction", "RowLabel"]


@dataclass(frozen=True, slots=True)
class RowLabel:
    """Where a row stands, for people."""

    place: str
    """File and line."""
    names: tuple[str, ...] = ()
    """Job and build, where the row names them."""
    layer: int = 0
    """From 1; 0 where it stands for no single one."""

    def __str__(self) -> str:
        return self.told(f"layer {self.layer}")

    def told(self, layer: str) -> str:
        """The label with words for its layer."""
        what = " ".join([*self.names, layer] if self.layer else self.names)
        return f"{self.place} ({what})" if what else self.place


@dataclass(frozen=True, slots=True, eq=False)
class Observations:
    """R measured times of N layers (a row may stand for many of them).

    stats : (N, L, M + E) float64
        Scan statistics as in `ScanColumn`; what is marked stands at the speeds of the process.
    row : (N,) int64
        The row that a layer belongs to.
    weight : (N,) float64
        How many equal layers it stands for.
    is_first : (N,) bool
        Whether it is one of the first layers of its job, which are dosed more.
    measured_s : (R,) float64, s
    group : (R,) int64
        The build that a row belongs to.
    """

    stats: NDArray[np.float64]
    row: NDArray[np.int64]
    weight: NDArray[np.float64]
    is_first: NDArray[np.bool_]
    measured_s: NDArray[np.float64]
    group: NDArray[np.int64]
    labels: tuple[RowLabel, ...]
    """Of the rows."""
    resolution_s: float = 0.0
    """The step in which times are written."""

    def __len__(self) -> int:
        return len(self.measured_s)

    @property
    def layers(self) -> NDArray[np.float64]:
        """(R,) float64: layers of each row."""
        layers: NDArray[np.float64] = np.bincount(self.row, self.weight, len(self)).astype(np.float64)
        return layers

    def part(self, rows: NDArray[np.bool_]) -> Observations:
        """Some of the rows, by a mask of all."""
        place = np.cumsum(rows) - 1
        layers = rows[self.row]
        return Observations(
            self.stats[layers],
            place[self.row[layers]],
            self.weight[layers],
            self.is_first[layers],
            self.measured_s[rows],
            self.group[rows],
            tuple(label for label, kept in zip(self.labels, rows, strict=True) if kept),
            self.resolution_s,
        )


class Prediction:
    """The time model over observations."""

    def __init__(self, observations: Observations, machine: MachineProfile, process: ProcessProfile) -> None:
        """Gather the inputs once."""
        # The model takes the layers that are dosed more from the front.
        order = np.argsort(~observations.is_first, kind="stable")
        self._row, self._weight = observations.row[order], observations.weight[order]
        # Column by column, as the sums want it.
        columns = np.ascontiguousarray(np.moveaxis(observations.stats[order], 2, 0))
        self._stats = np.moveaxis(columns, 0, 2)
        self._rows = len(observations)
        model = time_model(machine, (process,), self._stats)
        self.model: TimeModel = replace(model, first_layers=int(observations.is_first.sum()))
        self.nominal: Mapping[str, float] = self.model.values()

    def times_s(self, values: Mapping[str, float]) -> NDArray[np.float64]:
        """(R,) float64, s: what the rows take with other values of some inputs."""
        times = layer_times(self._stats, self.model, {**self.nominal, **values})
        summed = np.bincount(self._row, self._weight * times.total_s, self._rows)
        predicted: NDArray[np.float64] = summed.astype(np.float64)
        return predicted
