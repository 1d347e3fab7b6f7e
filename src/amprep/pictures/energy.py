"""Where the parameter sets lie in the field of laser power and scan speed, and what energy that is.

::

    P |        . 500   . 200 J/m        rays from the origin: energy per length, power ÷ speed
      |      .     .
      |    .   . o  57 J/mm³            markers: what each region gets; a hatched region per volume,
      |  . .        [] 117 J/m          with its own hatch distance, a contour per length
      +------------------- v
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from matplotlib.lines import Line2D
from matplotlib.patches import Polygon, Rectangle
from matplotlib.patheffects import Normal, Stroke
from matplotlib.ticker import MaxNLocator

from amprep.languages import words_of
from amprep.languages.numbers import number_text, short_text
from amprep.model.provenance import Grade
from amprep.model.scan import Region
from amprep.pictures import style
from amprep.pictures.furniture import LegendEntry, add_sample, broken
from amprep.pictures.palette import REGIONS
from amprep.pictures.paper import page_of_run
from amprep.pictures.texts import text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from amprep.model.provenance import GradedValue
    from amprep.pictures.layer_view import Bounds
    from amprep.pictures.style import Sheet
    from amprep.runs import Run

__all__ = ["EnergyPoint", "draw_energy", "energy_alt_text"]

#: Marker and colour by the first region of a point.
LOOKS = {
    Region.CORE: ("o", REGIONS["core"]),
    Region.CONTOUR: ("s", REGIONS["contour"]),
    Region.UPSKIN: ("^", REGIONS["upskin"]),
    Region.DOWNSKIN: ("D", REGIONS["downskin"]),
    Region.EDGE: ("v", REGIONS["edge"]),
    Region.SUPPORT: ("P", REGIONS["support"]),
    # Contours of skins and supports have the colour of what they belong to, and a form of their own.
    Region.UPSKIN_CONTOUR: ("X", REGIONS["upskin"]),
    Region.DOWNSKIN_CONTOUR: ("*", REGIONS["downskin"]),
    Region.SUPPORT_CONTOUR: ("p", REGIONS["support"]),
}
#: What is exposed again.
OTHER_LOOK = ("X", REGIONS["contour"])
TOO_LITTLE, TOO_MUCH = "#D6E4EE", "#F6DEC9"
RAY = "#8A8A8A"
MARKER_PT = 13.0
COLUMN_IN = 3.75
GAP_IN = 0.95
LINE_IN = 0.25
#: Of more beams, power and speed are on the axes alone.
MOST_DETAILED = 3
#: Of more still, there is room for the energies only; the report has the grades.
MOST_GRADED = 5


@dataclass(frozen=True, slots=True)
class EnergyPoint:
    """Regions that are exposed with one beam."""

    regions: tuple[Region, ...]
    again: bool
    """Whether they are exposed once more with it."""
    power_w: GradedValue
    speed_mm_s: GradedValue
    hatch_distance_mm: GradedValue | None
    """None for contours and edges, which have none."""
    layer_thickness_mm: float

    @property
    def line_j_m(self) -> float:
        """Energy per length of the track."""
        return 1000.0 * self.power_w.value / self.speed_mm_s.value

    @property
    def volume_j_mm3(self) -> float | None:
        """Energy per volume that a hatch melts; None without a hatch distance."""
        if self.hatch_distance_mm is None:
            return None
        swept = self.speed_mm_s.value * self.hatch_distance_mm.value * self.layer_thickness_mm
        return self.power_w.value / swept

    @property
    def beam_grade(self) -> Grade:
        """How well power and speed are founded: the weaker of both."""
        return Grade.worst(self.power_w.grade, self.speed_mm_s.grade)

    @property
    def energy_grade(self) -> Grade:
        """How well the energy is founded, as the weakest value that it rests on."""
        if self.hatch_distance_mm is None:
            return self.beam_grade
        return Grade.worst(self.beam_grade, self.hatch_distance_mm.grade)


def draw_energy(
    run: Run, points: Sequence[EnergyPoint], *, lang: str = "en", profile: str = "slide"
) -> Sheet:
    """Draw the field with the points.

    Parameters
    ----------
    run : Run
        For headline and footer; limits of the energy are those of its process.
    points : sequence of EnergyPoint
        At least one.
    lang : str
        ``en``, ``de``, ``cs`` or ``pl``.
    profile : str
        ``slide`` or ``print``.

    """
    say = words_of("scenes", lang)
    with style.slide_style():
        figure, free = page_of_run(
            run,
            lang=lang,
            profile=profile,
            title=_title(run, points, lang),
            subtitles=[say("energy_volume"), say("energy_line")],
            remarks=[say("energy_rough")],
            body_in=4.9 + _list_lines(points) * LINE_IN + 0.4 * _has_limits(run),
            is_uncalibrated=False,
        )
        x0, y0, x1, y1 = free
        if figure.page.name == "slide":
            field: Bounds = (x0 + 0.75, y0 + 0.7, x1 - COLUMN_IN - GAP_IN, y1 - 0.3)
            axes = _draw_field(figure, field, run, points, lang)
            _draw_list(figure, points, run, (x1 - COLUMN_IN, x1), y1 - 0.15, lang)
        else:
            top_in = y1 - 0.35
            field = (x0 + 0.75, top_in - 2.6, x1 - 0.9, top_in)
            axes = _draw_field(figure, field, run, points, lang)
            _draw_list(figure, points, run, (x0, x1), field[1] - 0.85, lang)
        _label_points(figure, axes, field, points, lang)
    return figure


def energy_alt_text(run: Run, points: Sequence[EnergyPoint], *, lang: str = "en") -> str:
    """What the picture shows, for those who cannot see it."""
    say = words_of("scenes", lang)
    each = "; ".join(
        f"{_names(point, lang)}: {_beam_text(point, lang)}, {_energy_text(point, lang)}" for point in points
    )
    return f"{say('energy_alt', machine=run.machine.name)} {each}."


def _has_limits(run: Run) -> bool:
    return run.process.min_energy_j_mm3 is not None or run.process.max_energy_j_mm3 is not None


def _list_lines(points: Sequence[EnergyPoint]) -> float:
    each = 4 if len(points) <= MOST_DETAILED else 2 if len(points) <= MOST_GRADED else 1.5
    return sum(each + (len(point.regions) > 2) for point in points)


def _core(points: Sequence[EnergyPoint]) -> EnergyPoint | None:
    return next((point for point in points if point.volume_j_mm3 is not None and not point.again), None)


def _title(run: Run, points: Sequence[EnergyPoint], lang: str) -> str:
    """The answer: what the core gets, and whether that lies within the limits where there are any."""
    say = words_of("scenes", lang)
    core = _core(points) or points[0]
    energy = _energy_text(core, lang)
    name = _region_name(core.regions[0], lang)
    volume = core.volume_j_mm3
    low, high = run.process.min_energy_j_mm3, run.process.max_energy_j_mm3
    if volume is None or not _has_limits(run):
        titles = [say("energy_title", region=name, energy=energy)]
        lines = [point for point in points if point.volume_j_mm3 is None and not point.again]
        # Supports come first in firing order, and are not what a picture is about.
        line = next((point for point in lines if Region.CONTOUR in point.regions), (lines or [core])[0])
        if line is not core:
            other = _region_name(line.regions[0], lang)
            titles.append(say("energy_title", region=other, energy=_energy_text(line, lang)))
        return " · ".join(titles)
    if low is not None and volume < low.value:
        return say("energy_title_low", region=name, energy=energy)
    if high is not None and volume > high.value:
        return say("energy_title_high", region=name, energy=energy)
    return say("energy_title_inside", region=name, energy=energy)


def _figure_text(value: float, lang: str) -> str:
    """Three digits or so: more would promise too much."""
    return number_text(value, lang, 0 if value >= 100 else 1)


def _energy_text(point: EnergyPoint, lang: str) -> str:
    volume = point.volume_j_mm3
    if volume is None:
        return f"{_figure_text(point.line_j_m, lang)} J/m"
    return f"{_figure_text(volume, lang)} J/mm³"


def _beam_text(point: EnergyPoint, lang: str) -> str:
    words = (
        f"{short_text(point.power_w.value, lang, 1)} W · {short_text(point.speed_mm_s.value, lang, 1)} mm/s"
    )
    return _with_grade(words, point.beam_grade, lang)


def _with_grade(words: str, grade: Grade, lang: str) -> str:
    """With the word that the report has for the grade."""
    return f"{words} ({words_of('report', lang)(f'grade_{grade}')})"


def _region_name(region: Region, lang: str) -> str:
    say = words_of("scenes", lang)
    family = {
        Region.UPSKIN_CONTOUR: "contour_upskin",
        Region.DOWNSKIN_CONTOUR: "contour_downskin",
        Region.SUPPORT_CONTOUR: "contour_support",
        Region.UPSKIN: "skin_up",
        Region.DOWNSKIN: "skin_down",
    }
    return say(family[region]) if region in family else text(lang, region.key)


def _names(point: EnergyPoint, lang: str) -> str:
    names = ", ".join(_region_name(region, lang) for region in point.regions)
    return words_of("scenes", lang)("again", regions=names) if point.again else names


def _look(point: EnergyPoint) -> tuple[str, str]:
    return OTHER_LOOK if point.again else LOOKS.get(point.regions[0], OTHER_LOOK)


def _draw_field(figure: Sheet, box_in: Bounds, run: Run, points: Sequence[EnergyPoint], lang: str) -> Axes:
    say = words_of("scenes", lang)
    axes = style.add_axes(figure, box_in, lang)
    speed = 1.25 * max(max(point.speed_mm_s.bounds[1], point.speed_mm_s.value) for point in points)
    power = 1.35 * max(max(point.power_w.bounds[1], point.power_w.value) for point in points)
    axes.set_xlim(0, speed)
    axes.set_ylim(0, power)
    axes.set_autoscale_on(False)
    axes.grid(visible=False)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    middle_in = (box_in[0] + box_in[2]) / 2
    style.add_text(figure, middle_in, box_in[1] - 0.52, say("speed_axis"), size="axis", ha="center")
    side = style.add_text(
        figure, box_in[0] - 0.72, (box_in[1] + box_in[3]) / 2, say("power_axis"), size="axis", ha="center"
    )
    side.set_rotation(90)
    _draw_limits(axes, run, points)
    _draw_rays(figure, axes, box_in, lang)
    for point in points:
        _, colour = _look(point)
        (p0, p1), (v0, v1) = point.power_w.bounds, point.speed_mm_s.bounds
        if p1 > p0 or v1 > v0:
            axes.add_patch(
                Rectangle(
                    (v0, p0),
                    v1 - v0,
                    p1 - p0,
                    facecolor=colour,
                    edgecolor="none",
                    alpha=0.08 if colour == style.BLACK else 0.2,
                    zorder=2,
                )
            )
            axes.add_patch(
                Rectangle(
                    (v0, p0),
                    v1 - v0,
                    p1 - p0,
                    facecolor="none",
                    edgecolor=style.OUTLINE,
                    linewidth=1.1,
                    linestyle=(0, (2, 2)),
                    zorder=2.2,
                )
            )
    for point in points:
        marker, colour = _look(point)
        axes.plot(
            [point.speed_mm_s.value],
            [point.power_w.value],
            marker,
            markersize=MARKER_PT,
            color=colour,
            markeredgecolor=style.OUTLINE,
            markeredgewidth=1.4,
            zorder=5,
        )
    return axes


def _draw_limits(axes: Axes, run: Run, points: Sequence[EnergyPoint]) -> None:
    """Too little hatched and too much filled, for hatch distance and thickness of the core."""
    core = _core(points)
    if core is None or core.hatch_distance_mm is None:
        return
    swept = core.hatch_distance_mm.value * core.layer_thickness_mm
    speed, power = axes.get_xlim()[1], axes.get_ylim()[1]
    low, high = run.process.min_energy_j_mm3, run.process.max_energy_j_mm3
    if low is not None:
        corners = [(0.0, 0.0), (speed, low.value * swept * speed), (speed, 0.0)]
        axes.add_patch(
            Polygon(
                corners, facecolor=TOO_LITTLE, edgecolor=style.GREY_TEXT, hatch="///", linewidth=0, zorder=0.5
            )
        )
    if high is not None:
        slope = high.value * swept
        corners = [
            (0.0, 0.0),
            (speed, slope * speed),
            (speed, max(power, slope * speed)),
            (0.0, max(power, slope * speed)),
        ]
        axes.add_patch(Polygon(corners, facecolor=TOO_MUCH, edgecolor="none", zorder=0.5))


def _rays(speed: float, power: float) -> list[float]:
    """Energies per length in J/m of the rays to draw: as many round ones as stand apart."""
    diagonal = 1000.0 * power / speed
    steps = [step * 10.0**n for n in range(-2, 6) for step in (1, 2, 5)]
    return [step for step in steps if diagonal / 8 < step < diagonal * 8]


def _draw_rays(figure: Sheet, axes: Axes, box_in: Bounds, lang: str) -> None:
    speed, power = axes.get_xlim()[1], axes.get_ylim()[1]
    x0, y0, x1, y1 = box_in
    last_top = x1 + 0.8
    for energy in _rays(speed, power):
        slope = energy / 1000.0
        meets_right = slope * speed <= power
        end = (speed, slope * speed) if meets_right else (power / slope, power)
        axes.plot([0, end[0]], [0, end[1]], color=RAY, linewidth=1.4, zorder=1)
        words = f"{short_text(energy, lang, 2)} J/m"
        wide = style.text_size_in(figure, words)[0]
        if meets_right:
            y_in = y0 + (y1 - y0) * end[1] / power
            if y_in < y1 - 0.1:
                style.add_text(figure, x1 + 0.08, y_in, words, colour=style.GREY_TEXT)
        else:
            x_in = x0 + (x1 - x0) * end[0] / speed
            # From the right to the left, as the rays grow steeper: none over the one before.
            if x_in + wide / 2 < last_top and x_in - wide / 2 > x0 - 0.3:
                style.add_text(figure, x_in, y1 + 0.15, words, colour=style.GREY_TEXT, ha="center")
                last_top = x_in - wide / 2 - 0.1


def _label_points(
    figure: Sheet, axes: Axes, box_in: Bounds, points: Sequence[EnergyPoint], lang: str
) -> None:
    """The energy beside each marker, where it meets neither a marker, nor another label, nor the frame."""
    x0, y0, x1, y1 = box_in
    speed, power = axes.get_xlim()[1], axes.get_ylim()[1]
    places = [
        (
            x0 + (x1 - x0) * point.speed_mm_s.value / speed,
            y0 + (y1 - y0) * point.power_w.value / power,
        )
        for point in points
    ]
    taken: list[Bounds] = [(x - 0.12, y - 0.12, x + 0.12, y + 0.12) for x, y in places]
    for point, (x, y) in zip(points, places, strict=True):
        words = _energy_text(point, lang)
        wide, tall = style.text_size_in(figure, words, weight="bold")
        options = [
            (x + 0.2, y - tall / 2),
            (x - wide - 0.2, y - tall / 2),
            (x - wide / 2, y + 0.2),
            (x - wide / 2, y - 0.2 - tall),
            (x + 0.17, y + 0.17),
            (x + 0.17, y - 0.17 - tall),
        ]
        boxes: list[Bounds] = [(u, v, u + wide, v + tall) for u, v in options]
        free = [
            box
            for box in boxes
            if box[0] > x0 + 0.05
            and box[2] < x1 - 0.03
            and box[1] > y0 + 0.05
            and box[3] < y1 - 0.03
            and all(_apart(box, other) for other in taken)
        ]
        box = (free or boxes)[0]
        taken.append(box)
        label = style.add_text(figure, box[0], (box[1] + box[3]) / 2, words, weight="bold")
        label.set_path_effects([Stroke(linewidth=4, foreground="white"), Normal()])
        label.set_zorder(6)


def _apart(a: Bounds, b: Bounds) -> bool:
    return a[2] < b[0] or b[2] < a[0] or a[3] < b[1] or b[3] < a[1]


def _lines_of(
    figure: Sheet, point: EnergyPoint, width_in: float, lang: str, *, count: int
) -> list[tuple[str, str]]:
    """Lines of the list for one of `count` points, each with its weight."""
    say = words_of("scenes", lang)
    if count > MOST_GRADED:
        words = f"{_names(point, lang)}: {_energy_text(point, lang)}"
        return [(line, "normal") for line in broken(figure, words, width_in)]
    lines = [(line, "bold") for line in broken(figure, _names(point, lang), width_in, weight="bold")]
    energy = _energy_text(point, lang)
    if count > MOST_DETAILED:
        # What stands on the axes is left out where there is no room for it.
        details = [_with_grade(energy, point.energy_grade, lang)]
    else:
        details = [_beam_text(point, lang)]
        if point.hatch_distance_mm is not None:
            distance = say("hatch_distance", distance=short_text(point.hatch_distance_mm.value, lang))
            energy = f"{energy} · {_figure_text(point.line_j_m, lang)} J/m · {distance}"
            if point.hatch_distance_mm.grade != point.beam_grade:
                energy = _with_grade(energy, point.hatch_distance_mm.grade, lang)
        details.append(energy)
    for detail in details:
        lines += [(line, "normal") for line in broken(figure, detail, width_in)]
    return lines


def _draw_list(
    figure: Sheet,
    points: Sequence[EnergyPoint],
    run: Run,
    span_in: tuple[float, float],
    top_in: float,
    lang: str,
) -> None:
    """What each marker stands for: regions, beam, hatch distance, energy."""
    say = words_of("scenes", lang)
    left_in, right_in = span_in
    words_in = left_in + 0.36
    y_in = top_in
    for point in points:
        marker, colour = _look(point)
        figure.add_artist(
            Line2D(
                [left_in + 0.12],
                [y_in],
                marker=marker,
                markersize=MARKER_PT,
                color=colour,
                markeredgecolor=style.OUTLINE,
                markeredgewidth=1.4,
                transform=figure.dpi_scale_trans,
            )
        )
        lines = _lines_of(figure, point, right_in - words_in, lang, count=len(points))
        for line, weight in lines:
            style.add_text(figure, words_in, y_in, line, weight=weight)
            y_in -= LINE_IN
        y_in -= 0.13
    entries = [LegendEntry(say("value_range"), "area", "#EEEEEE", style.OUTLINE)]
    low, high = run.process.min_energy_j_mm3, run.process.max_energy_j_mm3
    for limit, key, colour, pattern in (
        (high, "too_much", TOO_MUCH, ""),
        (low, "too_little", TOO_LITTLE, "////"),
    ):
        if limit is not None:
            words = say(key, limit=_figure_text(limit.value, lang))
            words = text(lang, "assumed", what=words) if limit.grade.is_unconfirmed else words
            entries.append(LegendEntry(words, "area", colour, style.GREY_TEXT, pattern=pattern))
    for entry in entries:
        begin_in = add_sample(figure, left_in, y_in, entry)
        for line in broken(figure, entry.words, right_in - begin_in):
            style.add_text(figure, begin_in, y_in, line)
            y_in -= LINE_IN
        y_in -= 0.06
    if not _has_limits(run):
        for line in broken(figure, say("no_limits"), right_in - left_in):
            style.add_text(figure, left_in, y_in, line, colour=style.GREY_TEXT)
            y_in -= LINE_IN
