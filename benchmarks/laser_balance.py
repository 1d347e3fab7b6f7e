"""How evenly four lasers share layers, beside the split by quadrant and the bound, and what sharing costs.

    python -m benchmarks.laser_balance [--layers N] [--inputs DIR] [--meshes DIR] [NAME ...]

Shared meshes and parts of `benchmarks.inputs` lie across the centre of the M 400-4's platform, and one
plate holds 100 parts. Of each, some layers over the height are prepared. Times are those of the layers:
balanced ÷ quadrant, and either ÷ bound, also balanced with contours shared one by one. The cost is the time
that sharing takes over the time that the same
layers take to be hatched, in one run, the best of several.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from amprep.assembling import assemble_job
from amprep.demonstrators.primitives import cylinder
from amprep.errors import AmprepError
from amprep.estimation.time import layer_times, time_model
from amprep.layering import cut_parts, expose_part, plan_layer, setting_of
from amprep.output.stl import write_stl
from amprep.reading.job_file import JobFile
from benchmarks.inputs import INPUTS, default_folder, provide, shared_meshes
from benchmarks.quick_estimate import units_of

#: Parts of `benchmarks.inputs` that take a minute at most.
NAMES = ("bracket", "sphere", "gyroid", "lattice", "gears")

REPEATS = 3

HEAD = (
    "| plate | layers | ÷ quadrant | balanced ÷ bound | by contour ÷ bound | quadrant ÷ bound "
    "| one laser ÷ balanced | cost |\n"
    "|---|---|---|---|---|---|---|---|"
)


#: Settings of `[lasers]` that are compared.
COMPARED = {
    "balanced": {},
    "quadrant": {"strategy": "quadrant"},
    "contours": {"contours_by": "contour"},
}


def job_of(entries, lasers):
    given = {"machine": "m400-4", "parts": entries, "lasers": lasers}
    return assemble_job(JobFile.model_validate(given), Path())


def slowest_s(job, plans):
    """Time of the slowest laser in each layer."""
    stats = np.stack([plan.scan_stats for plan in plans])
    return layer_times(stats, time_model(job.machine, job.parameter_sets.processes, stats)).exposure_s


def measure(name, entries, count):
    jobs = {name: job_of(entries, lasers) for name, lasers in COMPARED.items()}
    job = jobs["balanced"]
    settings = {strategy: setting_of(one) for strategy, one in jobs.items()}
    layers = sorted({int((i + 0.5) * job.layer_count / count) for i in range(count)})
    plans = {strategy: [] for strategy in jobs}
    cost = []
    for layer in layers:
        hatching, sharing = [], []
        for _ in range(REPEATS):
            cuts = cut_parts(job, layer)  # anew: what is found of a layer is kept
            began = time.perf_counter()
            exposed = [expose_part(job, part, layer, one) for part, one in enumerate(cuts)]
            hatching.append(time.perf_counter() - began)
            order = settings["balanced"].part_order
            segments = np.concatenate([exposed[i].segments for i in order])
            region = np.concatenate([exposed[i].region for i in order]).astype(np.uint16)
            part = np.repeat(np.array(order, np.uint16), [len(exposed[i].segments) for i in order])
            began = time.perf_counter()
            settings["balanced"].sharing.assign(layer, segments, region, part)
            sharing.append(time.perf_counter() - began)
        cost.append((min(hatching), min(sharing)))
        for strategy, one in jobs.items():
            plans[strategy].append(plan_layer(one, settings[strategy], layer, exposed))
    told = np.array([plan.bound_s for plan in plans["balanced"]]) > 0.0
    bound = np.array([plan.bound_s for plan in plans["balanced"]])[told]
    one = np.array([plan.work_s for plan in plans["balanced"]])[told]
    balanced, quadrant, contours = (slowest_s(jobs[strategy], plans[strategy])[told] for strategy in plans)
    hatching, sharing = (sum(column) for column in zip(*cost, strict=True))
    pairs = ((balanced, quadrant), (balanced, bound), (contours, bound), (quadrant, bound), (one, balanced))
    columns = [np.median(a / b) for a, b in pairs]
    figures = " | ".join(f"{value:.3f}" for value in columns)
    row = f"| {name} | {len(layers)} of {job.layer_count} | {figures} | {100 * sharing / hatching:.0f} % |"
    return row, hatching, sharing


def plates(names, folder, meshes):
    """Name and parts of each plate."""
    files = [provide(one, folder)[0] for one in INPUTS if one.name in NAMES and one.name in (names or NAMES)]
    files += shared_meshes() if meshes is None else sorted(meshes.glob("*.[sS][tT][lL]"))
    units = units_of(files)
    for file in files:
        if not names or file.stem in names:
            entry = {"file": str(file), "position_mm": [200.0, 200.0]}
            entry["unit"] = units.get(file.name) or "mm"
            yield f"{file.stem}, centre", [entry]
    if not names or "plate" in names:
        with tempfile.TemporaryDirectory() as made:
            path = Path(made) / "part.stl"
            write_stl(cylinder(18.0, 2.0), path)
            yield "100 parts", [{"file": str(path), "unit": "mm", "count": 100}]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", help="parts, or plate; default: all")
    parser.add_argument("--inputs", type=Path, default=None)
    parser.add_argument("--meshes", type=Path, default=None, help="folder of the shared meshes")
    parser.add_argument("--layers", type=int, default=20, help="prepared of each plate")
    args = parser.parse_args()
    print(HEAD)
    seconds = np.zeros(2)
    for name, entries in plates(args.names, args.inputs or default_folder(), args.meshes):
        try:
            row, *spent = measure(name, entries, args.layers)
        except AmprepError as fault:
            print(f"| {name} | {fault.code}: {fault.what} |", flush=True)
            continue
        seconds += spent
        print(row, flush=True)
    print(f"\nAll layers: hatching {seconds[0]:.2f} s, sharing {seconds[1]:.2f} s")


if __name__ == "__main__":
    main()
