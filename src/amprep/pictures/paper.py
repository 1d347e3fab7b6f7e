"""A page with headline and footer of a job; what is free between them is for the data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amprep.pictures import style
from amprep.pictures.furniture import (
    MARGIN_IN,
    add_compass_row,
    add_footer,
    add_headline,
    footer_words,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from amprep.pictures.layer_view import Bounds
    from amprep.runs import Run

__all__ = ["page_of_run"]

_LEFT_IN = {"slide": 0.6, "print": MARGIN_IN}


def page_of_run(
    run: Run,
    *,
    lang: str,
    profile: str,
    title: str,
    subtitles: Sequence[str] = (),
    remarks: Sequence[str] = (),
    height_in: float | None = None,
    is_uncalibrated: bool | None = None,
    has_compass: bool = False,
) -> tuple[style.Sheet, Bounds]:
    """A page and what of it is free: x0, y0, x1, y1 in inches.

    Call it, and draw, inside of `style.slide_style`.

    Parameters
    ----------
    title : str
        The answer; set in large type.
    subtitles, remarks : sequence of str
        Lines below it, and items for the footer (what was thinned, for instance).
    height_in : float, optional
        Of a print.
    is_uncalibrated : bool, optional
        Whether the footer says that values are assumed; default: whether the times rest on such.
    has_compass : bool
        Whether the ways of gas and recoater are shown below the headline.

    """
    figure = style.sheet(profile, height_in)
    page = figure.page
    x_in, end_in = _LEFT_IN[page.name], page.width_in - MARGIN_IN
    top_in = add_headline(figure, x_in, end_in, title, subtitles)
    if has_compass:
        add_compass_row(figure, run.machine, lang, x_in, top_in - 0.17)
        top_in -= 0.36
    left = footer_words(
        run.machine,
        run.process,
        run.material,
        remarks,
        is_uncalibrated=run.is_uncalibrated if is_uncalibrated is None else is_uncalibrated,
        lang=lang,
    )
    foot_in = add_footer(figure, left, run.version, run.job_hash, lang)
    return figure, (x_in, foot_in + 0.1, end_in, top_in - 0.1)
