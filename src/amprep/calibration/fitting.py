"""Robust least squares that fits what the rows determine and leaves the rest where the profile has it.

::

    1  all parameters, loss soft L1, its scale from the scatter        pauses pull little
    2  rows more than 4 scatters off are left out, then plain least squares
    3  interval by the rows' scatter > what the profile leaves open?   the worst is taken out, back to 1

Algorithm
    `scipy.optimize.least_squares` (trust region, bounds) on residuals divided by the root of the row's
    number of layers, parameters in units of the profile's half range. Intervals: 95 %, Student's t, from the
    singular values of the Jacobian; wider where blocks of neighbouring rows scatter more than single rows
    say, and by what the ranges of inputs that are not fitted do to the fitted ones (added in squares).

Degeneracy rule
    Singular values below 1e-9 of the largest count as that, so parameters that cannot be told apart get
    intervals without end and are taken out one by one, the last of the list first. Recoating stays to the
    end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from amprep.calibration.observations import Prediction
from amprep.calibration.parameters import FitParameter, fit_parameters, nuisances

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from amprep.calibration.observations import Observations
    from amprep.model.machine import MachineProfile
    from amprep.model.process import ProcessProfile

__all__ = ["Fit", "Fitted", "NotFitted", "fit"]

_OUTLIER = 4.0
"""A row this many scatters off is a pause, a refill or a fault of the log."""
_ALIKE = 0.9
"""From this correlation with the others on, a parameter counts as not told apart from them."""
_LEAST_SINGULAR = 1e-9
_STEP = 1e-3
_AT_BOUND = 1e-6
"""A trust region comes no nearer to a bound, in widths."""
_LEAST_SCATTER_S = 1e-4
"""No machine keeps its layers to a tenth of a millisecond."""
_ROWS_PER_BLOCK = 10
_LEAST_BLOCKS = 10
_CONFIDENCE = 0.95
_MANY_TIMES = 100.0
"""By how much more is open tells nobody anything."""
_MAD_TO_SIGMA = 1.4826


@dataclass(frozen=True, slots=True)
class Fitted:
    """A parameter with its 95 % interval, in the unit of the input."""

    parameter: FitParameter
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class NotFitted:
    """A parameter that stays at the profile's value, and why."""

    parameter: FitParameter
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Result of a fit.

    predicted_s : (R,) float64, s
    is_outlier : (R,) bool
    """

    fitted: tuple[Fitted, ...]
    not_fitted: tuple[NotFitted, ...]
    scatter_s: float
    """Standard deviation of one layer's time about the fit, outliers left out."""
    predicted_s: NDArray[np.float64]
    is_outlier: NDArray[np.bool_]

    @property
    def values(self) -> dict[str, float]:
        """The inputs of the time model that were fitted."""
        values: dict[str, float] = {}
        for one in self.fitted:
            internal = 1.0 / one.value if one.parameter.is_reciprocal else one.value
            values |= one.parameter.values(internal)
        return values


class _Problem:
    """Residuals and their slopes, in units of the parameters' widths."""

    def __init__(self, observations: Observations, prediction: Prediction) -> None:
        self.observations = observations
        self.prediction = prediction
        self.root_layers = np.sqrt(observations.layers)
        # Times written in whole seconds scatter by that much, however alike they look.
        self.least_scatter_s = max(observations.resolution_s / 12.0**0.5, _LEAST_SCATTER_S)

    def residuals(self, parameters: Sequence[FitParameter], u: NDArray[np.float64]) -> NDArray[np.float64]:
        """(R,) float64, s: predicted minus measured, per root of the number of layers."""
        values: dict[str, float] = {}
        for parameter, step in zip(parameters, u, strict=True):
            values |= parameter.values(parameter.start + step * parameter.width)
        difference = self.prediction.times_s(values) - self.observations.measured_s
        return difference / self.root_layers

    def slopes(self, parameters: Sequence[FitParameter], u: NDArray[np.float64]) -> NDArray[np.float64]:
        """(R, P) float64, s: change of the residuals per width of each parameter."""
        base = self.residuals(parameters, u)
        slopes = np.empty((len(base), len(u)))
        for i, parameter in enumerate(parameters):
            # Away from the bound that is nearer: times are linear but for the change of the slowest laser.
            x = parameter.start + u[i] * parameter.width
            step = _STEP if parameter.high - x > x - parameter.low else -_STEP
            moved = u.copy()
            moved[i] += step
            slopes[:, i] = (self.residuals(parameters, moved) - base) / step
        return slopes


@dataclass(frozen=True, slots=True, eq=False)
class _Solution:
    u: NDArray[np.float64]
    residuals: NDArray[np.float64]
    slopes: NDArray[np.float64]
    kept: NDArray[np.bool_]
    scatter_s: float


def fit(observations: Observations, machine: MachineProfile, process: ProcessProfile) -> Fit:
    """Fit what the rows determine."""
    prediction = Prediction(observations, machine, process)
    problem = _Problem(observations, prediction)
    candidates = fit_parameters(prediction.model)
    others = nuisances(prediction.model)
    not_fitted: list[NotFitted] = []
    active = []
    effect = problem.slopes(candidates, np.zeros(len(candidates)))
    for parameter, column in zip(candidates, effect.T, strict=True):
        if np.abs(column).max(initial=0.0) > 1e-9:
            active.append(parameter)
        else:
            not_fitted.append(NotFitted(parameter, "no row has anything that it acts on"))
    fixed: list[FitParameter] = []
    while True:
        solution = _solve(problem, active)
        covariance = _covariance(solution)
        half = _half_widths(solution, covariance)
        worst = _least_determined(active, half)
        if worst is None:
            break
        not_fitted.append(NotFitted(active[worst], _reason(active, worst, covariance, half, solution)))
        fixed.append(active.pop(worst))
    # This may make an interval wider than the profile's: of several that come together one is fitted, so that
    # times become right, although it also takes up what is not known of the others.
    half = np.hypot(half, _from_fixed(problem, solution, active, [*fixed, *others]))
    order = {parameter.name: i for i, parameter in enumerate(candidates)}
    return Fit(
        tuple(_fitted(*one) for one in zip(active, solution.u, half, strict=True)),
        tuple(sorted(not_fitted, key=lambda one: order[one.parameter.name])),
        solution.scatter_s,
        solution.residuals * problem.root_layers + observations.measured_s,
        ~solution.kept,
    )


def _fitted(parameter: FitParameter, u: float, half: float) -> Fitted:
    value = parameter.start + float(u) * parameter.width
    if value - parameter.low < _AT_BOUND * parameter.width:
        value = parameter.low
    reach = float(half) * parameter.width
    low, high = max(parameter.low, value - reach), min(parameter.high, value + reach)
    shown = [parameter.shown(one) for one in (value, low, high)]
    return Fitted(parameter, shown[0], min(shown[1:]), max(shown[1:]))


def _solve(problem: _Problem, parameters: Sequence[FitParameter]) -> _Solution:
    """Robust first, then plain least squares over the rows that are no outliers."""
    u = np.zeros(len(parameters))
    residuals = problem.residuals(parameters, u)
    scale = _scatter_s(residuals - np.median(residuals), 1, problem)
    for _ in range(3):
        u = _least_squares(problem, parameters, u, np.ones(len(residuals), dtype=bool), "soft_l1", scale)
        residuals = problem.residuals(parameters, u)
        scale = _scatter_s(residuals, len(u), problem)
    kept = np.abs(residuals) <= _OUTLIER * scale
    for _ in range(5):
        u = _least_squares(problem, parameters, u, kept, "linear", 1.0)
        residuals = problem.residuals(parameters, u)
        freedom = max(1, int(kept.sum()) - len(u))
        scale = max(problem.least_scatter_s, float(np.sqrt((residuals[kept] ** 2).sum() / freedom)))
        before, kept = kept, np.abs(residuals) <= _OUTLIER * scale
        if (kept == before).all() or kept.sum() <= len(u) + 1:
            kept = before
            break
    slopes = problem.slopes(parameters, u) if len(u) else np.zeros((len(residuals), 0))
    return _Solution(u, residuals, slopes, kept, scale)


def _scatter_s(residuals: NDArray[np.float64], parameters: int, problem: _Problem) -> float:
    """Scatter of the bulk of the rows, whatever a few of them do."""
    rows = len(residuals)
    correction = np.sqrt(rows / max(1, rows - parameters))
    found_s = _MAD_TO_SIGMA * float(np.median(np.abs(residuals))) * float(correction)
    least_s: float = problem.least_scatter_s
    return max(least_s, found_s)


def _least_squares(
    problem: _Problem,
    parameters: Sequence[FitParameter],
    u: NDArray[np.float64],
    kept: NDArray[np.bool_],
    loss: str,
    scale: float,
) -> NDArray[np.float64]:
    from scipy.optimize import least_squares

    # What is robust only finds the outliers.
    tolerance = 1e-9 if loss == "linear" else 1e-6
    if not len(u):
        return u
    low, high = (
        np.array([(getattr(p, end) - p.start) / p.width for p in parameters]) for end in ("low", "high")
    )
    # The trust region starts inside of the bounds.
    inside = np.clip(u, low + 1e-9 * (high - low), high - 1e-9 * (high - low))
    found = least_squares(
        lambda v: problem.residuals(parameters, v)[kept],
        inside,
        jac=lambda v: problem.slopes(parameters, v)[kept],
        bounds=(low, high),
        loss=loss,
        f_scale=scale,
        # In units of what the profile leaves open; towards a bound the last digits come slowly.
        xtol=tolerance,
        ftol=tolerance,
        gtol=tolerance,
        max_nfev=200,
    )
    solved: NDArray[np.float64] = found.x
    return solved


def _covariance(solution: _Solution) -> NDArray[np.float64]:
    """(P, P) float64: of the parameters in their widths, from the rows' own scatter."""
    slopes = solution.slopes[solution.kept]
    _, singular, v = np.linalg.svd(slopes, full_matrices=False)
    singular = np.maximum(singular, _LEAST_SINGULAR * singular.max(initial=1e-300))
    scaled = v.T / singular * solution.scatter_s
    covariance: NDArray[np.float64] = scaled @ scaled.T
    return covariance


def _half_widths(solution: _Solution, covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """(P,) float64: half of the 95 % intervals, in widths."""
    from scipy.special import stdtrit

    freedom = max(1, int(solution.kept.sum()) - len(solution.u))
    deviation = np.sqrt(np.diag(covariance))
    blocks = _block_deviation(solution, covariance)
    quantile = float(stdtrit(freedom, 0.5 + _CONFIDENCE / 2))
    half: NDArray[np.float64] = quantile * np.maximum(deviation, blocks)
    return half


def _block_deviation(solution: _Solution, covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """(P,) float64: deviations from sums over blocks of neighbouring rows, which see what rows share."""
    rows = np.flatnonzero(solution.kept)
    blocks = len(rows) // _ROWS_PER_BLOCK
    if blocks < _LEAST_BLOCKS:
        return np.zeros(len(solution.u))
    of_row = np.arange(len(rows)) * blocks // len(rows)
    scores = solution.slopes[rows] * solution.residuals[rows, None]
    sums = np.zeros((blocks, len(solution.u)))
    np.add.at(sums, of_row, scores)
    bread = covariance / solution.scatter_s**2
    spread = bread @ (sums.T @ sums) @ bread * (blocks / (blocks - 1))
    deviation: NDArray[np.float64] = np.sqrt(np.maximum(0.0, np.diag(spread)))
    return deviation


def _least_determined(parameters: Sequence[FitParameter], half: NDArray[np.float64]) -> int | None:
    """Place of the parameter that the rows say least of, if that is less than the profile says."""
    candidates = [i for i in range(len(parameters)) if half[i] > 1.0]
    if not candidates:
        return None
    spared = [i for i in candidates if i > 0] or candidates
    place: int = max(spared, key=lambda i: (round(float(np.log10(half[i])), 3), i))
    return place


def _reason(
    parameters: Sequence[FitParameter],
    place: int,
    covariance: NDArray[np.float64],
    half: NDArray[np.float64],
    solution: _Solution,
) -> str:
    deviation = np.sqrt(np.diag(covariance))
    alike = np.abs(covariance[place] / (deviation * deviation[place]))
    alike[place] = 0.0
    # By how much the others make it less sure than it would be alone.
    alone = solution.scatter_s / max(1e-300, float(np.linalg.norm(solution.slopes[solution.kept, place])))
    if len(alike) > 1 and alone < np.sqrt(1.0 - _ALIKE**2) * deviation[place]:
        other = parameters[int(alike.argmax())].name
        return f"in these rows it cannot be told apart from {other}"
    share = float(half[place])
    opened = f"{share:.1f} times" if share < _MANY_TIMES else f"more than {_MANY_TIMES:.0f} times"
    return (
        f"the rows leave {opened} the profile's range open: too small an effect beside the scatter "
        f"of {_short(solution.scatter_s)} s per layer"
    )


def _short(value: float) -> str:
    """Two digits, never with a power of ten: 0.12, 610."""
    return f"{value:.2g}" if value < 99.5 else f"{value:.0f}"


def _from_fixed(
    problem: _Problem,
    solution: _Solution,
    active: Sequence[FitParameter],
    fixed: Sequence[FitParameter],
) -> NDArray[np.float64]:
    """(P,) float64: how far the ranges of what is not fitted move the fitted parameters, in widths."""
    if not active or not fixed:
        return np.zeros(len(active))
    everything = [*active, *fixed]
    u = np.concatenate([solution.u, np.zeros(len(fixed))])
    slopes = problem.slopes(everything, u)[solution.kept]
    moved = np.linalg.lstsq(slopes[:, : len(active)], slopes[:, len(active) :], rcond=None)[0]
    widening: NDArray[np.float64] = np.sqrt((moved**2).sum(axis=1))
    return widening
