"""The whole way: read logs, gather what was exposed, fit, check by cross-validation."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from amprep.calibration.fitting import Fit, Fitted, fit
from amprep.calibration.gathering import chosen_process, gathered, open_jobs
from amprep.calibration.log import Log, read_log
from amprep.calibration.observations import Prediction
from amprep.calibration.validation import CrossValidation, cross_validated
from amprep.errors import FileContentError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from amprep.calibration.observations import Observations, RowLabel
    from amprep.model.machine import MachineProfile
    from amprep.model.material import MaterialProfile
    from amprep.model.process import ProcessProfile

__all__ = ["Calibration", "Outlier", "calibrate"]

#: More outliers than that are no exceptions.
_MOST_OUTLIERS = 0.3

#: Seconds that rows take for a second more that the fit says; scan speeds a little off stay within.
_LEAST_SLOPE, _MOST_SLOPE = 0.8, 1.25
_SURE = 3.0
"""Standard deviations."""
_MOST_TIMES = 20.0
"""No machine is that much slower or faster than its profile: its log has another unit."""
_MOST_ERROR_PCT = 25.0
"""From this median error on rows left out on, a fit says nothing."""
_AT_LIMIT = 1e-3
_LEAST_SPREAD_S = 0.01
"""Layers that differ by less are alike."""


@dataclass(frozen=True, slots=True)
class Outlier:
    """A row that was left out of the fit."""

    label: RowLabel
    measured_s: float
    predicted_s: float


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """What a calibration found."""

    machine: MachineProfile
    process: ProcessProfile
    logs: tuple[Log, ...]
    log_sha256: tuple[str, ...]
    observations: Observations
    fit: Fit
    errors: CrossValidation

    @property
    def outliers(self) -> list[Outlier]:
        """Rows left out, those furthest off first."""
        measured, predicted = self.observations.measured_s, self.fit.predicted_s
        found = [
            Outlier(self.observations.labels[i], float(measured[i]), float(predicted[i]))
            for i in np.flatnonzero(self.fit.is_outlier).tolist()
        ]
        return sorted(found, key=lambda one: -abs(one.measured_s - one.predicted_s))

    @property
    def is_better(self) -> bool:
        """Whether the fit predicts rows that it has not seen better than the profile does."""
        return self.errors.is_better


def calibrate(
    logs: Sequence[Path],
    machine: MachineProfile,
    material: MaterialProfile,
    *,
    process: str | None = None,
    layer_thickness_mm: float | None = None,
    decimal: str | None = None,
    on_layer: Callable[[int], None] = lambda _count: None,
) -> Calibration:
    """Fit the time model of a machine to measured times.

    Parameters
    ----------
    process : str, optional
        Id or path; default: that of the jobs in the logs, else by machine, material, layer thickness.
    decimal : {"point", "comma"}, optional
        The decimal mark of the logs, when it is known.
    on_layer : callable
        Called with the number of layers whose vectors were read.

    Raises
    ------
    FileContentError
        E382 to E387, see `amprep.errors`.

    """
    read = tuple(read_log(path, decimal=decimal) for path in logs)
    _require_different(read)
    jobs = open_jobs(read, machine, material)
    chosen = chosen_process(
        list(jobs.values()), machine, material, process=process, layer_thickness_mm=layer_thickness_mm
    )
    observations = gathered(read, jobs, machine, chosen, on_layer=on_layer)
    _require_scale(observations, machine, chosen, read)
    found = fit(observations, machine, chosen)
    _require_fit(found, observations, read)
    errors = cross_validated(observations, machine, chosen, found.is_outlier)
    _require_prediction(errors, read)
    digests = tuple(hashlib.sha256(path.read_bytes()).hexdigest() for path in logs)
    return Calibration(machine, chosen, read, digests, observations, found, errors)


def _require_different(logs: Sequence[Log]) -> None:
    """Refuse one log twice: its rows would count twice."""
    known: dict[Path, None] = {}
    for log in logs:
        path = log.path.resolve()
        if path in known:
            raise FileContentError(
                "the log is named twice, its rows would count twice",
                code="E384",
                where=str(log.path),
                fix="name it once",
            )
        known[path] = None


def _require_scale(
    observations: Observations, machine: MachineProfile, process: ProcessProfile, logs: Sequence[Log]
) -> None:
    """Refuse times in another unit than their column says, before anything is fitted to them."""
    expected_s = Prediction(observations, machine, process).times_s({})
    is_known = expected_s > 0.0
    if not is_known.any():
        return
    times = float(np.median(observations.measured_s[is_known] / expected_s[is_known]))
    if 1.0 / _MOST_TIMES < times < _MOST_TIMES:
        return
    is_short = times < 1.0
    factor = 1.0 / times if is_short else times
    # The step between neighbouring units that is nearest: ms, s, min, h.
    step = 60.0 if factor < (60.0 * 1000.0) ** 0.5 else 1000.0
    units = {
        (60.0, True): "seconds that are minutes, or minutes that are hours",
        (60.0, False): "minutes that are seconds, or hours that are minutes",
        (1000.0, True): "milliseconds that are seconds",
        (1000.0, False): "seconds that are milliseconds",
    }[step, is_short]
    about = f"{float(f'{factor:.2g}'):.0f} times {'shorter' if is_short else 'longer'}"
    measured, expected = float(np.median(observations.measured_s)), float(np.median(expected_s))
    raise FileContentError(
        f"the times are about {about} than expected: {measured:.4g} s beside {expected:.4g} s in the middle",
        code="E387",
        where=", ".join(str(log.path) for log in logs),
        why=f"As if the column said {units}.",
        fix="check the unit at the end of the column's name: _ms, _s, _min, _h; or the job folders",
    )


def _require_prediction(errors: CrossValidation, logs: Sequence[Log]) -> None:
    after = errors.after
    if after.median_pct <= _MOST_ERROR_PCT:
        return
    raise FileContentError(
        f"rows that the fit has not seen are missed by {after.median_pct:.0f} % in the median, the sum "
        f"of all by {after.total_pct:+.0f} %",
        code="E387",
        where=", ".join(str(log.path) for log in logs),
        why="The times do not follow what was exposed, so nothing that is fitted to them means anything.",
        fix="check the unit of the times, the job folders, and the parameter set that was built with",
    )


def _at_limit(one: Fitted) -> bool:
    """Whether physics, not the rows, says the value; a delay of 0 is one that may be."""
    parameter = one.parameter
    limits = [parameter.shown(limit) for limit in (parameter.low, parameter.high) if limit > 0.0]
    return any(abs(one.value / limit - 1.0) < _AT_LIMIT for limit in limits)


def _require_fit(found: Fit, observations: Observations, logs: Sequence[Log]) -> None:
    where = ", ".join(str(log.path) for log in logs)
    outliers = int(found.is_outlier.sum())
    if outliers > _MOST_OUTLIERS * len(observations):
        raise FileContentError(
            f"{outliers} of {len(observations)} rows lie far off whatever is fitted",
            code="E387",
            where=where,
            why="So many are no pauses: the log and what was exposed do not belong together.",
            fix="check the unit of the times, the job folders, and the parameter set that was built with",
        )
    slope, deviation = _slope(found, observations)
    if slope + _SURE * deviation < _LEAST_SLOPE or slope - _SURE * deviation > _MOST_SLOPE:
        raise FileContentError(
            "the measured times do not follow what was exposed: where layers should take 1 s more, "
            f"they take {slope:.2f} s more",
            code="E387",
            where=where,
            why="The machine waits for a minimum layer time, or built with other parameters or other parts.",
            fix="set recoater.min_layer_time_s in the machine profile, or leave out the layers that wait; "
            "check folders, parameter set and units",
        )
    limited = [one for one in found.fitted if _at_limit(one)]
    if limited:
        raise FileContentError(
            "the fit ends at limits of physics, which no machine reaches",
            code="E387",
            where=where,
            faults=[f"{one.parameter.name}: {one.value:.4g} {one.parameter.unit}" for one in limited],
            fix="check the unit of the times, the job folders, and the parameter set that was built with",
        )
    if not found.fitted:
        raise FileContentError(
            "the rows determine no parameter better than the profile does",
            code="E387",
            where=where,
            faults=[f"{one.parameter.name}: {one.reason}" for one in found.not_fitted],
            fix="log more rows, times in finer steps, or layers that differ more",
        )


def _slope(found: Fit, observations: Observations) -> tuple[float, float]:
    """How many seconds more rows take per second that the fit says more, and its standard deviation.

    The mean layer of each row counts, as often as the row has layers; 1 where all are alike.
    """
    kept = ~found.is_outlier
    layers = observations.layers[kept]
    said = found.predicted_s[kept] / layers
    taken = observations.measured_s[kept] / layers
    said -= np.average(said, weights=layers)
    spread = float(layers @ said**2)
    if spread <= _LEAST_SPREAD_S**2 * float(layers.sum()):
        return 1.0, 0.0
    taken -= np.average(taken, weights=layers)
    slope = float(layers @ (said * taken)) / spread
    return slope, found.scatter_s / spread**0.5
