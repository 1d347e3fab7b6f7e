"""What a job costs: a waterfall of the items up to the total."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.ticker import MaxNLocator

from amprep.languages import words
from amprep.languages.numbers import number_text
from amprep.model.provenance import Grade
from amprep.pictures import style
from amprep.pictures.furniture import broken
from amprep.pictures.paper import page_of_run
from amprep.pictures.texts import text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from amprep.pictures.layer_view import Bounds
    from amprep.runs import Run

__all__ = ["ITEMS", "about", "alt_text", "cost_items", "draw", "euro_text", "missing"]

BODY_IN = 3.6
ITEMS = ("machine", "powder", "gas", "energy", "platform", "labour")
FILLS = {
    "machine": style.Fill("#004488"),
    "powder": style.Fill("#8A8A8A"),
    "gas": style.Fill("#66CCEE"),
    "energy": style.Fill("#F0B429", ".."),
    "platform": style.Fill("#FFFFFF", "\\\\"),
    "labour": style.Fill("#BB5566", "//"),
    "total": style.Fill("#333333"),
}


def euro_text(eur: float, lang: str) -> str:
    """``312 €``, ``4,20 €``."""
    return f"{number_text(eur, lang, 0 if abs(eur) >= 99.5 or eur == 0 else 2)} €"


def cost_items(run: Run) -> dict[str, float]:
    """Cost in EUR of each item; they sum to the total of the summary."""
    cost = run.summary["cost_eur"]
    return {item: float(cost[item]) for item in ITEMS}


def about(*, lang: str = "en") -> str:
    """Of this kind of pictures."""
    return text(lang, "about_cost")


def missing(run: Run, *, lang: str = "en") -> str:
    """A job without rates."""
    return "" if "cost_eur" in run.summary else text(lang, "missing_cost")


def draw(run: Run, *, lang: str = "en", profile: str = "slide", **_: object) -> Figure:
    """Draw the waterfall."""
    cost = run.summary["cost_eur"]
    items = cost_items(run)
    is_assumed = _is_assumed(cost)
    with style.slide_style():
        figure, free = page_of_run(
            run,
            lang=lang,
            profile=profile,
            title=_title(cost, lang),
            subtitles=_subtitles(cost, lang, is_assumed=is_assumed),
            remarks=[text(lang, "rates_assumed")] if is_assumed else [],
            body_in=BODY_IN,
        )
        _add_waterfall(figure, free, items, float(cost["total"]), lang)
    return figure


def _add_waterfall(
    figure: style.Sheet, free: Bounds, items: Mapping[str, float], total: float, lang: str
) -> None:
    """Bars one upon the other, from left to right, and all of them at the end."""
    is_slide = figure.page is style.SLIDE
    left, below = (1.2, 0.62) if is_slide else (0.78, 0.56)
    box = (free[0] + left, free[1] + below, free[2], free[3] - 0.2)
    axes = style.add_axes(figure, box, lang)
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    axes.xaxis.set_visible(False)
    axes.grid(visible=False, axis="x")
    highest = 1.12 * max(total, 1e-9)
    axes.set_ylim(0, highest)
    axes.set_xlim(-0.5, len(items) + 0.5)
    label = style.add_text(
        figure, free[0] + 0.1, (box[1] + box[3]) / 2, text(lang, "cost_axis"), size="axis", ha="center"
    )
    label.set_rotation(90)
    per_eur, pitch = (box[3] - box[1]) / highest, (box[2] - box[0]) / (len(items) + 1)
    below_eur = 0.0
    for place, (item, eur) in enumerate([*items.items(), ("total", total)]):
        start = 0.0 if item == "total" else below_eur
        below_eur = start + eur
        _add_bar(axes, place, FILLS[item], (start, below_eur), is_last=item == "total")
        x, y = box[0] + (place + 0.5) * pitch, box[1] + below_eur * per_eur + 0.13
        is_wide = is_slide or item == "total" or pitch > 0.9
        weight = "bold" if item == "total" else "normal"
        said = euro_text(eur, lang) if is_wide else _short(eur, lang)
        style.add_text(figure, x, y, said, ha="center", weight=weight)
        for row, line in enumerate(broken(figure, text(lang, f"cost_{item}"), pitch - 0.05, weight=weight)):
            style.add_text(figure, x, box[1] - 0.2 - 0.2 * row, line, ha="center", weight=weight)


def _add_bar(axes: Axes, place: int, fill: style.Fill, span: tuple[float, float], *, is_last: bool) -> None:
    """A bar, and a line from its end to the next one."""
    axes.bar(
        place,
        span[1] - span[0],
        bottom=span[0],
        width=0.7,
        color=fill.colour,
        edgecolor=style.OUTLINE,
        hatch=fill.pattern,
        linewidth=0.8,
        zorder=2,
    )
    if not is_last:
        axes.plot([place - 0.35, place + 1.35], [span[1]] * 2, color=style.GREY_TEXT, linewidth=1.0, zorder=3)


def alt_text(run: Run, *, lang: str = "en", **_: object) -> str:
    """What the picture shows."""
    if missing(run, lang=lang):
        return missing(run, lang=lang)
    each = ", ".join(
        text(lang, "item", what=text(lang, f"cost_{item}"), amount=euro_text(eur, lang))
        for item, eur in cost_items(run).items()
    )
    return text(lang, "cost_alt", each=each, total=euro_text(run.summary["cost_eur"]["total"], lang))


def _short(eur: float, lang: str) -> str:
    return number_text(eur, lang, 0 if eur >= 9.95 or eur == 0 else 1)


def _title(cost: Mapping[str, Any], lang: str) -> str:
    total = euro_text(cost["total"], lang)
    if len(cost["parts"]) == 1:
        return text(lang, "cost_title", total=total)
    return text(lang, "cost_title_parts", total=total, each=euro_text(cost["per_part"], lang))


def _subtitles(cost: Mapping[str, Any], lang: str, *, is_assumed: bool) -> list[str]:
    hours = {key: number_text(cost[f"{key}_h"], lang, 1) for key in ("machine", "labour")}
    low, high = (euro_text(end, lang) for end in cost["range"]["total"])
    ends = words("common", lang, "range", low=low, high=high)
    return [
        text(lang, "cost_hours", **hours),
        text(lang, "cost_range_assumed", range=ends) if is_assumed else ends,
    ]


def _is_assumed(cost: Mapping[str, Any]) -> bool:
    return any(Grade(rate["grade"]).is_unconfirmed for rate in cost["rates"].values())
