"""``amprep machines list`` and ``amprep machines show``."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from amprep.cli.profile_tables import (
    SourceNumbers,
    as_document,
    console,
    listing,
    print_document,
    value_table,
)
from amprep.cli.words import comma_text, figure, grade_text, say
from amprep.model.machine import BuildVolume, MachineProfile
from amprep.model.process import ProcessProfile
from amprep.model.provenance import GradedText, GradedValue
from amprep.profiles import find_machine, list_machines, list_processes

__all__ = ["app", "list_command", "show_command"]

_COLUMNS = ("id", "name", "build_volume", "lasers", "layers")
_PROCESS_COLUMNS = ("process", "layer", "exposure", "grade", "rate", "datasheet")

app = typer.Typer(help="Machine profiles: what amprep knows of them, and how well.", no_args_is_help=True)

_AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
_Name = Annotated[str, typer.Argument(help="Id, alias, or path of a .toml file.", show_default=False)]


@app.command("list")
def list_command(json: _AsJson = False) -> None:
    """List the machines with build volume, lasers, and the layers each material is built with."""
    machines = list_machines()
    if json:
        print_document({"schema": "amprep.machines/1", "machines": [_short_document(m) for m in machines]})
        return
    rows = [
        (
            machine.id,
            machine.name,
            _volume_text(machine.build_volume),
            _lasers_text(machine),
            _layers_text(machine),
        )
        for machine in machines
    ]
    out = console()
    out.print(listing(say("machines"), [say(f"column_{key}") for key in _COLUMNS], rows))
    out.print(Text("\n" + say("next", step="amprep machines show m400-4"), style="dim"))


@app.command("show")
def show_command(name: _Name, json: _AsJson = False) -> None:
    """Show all values of a machine with range, grade and source, and its processes."""
    machine = find_machine(name, option="amprep machines show my.toml")
    processes = list_processes(machine.processes_of or machine.id)
    if json:
        shown = [as_document(process) | _rate_document(process) for process in processes]
        document = {"schema": "amprep.machine/1", "machine": as_document(machine), "processes": shown}
        print_document(document)
        return
    out, sources = console(), SourceNumbers()
    _print_machine(out, machine, sources)
    _print_processes(out, processes, sources)
    sources.print_to(out)


def _print_machine(out: Console, machine: MachineProfile, sources: SourceNumbers) -> None:
    out.print(Text(f"{machine.name} ({machine.id})", style="bold"))
    out.print(Text("  " + say("also_called", names=", ".join(machine.aliases) or "–")))
    out.print(Text("  " + say("default_material", material=machine.default_material)))
    out.print(Text("  " + say("file", path=str(machine.path))), soft_wrap=True)
    out.print()
    volume, recoater, powder = machine.build_volume, machine.recoater, machine.powder
    sizes = {"size_x_mm": volume.size_x_mm, "size_y_mm": volume.size_y_mm, "height_mm": volume.height_mm}
    value_table(out, say("title_build_volume", shape=say(f"shape_{volume.shape}")), sizes, sources)
    value_table(out, say("title_lasers", number=str(len(machine.lasers))), _laser_values(machine), sources)
    value_table(out, say("title_scanner"), _fields(machine.scanner), sources)
    times = {f"time_{mode}_s": time for mode, time in recoater.time_s.items()}
    other = {key: value for key, value in _fields(recoater).items() if key not in {"time_s", "direction"}}
    directions: dict[str, GradedValue | GradedText] = {
        "recoater_direction": recoater.direction,
        "gas_flow_direction": machine.gas_flow_direction,
    }
    value_table(out, say("title_recoater"), {**times, **other, **directions}, sources)
    value_table(out, say("title_phases"), _fields(machine.phases), sources)
    doses = {f"dose_factor_{mode}": factor for mode, factor in powder.dose_factor.items()}
    losses = {
        key: value for key, value in _fields(powder).items() if key not in {"dose_factor", "first_layers"}
    }
    value_table(out, say("title_powder", layers=str(powder.first_layers)), doses | losses, sources)
    value_table(out, say("title_utilities"), _fields(machine.utilities), sources)
    value_table(out, say("title_smoke"), _fields(machine.smoke), sources)
    value_table(out, say("title_facts"), dict(machine.facts), sources)


def _print_processes(out: Console, processes: list[ProcessProfile], sources: SourceNumbers) -> None:
    rows = []
    for process in processes:
        core, rate = process.core, process.volume_rate_mm3_s
        published = (
            f"{figure(rate.value, '.4g')} {sources.marks(rate.sources)}" if rate else say("grade_not_found")
        )
        exposure = (
            f"{figure(core.laser_power_w.value, '.4g')} W, {figure(core.scan_speed_mm_s.value, '.5g')} mm/s, "
            f"{figure(core.hatch_distance_mm.value, '.4g')} mm {sources.marks(core.scan_speed_mm_s.sources)}"
        )
        row = (
            process.id + (f" ({say('default')})" if process.is_default else ""),
            f"{figure(process.layer_thickness_mm * 1000)} µm",
            exposure,
            grade_text(core.scan_speed_mm_s.grade),
            figure(process.core_volume_rate_mm3_s, ".4g"),
            published,
        )
        rows.append(row)
    out.print(listing(say("title_processes"), [say(f"column_{key}") for key in _PROCESS_COLUMNS], rows))
    out.print()


def _laser_values(machine: MachineProfile) -> dict[str, GradedValue | GradedText]:
    """Power and focus once when all lasers agree, and each laser's field."""
    values: dict[str, GradedValue | GradedText] = {}
    for key in ("power_w", "focus_diameter_mm"):
        figures = [getattr(laser, key) for laser in machine.lasers]
        same = len(set(figures)) == 1
        values |= (
            {key: figures[0]} if same else {f"laser_{i}_{key}": f for i, f in enumerate(figures, start=1)}
        )
    for laser in machine.lasers:
        x0, y0, x1, y1 = laser.field_mm
        text = comma_text(f"x {x0:g} … {x1:g}, y {y0:g} … {y1:g} mm")
        values[f"field_of_laser_{laser.number}"] = replace(laser.field_origin, value=text)
    return values


def _fields(noun: Any) -> dict[str, Any]:
    return {name: getattr(noun, name) for name in noun.__dataclass_fields__}


def _volume_text(volume: BuildVolume) -> str:
    height = f"{figure(volume.height_mm.value)} mm"
    if volume.shape == "cylinder":
        return f"Ø {figure(volume.size_x_mm.value)} × {height}"
    return f"{figure(volume.size_x_mm.value)} × {figure(volume.size_y_mm.value)} × {height}"


def _lasers_text(machine: MachineProfile) -> str:
    return f"{len(machine.lasers)} × {figure(machine.lasers[0].power_w.value)} W"


def _layers_by_material(machine: MachineProfile) -> dict[str, list[float]]:
    """Layer thicknesses in mm that each material has processes for."""
    layers: dict[str, list[float]] = {}
    for process in list_processes(machine.processes_of or machine.id):
        layers.setdefault(process.material, []).append(process.layer_thickness_mm)
    return layers


def _layers_text(machine: MachineProfile) -> str:
    layers = _layers_by_material(machine)
    return "\n".join(
        f"{material} {'/'.join(figure(t * 1000) for t in ts)} µm" for material, ts in layers.items()
    )


def _short_document(machine: MachineProfile) -> dict[str, object]:
    return {
        "id": machine.id,
        "name": machine.name,
        "aliases": list(machine.aliases),
        "build_volume": as_document(machine.build_volume),
        "lasers": len(machine.lasers),
        "laser_power_w": as_document(machine.lasers[0].power_w),
        "default_material": machine.default_material,
        "layer_thickness_mm": _layers_by_material(machine),
    }


def _rate_document(process: ProcessProfile) -> dict[str, float]:
    return {"core_volume_rate_mm3_s": round(process.core_volume_rate_mm3_s, 9)}
