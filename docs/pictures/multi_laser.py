# ruff: noqa: INP001, T201
"""Pictures of docs/explanation/multi-laser.md; `python docs/pictures/multi_laser.py` writes them here.

Prints their alternative texts, whose figures are the job's.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np

mpl.use("Agg")
from matplotlib import pyplot as plt

from amprep.assembling import assemble
from amprep.cli.plots import gantt_rows
from amprep.demonstrators.bracket import bracket
from amprep.demonstrators.primitives import box, cylinder
from amprep.estimation.time import layer_times, time_model
from amprep.layering import prepare_layer
from amprep.output.stl import write_stl
from amprep.output.summary import job_hash
from amprep.pictures.gantt import draw_gantt, gantt_alt_text
from amprep.pictures.laser_areas import area_image, laser_areas, seam_cells
from amprep.pictures.laser_map import draw_laser_map, laser_map_alt_text
from amprep.pictures.style import save
from amprep.version import __version__

if TYPE_CHECKING:
    from amprep.model.job import Job
    from amprep.model.mesh import Mesh

FOLDER = Path(__file__).parent
MACHINE = "m400-4"
LAYERS = 40
PIXELS = 4


def job_of(parts: dict[str, Mesh], folder: str) -> Job:
    """The parts side by side on the machine with four lasers."""
    files = []
    for name, mesh in parts.items():
        files.append(Path(folder) / f"{name}.stl")
        write_stl(mesh, files[-1])
    return assemble(files, machine=MACHINE, unit="mm")


def plate(folder: str) -> None:
    """A layer of a plate of several parts: who exposes what, and when."""
    parts = {
        "bracket": bracket(),
        "block": box((90, 60, 20)),
        "disc": cylinder(70, 20),
        "bar": box((20, 80, 20)),
    }
    job = job_of(parts, folder)
    index = 300
    plan = prepare_layer(job, index)
    stats = plan.scan_stats[None]
    times = layer_times(stats, time_model(job.machine, job.parameter_sets.processes, stats))
    said = {
        "layer_number": index + 1,
        "layer_count": job.layer_count,
        "machine": job.machine,
        "process": job.process,
        "material": job.material,
        "version": __version__,
        "job_hash": job_hash(job),
    }
    busy_s = times.busy_s[0].tolist()
    save(draw_laser_map(plan, busy_s=busy_s, **said), FOLDER / "laser-map.png")
    rows = gantt_rows(job, plan)
    bound_s = getattr(plan, "bound_s", 0.0) or None
    gantt = draw_gantt(
        rows, recoating_s=float(times.recoating_s[0]), wait_s=float(times.wait_s[0]), bound_s=bound_s, **said
    )
    save(gantt, FOLDER / "gantt.png")
    place = {"layer_number": index + 1, "layer_count": job.layer_count}
    print(laser_map_alt_text(busy_s=busy_s, **place))
    print(gantt_alt_text(rows, **place))


def seams(folder: str) -> None:
    """The seam of a block in the middle of the platform: two layers from above, and a cut through all."""
    job = job_of({"block in the middle": box((60, 30, 0.04 * LAYERS))}, folder)
    hatch_mm = job.process.core.hatch_distance_mm.value
    layers = [prepare_layer(job, index).vectors for index in range(job.layer_count)]
    middle_x, middle_y = job.machine.build_volume.centre_mm
    wide = (middle_x - 30, middle_y + 6.0, middle_x + 30, middle_y + 6.5)
    seam = np.flatnonzero(seam_cells(laser_areas(layers[0], wide, (1, 600), hatch_mm))[0])
    seam_x = wide[0] + 0.1 * float(seam.mean()) if len(seam) else middle_x
    view = (seam_x - 8, middle_y + 2, seam_x + 8, middle_y + 10)
    line = (view[0], wide[1], view[2], wide[3])
    figure, axes = plt.subplots(1, 3, figsize=(13.5, 2.9), constrained_layout=True)
    extent = (view[0], view[2])
    for number, one in enumerate(axes[:2]):
        owners = laser_areas(layers[number], view, (160, 320), hatch_mm)
        one.imshow(area_image(owners, PIXELS), extent=(*extent, view[1], view[3]), origin="lower")
        one.axhline(line[1], color="white", linewidth=2, linestyle=":")
        one.set(title=f"layer {number + 1} from above", xlabel="x in mm", ylabel="y in mm")
    rows = np.array([laser_areas(vectors, line, (1, 320), hatch_mm)[0] for vectors in layers])
    cut = np.repeat(np.repeat(rows, 4 * PIXELS, axis=0), PIXELS, axis=1)
    axes[2].imshow(area_image(cut, 1), extent=(*extent, 0.5, len(rows) + 0.5), origin="lower", aspect="auto")
    axes[2].set(title="cut along the dotted line", xlabel="x in mm", ylabel="layer")
    figure.savefig(FOLDER / "seams.png", dpi=110, metadata={"Software": None})
    plt.close(figure)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        plate(folder)
        seams(folder)
