"""A page with headline and footer; what is free between them is for the data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from amprep.pictures import style
from amprep.pictures.furniture import (
    MARGIN_IN,
    add_compass,
    add_compass_row,
    add_footer,
    add_headline,
    footer_words,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from amprep.model.machine import MachineProfile
    from amprep.model.material import MaterialProfile
    from amprep.model.process import ProcessProfile
    from amprep.pictures.layer_view import Bounds
    from amprep.runs import Run

__all__ = ["Said", "begin", "page_of_run"]

_LEFT_IN = {"slide": 0.6, "print": MARGIN_IN}
_COMPASS_ROW_IN = 0.36
#: High enough for every headline that is measured.
_PROBE_IN = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a picture says around its data."""

    machine: MachineProfile
    process: ProcessProfile
    material: MaterialProfile
    version: str
    job_hash: str
    title: str
    """The answer; set in large type."""
    subtitles: Sequence[str] = ()
    remarks: Sequence[str] = ()
    """Items for the footer: what was thinned, for instance."""
    is_uncalibrated: bool = True
    """Whether the footer says that values are assumed."""
    has_compass: bool = False
    """Whether the ways of gas and recoater are shown."""


def begin(
    said: Said, *, lang: str, profile: str, body_in: float, left_in: float | None = None
) -> tuple[style.Sheet, Bounds]:
    """A page with all that is said, and what of it is free: x0, y0, x1, y1 in inches.

    Call it, and draw, inside of `style.slide_style`.

    Parameters
    ----------
    body_in : float
        Height of what is free on a print; a slide leaves what there is.
    left_in : float, optional
        Where the headline of a slide begins.

    """
    style.require_profile(profile)
    if profile == "slide":
        return _drawn(style.sheet(), said, lang, _LEFT_IN["slide"] if left_in is None else left_in)
    probe, (_, low_in, _, high_in) = _drawn(style.sheet(profile, _PROBE_IN), said, lang, _LEFT_IN[profile])
    around_in = probe.page.height_in - (high_in - low_in)
    return _drawn(style.sheet(profile, around_in + body_in), said, lang, _LEFT_IN[profile])


def _drawn(figure: style.Sheet, said: Said, lang: str, x_in: float) -> tuple[style.Sheet, Bounds]:
    page = figure.page
    end_in = page.width_in - MARGIN_IN
    headline_end_in = end_in
    if said.has_compass and page is style.SLIDE:
        headline_end_in = add_compass(figure, said.machine, lang) - 0.15
    top_in = add_headline(figure, x_in, headline_end_in, said.title, [one for one in said.subtitles if one])
    if said.has_compass and page is not style.SLIDE:
        add_compass_row(figure, said.machine, lang, x_in, top_in - _COMPASS_ROW_IN / 2)
        top_in -= _COMPASS_ROW_IN
    left = footer_words(
        said.machine,
        said.process,
        said.material,
        said.remarks,
        is_uncalibrated=said.is_uncalibrated,
        lang=lang,
    )
    foot_in = add_footer(figure, left, said.version, said.job_hash, lang)
    return figure, (x_in, foot_in + 0.06, end_in, top_in - 0.06)


def page_of_run(
    run: Run,
    *,
    lang: str,
    profile: str,
    body_in: float,
    title: str,
    subtitles: Sequence[str] = (),
    remarks: Sequence[str] = (),
    is_uncalibrated: bool | None = None,
    has_compass: bool = False,
) -> tuple[style.Sheet, Bounds]:
    """As `begin`, for a job; by default the footer says whether the times rest on assumed values."""
    said = Said(
        machine=run.machine,
        process=run.process,
        material=run.material,
        version=run.version,
        job_hash=run.job_hash,
        title=title,
        subtitles=subtitles,
        remarks=remarks,
        is_uncalibrated=run.is_uncalibrated if is_uncalibrated is None else is_uncalibrated,
        has_compass=has_compass,
    )
    return begin(said, lang=lang, profile=profile, body_in=body_in)
