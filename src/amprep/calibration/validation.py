"""How far off the model is on rows that the fit has not seen: before, and after calibrating."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from amprep.calibration.fitting import fit
from amprep.calibration.observations import Prediction

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from amprep.calibration.observations import Observations
    from amprep.model.machine import MachineProfile
    from amprep.model.process import ProcessProfile

__all__ = ["CrossValidation", "Errors", "cross_validated"]

_FOLDS = 5
_LEAST_BUILDS = 3


@dataclass(frozen=True, slots=True)
class Errors:
    """Deviation of the model from the log, outliers left out."""

    median_pct: float
    """Median over the rows of the deviation, without sign."""
    total_pct: float
    """Of the sum of all rows, with sign: above 0 the model says too much."""


@dataclass(frozen=True, slots=True)
class CrossValidation:
    """Deviations before and after, each row judged by a fit over rows of other folds."""

    folds: int
    by: str
    """``builds`` or ``blocks`` of neighbouring rows."""
    before: Errors
    after: Errors

    @property
    def is_better(self) -> bool:
        return self.after.median_pct < self.before.median_pct


def cross_validated(
    observations: Observations,
    machine: MachineProfile,
    process: ProcessProfile,
    is_outlier: NDArray[np.bool_],
) -> CrossValidation:
    """Leave out one fold after the other, fit the rest, and predict what was left out.

    Parameters
    ----------
    is_outlier : (R,) bool
        Rows that are no measure of the model: pauses, refills.

    """
    fold, by = _folds(observations)
    prediction = Prediction(observations, machine, process)
    before_s = prediction.times_s({})
    after_s = np.empty(len(observations))
    for number in range(int(fold.max()) + 1):
        held = fold == number
        found = fit(observations.part(~held), machine, process)
        after_s[held] = prediction.times_s(found.values)[held]
    measured_s, kept = observations.measured_s, ~is_outlier
    return CrossValidation(
        int(fold.max()) + 1,
        by,
        _errors(before_s[kept], measured_s[kept]),
        _errors(after_s[kept], measured_s[kept]),
    )


def _folds(observations: Observations) -> tuple[NDArray[np.int64], str]:
    """(R,) int64: by builds where there are enough of them, else blocks of neighbouring rows."""
    builds, place = np.unique(observations.group, return_inverse=True)
    if len(builds) >= _LEAST_BUILDS:
        folds = min(_FOLDS, len(builds))
        return place * folds // len(builds), "builds"
    rows = len(observations)
    return np.arange(rows) * _FOLDS // rows, "blocks"


def _errors(model_s: NDArray[np.float64], measured_s: NDArray[np.float64]) -> Errors:
    total = math.fsum(measured_s)
    return Errors(
        float(np.median(np.abs(model_s / measured_s - 1.0))) * 100.0,
        (math.fsum(model_s) / total - 1.0) * 100.0,
    )
