"""Options and help of ``amprep demo``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from amprep.cli.guard import guarded
from amprep.cli.root import Commands

__all__ = ["demo_app"]

demo_app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Demonstrators for a workshop: parts made by code, handouts, a folder for a USB stick.",
)

_Lang = Annotated[
    str | None,
    typer.Option("--lang", help="en, de, cs or pl; default: AMPREP_LANG, the locale.", show_default=False),
]
_Jobs = Annotated[
    int | None,
    typer.Option(
        "-j", "--jobs", min=1, help="Workers at a time; default: all processors.", show_default=False
    ),
]
_Text = Annotated[
    str | None, typer.Option("--text", help="What the name tag says: a first name.", show_default=False)
]


@demo_app.command("list")
@guarded
def demo_list(
    lang: _Lang = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """List the demonstrators, what each shows, and its expected time and powder."""
    from amprep.cli.demo import list_demonstrators

    list_demonstrators(lang, as_json=json)


@demo_app.command("run")
@guarded
def demo_run(
    name: Annotated[str, typer.Argument(help="As `amprep demo list` has it; or all.", show_default=False)],
    machine: Annotated[
        str, typer.Option("--machine", "-m", help="m100, m400-4, another id or a profile .toml.")
    ] = "m400-4",
    text: _Text = None,
    lang: _Lang = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder; each demonstrator gets one in it.")
    ] = Path("demos"),
    jobs: _Jobs = None,
    force: Annotated[bool, typer.Option("--force", help="Replace what an earlier run wrote.")] = False,
) -> None:
    """Make a demonstrator, prepare its job, and say what to look at.

    amprep demo run nametag --text Anna
    """
    from amprep.cli.demo import DemoOptions, run_demonstrators

    run_demonstrators(name, DemoOptions(machine, text, lang, output, jobs, force=force))


@demo_app.command("kit")
@guarded
def demo_kit(
    folder: Annotated[Path, typer.Argument(help="Folder to write, on a USB stick or elsewhere.")],
    machine: Annotated[
        list[str] | None,
        typer.Option("--machine", "-m", help="Repeatable; default: m100 and m400-4.", show_default=False),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", help="This demonstrator; repeatable; default: all.", show_default=False),
    ] = None,
    lang: Annotated[str, typer.Option("--lang", help="en, de, cs, pl, or all.")] = "all",
    text: _Text = None,
    jobs: _Jobs = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an older kit.")] = False,
) -> None:
    """Write a folder for a workshop without internet: index page, parts, jobs, reports, slides, handouts.

    amprep demo kit stick
    """
    from amprep.cli.demo_kit import KitOptions, write_kit

    write_kit(
        folder,
        KitOptions(tuple(machine or ("m100", "m400-4")), tuple(only or ()), lang, text, jobs, force=force),
    )
