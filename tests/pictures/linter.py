"""No word outside the page, over another word, or too small to read."""

from __future__ import annotations

import itertools

from matplotlib.text import Text

from amprep.pictures.style import page_of, slide_style

#: Below this height of a page, in inches, the footer may be smaller than content.
FOOTER_IN = 0.47


def faults(figure):
    """What is wrong with the words of a figure, as a list of lines."""
    with slide_style():
        figure.canvas.draw()
        ticks = {
            label for axes in figure.axes for axis in (axes.xaxis, axes.yaxis) for label in _hidden(axis)
        }
        words = [
            t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip() and t not in ticks
        ]
        boxes = [t.get_window_extent() for t in words]
    width, height = figure.bbox.size
    page = page_of(figure)
    found = []
    for word, box in zip(words, boxes, strict=True):
        if box.x0 < 0.01 * width or box.x1 > 0.99 * width or box.y0 < 0.01 * height or box.y1 > 0.99 * height:
            found.append(f"outside: {word.get_text()!r}")
        is_content = box.y0 > FOOTER_IN * page.dpi
        if word.get_fontsize() < (page.content if is_content else 10.5):
            found.append(f"small: {word.get_text()!r}")
    for (a, box), (b, other) in itertools.combinations(zip(words, boxes, strict=True), 2):
        x = min(box.x1, other.x1) - max(box.x0, other.x0)
        y = min(box.y1, other.y1) - max(box.y0, other.y0)
        if x > 0.5 and y > 0.5:
            found.append(f"{a.get_text()!r} over {b.get_text()!r}")
    return found


def _hidden(axis):
    low, high = sorted(axis.get_view_interval())
    slack = 1e-9 * (high - low)
    for tick in axis.get_major_ticks():
        if not low - slack <= tick.get_loc() <= high + slack:
            yield from (tick.label1, tick.label2)
