"""How an estimate came about, and how far a quick one is from what was hatched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from amprep.cli.words import figure, many, say

if TYPE_CHECKING:
    from amprep.model.estimate import BuildEstimate
    from amprep.model.job import Job
    from amprep.model.notice import Notice
    from amprep.quick_sample import HatchedSample

__all__ = ["Made", "deviation_pct", "how_text", "remarks_if_far_off"]

#: From there on a quick estimate is not to be relied on, %.
_FAR_OFF_PCT = 20.0


@dataclass(frozen=True, slots=True)
class Made:
    """An estimate and how it came about."""

    job: Job
    estimate: BuildEstimate
    notices: tuple[Notice, ...]
    method: str
    """``hatched``, ``quick``, or ``stored vectors`` of a job folder."""
    seconds: float
    sample: HatchedSample | None = None
    full: BuildEstimate | None = None
    """From the vectors of a job folder, beside the quick one."""
    of_hatching: tuple[dict[str, Any] | None, dict[str, Any] | None] = (None, None)
    """Places of lost area, order and filters, where all layers were hatched."""


def remarks_if_far_off(
    sample: HatchedSample | None, estimate: BuildEstimate, full: BuildEstimate | None
) -> list[Notice]:
    """A remark where the quick estimate differs much from what was hatched."""
    from amprep.model.notice import Notice

    if full is not None:
        quick_s, hatched_s = estimate.exposure_s.value, full.exposure_s.value
    elif sample is not None:
        quick_s, hatched_s = sample.quick_s, sample.hatched_s
    else:
        return []
    if hatched_s > 0.0 and abs(quick_s - hatched_s) <= _FAR_OFF_PCT / 100.0 * hatched_s:
        return []
    text = f"in the layers compared the exposure takes {quick_s:.3g} s, but hatched {hatched_s:.3g} s"
    hint = "leave --quick out: of thin walls, and of many small contours, little can be told without hatching"
    values = {"quick_s": quick_s, "hatched_s": hatched_s}
    return [Notice("W468", text, where="--quick", hint=hint, values=values)]


def how_text(made: Made) -> str:
    """How the figures came about, and how far quick ones are from hatched ones."""
    took = figure(made.seconds, ".1f")
    if made.method == "stored vectors":
        return say("how_stored", seconds=took)
    if made.method == "hatched":
        return say("how_hatched", seconds=took)
    text = say("how_quick", seconds=took)
    if made.full is not None:
        deviations = ", ".join(
            f"{say(key)} {figure(deviation_pct(quick.value, full.value), '+.1f')} %"
            for key, quick, full in (
                ("phase_exposure", made.estimate.exposure_s, made.full.exposure_s),
                ("bar_layers", made.estimate.total_s, made.full.total_s),
            )
        )
        text += "; " + say("quick_beside_stored", deviations=deviations)
    elif made.sample is not None:
        off = made.sample.deviation_pct
        found = (
            say("they_expose_nothing") if off is None else f"{say('phase_exposure')} {figure(off, '+.1f')} %"
        )
        text += "; " + many("layers_hatched_to_compare", len(made.sample.layers), found=found)
    return f"{text}; {say('not_looked_for')}"


def deviation_pct(quick: float, full: float) -> float:
    """By how much a quick figure is larger than a full one; 0 where there is nothing."""
    return 100.0 * (quick / full - 1.0) if full else 0.0
