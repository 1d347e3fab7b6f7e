"""What stands on the terminal while and after a job is prepared: result on stdout, progress on stderr."""

from __future__ import annotations

import math
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from amprep.cli.area_texts import filter_text, lost_text, lost_texts, other_areas
from amprep.cli.figures import (
    balance_text,
    cost_rows,
    powder_rows,
    smoke_rows,
    stored_rows,
    supply_rows,
    time_rows,
)
from amprep.cli.percent import percent_text, whole_percent_text
from amprep.cli.telling import in_words
from amprep.cli.texts import duration_text, escape, mass_text, size_text, tenths_text, volume_text
from amprep.cli.words import count_text, figure, grade_text, many, region_text, say
from amprep.errors import as_argument
from amprep.model.provenance import Grade
from amprep.version import __version__

if TYPE_CHECKING:
    from amprep.model.cost import Cost
    from amprep.model.estimate import BuildEstimate
    from amprep.model.job import Job
    from amprep.model.notice import Notice
    from amprep.model.process import ContourExposure, HatchExposure
    from amprep.model.provenance import GradedValue
    from amprep.pipeline import Prepared

__all__ = ["Display", "count_text", "duration_text", "escape", "mass_text", "volume_text"]

#: Between two pictures of the progress bar.
_SECONDS_PER_PICTURE = 0.1

#: Steps that have words of their own; others are told as they are.
_STEPS = ("read", "place", "overlaps", "pictures", "report", "stored")

#: Remarks with one code that are told each; all of them are in the JSON document.
_MOST_ALIKE = 3


class _Output(Console):
    """Standard output, whose reader may go away, as `head` does, without stopping the job."""

    def on_broken_pipe(self) -> None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class Display:
    """Writes the summary; with `quiet` nothing but what the caller prints itself."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._out = _Output(highlight=False, soft_wrap=True, quiet=quiet)
        self._err = Console(stderr=True, highlight=False, soft_wrap=True)
        self._live = self._err.is_terminal and not quiet
        self.compiling_s = 0.0
        encoding = (sys.stdout.encoding or "").lower()
        self._marks = ("✓", "!") if encoding.startswith("utf") else ("ok", "!")

    def compile_kernels(self, *, quick: bool = False) -> None:
        """Compile the kernels where that is still to be done, with `quick` those of that too, and say so."""
        from amprep.cli.compilation import compile_kernels, compile_quick_kernels

        self.compiling_s = compile_kernels(self._err.print)
        if quick:
            compile_quick_kernels(self._err.print)

    def step(self, step: str) -> None:
        """Say on stderr what is going on, where nobody sees a progress bar."""
        if not self._quiet and not self._live:
            told = say(f"step_{step}") if step in _STEPS else step
            self._err.print(f"{told} …")

    @contextmanager
    def progress(self, total: int) -> Iterator[Callable[[int, int], None]]:
        """A bar over the layers on a terminal, one line elsewhere."""
        if not self._live:
            if not self._quiet:
                self._err.print(many("slicing_layers", total))
            yield lambda _done, _total: None
            return
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        bar = Progress(
            TextColumn(f"  {say('bar_slice')}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn(say("bar_layers")),
            TimeRemainingColumn(),
            console=self._err,
            transient=True,
            # It would draw from a thread of its own, and beside that no worker process may be split off.
            auto_refresh=False,
        )
        with bar:
            task = bar.add_task("layers", total=total)
            drawn_s = 0.0

            def show(done: int, _total: int) -> None:
                nonlocal drawn_s
                bar.update(task, completed=done)
                if time.monotonic() - drawn_s > _SECONDS_PER_PICTURE:
                    bar.refresh()
                    drawn_s = time.monotonic()

            bar.refresh()
            yield show

    def head(self, job: Job) -> None:
        """Machine, material and process."""
        machine, process = job.machine, job.process
        names = ", ".join(dict.fromkeys(Path(part.source.path).name for part in job.parts))
        lasers = many("lasers", len(machine.lasers))
        default = f" ({say('default_material_taken')})" if job.takes_default_material else ""
        self._out.print(
            f"amprep {__version__} · [bold]{escape(names)}[/bold] → {machine.name} ({lasers}) · "
            f"{job.material.name} {figure(process.layer_thickness_mm * 1000)} µm{default}"
        )
        self._out.print(f"[dim]  {escape(_exposure_text(job))}[/dim]\n")

    def _line(self, step: str, text: str, seconds: float | None = None) -> None:
        clock = "" if seconds is None else f"{'':{max(1, 72 - len(text))}}{figure(seconds, '6.1f')} s"
        name = say(f"did_{step}")
        self._out.print(f"  [green]{self._marks[0]}[/green] {name:<10} {escape(text)}[dim]{clock}[/dim]")

    def read(self, job: Job, seconds: float) -> None:
        """What was read and where it goes."""
        import numpy as np

        from amprep.placement.footprint import boxes_share

        first = {id(part.report): part for part in reversed(job.parts)}
        for part in reversed(first.values()):
            report = part.report
            file = part.name if part.source.item is not None else Path(part.source.path).name
            name = "" if len(first) == 1 else f"{file}: "
            self._line(
                "read",
                name
                + say(
                    "read_part",
                    triangles=count_text(report.triangles),
                    size=size_text(report.size_mm),
                    volume=volume_text(report.volume_mm3),
                    unit=part.source.unit,
                    origin=say(f"unit_{part.source.unit_origin.replace(' ', '_')}"),
                ),
                seconds,
            )
            seconds = None  # type: ignore[assignment]
        boxes = np.stack([part.bounds_mm[:, :2] for part in job.parts])
        share = 100 * boxes_share(boxes, job.machine.build_volume)
        placed = many("parts_placed", len(job.parts))
        if len(job.parts) == 1:
            x, y, _ = job.parts[0].position_mm
            if (x, y) != job.machine.build_volume.centre_mm:
                placed = say("part_placed_at", x=figure(x), y=figure(y))
        self._line("place", f"{placed} · {say('plate_use', share=percent_text(share))}")

    def plan(self, job: Job, output: Path) -> None:
        """What would be done, for ``--dry-run``."""
        self._line(
            "fit",
            many("layers_would_be_made", job.layer_count, thickness=figure(job.layer_thickness_mm * 1000)),
        )
        self._notices(job.notices)
        would = say("would_replace" if output.exists() else "would_write", folder=f"{output.as_posix()}/")
        self._out.print(f"\n  {escape(would)}")

    def result(
        self,
        job: Job,
        prepared: Prepared,
        document: dict[str, Any],
        output: Path,
        timing: dict[str, float],
        *,
        cost: Cost | None = None,
    ) -> None:
        """The summary that one can read in five seconds."""
        estimate = prepared.estimate
        core = job.process.core
        # Seconds of work, scaled so that they add up to the time that passed while threads shared them.
        worked = sum(prepared.timing_s.values()) or 1.0
        steps = {step: s * timing["layers"] / worked for step, s in prepared.timing_s.items()}
        height = f", {figure(job.layer_count * job.layer_thickness_mm, '.2f')} mm"
        if abs(job.height_mm - job.layer_count * job.layer_thickness_mm) > 1e-3:
            height += f" ({say('part_height', height=figure(job.height_mm, '.2f'))})"
        self._line(
            "slice",
            many("layers", job.layer_count) + height,
            steps["slice"],
        )
        self._line(
            "hatch",
            say(
                "vectors_made",
                hatch=count_text(prepared.hatch_vectors),
                contour=count_text(prepared.contour_vectors),
                pattern=_pattern_text(core),
                rotation=figure(core.rotation_deg.value),
            ),
            steps["hatch"] + steps["assign"],
        )
        lasers = len(estimate.laser_busy_s)
        self._line("estimate", many("estimated_per_layer", lasers), steps["estimate"])
        self._line("write", output.as_posix(), steps["write"])
        self._out.print()
        self._totals(job, estimate, document, cost)
        self._notices(prepared.notices)
        self._wrote(output, document, job)

    def estimate(
        self,
        job: Job,
        estimate: BuildEstimate,
        notices: Sequence[Notice],
        *,
        how: str,
        cost: Cost | None = None,
        unpacking: bool = False,
    ) -> None:
        """Time, powder, energy, gas and cost, without anything written."""
        lasers = len(estimate.laser_busy_s)
        self._line(
            "estimate",
            f"{many('layers', job.layer_count)}, {many('lasers', lasers)}: {how}",
        )
        self._out.print()
        for label, text in (
            *time_rows(estimate, unpacking=unpacking),
            *smoke_rows(job, estimate),
            *powder_rows(job, estimate),
            *supply_rows(estimate),
            *cost_rows(cost),
        ):
            self._row(label, text)
        self._notices(notices)

    def stored(self, document: dict[str, Any], folder: Path, reason: str) -> None:
        """What a job folder says of itself, where nothing can be computed anew."""
        self._line("read", say("stored_figures", folder=folder.as_posix(), reason=reason))
        self._out.print()
        for label, text in stored_rows(document):
            self._row(label, text)

    def wrote(self, path: Path) -> None:
        """A file that was written."""
        self._out.print(f"\n  {say('wrote', path=f'[bold]{escape(path.as_posix())}[/bold]')}")

    def _totals(self, job: Job, estimate: BuildEstimate, document: dict[str, Any], cost: Cost | None) -> None:
        for label, text in time_rows(estimate):
            self._row(label, text)
        used_pct = estimate.utilisation_pct
        if len(used_pct) > 1:
            row = "   ".join(f"{i + 1}: {whole_percent_text(used)}" for i, used in enumerate(used_pct))
            self._row(say("lasers_busy"), f"{row}   {say('lasers_busy_is')}")
            if estimate.laser_balance is not None:
                for line in balance_text(job, estimate.laser_balance).splitlines():
                    self._row("", line)
        for label, text in smoke_rows(job, estimate):
            self._row(label, text)
        self._row(say("rate"), _rate_text(document["rate_mm3_s"], job))
        for label, text in (*powder_rows(job, estimate), *supply_rows(estimate), *cost_rows(cost)):
            self._row(label, text)
        self._areas(job, document)

    def _areas(self, job: Job, document: dict[str, Any]) -> None:
        """Where the area went, and what order and filters did."""
        audit = document["area_audit"]
        sliced = audit["sliced_mm2"] or 1.0
        self._row(
            say("area"),
            say(
                "area_is",
                hatched=figure(100 * audit["hatched_mm2"] / sliced, ".2f"),
                contoured=figure(100 * audit["contoured_mm2"] / sliced, ".2f"),
                others=other_areas(audit, sliced),
                lost=lost_text(audit, job.layer_thickness_mm),
            ),
        )
        lengths = [
            f"{region_text(name)} {tenths_text(entry['length_mm'] / 1000)} m"
            for name, entry in document["regions"].items()
        ]
        self._row(say("exposed"), " · ".join(lengths))
        if percent_text(100 * audit["overlap_mm2"] / sliced) not in {"0 %", "< 0.001 %"}:
            share = percent_text(100 * audit["overlap_mm2"] / sliced)
            self._row("", f"[dim]  {say('exposed_twice', share=share)}[/dim]")
        for text in lost_texts(audit["lost_places"], audit["lost_places_in_all"]):
            self._row("", f"[dim]  {text}[/dim]")
        filtered = filter_text(document["filters"])
        if filtered:
            self._row(say("filters"), filtered)
        if document["jumps_saved_mm"]:
            saved_m = document["jumps_saved_mm"] / 1000
            self._row(say("order"), say("jumps_saved", length=figure(saved_m, ".3g")))

    def _row(self, label: str, text: str) -> None:
        self._out.print(f"  [bold]{label:<12}[/bold] {text}")

    def _notices(self, notices: Sequence[Notice]) -> None:
        if not notices or self._quiet:
            return
        self._out.print()
        count = Counter(notice.code for notice in notices)
        told: Counter[str] = Counter()
        for notice in map(in_words, notices):
            told[notice.code] += 1
            if count[notice.code] > _MOST_ALIKE + 1 and told[notice.code] > _MOST_ALIKE:
                if told[notice.code] == count[notice.code]:
                    more = say("more_alike", number=str(told[notice.code] - _MOST_ALIKE))
                    self._out.print(f"      {more}   {notice.code}")
                continue
            where = f"{notice.where}: " if notice.where else ""
            self._out.print(
                f"  [yellow]{self._marks[1]}[/yellow] {escape(f'{where}{notice.text}')}   {notice.code}"
            )
            if notice.hint:
                self._out.print(f"      {escape(notice.hint)}")

    def _wrote(self, output: Path, document: dict[str, Any], job: Job) -> None:
        size = sum(path.stat().st_size for path in output.rglob("*") if path.is_file())
        folder = escape(output.as_posix())
        wrote = say("wrote", path=f"[bold]{folder}/[/bold]")
        self._out.print(f"\n  {wrote} ({figure(size / 1e6, '.1f')} MB)")
        report = next((name for name in document["outputs"] if name.endswith("/report.html")), "")
        if report:
            self._out.print(f"    report.html    {say('whole_report')}")
        command = f"amprep run {escape(as_argument(output.as_posix()))} --force"
        self._out.print(f"    job.toml       {say('exact_job', command=command)}")
        plots = sum(1 for name in document["outputs"] if name.endswith(".png"))
        pictures = f"     plots/   {many('pictures', plots)}" if plots else ""
        self._out.print(
            f"    summary.json   {say('all_numbers')}     vectors/   {say('all_vectors')}{pictures}"
        )
        look = f"{say('look_at', path=escape(report))}   ·   " if report else ""
        # The id of a profile of one's own is not known; its file is.
        is_own = job.machine_reference.lower().endswith(".toml")
        machine = as_argument(str(job.machine.path)) if is_own else document["machine"]
        show = f"{look}amprep machines show {escape(machine)}"
        self._out.print(f"\n  {say('next', step=show)}")


def _pattern_text(core: HatchExposure) -> str:
    """The pattern with the width of its cells."""
    width = f" {figure(core.cell_mm)} mm" if math.isfinite(core.cell_mm) else ""
    return say(f"pattern_{core.pattern.value}") + width


def _contour_text(contour: ContourExposure) -> str:
    if not contour.count.value:
        return say("without_contours")
    values = _values_text((contour.laser_power_w, "W"), (contour.scan_speed_mm_s, "mm/s"))
    return f"{region_text('contour')} {values}"


def _exposure_text(job: Job) -> str:
    """What the lasers do, whose values these are, and which the job has changed."""
    core, contour = job.process.core, job.process.contour
    from amprep.model.scan import Region
    from amprep.output.job_toml import changed_keys

    changed = changed_keys(job.process, job.process_as_named) + ["fill"] * job.even_odd
    text = (
        f"{say('exposure_hatch')} "
        + _values_text(
            (core.laser_power_w, "W"), (core.scan_speed_mm_s, "mm/s"), (core.hatch_distance_mm, "mm")
        )
        + " · "
        + _contour_text(contour)
    )
    regular = {id(value) for one in (core, contour) for value in (one.laser_power_w, one.scan_speed_mm_s)}
    for region in Region:
        power, speed = job.process.beam(region)
        if not {id(power), id(speed)} <= regular:
            text += f" · {region_text(region.key)} {_values_text((power, 'W'), (speed, 'mm/s'))}"
    if changed:
        text += f" · {say('changed_by_the_job', names=', '.join(changed))}"
    rules = sum(rule.is_jobs for rule in job.process.rules)
    parts = sum(base > 0 for base in job.parameter_sets.base.tolist())
    supports = sum(part.is_support for part in job.parts)
    for count, key in ((rules, "rules_of_layers"), (parts, "parts_of_own_values"), (supports, "supports")):
        if count:
            text += f" · {say(key)}: {count}"
    references = [job.machine_reference, job.material_reference, job.process_reference]
    files = [Path(reference).name for reference in references if reference.endswith(".toml")]
    return text + (f" · {say('profiles_of_your_own', names=', '.join(files))}" if files else "")


def _values_text(*values: tuple[GradedValue, str]) -> str:
    """Values with their units, and their grade: of each on its own where they differ."""
    shown = [f"{figure(value.value)} {unit}" for value, unit in values]
    grades = [grade_text(value.grade) for value, _ in values]
    if len(set(grades)) > 1:
        return ", ".join(f"{one} ({grade})" for one, grade in zip(shown, grades, strict=True))
    return f"{', '.join(shown)} ({grades[0]})"


def _rate_text(rate: dict[str, Any], job: Job) -> str:
    text = say("rate_exposing", rate=tenths_text(rate["exposing"]))
    published = rate["published_all_lasers"]
    lasers = len(job.machine.lasers)
    if published is not None:
        told = say("rate_published", rate=figure(published, ".1f"))
        if lasers > 1:
            # The sheet gives it for four lasers; another number is our sum.
            each = figure(rate["published_per_laser"], ".1f")
            told = say("rate_together", each=each, rate=figure(published, ".1f"), number=str(lasers))
        changed = any(
            value.grade is Grade.USER
            for value in (job.process.core.scan_speed_mm_s, job.process.core.hatch_distance_mm)
        )
        own = say("rate_own") if changed else ""
        text += f" ({told}{own})"
    else:
        text += f" ({say('rate_unpublished')})"
    return f"{text} · {say('rate_layers', rate=tenths_text(rate['layers']))}"
