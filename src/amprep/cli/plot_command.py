"""Options and help of ``amprep plot``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from amprep.cli.close_up import AROUND, SPAN
from amprep.cli.guard import guarded

__all__ = ["plot_command"]


_Kinds = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="KIND...",
        help="layer, layer-order, layer-time, area, lasers, powder, cost ... or all; none lists them.",
        show_default=False,
    ),
]
_Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        help="File for one picture, or folder; default: plots/ of the job.",
        show_default=False,
    ),
]
_Lang = Annotated[
    str | None,
    typer.Option(
        "--lang", help="en, de, cs or pl; default: AMPREP_LANG, then the locale.", show_default=False
    ),
]
_Format = Annotated[
    str | None,
    typer.Option(
        "--format", "-f", help="png, svg or pdf; default: as the name ends, or png.", show_default=False
    ),
]
_Layer = Annotated[
    int | None,
    typer.Option(
        "--layer-index",
        help="Number of the layer, from 1; default: the one exposed longest.",
        show_default=False,
    ),
]
_Height = Annotated[
    str | None, typer.Option("--z", help="The layer at this height: 16.48mm or 16.48.", show_default=False)
]


@guarded
def plot_command(  # noqa: PLR0917 (one argument per option)
    run: Annotated[Path, typer.Argument(help="A job folder (.amjob).", show_default=False)],
    kinds: _Kinds = None,
    output: _Output = None,
    lang: _Lang = None,
    profile: Annotated[
        str, typer.Option("--profile", help="slide (1920 × 1080) or print (A4 column, 300 dpi).")
    ] = "slide",
    form: _Format = None,
    layer_index: _Layer = None,
    z: _Height = None,
    around: Annotated[str | None, typer.Option("--around", help=AROUND, show_default=False)] = None,
    span: Annotated[str | None, typer.Option("--span", help=SPAN, show_default=False)] = None,
    alt: Annotated[bool, typer.Option("--alt", help="Also print in words what each picture shows.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace pictures that exist.")] = False,
) -> None:
    """Draw pictures of a finished job, in four languages, for a projector or for paper.

    amprep plot bracket.amjob layer-time area --lang de
    """
    from amprep.cli.plot import PlotOptions, plot_run

    plot_run(
        run,
        kinds or [],
        PlotOptions(
            output=output,
            lang=lang,
            profile=profile,
            form=form,
            layer=layer_index,
            z=z,
            around=around,
            span=span,
            alt=alt,
            force=force,
        ),
    )
