"""Published masses of powder beds, layers and layer thicknesses."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from amprep.estimation.powder import powder_balance
from amprep.profiles import find_machine, find_material, find_process, list_materials
from benchmarks.validation.record import Case, Figure, inputs_table, significant, table

if TYPE_CHECKING:
    from amprep.model.estimate import PowderBalance
    from amprep.model.material import MaterialProfile

__all__ = ["case"]

#: Packing fractions of spread IN625 powder, and what 20 µm of solid metal need by them.
PACKING, NEEDED_UM = (0.44, 0.60), (45.0, 33.0)


def case() -> Case:
    m400_4, m100 = find_machine("m400-4"), find_machine("m100")
    steel = find_material("316l")
    full, short = _balance("m400-4", 10_000), _balance("m400-4", 9_999)
    process = find_process(m400_4, steel, 0.04)
    factor = m400_4.powder.dose_factor[process.recoating_mode.value].value
    layer_g = (full.dose_g.value - short.dose_g.value) / factor
    litre = 1e-6
    volume, layer = m400_4.build_volume, process.layer_thickness_mm
    area = volume.platform_area_mm2
    figures = [
        Figure("M 400-4, full bed", "l", 64, area * volume.height_mm.value * litre, "arithmetic", 0.5),
        Figure("M 400-4, full bed of 316L", "kg", 256, full.bed_g.value / 1000, "arithmetic", 0.5),
        Figure(
            "M 400-4, one consolidated layer of 40 µm", "cm³", 6.4, area * layer / 1000, "arithmetic", 0.5
        ),
        Figure("M 400-4, the same in 316L", "g", 51, layer_g, "arithmetic", 0.5),
        Figure(
            "M 100, full bed",
            "l",
            0.746,
            m100.build_volume.platform_area_mm2 * m100.build_volume.height_mm.value * litre,
            "arithmetic",
            0.5,
        ),
        Figure(
            "M 100, full bed of 316L", "kg", 3.0, _balance("m100", 4_750).bed_g.value / 1000, "arithmetic", 1
        ),
    ]
    figures += [
        Figure(
            f"powder for 20 µm of metal at a packing of {packing:g}",
            "µm",
            needed,
            _powder_layer_um(packing),
            "arithmetic",
            2,
        )
        for packing, needed in zip(PACKING, NEEDED_UM, strict=True)
    ]
    figures.append(_part_mass())
    tables = {
        "powder-packing": _packings(),
        "powder-inputs": inputs_table(
            [
                ("316l.apparent_density_g_cm3", steel.apparent_density_g_cm3),
                ("316l.solid_density_g_cm3", steel.solid_density_g_cm3),
                ("m400-4.build_volume.height_mm", volume.height_mm),
                ("m100.build_volume.height_mm", m100.build_volume.height_mm),
            ]
        ),
    }
    return Case("powder", "Powder", "powder.md", tuple(figures), tables)


def _balance(machine_id: str, layers: int, material: MaterialProfile | None = None) -> PowderBalance:
    """Masses of an empty bed of 316L, or of another powder with the process of 316L."""
    machine, steel = find_machine(machine_id), find_material("316l")
    process = find_process(machine, steel)
    return powder_balance(0.0, layers, machine=machine, material=material or steel, process=process)[0]


def _powder_layer_um(packing: float) -> float:
    """Loose powder that has the mass of 20 µm of IN625, from the model's masses of an empty bed."""
    material = find_material("in625")
    loose = material.apparent_density_g_cm3.overridden(packing * material.solid_density_g_cm3.value)
    spread = dataclasses.replace(material, apparent_density_g_cm3=loose, tap_density_g_cm3=loose)
    machine = find_machine("m100")
    process = find_process(machine, find_material("316l"))
    one, two = (_balance("m100", layers, spread) for layers in (1_000, 1_001))
    metal_g = (two.dose_g.value - one.dose_g.value) / machine.powder.dose_factor[
        process.recoating_mode.value
    ].value
    return 1000 * process.layer_thickness_mm * metal_g / (two.bed_g.value - one.bed_g.value)


def _part_mass() -> Figure:
    """One bridge of AMB2018-01 in 316L, sliced: its volume in layers times the density."""
    from benchmarks.validation.ambench import VOLUME_MM3
    from benchmarks.validation.geometry import bridge
    from benchmarks.validation.jobs import job_of, stats_of

    job = job_of(bridge(), [(0.0, 0.0)], machine="m100", material="316l", layer_thickness_mm=0.02)
    published = VOLUME_MM3 * job.material.solid_density_g_cm3.value / 1000
    mass = stats_of(job)[0].powder.part_g.value
    return Figure("one bridge of 3732.5 mm³ in 316L, sliced", "g", published, mass, "arithmetic", 0.1)


def _packings() -> str:
    rows = []
    for material in sorted(list_materials(), key=lambda one: one.id):
        apparent, solid = material.apparent_density_g_cm3, material.solid_density_g_cm3
        packing = apparent.value / solid.value
        within = "yes" if PACKING[0] <= packing <= PACKING[1] else "no"
        rows.append(
            (
                material.name,
                significant(packing, 3),
                significant(20 / packing, 3),
                within,
                str(apparent.grade),
            )
        )
    head = (
        "material",
        "packing:",
        "powder for 20 µm of metal, µm:",
        "within 0.44–0.60",
        "apparent density is",
    )
    return table(head, rows)
