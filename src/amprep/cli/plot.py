"""``amprep plot``: pictures of a finished job."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from amprep.cli.close_up import close_up_of, require_something
from amprep.cli.lengths import parse_length_mm
from amprep.cli.telling import Told
from amprep.errors import OutputError, UsageError, as_argument, did_you_mean, printable
from amprep.languages import checked_language, surrounding_language, terminal_language
from amprep.pictures.kinds import KINDS, Choice, about, draw_picture, missing, require_kinds, save_picture

if TYPE_CHECKING:
    from collections.abc import Sequence

    from amprep.pictures.close_up import CloseUp
    from amprep.runs import Run

__all__ = ["FORMS", "PlotOptions", "plot_run"]

FORMS = ("png", "svg", "pdf")
ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlotOptions:
    """Options of the command."""

    output: Path | None = None
    lang: str | None = None
    profile: str = "slide"
    form: str | None = None
    layer: int | None = None
    """From 1."""
    z: str | None = None
    around: str | None = None
    span: str | None = None
    alt: bool = False
    force: bool = False


def plot_run(folder: Path, kinds: Sequence[str], options: PlotOptions) -> None:
    """Draw kinds of pictures of a job; without kinds, say which there are.

    Raises
    ------
    UsageError
        E104 for options that are not understood, E116 for a kind that this job does not have.
    FileContentError
        E302 when the folder is no finished job.
    OutputError
        E501 when a picture exists, E502 when it cannot be written.

    """
    lang = surrounding_language() if options.lang is None else checked_language(options.lang)
    form = _form(options, len(kinds))
    names = list(KINDS) if ALL in kinds else list(dict.fromkeys(kinds))
    require_kinds(names)
    from amprep.pictures.style import require_profile
    from amprep.runs import open_run

    require_profile(options.profile)
    run = open_run(folder)
    if not names:
        _list_kinds(run, lang)
        return
    choice = Choice(layer_index=_layer(run, options), close_up=_close_up(run, options))
    wanted, reasons = [], {}
    for name in names:
        reason = missing(run, name, lang=terminal_language())
        if reason:
            reasons[name] = reason
        else:
            wanted.append(name)
    if reasons and ALL not in kinds:
        raise _no_such_picture(folder, reasons, wanted)
    paths = {name: _path(run, name, form, lang, options, single=len(names) == 1) for name in wanted}
    for path in paths.values():
        _require_writable(path, force=options.force)
    for name, path in paths.items():
        picture = draw_picture(run, name, lang=lang, profile=options.profile, choice=choice)
        _folder_of(path)
        save_picture(picture, path)
        typer.echo(printable(str(path)))
        if options.alt:
            typer.echo(f"  {picture.alt}")
    for name, reason in reasons.items():
        typer.echo(f"{name}: {reason}", err=True)


def _list_kinds(run: Run, lang: str) -> None:
    widest = max(map(len, KINDS))
    for name in KINDS:
        reason = missing(run, name, lang=lang)
        typer.echo(f"{name:{widest}}  {about(name, lang=lang)}" + (f" ({reason})" if reason else ""))


def _no_such_picture(folder: Path, reasons: dict[str, str], wanted: Sequence[str]) -> UsageError:
    shown, job = as_argument(folder), as_argument(folder / "job.toml")
    others = f"; or draw what there is: amprep plot {shown} {' '.join(wanted)}" if wanted else ""
    advice = {"cost": f"add [cost] to {job}, then: amprep run {shown} --force"}
    return UsageError(
        "the job has no such picture: " + ", ".join(reasons),
        code="E116",
        where=str(folder),
        why=Told("\n  ".join(f"{name}: {reason}" for name, reason in reasons.items())),
        fix=next((advice[name] for name in reasons if name in advice), f"amprep plot {shown} all") + others,
    )


def _form(options: PlotOptions, kinds: int) -> str:
    """The form of the files; the name of a single one may say it."""
    form = options.form
    if form is not None and form.lower().lstrip(".") not in FORMS:
        raise UsageError(
            f'"{form}" is no form of pictures.{did_you_mean(form, FORMS)}',
            code="E104",
            where="--format",
            fix="one of: " + ", ".join(FORMS),
        )
    suffix = "" if options.output is None else options.output.suffix.lower().lstrip(".")
    if suffix in FORMS and kinds > 1:
        raise UsageError(
            "--output names one file, but several pictures are asked for",
            code="E104",
            where="--output",
            fix="name a folder, or draw one kind",
        )
    if suffix in FORMS and form is not None and form.lower().lstrip(".") != suffix:
        raise UsageError(
            f'--format says {form}, but the name ends in ".{suffix}"',
            code="E104",
            where="--output",
            fix="leave --format out",
        )
    return form.lower().lstrip(".") if form is not None else suffix if suffix in FORMS else "png"


def _layer(run: Run, options: PlotOptions) -> int | None:
    """Index of the layer that was asked for."""
    count = run.layer_count
    if options.layer is not None and options.z is not None:
        raise UsageError(
            "both say which layer", code="E104", where="--layer-index, --z", fix="leave one of them out"
        )
    if options.layer is not None:
        if not 1 <= options.layer <= count:
            raise UsageError(
                f"there is no layer {options.layer}",
                code="E104",
                where="--layer-index",
                fix=f"a number from 1 to {count}",
            )
        return options.layer - 1
    if options.z is None:
        return None
    z_mm = parse_length_mm(options.z, option="--z")
    index = int(run.estimate.top_mm.searchsorted(z_mm - 1e-6))
    if index >= count:
        raise UsageError(
            f"the job is not as high as {z_mm:g} mm",
            code="E104",
            where="--z",
            fix=f"at most {float(run.estimate.top_mm[-1]):g} mm" if count else "the job has no layers",
        )
    return index


def _close_up(run: Run, options: PlotOptions) -> CloseUp | None:
    """What of the layer is shown."""
    close_up = close_up_of(options.around, options.span)
    if close_up is not None and run.layer_count:
        layer = _layer(run, options)
        index = run.longest_layer if layer is None else layer
        require_something(close_up, run.layer(index), index + 1)
    return close_up


def _path(run: Run, name: str, form: str, lang: str, options: PlotOptions, *, single: bool) -> Path:
    output = options.output
    if output is not None and single and output.suffix.lower().lstrip(".") in FORMS:
        return output
    folder = run.folder / "plots" if output is None else output
    on_paper = "" if options.profile == "slide" else f"_{options.profile}"
    layer = _layer(run, options)
    which = "" if layer is None else f"_{layer + 1}"
    which += "" if options.around is None else f"_{options.around.replace(',', '_')}"
    return folder / f"{name}{which}_{lang}{on_paper}.{form}"


def _require_writable(path: Path, *, force: bool) -> None:
    if path.is_dir():
        raise OutputError("this is a folder", code="E502", where=str(path), fix="name a file")
    if path.exists() and not force:
        raise OutputError("the file exists", code="E501", where=str(path), fix="add --force to replace it")


def _folder_of(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise OutputError(
            "the folder cannot be made", code="E502", where=str(path.parent), why=fault.strerror or str(fault)
        ) from fault
