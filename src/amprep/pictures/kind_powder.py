"""Where the powder of a job goes: what is loaded, and enlarged what of it is used up.

::

    [ part | lost |  sieved and used again  |  never spread ]
      |       |
    [   part      |  lost  | taken out of use ]      the left end, enlarged
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.patches import Polygon, Rectangle

from amprep.languages import words
from amprep.languages.numbers import least_text, number_text
from amprep.pictures import style
from amprep.pictures.furniture import LEGEND_ROW_IN, LegendEntry, add_sample
from amprep.pictures.paper import page_of_run
from amprep.pictures.texts import text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.figure import Figure

    from amprep.pictures.layer_view import Bounds
    from amprep.runs import Run

__all__ = ["about", "alt_text", "draw", "mass_text", "missing", "powder_by_way"]

BODY_IN = 3.5

#: Ways of the powder in the order of the bar; the first three are used up.
FILLS = {
    "part": style.Fill("#004488"),
    "loss": style.Fill("#D55E00", "///"),
    "retired": style.Fill("#7A1FA2", "..."),
    "reusable": style.Fill("#66CCEE"),
    "back": style.Fill("#E5E5E5"),
}
USED = ("part", "loss", "retired")


def mass_text(mass_g: float, lang: str) -> str:
    """``31.2 kg``, ``489 g``, ``0.4 g``."""
    if mass_g >= 999.5:
        return f"{number_text(mass_g / 1000, lang, 1 if mass_g < 99_950 else 0)} kg"
    return f"{least_text(mass_g, lang, 0 if mass_g >= 9.95 or mass_g == 0 else 1)} g"


def powder_by_way(run: Run) -> dict[str, float]:
    """Mass in g by where it goes; they sum to the charge, and ways that nothing goes are left out."""
    powder = run.estimate.powder
    masses = {
        "part": powder.part_g.value,
        "loss": powder.loss_g.value,
        "retired": powder.retired_g.value,
        "reusable": powder.reusable_g.value,
        "back": powder.back_g.value,
    }
    return {way: mass for way, mass in masses.items() if mass > 0.0}


def about(*, lang: str = "en") -> str:
    """Of this kind of pictures."""
    return text(lang, "about_powder")


def missing(run: Run, *, lang: str = "en") -> str:
    """A job of which no charge is known."""
    return "" if run.estimate.powder.charge_g.value > 0.0 else text(lang, "missing_powder")


def draw(run: Run, *, lang: str = "en", profile: str = "slide", **_: object) -> Figure:
    """Draw both bars and a table of the masses."""
    masses = powder_by_way(run)
    powder = run.estimate.powder
    with style.slide_style():
        used = {way: mass for way, mass in masses.items() if way in USED}
        figure, free = page_of_run(
            run,
            lang=lang,
            profile=profile,
            title=_title(run, lang),
            subtitles=_subtitles(run, masses, lang),
            body_in=BODY_IN,
            is_uncalibrated=any(one.grade.is_unconfirmed for one in powder.charge_assumptions),
        )
        x0, low, x1, top = free
        low += 0.06
        is_slide = figure.page is style.SLIDE
        rows_in = 0.36 if is_slide else LEGEND_ROW_IN
        room = top - low - len(masses) * rows_in - 0.2
        bar_in = (room - 2 * 0.36 - 0.3) / 2
        charge, taken = powder.charge_g.value, sum(used.values())
        style.add_text(figure, x0, top - 0.14, text(lang, "powder_whole", mass=mass_text(charge, lang)))
        upper = (x0, top - 0.34 - bar_in, x1, top - 0.34)
        ends = _add_bar(figure, masses, upper)
        if taken > 0.0:
            head = upper[1] - 0.46
            style.add_text(figure, x0 + 0.08, head, text(lang, "powder_used", mass=mass_text(taken, lang)))
            below = (x0, head - 0.2 - bar_in, x1, head - 0.2)
            _add_bar(figure, used, below)
            end = max(ends[way] for way in used)
            _add_rays(figure, end, upper, below)
        _add_table(figure, masses, charge, (x0, low + len(masses) * rows_in, x1), rows_in, lang)
    return figure


def alt_text(run: Run, *, lang: str = "en", **_: object) -> str:
    """What the picture shows."""
    if missing(run, lang=lang):
        return missing(run, lang=lang)
    each = ", ".join(
        text(lang, "item", what=text(lang, f"powder_{way}"), amount=mass_text(mass, lang))
        for way, mass in powder_by_way(run).items()
    )
    return text(lang, "powder_alt", charge=mass_text(run.estimate.powder.charge_g.value, lang), each=each)


def _title(run: Run, lang: str) -> str:
    powder = run.estimate.powder
    charge, part = (mass_text(one.value, lang) for one in (powder.charge_g, powder.part_g))
    return text(lang, "powder_title", charge=charge, part=part)


def _subtitles(run: Run, masses: Mapping[str, float], lang: str) -> list[str]:
    powder = run.estimate.powder
    used = sum(masses.get(way, 0.0) for way in USED)
    back = mass_text(powder.charge_g.value - used, lang)
    said = [text(lang, "powder_subtitle", used=mass_text(used, lang), back=back)]
    if powder.refills:
        said.append(text(lang, "powder_refills", count=str(powder.refills)))
    lines = [" · ".join(said)]
    consumed = powder.consumed_g
    if consumed.has_range:
        ends = {"low": mass_text(consumed.low, lang), "high": mass_text(consumed.high, lang)}
        lines.append(text(lang, "powder_range", range=words("common", lang, "range", **ends)))
    return lines


def _add_bar(figure: Figure, masses: Mapping[str, float], box: Bounds) -> dict[str, float]:
    """One bar over the whole width; returns where each piece ends."""
    x, whole = box[0], sum(masses.values())
    ends = {}
    for way, mass in masses.items():
        width = (box[2] - box[0]) * mass / whole
        fill = FILLS[way]
        figure.add_artist(
            Rectangle(
                (x, box[1]),
                width,
                box[3] - box[1],
                facecolor=fill.colour,
                edgecolor=style.OUTLINE,
                hatch=fill.pattern,
                linewidth=0.8,
                transform=figure.dpi_scale_trans,
            )
        )
        x += width
        ends[way] = x
    return ends


def _add_rays(figure: Figure, end_in: float, upper: Bounds, lower: Bounds) -> None:
    """From the piece of the upper bar to the lower one."""
    corners = [
        (upper[0], upper[1]),
        (end_in, upper[1]),
        (lower[2], lower[3]),
        (lower[0], lower[3]),
    ]
    figure.add_artist(
        Polygon(
            corners,
            facecolor="#F2F2F2",
            edgecolor=style.FIELD_GREY,
            linewidth=0.8,
            transform=figure.dpi_scale_trans,
            zorder=0.5,
        )
    )


def _add_table(
    figure: Figure,
    masses: Mapping[str, float],
    charge_g: float,
    at: tuple[float, float, float],
    row_in: float,
    lang: str,
) -> None:
    """Each way with its mass and its share."""
    x0, top, x1 = at
    is_slide = style.page_of(figure) is style.SLIDE
    columns = (x0 + 6.6, x0 + 8.4) if is_slide else (x1 - 0.95, x1 - 0.1)
    for row, (way, mass) in enumerate(masses.items()):
        y = top - (row + 0.5) * row_in
        entry = LegendEntry("", "area", FILLS[way].colour, pattern=FILLS[way].pattern)
        size = "axis" if is_slide else "content"
        style.add_text(figure, add_sample(figure, x0, y, entry), y, text(lang, f"powder_{way}"), size=size)
        percent = 100 * mass / charge_g
        share = f"{number_text(percent, lang, 0 if percent >= 9.95 else 1 if percent >= 0.95 else 2)} %"
        for x, said in zip(columns, (mass_text(mass, lang), share), strict=True):
            style.add_text(figure, x, y, said, size=size, ha="right")
