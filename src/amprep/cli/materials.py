"""``amprep materials list`` and ``amprep materials show``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.text import Text

from amprep.cli.profile_tables import (
    SourceNumbers,
    as_document,
    console,
    listing,
    print_document,
    value_table,
)
from amprep.cli.words import figure, grade_text, say
from amprep.model.material import MaterialProfile
from amprep.model.process import ProcessProfile
from amprep.profiles import find_material, list_materials, list_processes

__all__ = ["app", "list_command", "show_command"]

_COLUMNS = ("id", "name", "solid", "powder", "processes")
_PROCESS_COLUMNS = ("process", "machine", "layer", "name")

app = typer.Typer(help="Material profiles: densities, price, overhang angle.", no_args_is_help=True)

_AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
_Name = Annotated[str, typer.Argument(help="Id, alias, or path of a .toml file.", show_default=False)]


@app.command("list")
def list_command(json: _AsJson = False) -> None:
    """List the materials with their densities and the machines that have processes for them."""
    materials, processes = list_materials(), list_processes()
    if json:
        short = [_short_document(material, processes) for material in materials]
        print_document({"schema": "amprep.materials/1", "materials": short})
        return
    rows = []
    for material in materials:
        solid, apparent = material.solid_density_g_cm3, material.apparent_density_g_cm3
        row = (
            material.id,
            material.name,
            f"{figure(solid.value)} {grade_text(solid.grade)}",
            f"{figure(apparent.value)} {grade_text(apparent.grade)}",
            _layers_text(_of_material(processes, material.id)) or "–",
        )
        rows.append(row)
    out = console()
    out.print(listing(say("materials"), [say(f"column_{key}") for key in _COLUMNS], rows))
    out.print(Text("\n" + say("next", step="amprep materials show 316l"), style="dim"))


@app.command("show")
def show_command(name: _Name, json: _AsJson = False) -> None:
    """Show all values of a material with range, grade and source."""
    material = find_material(name, option="amprep materials show my.toml")
    processes = list_processes(material_id=material.id)
    if json:
        ids = [process.id for process in processes]
        print_document({"schema": "amprep.material/1", "material": as_document(material), "processes": ids})
        return
    out, sources = console(), SourceNumbers()
    out.print(Text(f"{material.name} ({material.id})", style="bold"))
    out.print(Text("  " + say("also_called", names=", ".join(material.aliases) or "–")))
    out.print(Text("  " + say("file", path=str(material.path))), soft_wrap=True)
    out.print()
    values = {
        "solid_density_g_cm3": material.solid_density_g_cm3,
        "apparent_density_g_cm3": material.apparent_density_g_cm3,
        "tap_density_g_cm3": material.tap_density_g_cm3,
        "price_eur_kg": material.price_eur_kg,
        "self_support_deg": material.self_support_deg,
        "sieve_um": material.sieve_um,
    }
    value_table(out, say("title_values"), values, sources)
    rows = [(p.id, p.machine, f"{figure(p.layer_thickness_mm * 1000)} µm", p.name) for p in processes]
    if rows:
        out.print(
            listing(
                say("title_processes_of_material"), [say(f"column_{key}") for key in _PROCESS_COLUMNS], rows
            )
        )
        out.print()
    sources.print_to(out)


def _of_material(processes: Sequence[ProcessProfile], material_id: str) -> list[ProcessProfile]:
    return [process for process in processes if process.material == material_id]


def _layers_text(processes: Sequence[ProcessProfile]) -> str:
    layers: dict[str, list[str]] = {}
    for process in processes:
        layers.setdefault(process.machine, []).append(figure(process.layer_thickness_mm * 1000))
    return "\n".join(f"{machine} {'/'.join(values)} µm" for machine, values in layers.items())


def _short_document(material: MaterialProfile, processes: Sequence[ProcessProfile]) -> dict[str, object]:
    return {
        "id": material.id,
        "name": material.name,
        "aliases": list(material.aliases),
        "solid_density_g_cm3": as_document(material.solid_density_g_cm3),
        "apparent_density_g_cm3": as_document(material.apparent_density_g_cm3),
        "processes": [process.id for process in _of_material(processes, material.id)],
    }
