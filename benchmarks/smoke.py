"""What the order against smoke brings on plates of the M 400-4, and what it costs beside hatching.

    python -m benchmarks.smoke [--layers N]

For each plate: seconds in another laser's smoke and of exposure before and after, and the times of the
thread per layer for exposing the parts, for telling the conflicts alone, and for the order with both; the
three are measured in turns, best of three. Gas and plume are those of the machine profile: assumed.
"""

from __future__ import annotations

import argparse
import dataclasses
import tempfile
import time
from pathlib import Path

import numpy as np

from amprep.assembling import assemble
from amprep.demonstrators.primitives import box, cylinder
from amprep.layering import cut_parts, expose_part, plan_layer, setting_of
from amprep.model.scan import REGIONS
from amprep.output.stl import write_stl
from amprep.timeline.lookout import Strokes, lookout_of

TURNS = 3
PLATES = {
    "36 cylinders of 30 mm": (cylinder(30.0, 2.0), 36),
    "100 cylinders of 30 mm": (cylinder(30.0, 2.0), 100),
    "a block of 300 x 300 mm": (box((300.0, 300.0, 2.0)), 1),
}


def seconds(function, *arguments, **options):
    start = time.thread_time()
    result = function(*arguments, **options)
    return time.thread_time() - start, result


def measure(job, indices):
    """Rows of conflict and exposure before and after, then times of exposing, telling and ordering, in s."""
    setting = setting_of(job)
    as_given = dataclasses.replace(setting, lookout=None)
    ordering = lookout_of(job.machine, setting.motion, job.process)
    telling = dataclasses.replace(ordering, reorder=False)
    sums, times = np.zeros(4), np.zeros(3)
    for index in indices:
        layers = cut_parts(job, index)
        best = np.full(3, np.inf)
        for _ in range(TURNS):
            exposing_s, exposed = seconds(
                lambda: [expose_part(job, part, index, layers[part]) for part in range(len(layers))]  # noqa: B023
            )
            vectors = plan_layer(job, as_given, index, exposed).vectors
            sets = [job.parameter_sets.number(part, index) for part in range(len(job.parts))]
            strokes = Strokes(
                vectors.segments,
                vectors.laser,
                vectors.region,
                vectors.part,
                np.array(sets, dtype=np.uint16)[vectors.part] * np.uint16(REGIONS) + vectors.region,
            )
            telling_s, _ = seconds(telling.look, index, strokes)
            ordering_s, seen = seconds(ordering.look, index, strokes)
            best = np.minimum(best, (exposing_s, telling_s, ordering_s))
        one = seen.sums
        sums += one.conflict_before_s, one.conflict_after_s, one.exposure_before_s, one.exposure_after_s
        times += best
    return sums / len(indices), times / len(indices)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--layers", type=int, default=5, help="layers of each plate")
    indices = range(parser.parse_args().layers)
    print("per layer               smoke before  after | exposure before   after | expose  tell  order ms")
    for title, (mesh, count) in PLATES.items():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "part.stl"
            write_stl(mesh, path)
            job = assemble([path] * count, machine="m400-4", unit="mm")
        (before, after, whole, longer), times = measure(job, indices)
        ms = "  ".join(f"{1e3 * t:5.1f}" for t in times)
        print(f"{title:24}{before:10.1f} s{after:7.2f} s |{whole:12.2f} s{longer:9.2f} s | {ms}")


if __name__ == "__main__":
    main()
