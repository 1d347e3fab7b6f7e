"""``amprep demo list`` and ``amprep demo run``."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from amprep.errors import OutputError, UsageError
from amprep.languages import checked_language, choose_language, surrounding_language, words, words_of

if TYPE_CHECKING:
    from amprep.demonstrators.catalogue import Demonstrator
    from amprep.model.machine import MachineProfile

__all__ = [
    "DemoOptions",
    "chosen_demonstrators",
    "list_demonstrators",
    "machine_reference",
    "require_text_is_used",
    "run_demonstrators",
]

_ALL = "all"


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """Options of ``amprep demo run``."""

    machine: str
    text: str | None
    lang: str | None
    output: Path
    workers: int | None
    _: KW_ONLY
    force: bool = False


def list_demonstrators(lang: str | None, *, as_json: bool) -> None:
    """Names, what each shows, and what is expected of it on both machines."""
    from amprep.demonstrators.catalogue import DEMONSTRATORS
    from amprep.workshop.figures import expected_figures

    language = checked_language(lang or surrounding_language())
    expected = expected_figures()
    rows = [
        {
            "name": demo.name,
            "title": words("demos", language, f"{demo.name}.title"),
            "line": words("demos", language, f"{demo.name}.line"),
            "expected": {machine: one["full"] for machine, one in expected[demo.name].items()},
        }
        for demo in DEMONSTRATORS
    ]
    if as_json:
        import json

        import typer

        typer.echo(
            json.dumps({"schema": "amprep.demos/1", "demonstrators": rows}, ensure_ascii=False, indent=1)
        )
        return
    _print_rows(rows, language)


def _print_rows(rows: list[dict[str, Any]], language: str) -> None:
    import typer

    from amprep.languages.numbers import duration_text, number_text

    in_words = words_of("demos", language)
    for row in rows:
        each = []
        for machine, figures in row["expected"].items():
            time = duration_text(figures["job_s"], language)
            mass = number_text(figures["part_g"], language)
            each.append(f"{machine}: {time}, {mass} g")
        typer.echo(f"{row['name']:<18} {row['line']}")
        typer.echo(f"{'':<18} {' · '.join(each)}")
    typer.echo()
    typer.echo(in_words("list_assumed"))
    typer.echo("amprep demo run nametag --text Anna")


def chosen_demonstrators(name: str) -> list[Demonstrator]:
    """The demonstrator of this name, or all of them.

    Raises
    ------
    UsageError
        E104 when there is none.

    """
    from amprep.demonstrators.catalogue import DEMONSTRATORS, demonstrator

    return list(DEMONSTRATORS) if name.strip().lower() == _ALL else [demonstrator(name)]


def require_text_is_used(text: str | None, demos: list[Demonstrator]) -> None:
    """Refuse a text that no part would bear."""
    if text is not None and not any(demo.name == "nametag" for demo in demos):
        raise UsageError(
            "only the name tag bears a text",
            code="E104",
            where="--text",
            fix=f'amprep demo run nametag --text "{text}"',
        )


def run_demonstrators(name: str, options: DemoOptions) -> None:
    """Make one demonstrator, or all, and prepare its job as `run` does."""
    from amprep.profiles import find_machine

    language = checked_language(options.lang or surrounding_language())
    demos = chosen_demonstrators(name)
    require_text_is_used(options.text, demos)
    machine = find_machine(options.machine)
    for demo in demos:
        _require_free(options.output / demo.name, force=options.force)
    # The job's pictures, its report and what the terminal says are in that language, too.
    choose_language(language)
    for demo in demos:
        _run(demo, machine, language, options)


def _require_free(folder: Path, *, force: bool) -> None:
    if folder.exists() and not (force and folder.is_dir()):
        raise OutputError(
            "the folder of the demonstrator exists",
            code="E501",
            where=str(folder),
            why="Nothing was written.",
            fix="add --force to replace what an earlier run wrote, or choose another folder with --output",
        )


def _run(demo: Demonstrator, machine: MachineProfile, language: str, options: DemoOptions) -> None:
    import json

    from amprep.cli.slice import SliceOptions, run_job_files
    from amprep.workshop.figures import figures_of_summary
    from amprep.workshop.handout import handout_html
    from amprep.workshop.writing import DEFAULT_TEXT, made_folder, write_demo, write_picture, write_text

    folder = options.output / demo.name
    job = folder / f"{demo.name}.amjob"
    with made_folder(folder):
        parts = write_demo(
            demo,
            machine,
            folder,
            text=options.text if options.text is not None else DEFAULT_TEXT,
            reference=machine_reference(options.machine, machine),
        )
        picture = write_picture(parts, folder / "picture.png")
        prepared = SliceOptions(job, options.workers, force=options.force)
        run_job_files([folder / "job.toml"], options=prepared)
        summary = json.loads((job / "summary.json").read_text(encoding="utf-8"))
        figures = [figures_of_summary(summary, machine.name)]
        handout = folder / f"handout-{language}.html"
        write_text(handout_html(demo.name, language, picture, figures), handout)
    _tell(demo, language, job, handout, lasers=len(machine.lasers))


def machine_reference(given: str, machine: MachineProfile) -> str:
    """The machine as a job file in any folder may name it."""
    from amprep.profiles import is_path

    return Path(given).resolve().as_posix() if is_path(given) else machine.id


def _tell(demo: Demonstrator, language: str, job: Path, handout: Path, *, lasers: int) -> None:
    """Where to look, and at what."""
    import typer

    from amprep.workshop.handout import look_key

    in_words = words_of("demos", language)
    report = next((one for one in (job / "report.html", job / "plots" / "layer.png") if one.is_file()), job)
    typer.echo()
    typer.echo(f"  {in_words(f'{demo.name}.title')}: {in_words(f'{demo.name}.line')}")
    typer.echo(f"    {in_words('open_report'):<14} {report.as_posix()}")
    typer.echo(f"    {in_words('handout'):<14} {handout.as_posix()}")
    typer.echo(f"    {in_words('look_at')} {in_words(look_key(demo.name, 1, lasers=lasers))}")
