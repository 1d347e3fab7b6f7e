"""``amprep demo kit``: a folder for a workshop, made anew in one go."""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
from dataclasses import KW_ONLY, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from amprep.cli.demo import chosen_demonstrators, machine_reference, require_text_is_used
from amprep.languages import LANGUAGES, checked_language, surrounding_language, words

if TYPE_CHECKING:
    from amprep.demonstrators.catalogue import Demonstrator, DemoPart
    from amprep.model.machine import MachineProfile
    from amprep.runs import Run
    from amprep.workshop.index_page import KitRun, KitTile

__all__ = ["SLIDES", "KitOptions", "write_kit"]

#: Kinds of pictures that a kit has, where the job has them.
SLIDES = ("layer", "layer-time", "lasers", "overhang")


#: What the page of one job may take; twenty of them go on a stick.
_REPORT_BYTES = 8_000_000


@dataclass(frozen=True, slots=True)
class KitOptions:
    """Options of ``amprep demo kit``."""

    machines: tuple[str, ...]
    only: tuple[str, ...]
    lang: str
    text: str | None
    workers: int | None
    _: KW_ONLY
    force: bool = False


def write_kit(folder: Path, options: KitOptions) -> None:
    """Make all demonstrators on all machines, with reports, slides, handouts and an index page."""
    import typer

    from amprep.profiles import find_machine
    from amprep.workshop.index_page import index_html
    from amprep.workshop.kit_folder import KIT_MARK, kit_folder
    from amprep.workshop.writing import write_text

    langs = _languages(options.lang)
    demos = [demo for name in options.only or ("all",) for demo in chosen_demonstrators(name)]
    demos = list(dict.fromkeys(demos))
    require_text_is_used(options.text, demos)
    machines: dict[str, MachineProfile] = {}
    for given in options.machines:
        machine = find_machine(given)
        # Each has a folder by its id; M100 and m100 are one.
        if machine.id not in {known.id for known in machines.values()}:
            machines[given] = machine
    with kit_folder(folder, force=options.force) as building:
        maker = _Maker(building, machines, langs, options, len(demos) * len(machines))
        tiles = [maker.tile(demo) for demo in demos]
        maker.tell("kit_pages")
        write_text(index_html(tiles, langs), building / "index.html")
        mark = {
            "schema": "amprep.kit/1",
            "demonstrators": [demo.name for demo in demos],
            "machines": [machine.id for machine in machines.values()],
            "languages": list(langs),
        }
        write_text(json.dumps(mark, indent=1) + "\n", building / KIT_MARK)
    index = (folder / "index.html").as_posix()
    typer.echo(words("demos", maker.own_lang, "kit_done", index=index))


def _languages(lang: str) -> tuple[str, ...]:
    """Those asked for, that of the surroundings first."""
    if lang != "all":
        return (checked_language(lang),)
    first = surrounding_language()
    return (first, *(one for one in LANGUAGES if one != first))


class _Maker:
    """Makes what belongs to one demonstrator after the other, and says so on stderr."""

    def __init__(
        self,
        building: Path,
        machines: dict[str, MachineProfile],
        langs: tuple[str, ...],
        options: KitOptions,
        count: int,
    ) -> None:
        self._building = building
        self._machines = machines
        self._langs = langs
        self._options = options
        self._count = count
        self._done = 0
        self.own_lang = surrounding_language() if options.lang == "all" else langs[0]

    def tell(self, key: str, **values: str) -> None:
        """Progress on stderr."""
        import typer

        typer.echo(words("demos", self.own_lang, key, **values), err=True)

    def tile(self, demo: Demonstrator) -> KitTile:
        """All files of a demonstrator, and what the index page says of it."""
        from amprep.workshop.handout import handout_html
        from amprep.workshop.index_page import KitTile
        from amprep.workshop.writing import write_picture, write_text

        folder = self._building / demo.name
        folder.mkdir()
        runs = []
        parts: tuple[DemoPart, ...] = ()
        for given, machine in self._machines.items():
            self._done += 1
            number, count = str(self._done), str(self._count)
            self.tell("kit_step", number=number, count=count, name=demo.name, machine=machine.name)
            run, made = self._run(demo, given, machine)
            runs.append(run)
            parts = parts or made
        picture = write_picture(parts, folder / "picture.png")
        figures = [run.figures for run in runs]
        for lang in self._langs:
            write_text(handout_html(demo.name, lang, picture, figures), folder / f"handout-{lang}.html")
        return KitTile(demo.name, picture, tuple(runs))

    def _run(
        self, demo: Demonstrator, given: str, machine: MachineProfile
    ) -> tuple[KitRun, tuple[DemoPart, ...]]:
        from amprep.report.writing import write_report
        from amprep.runs import open_run
        from amprep.workshop.figures import figures_of_summary
        from amprep.workshop.index_page import KitRun
        from amprep.workshop.writing import DEFAULT_TEXT, write_demo, write_text

        folder = self._building / demo.name / machine.id
        folder.mkdir()
        text = self._options.text if self._options.text is not None else DEFAULT_TEXT
        parts = write_demo(demo, machine, folder, text=text, reference=machine_reference(given, machine))
        # The vectors are many times what the pages take, and the job file makes them again.
        with tempfile.TemporaryDirectory(prefix="amprep-kit-") as room:
            job = Path(room) / f"{demo.name}.amjob"
            summary = _prepared(folder / "job.toml", job, self._options.workers)
            # What the job folder held is not here.
            told = {key: value for key, value in summary.items() if key != "outputs"}
            write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", folder / "summary.json")
            opened = open_run(job)
            write_report(opened, folder / "report.html", lang=self._langs[0], budget_bytes=_REPORT_BYTES)
            slides = self._slides(opened, folder / "slides")
        names = tuple(part.name for part in parts)
        figures = figures_of_summary(summary, machine.name)
        return KitRun(f"{demo.name}/{machine.id}", figures, names, slides), parts

    def _slides(self, run: Run, folder: Path) -> tuple[str, ...]:
        """Draw what the job has a picture of, in each language."""
        from amprep.pictures.kinds import KINDS, draw_picture, missing, save_picture

        kinds = [kind for kind in SLIDES if kind in KINDS and not missing(run, kind, lang=self.own_lang)]
        for lang in self._langs:
            (folder / lang).mkdir(parents=True)
            for kind in kinds:
                save_picture(draw_picture(run, kind, lang=lang), folder / lang / f"{kind}.png")
        return tuple(kinds)


def _prepared(job_file: Path, job: Path, workers: int | None) -> dict[str, Any]:
    """Do as ``amprep run`` does, without a word on standard output; returns the summary."""
    from amprep.cli.slice import SliceOptions, run_job_files

    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        run_job_files([job_file], options=SliceOptions(job, workers, no_report=True, as_json=True))
    document: dict[str, Any] = json.loads((job / "summary.json").read_text(encoding="utf-8"))
    return document
