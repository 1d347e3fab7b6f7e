"""One layer by time: when each of its vectors is exposed, all lasers at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib import colormaps
from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.ticker import MaxNLocator

from amprep.languages.numbers import seconds_text
from amprep.pictures import style
from amprep.pictures.close_up import rows_in, vectors_in
from amprep.pictures.fields import plate_patch
from amprep.pictures.furniture import LegendEntry, add_legend_rows, add_scale_bar, legend_rows
from amprep.pictures.layer import layer_subtitle, thinning_words
from amprep.pictures.layer_view import FINE_VIEW_MM, thinned_vectors, view_of
from amprep.pictures.layers_of_run import chosen_layer, missing_layers
from amprep.pictures.paper import page_of_run
from amprep.pictures.texts import number_text, text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from amprep.model.scan import LayerPlan
    from amprep.pictures.kinds import Choice
    from amprep.pictures.layer_view import Bounds, DrawnVectors
    from amprep.runs import Run

__all__ = ["about", "alt_text", "begins_of_layer", "draw", "missing"]

BODY_IN = 4.4
BAR_IN = 0.28
#: Free on the right of the panel for the bar of colours and its words.
ASIDE_IN = {"slide": 1.6, "print": 1.5}
#: About what is free on a page.
FREE_IN = {"slide": (0.6, 1.0, 12.6, 5.8), "print": (0.2, 1.0, 6.1, 1.0 + BODY_IN)}
#: The light end of the scale would not be seen on white.
COLOURS = LinearSegmentedColormap.from_list("order", colormaps["viridis"](np.linspace(0.0, 0.86, 64)))


def about(*, lang: str = "en") -> str:
    """Of this kind of pictures."""
    return text(lang, "about_layer_order")


def missing(run: Run, *, lang: str = "en") -> str:
    """A job without layers."""
    return missing_layers(run, lang)


def begins_of_layer(run: Run, index: int, plan: LayerPlan) -> NDArray[np.float64]:
    """(N,) float64, s: when the marking of each vector begins, from the begin of the layer's exposure."""
    vectors = plan.vectors
    times = run.vector_times(index, vectors)
    begins = np.zeros(len(vectors))
    for laser in range(run.lasers):
        own = np.flatnonzero(vectors.laser == laser)
        begins[own] = np.cumsum(times.total_s[own]) - times.marking_s[own]
    return begins


def draw(run: Run, *, lang: str = "en", profile: str = "slide", choice: Choice | None = None) -> Figure:
    """Draw the vectors of the layer in the colours of their times."""
    index = chosen_layer(run, choice)
    plan = run.plan(index)
    busy_s = run.estimate.layer_times.busy_s[index]
    longest_s = float(busy_s.max())
    with style.slide_style():
        entries = [
            LegendEntry(
                text(lang, "laser_time", number=str(k + 1), time=seconds_text(seconds, lang)),
                "badge",
                style.laser_look(k).colour,
                digit=k + 1,
            )
            for k, seconds in enumerate(busy_s.tolist())
            if seconds > 0.0
        ]
        probe = style.sheet(profile)
        rows = legend_rows(probe, entries, probe.page.width_in - 1.2) if entries else 0
        key = "layer_title" if len(plan.vectors) else "layer_title_empty"
        number, count = number_text(index + 1, lang), number_text(run.layer_count, lang)
        core = run.process.core
        box = _panel_box(FREE_IN[profile], profile, rows)
        plate = run.machine.build_volume.bounds_mm
        width, height = box[2] - box[0], box[3] - box[1]
        if choice is None or choice.close_up is None:
            view = view_of(plan.vectors.segments, plate, width, height)
        else:
            view = choice.close_up.view(width, height)
        pt_per_mm = 72.0 * (box[2] - box[0]) / (view[2] - view[0])
        vectors, begins_s = plan.vectors, begins_of_layer(run, index, plan)
        if choice is not None and choice.close_up is not None:
            vectors, begins_s = vectors_in(vectors, view), begins_s[rows_in(vectors, view)]
        drawn = thinned_vectors(vectors, core.hatch_distance_mm.value, pt_per_mm, core.cell_mm)
        figure, free = page_of_run(
            run,
            lang=lang,
            profile=profile,
            body_in=BODY_IN,
            title=text(lang, key, number=number, count=count, time=seconds_text(longest_s, lang)),
            subtitles=[layer_subtitle(plan, lang)],
            remarks=thinning_words(drawn, lang),
            has_compass=True,
        )
        box = _panel_box(free, profile, rows)
        axes = _axes(figure, box, view, lang)
        axes.add_patch(plate_patch(run.machine.build_volume, zorder=1.2))
        _draw_vectors(axes, drawn, begins_s, longest_s, pt_per_mm)
        add_scale_bar(figure, axes, lang)
        if longest_s > 0.0:
            _draw_bar(figure, box, longest_s, lang)
        if entries:
            add_legend_rows(figure, entries, (free[0], free[2]), free[1] + 0.36 * rows)
    return figure


def alt_text(run: Run, *, lang: str = "en", choice: Choice | None = None) -> str:
    """What the picture shows."""
    index = chosen_layer(run, choice)
    busy_s = run.estimate.layer_times.busy_s[index].tolist()
    number, count = number_text(index + 1, lang), number_text(run.layer_count, lang)
    lasers = "; ".join(
        text(lang, "laser_time", number=str(k + 1), time=seconds_text(seconds, lang))
        for k, seconds in enumerate(busy_s)
        if seconds > 0.0
    )
    return text(
        lang, "alt_layer_order", number=number, count=count, lasers=lasers or text(lang, "vectors_none")
    )


def _panel_box(free: Bounds, profile: str, rows: int) -> Bounds:
    x0, y0, x1, y1 = free
    return x0 + 0.7, y0 + 0.75 + 0.36 * rows, x1 - ASIDE_IN[profile], y1 - 0.1


def _axes(figure: Figure, box: Bounds, view: Bounds, lang: str) -> Axes:
    # The page may leave another shape than was asked for: the view keeps its middle and its width.
    x0, y0, x1, y1 = view
    height = (x1 - x0) * (box[3] - box[1]) / (box[2] - box[0])
    middle = (y0 + y1) / 2
    if height < y1 - y0:
        more = 0.5 * ((y1 - y0) * (box[2] - box[0]) / (box[3] - box[1]) - (x1 - x0))
        x0, x1 = x0 - more, x1 + more
    else:
        y0, y1 = middle - height / 2, middle + height / 2
    axes = style.add_axes(figure, box, lang)
    axes.set_xlim(x0, x1)
    axes.set_ylim(y0, y1)
    axes.set_aspect("equal")
    axes.set_autoscale_on(False)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    style.add_text(
        figure, (box[0] + box[2]) / 2, box[1] - 0.5, text(lang, "x_axis"), size="axis", ha="center"
    )
    is_wide = y1 - y0 < FINE_VIEW_MM and style.page_of(figure) is style.SLIDE
    x_in, y_in = box[0] - (0.86 if is_wide else 0.72), (box[1] + box[3]) / 2
    words = style.add_text(figure, x_in, y_in, text(lang, "y_axis"), size="axis", ha="center")
    words.set_rotation(90)
    return axes


def _draw_vectors(
    axes: Axes, drawn: DrawnVectors, begins_s: NDArray[np.float64], longest_s: float, pt_per_mm: float
) -> None:
    hatch_pt = float(np.clip(0.1 * pt_per_mm * drawn.every_hatch, 0.6, 2.2))
    for rows, lines, width_pt in (
        (drawn.hatch_row, drawn.hatch, hatch_pt),
        (drawn.contour_row, drawn.contour, hatch_pt + 0.8),
    ):
        if len(lines):
            shares = begins_s[rows] / (longest_s or 1.0)
            axes.add_collection(
                LineCollection(
                    list(lines.reshape(-1, 2, 2)),
                    colors=COLOURS(np.clip(shares, 0.0, 1.0)),
                    linewidths=width_pt,
                    capstyle="round",
                    zorder=2,
                ),
                autolim=False,
            )


def _draw_bar(figure: Figure, box: Bounds, longest_s: float, lang: str) -> None:
    """The scale of colours, from the begin of the layer's exposure to its end."""
    x_in = box[2] + 0.45
    height_in = min(3.4, box[3] - box[1])
    low_in = box[3] - height_in
    bar = style.add_axes(figure, (x_in, low_in, x_in + BAR_IN, box[3]), lang)
    bar.grid(visible=False)
    bar.imshow(
        np.linspace(0.0, 1.0, 256)[:, None],
        aspect="auto",
        origin="lower",
        cmap=COLOURS,
        extent=(0.0, 1.0, 0.0, longest_s),
    )
    bar.set_xticks([])
    bar.yaxis.tick_right()
    bar.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    is_short = longest_s < style.SHORT_S
    if is_short:
        bar.yaxis.set_major_formatter(style.NumberFormatter(lang, 1000))
    bar.spines[["left", "bottom"]].set_visible(False)
    title = text(lang, "order_axis_ms" if is_short else "order_axis")
    words = style.add_text(figure, box[2] + 0.26, low_in + height_in / 2, title, size="axis", ha="center")
    words.set_rotation(90)
