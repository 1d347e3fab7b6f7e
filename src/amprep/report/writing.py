"""Writes the report of a job, whole or not at all, and keeps it within its budget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amprep.engines import engine_for
from amprep.output.atomic import atomic_file
from amprep.report.page import report_page
from amprep.report.shown_pictures import drawn_pictures, stored_pictures
from amprep.viewer.page import viewer_parts

if TYPE_CHECKING:
    from pathlib import Path

    from amprep.engines import Engine
    from amprep.runs import Run
    from amprep.viewer.thinning import Thinning

__all__ = ["BUDGET_BYTES", "REPORT", "write_report"]

#: Name of the report in a job folder.
REPORT = "report.html"

#: What the page may take, unless said otherwise.
BUDGET_BYTES = 25_000_000

#: What the viewer needs beside its layers: markup, style, script, words; of the table a number of a layer.
_VIEWER_BYTES, _NUMBER_BYTES = 250_000, 5.4


def write_report(
    run: Run,
    path: Path,
    *,
    lang: str,
    budget_bytes: int = BUDGET_BYTES,
    draw: bool = True,
    engine: Engine | None = None,
) -> Thinning:
    """Write the report of a job; returns what the layer viewer leaves out.

    Parameters
    ----------
    run : Run
        A finished job.
    path : Path
        The HTML file; it is replaced.
    lang : str
        The language that the page begins with.
    budget_bytes : int
        What the page may take; the layer viewer gets what the rest leaves.
    draw : bool
        Draw the pictures in this language; else those in ``plots/`` are taken, which are in it already.
    engine : Engine, optional
        Where pictures are drawn and layers packed; default: on all processors.

    Raises
    ------
    OutputError
        E502 when the file cannot be written.

    """
    engine = engine_for(None) if engine is None else engine
    pictures = drawn_pictures(run, lang=lang, engine=engine) if draw else stored_pictures(run)
    without = len(report_page(run, lang=lang, pictures=pictures).encode())
    table = int(_NUMBER_BYTES * run.layer_count * (5 + 3 * run.lasers))
    room = max(0, budget_bytes - without - table - _VIEWER_BYTES)
    viewer = viewer_parts(run, lang=lang, budget_bytes=room, engine=engine)
    page = report_page(run, lang=lang, pictures=pictures, viewer=viewer)
    with atomic_file(path, "w") as stream:
        stream.write(page)
    return viewer.thinning
