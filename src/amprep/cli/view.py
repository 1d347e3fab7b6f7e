"""``amprep view``: the layers of a job folder as one HTML file."""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from amprep.cli.words import figure, say
from amprep.errors import UsageError, printable
from amprep.languages import checked_language, surrounding_language, terminal_language

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["parse_budget_bytes", "parse_layers", "view_run"]

#: Name of the page in the job folder.
PAGE = "view.html"

_UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9}
_LEAST_BYTES, _MOST_BYTES = 10**4, 4 * 10**8
_SECONDS_PER_LINE = 0.2


def view_run(
    folder: Path,
    *,
    output: Path | None,
    lang: str | None,
    budget: str,
    layers: str | None,
    opens: bool,
    force: bool,
) -> None:
    """Write the page, say where it is, and open it where somebody sits at the terminal.

    Raises
    ------
    UsageError
        E104 for an option that is not understood.
    FileContentError
        E302 for a folder that is no finished job.
    OutputError
        E501 when the file of `output` exists, E502 when it cannot be written, E504 when it would be one of
        the job's own files.

    """
    lang = surrounding_language() if lang is None else checked_language(lang)
    budget_bytes = parse_budget_bytes(budget)
    from amprep.output.atomic import atomic_file
    from amprep.output.job_folder import require_page
    from amprep.runs import open_run
    from amprep.viewer.page import page_of, viewer_parts
    from amprep.viewer.words import note

    run = open_run(folder)
    chosen = None if layers is None else parse_layers(layers, run.layer_count)
    path = run.folder / PAGE if output is None else output
    # What nobody named is ours, and made again from the data.
    require_page(run.folder, path, name=PAGE, force=force or output is None)
    parts = viewer_parts(run, lang=lang, budget_bytes=budget_bytes, layers=chosen, on_layer=_progress())
    page = page_of(parts, title=f"{run.name} · amprep", lang=lang)
    with atomic_file(path, "w") as file:
        file.write(page)
    size = figure(len(page.encode()) / 1e6, ".1f")
    typer.echo(say("wrote_page", path=printable(path.as_posix()), size=size))
    left_out = note(parts.thinning, layers_of_job=run.layer_count, lang=terminal_language())
    if left_out:
        typer.echo(f"  {left_out}")
    if opens and sys.stdout.isatty():
        import webbrowser

        webbrowser.open(path.resolve().as_uri())


def parse_budget_bytes(text: str) -> int:
    """``25MB``, ``500 kB`` or a number of bytes.

    Raises
    ------
    UsageError
        E104 for anything else, or a size that makes no page.

    """
    match = re.fullmatch(r"(\d+(?:[.,]\d+)?)\s*([kMG]?B?)", text.strip(), re.IGNORECASE | re.ASCII)
    unit = _UNITS.get(match[2].lower() if match and match[2] else "") if match else None
    size = float(match[1].replace(",", ".")) * unit if match and unit else 0.0
    if not _LEAST_BYTES <= size <= _MOST_BYTES:
        raise UsageError(
            f'"{text}" is no size between 10 kB and 400 MB',
            code="E104",
            where="--budget",
            fix="a number with its unit: 25MB",
        )
    return int(size)


def parse_layers(text: str, count: int) -> range:
    """``3:50``, ``3:``, ``:50`` or ``3``, counted from 1 with both ends, as indices from 0.

    Raises
    ------
    UsageError
        E104 for anything else, or layers that the job does not have.

    """
    match = re.fullmatch(r"\s*(\d*)\s*(:?)\s*(\d*)\s*", text, re.ASCII)
    if match and (match[1] or match[2]):
        first = int(match[1] or 1)
        last = int(match[3] or count) if match[2] else first
        if 1 <= first <= last <= count:
            return range(first - 1, last)
    raise UsageError(
        f'"{text}" names no layers of this job',
        code="E104",
        where="--layers",
        why=f"It has layers 1 to {count}.",
        fix="first and last layer: 1:50",
    )


def _progress() -> Callable[[int, int], None]:
    """A line on the terminal that counts the layers; nothing elsewhere."""
    if not sys.stderr.isatty():
        return lambda _done, _total: None
    told_s = 0.0

    def show(done: int, total: int) -> None:
        nonlocal told_s
        if done == total:
            sys.stderr.write("\r\033[K")
        elif time.monotonic() - told_s > _SECONDS_PER_LINE:
            told_s = time.monotonic()
            sys.stderr.write(f"\r{say('packing_layers')} {done}/{total} ")
        sys.stderr.flush()

    return show
