"""What stands on the terminal while and after a job is prepared: result on stdout, progress on stderr."""

from __future__ import annotations

import math
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from amprep.cli.figures import balance_text, cost_rows, powder_rows, stored_rows, supply_rows, time_rows
from amprep.cli.percent import percent_text
from amprep.cli.texts import count_text, duration_text, escape, mass_text, volume_text
from amprep.model.provenance import Grade
from amprep.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from amprep.model.cost import Cost
    from amprep.model.estimate import BuildEstimate
    from amprep.model.job import Job
    from amprep.model.notice import Notice
    from amprep.model.process import HatchExposure
    from amprep.model.timeline import SummedSmoke
    from amprep.pipeline import Prepared

__all__ = ["Display", "count_text", "duration_text", "escape", "mass_text", "volume_text"]

#: Between two pictures of the progress bar.
_SECONDS_PER_PICTURE = 0.1

_STEPS = {
    "read": "reading and checking",
    "place": "placing",
    "overlaps": "looking for bodies that overlap",
    "pictures": "drawing the pictures",
    "stored": "summing up the vectors of the job folder",
}


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
            self._err.print(f"{_STEPS.get(step, step)} …")

    @contextmanager
    def progress(self, total: int) -> Iterator[Callable[[int, int], None]]:
        """A bar over the layers on a terminal, one line elsewhere."""
        if not self._live:
            if not self._quiet:
                self._err.print(
                    f"slicing and hatching {count_text(total)} layer{'' if total == 1 else 's'} …"
                )
            yield lambda _done, _total: None
            return
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        bar = Progress(
            TextColumn("  slice and hatch"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("layers"),
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
        lasers = f"{len(machine.lasers)} laser{'s' if len(machine.lasers) > 1 else ''}"
        default = ""
        if job.material.id == machine.default_material:
            default = " (default material, --material to change)"
        self._out.print(
            f"amprep {__version__} · [bold]{escape(names)}[/bold] → {machine.name} ({lasers}) · "
            f"{job.material.name} {process.layer_thickness_mm * 1000:g} µm{default}"
        )
        self._out.print(f"[dim]  {escape(_exposure_text(job))}[/dim]\n")

    def _line(self, step: str, text: str, seconds: float | None = None) -> None:
        clock = "" if seconds is None else f"{'':{max(1, 72 - len(text))}}{seconds:6.1f} s"
        self._out.print(f"  [green]{self._marks[0]}[/green] {step:<10} {escape(text)}[dim]{clock}[/dim]")

    def read(self, job: Job, seconds: float) -> None:
        """What was read and where it goes."""
        from amprep.placement.fit import size_text

        first = {id(part.report): part for part in reversed(job.parts)}
        for part in reversed(first.values()):
            report = part.report
            unit = f"{part.source.unit} ({part.source.unit_origin})"
            file = part.name if part.source.item is not None else Path(part.source.path).name
            name = "" if len(first) == 1 else f"{file}: "
            self._line(
                "read",
                f"{name}{count_text(report.triangles)} triangles, watertight, {size_text(report.size_mm)}, "
                f"{volume_text(report.volume_mm3)}, unit {unit}",
                seconds,
            )
            seconds = None  # type: ignore[assignment]
        footprint = sum(_footprint_mm2(part.bounds_mm) for part in job.parts)
        share = 100 * footprint / job.machine.build_volume.platform_area_mm2
        many = "1 part, centred" if len(job.parts) == 1 else f"{len(job.parts)} parts"
        if len(job.parts) == 1:
            x, y, _ = job.parts[0].position_mm
            if (x, y) != job.machine.build_volume.centre_mm:
                many = f"1 part at ({x:g}, {y:g})"
        self._line("place", f"{many} · plate use {percent_text(share)}")

    def plan(self, job: Job, output: Path) -> None:
        """What would be done, for ``--dry-run``."""
        self._line(
            "fit",
            f"{count_text(job.layer_count)} layers of {job.layer_thickness_mm * 1000:g} µm would be made",
        )
        self._notices(job.notices)
        taken = ", which exists: --force would replace it" if output.exists() else ""
        self._out.print(
            f"\n  Nothing was written (--dry-run). It would go to {escape(output.as_posix())}/{taken}"
        )

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
        height = f", {job.layer_count * job.layer_thickness_mm:.2f} mm"
        if abs(job.height_mm - job.layer_count * job.layer_thickness_mm) > 1e-3:
            height += f" (part {job.height_mm:.2f} mm)"
        self._line(
            "slice",
            f"{count_text(job.layer_count)} {'layer' if job.layer_count == 1 else 'layers'}{height}",
            steps["slice"],
        )
        self._line(
            "hatch",
            f"{count_text(prepared.hatch_vectors)} hatch and {count_text(prepared.contour_vectors)} "
            f"contour vectors · {_pattern_text(core)}, "
            f"+{core.rotation_deg.value:g}°",
            steps["hatch"] + steps["assign"],
        )
        lasers = len(estimate.laser_busy_s)
        self._line("estimate", f"per layer, {lasers} laser{'s' if lasers > 1 else ''}", steps["estimate"])
        self._line("write", output.as_posix(), steps["write"])
        self._out.print()
        self._totals(job, estimate, document, cost)
        self._notices(prepared.notices)
        self._wrote(output, document)

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
            f"{count_text(job.layer_count)} {'layer' if job.layer_count == 1 else 'layers'}, "
            f"{lasers} laser{'s' if lasers > 1 else ''}: {how}",
        )
        self._out.print()
        for label, text in (
            *time_rows(estimate, unpacking=unpacking),
            *_smoke_rows(job, estimate),
            *powder_rows(estimate),
            *supply_rows(estimate),
            *cost_rows(cost),
        ):
            self._row(label, text)
        self._notices(notices)

    def stored(self, document: dict[str, Any], folder: Path, reason: str) -> None:
        """What a job folder says of itself, where nothing can be computed anew."""
        self._line("read", f"{folder.as_posix()}: the figures of when it was written ({reason})")
        self._out.print()
        for label, text in stored_rows(document):
            self._row(label, text)

    def wrote(self, path: Path) -> None:
        """A file that was written."""
        self._out.print(f"\n  Wrote [bold]{escape(path.as_posix())}[/bold]")

    def _totals(self, job: Job, estimate: BuildEstimate, document: dict[str, Any], cost: Cost | None) -> None:
        for label, text in time_rows(estimate):
            self._row(label, text)
        used_pct = estimate.utilisation_pct
        if len(used_pct) > 1:
            row = "   ".join(f"{i + 1}: {used:.0f} %" for i, used in enumerate(used_pct))
            self._row("Lasers", f"{row}   busy, of the exposure")
            if estimate.laser_balance is not None:
                for line in balance_text(estimate.laser_balance).splitlines():
                    self._row("", line)
        for label, text in _smoke_rows(job, estimate):
            self._row(label, text)
        self._row("Rate", _rate_text(document["rate_mm3_s"], job))
        for label, text in (*powder_rows(estimate), *supply_rows(estimate), *cost_rows(cost)):
            self._row(label, text)
        self._areas(job, document)

    def _areas(self, job: Job, document: dict[str, Any]) -> None:
        """Where the area went, and what order and filters did."""
        audit = document["area_audit"]
        sliced = audit["sliced_mm2"] or 1.0
        lost = audit["lost_thin_mm2"] + audit["lost_short_mm2"] + audit["lost_gap_mm2"]
        self._row(
            "Area",
            f"hatched {100 * audit['hatched_mm2'] / sliced:.2f} % · contoured "
            f"{100 * audit['contoured_mm2'] / sliced:.2f} %{_other_areas(audit, sliced)} · lost "
            f"{_lost_text(lost, sliced, job, audit)}",
        )
        lengths = [
            f"{name.replace('_', ' ')} {entry['length_mm'] / 1000:,.1f} m".replace(",", " ")
            for name, entry in document["regions"].items()
        ]
        self._row("Exposed", " · ".join(lengths))
        if percent_text(100 * audit["overlap_mm2"] / sliced) not in {"0 %", "< 0.001 %"}:
            share = percent_text(100 * audit["overlap_mm2"] / sliced)
            self._row(
                "", f"[dim]  {share} of the area twice, by overlaps of stripes, islands and skins[/dim]"
            )
        places = [place for place in audit["lost_places"] if place["area_mm2"] >= _TOLD_MM2]
        for place in places[:3]:
            self._row(
                "",
                f"[dim]  lost: layer {place['layer']}, x {place['x_mm']:.2f}, y {place['y_mm']:.2f} mm: "
                f"{place['area_mm2']:.3g} mm², {1000 * place['width_mm']:.0f} µm wide"
                + (
                    f" · {audit['lost_places_in_all']} places in all[/dim]"
                    if place is places[0]
                    else "[/dim]"
                ),
            )
        filters = document["filters"]
        if any(filters.values()):
            self._row("Filters", _filter_text(filters))
        if document["jumps_saved_mm"]:
            saved_m = document["jumps_saved_mm"] / 1000
            self._row("Order", f"jumps between stripes and islands {saved_m:.3g} m shorter")

    def _row(self, label: str, text: str) -> None:
        self._out.print(f"  [bold]{label:<12}[/bold] {text}")

    def _notices(self, notices: Sequence[Notice]) -> None:
        if not notices or self._quiet:
            return
        self._out.print()
        count = Counter(notice.code for notice in notices)
        told: Counter[str] = Counter()
        for notice in notices:
            told[notice.code] += 1
            if count[notice.code] > _MOST_ALIKE + 1 and told[notice.code] > _MOST_ALIKE:
                if told[notice.code] == count[notice.code]:
                    self._out.print(
                        f"      and {told[notice.code] - _MOST_ALIKE} more like it   {notice.code}"
                    )
                continue
            where = f"{notice.where}: " if notice.where else ""
            self._out.print(
                f"  [yellow]{self._marks[1]}[/yellow] {escape(f'{where}{notice.text}')}   {notice.code}"
            )
            if notice.hint:
                self._out.print(f"      {escape(notice.hint)}")

    def _wrote(self, output: Path, document: dict[str, Any]) -> None:
        size = sum(path.stat().st_size for path in output.rglob("*") if path.is_file())
        self._out.print(f"\n  Wrote [bold]{escape(output.as_posix())}/[/bold] ({size / 1e6:.1f} MB)")
        self._out.print(f"    job.toml       the exact job: amprep run {escape(output.as_posix())}")
        plots = sum(1 for name in document["outputs"] if name.endswith(".png"))
        pictures = f"     plots/   {plots} pictures" if plots else ""
        self._out.print(f"    summary.json   all numbers     vectors/   all vectors{pictures}")
        self._out.print(
            f"\n  Next: look at {escape(output.as_posix())}/plots/layer.png   ·   amprep machines show "
            f"{document['machine']}"
            if plots
            else f"\n  Next: amprep machines show {document['machine']}"
        )


def _smoke_rows(job: Job, estimate: BuildEstimate) -> list[tuple[str, str]]:
    """Of machines with more than one laser."""
    if len(estimate.laser_busy_s) < 2:
        return []
    if estimate.smoke is None:
        return [("Smoke", "not known: who stands in whose is seen in vectors alone")]
    return [("Smoke", _smoke_text(job, estimate.smoke))]


def _smoke_text(job: Job, smoke: SummedSmoke) -> str:
    """How long lasers mark in each other's smoke, and what the order changed."""
    text = "no laser marks in another's"
    if smoke.conflict_after_s > 0.0:
        share = 100 * smoke.conflict_after_s / (smoke.marking_s or 1.0)
        text = f"{duration_text(smoke.conflict_after_s)} in another laser's, {percent_text(share)} of marking"
    if smoke.layers_reordered:
        longer = 100 * (smoke.exposure_after_s / (smoke.exposure_before_s or 1.0) - 1.0)
        before = duration_text(smoke.conflict_before_s)
        text += f"; {before} without an order against it ({longer:+.2f} % exposure)"
    grades = [job.machine.gas_flow_direction.grade, job.machine.smoke.reach_mm.grade]
    worst = Grade.worst(*grades)
    told = f", {str(worst).replace('_', ' ')}" if worst.is_unconfirmed else ""
    reach = f"{job.machine.smoke.reach_mm.value:g} mm downwind"
    return f"{text} [dim](gas {job.machine.gas_flow_direction.value}, {reach}{told})[/dim]"


def _filter_text(filters: dict[str, Any]) -> str:
    """What filters took and added."""
    dropped, merged = count_text(filters["short_vectors"]), count_text(filters["merged_points"])
    return (
        f"{dropped} short vectors dropped ({filters['short_mm']:.4g} mm, {filters['short_mm2']:.4g} mm²) · "
        f"{merged} points of contours merged ({filters['merged_mm2']:+.3g} mm²) · "
        f"{count_text(filters['merged_vectors'])} hatch vectors merged ({-filters['merged_mm']:+.3g} mm) · "
        f"drawn out to the contour {filters['filled_mm']:.4g} mm, {filters['filled_mm2']:.4g} mm²"
    )


def _other_areas(audit: dict[str, Any], sliced_mm2: float) -> str:
    """Shares that only some parts have."""
    shares = {"thin walls as edges": audit["edged_mm2"], "compensated": audit["compensated_mm2"]}
    return "".join(
        f" · {name} {percent_text(100 * area / sliced_mm2)}" for name, area in shares.items() if area
    )


#: Lost places below this area are in summary.json only.
_TOLD_MM2 = 1e-3


def _footprint_mm2(bounds: Any) -> float:
    """Area of a bounding box seen from above, mm²."""
    return float((bounds[1, 0] - bounds[0, 0]) * (bounds[1, 1] - bounds[0, 1]))


def _lost_text(lost_mm2: float, sliced_mm2: float, job: Job, audit: dict[str, Any]) -> str:
    if lost_mm2 == 0:
        return "0"
    volume = volume_text(lost_mm2 * job.layer_thickness_mm)
    layers = audit["layers_with_loss"]
    share = percent_text(100 * lost_mm2 / sliced_mm2)
    causes = {
        "too thin or pointed": audit["lost_thin_mm2"],
        "vectors too short": audit["lost_short_mm2"],
        "between hatch lines": audit["lost_gap_mm2"],
    }
    parts = ", ".join(
        f"{name} {percent_text(100 * area / sliced_mm2)}" for name, area in causes.items() if area
    )
    return f"{volume} ({share}) in {count_text(layers)} layer{'' if layers == 1 else 's'}: {parts}"


def _pattern_text(core: HatchExposure) -> str:
    """The pattern with the width of its cells."""
    width = f" {core.cell_mm:g} mm" if math.isfinite(core.cell_mm) else ""
    return f"{core.pattern.value}{width}"


def _exposure_text(job: Job) -> str:
    """What the lasers do, whose values these are, and which the job has changed."""
    core, contour = job.process.core, job.process.contour
    from amprep.model.scan import Region
    from amprep.output.job_toml import own_values
    from amprep.profiles import find_process_by_id

    # What stands bare in a process file of the user's own is theirs too, but no change by the job.
    is_file = job.process_reference.endswith(".toml")
    beside = find_process_by_id(job.process_reference) if is_file else None
    own = own_values(job.process, beside=beside)
    changed = [f"{table}.{key}" for table, values in own.items() for key in values]
    text = (
        f"hatch {core.laser_power_w.value:g} W, {core.scan_speed_mm_s.value:g} mm/s, "
        f"{core.hatch_distance_mm.value:g} mm ({core.laser_power_w.grade}) · contour "
        f"{contour.laser_power_w.value:g} W, {contour.scan_speed_mm_s.value:g} mm/s "
        f"({contour.laser_power_w.grade})"
    )
    regular = {id(value) for one in (core, contour) for value in (one.laser_power_w, one.scan_speed_mm_s)}
    for region in Region:
        power, speed = job.process.beam(region)
        if not {id(power), id(speed)} <= regular:
            text += (
                f" · {region.key.replace('_', ' ')} {power.value:g} W, {speed.value:g} mm/s ({power.grade})"
            )
    if changed:
        text += f" · changed by the job: {', '.join(changed)}"
    rules = sum(rule.is_jobs for rule in job.process.rules)
    bases = len(job.parameter_sets.bases) - 1
    supports = sum(part.is_support for part in job.parts)
    for count, words in (
        (rules, "rules for layers"),
        (bases, "parts with values of their own"),
        (supports, "supports"),
    ):
        if count:
            text += f" · {words}: {count}"
    references = [job.machine_reference, job.material_reference, job.process_reference]
    files = [Path(reference).name for reference in references if reference.endswith(".toml")]
    return text + (f" · profiles of your own: {', '.join(files)}" if files else "")


def _rate_text(rate: dict[str, Any], job: Job) -> str:
    text = f"{rate['exposing']:.1f} mm³/s while exposing"
    published = rate["published_all_lasers"]
    lasers = len(job.machine.lasers)
    if published is not None:
        each = f", {lasers} lasers together" if lasers > 1 else ""
        changed = any(
            value.grade is Grade.USER
            for value in (job.process.core.scan_speed_mm_s, job.process.core.hatch_distance_mm)
        )
        own = ", for its own speed and hatch distance" if changed else ""
        text += f" (EOS data sheet {published:.1f}{each}{own})"
    else:
        text += " (EOS publishes no rate for this set)"
    return f"{text} · {rate['job']:.1f} mm³/s over the job"
