"""One contestant's work in a process of its own: ``python -m benchmarks.peers.work TASK JSON`` prints JSON.

Imports, compilation and a first small run come before the clock; what is measured comes after.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.inputs import HATCH_MM, LAYER_MM
from benchmarks.peers import peer

#: Repetitions of fast work go on for so long.
_REPEAT_S = 0.4
#: Layers that a library cuts at a time, and at least.
_LEAST_LAYERS = 4


def best_s(function: Callable[[], object], *, at_least_s: float = _REPEAT_S, most: int = 200) -> float:
    """Best time of a function, called again and again for `at_least_s`."""
    best, passed, calls = float("inf"), 0.0, 0
    while calls == 0 or (passed < at_least_s and calls < most):
        clock = time.perf_counter()
        function()
        seconds = time.perf_counter() - clock
        best, passed, calls = min(best, seconds), passed + seconds, calls + 1
    return best


def spread(count: int) -> list[int]:
    """All layers in an order of which every beginning is spread evenly (steps of the golden ratio)."""
    step = (5**0.5 - 1) / 2
    order = sorted(range(count), key=lambda i: (i * step) % 1.0)
    # `order` sorts layers by a sequence that fills the unit interval evenly; its inverse visits them so.
    inverse = [0] * count
    for rank, layer in enumerate(order):
        inverse[layer] = rank
    return inverse


def layer_heights(low: float, high: float):
    """Heights where amprep cuts: mid-layer, from the lowest point up."""
    import numpy as np

    from amprep.model.job import layer_count_for_height

    return low + (np.arange(layer_count_for_height(high - low, LAYER_MM)) + 0.5) * LAYER_MM


def checked_layers(count: int, wanted: int = 16) -> list[int]:
    """Layers whose areas are compared, none of them at the very bottom or top."""
    return sorted({int(count * (k + 0.5) / wanted) for k in range(wanted)})


# --- STL to contours


def contours_amprep(path: str, **_: object) -> dict:
    """Repeated runs of `amprep.contours`; the areas come from a further one."""
    import amprep

    def run() -> tuple[int, int]:
        loops = points = 0
        for block in amprep.contours(path, layer_thickness_mm=LAYER_MM, workers=2):
            loops += len(block.loop_offsets) - 1
            points += len(block.points)
        return loops, points

    _warm_up_contours()
    loops, points = run()
    seconds = best_s(run, at_least_s=2.0, most=20)
    layers = [
        (block, index)
        for block in amprep.contours(path, layer_thickness_mm=LAYER_MM, workers=2)
        for index in range(len(block))
    ]
    areas = {
        number: layers[number][0].layer(layers[number][1]).area_mm2 for number in checked_layers(len(layers))
    }
    return {"seconds": seconds, "layers": len(layers), "loops": loops, "points": points, "areas": areas}


def _warm_up_contours() -> None:
    import tempfile

    import amprep
    from amprep.demonstrators.primitives import sphere
    from amprep.output.stl import write_stl

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "warm.stl"
        write_stl(sphere(10.0, 3), path)
        for _block in amprep.contours(path, layer_thickness_mm=0.1, workers=2):
            pass


def contours_library(name: str, path: str, budget_s: float, **_: object) -> dict:
    """Load, then cut layers in an evenly spread order until all are done or the budget is used up."""
    import tempfile

    library = peer(name)
    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder) / "warm.stl"
        from amprep.demonstrators.primitives import box
        from amprep.output.stl import write_stl

        write_stl(box((2.0, 2.0, 1.0)), small)
        library.cut(library.load(small), [0.25, 0.5])
    clock = time.perf_counter()
    body = library.load(Path(path))
    load_s = time.perf_counter() - clock
    heights = layer_heights(*library.z_range(body))
    checked = checked_layers(len(heights))
    order = [checked[i] for i in spread(len(checked))]
    order += [layer for layer in spread(len(heights)) if layer not in set(checked)]
    sections, cut_s, done = {}, 0.0, 0
    while done < len(order) and (cut_s < budget_s or done < _LEAST_LAYERS):
        batch = order[done : done + _LEAST_LAYERS]
        clock = time.perf_counter()
        found = library.cut(body, heights[batch])
        cut_s += time.perf_counter() - clock
        sections.update((layer, one) for layer, one in zip(batch, found, strict=True) if layer in checked)
        done += len(batch)
    return {
        "seconds": load_s + cut_s * len(order) / done,
        "load_s": load_s,
        "layers": len(heights),
        "layers_cut": done,
        "areas": {layer: library.area(section) for layer, section in sections.items()},
    }


# --- Hatching


def hatch(name: str, sections: Sequence[Sequence[str]], patterns: Sequence[str], skip: Sequence[str]) -> dict:
    """Each pattern on each cross-section; `skip` holds ``section/pattern`` that took long before."""
    from benchmarks.inputs import load_section

    hatcher = peer(name).hatcher
    found: dict[str, dict] = {}
    for section, path in sections:
        points, offsets = load_section(Path(path))
        for pattern in patterns:
            key = f"{section}/{pattern}"
            if key in skip:
                continue
            try:
                made = hatcher(points, offsets, pattern)
                if made is None:
                    continue
                run, measure = made
                if name == "amprep":
                    run()
                result: list = []
                seconds = best_s(lambda run=run, result=result: result.__setitem__(slice(None), [run()]))
                count, length_mm = measure(result[0])
            except NotImplementedError as error:
                found[key] = {"error": str(error)}
                continue
            found[key] = {"seconds": seconds, "vectors": count, "length_mm": length_mm}
    return found


def offset(section: str) -> dict:
    """Raw beam offset + hatch against hatch alone, taken in turns."""
    from amprep.hatching.patterns import hatch_curves
    from amprep.kernels.offset import offset_raw
    from benchmarks.inputs import ANGLE_DEG, load_section

    points, offsets = load_section(Path(section))
    options = {
        "pattern": "meander",
        "angle_deg": ANGLE_DEG,
        "distance_mm": HATCH_MM,
        "cell_mm": 0.0,
        "overlap_mm": 0.0,
    }

    def alone() -> None:
        hatch_curves(points, offsets, **options)

    def both() -> None:
        raw, raw_offsets = offset_raw(points, offsets, 0.08)
        hatch_curves(raw, raw_offsets, **options)

    alone()
    both()
    times = [(best_s(alone, at_least_s=0.1), best_s(both, at_least_s=0.1)) for _ in range(8)]
    return {"alone_s": min(a for a, _ in times), "both_s": min(b for _, b in times)}


# --- amprep alone


def crossings(path: str) -> dict:
    """Cutting alone, one thread: triangles crossed by planes, per second."""
    import numpy as np

    from amprep.reading.stl import read_stl
    from amprep.slicing import PartCut, cut, plan_mesh

    mesh, _ = read_stl(path, unit="mm")
    low, high = mesh.bounds_mm[:, 2].tolist()
    heights = layer_heights(low, high)
    z = mesh.vertices[mesh.faces, 2]
    # A vertex on a plane counts as above it.
    count = int(
        (
            np.searchsorted(heights, z.max(axis=1), "right")
            - np.searchsorted(heights, z.min(axis=1), "right")
        ).sum()
    )
    part = PartCut(plan_mesh(mesh, mesh.vertices, heights), (0.0, 0.0))

    def run() -> None:
        for begin in range(0, len(heights), 50):
            cut(part, begin, min(begin + 50, len(heights)))

    run()
    return {"crossings": count, "seconds": best_s(run, at_least_s=2.0, most=10)}


def threads(path: str, rounds: int) -> dict:
    """`amprep.prepare` of one part on the M 400-4 with one worker and with two, taken in turns."""
    from amprep.engines import engine_for
    from amprep.pipeline import assemble, prepare

    job = assemble([Path(path)], machine="m400-4", unit="mm")
    prepare(job, engine=engine_for(2))
    seconds: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(rounds):
        for workers, times in seconds.items():
            clock = time.perf_counter()
            prepare(job, engine=engine_for(workers))
            times.append(time.perf_counter() - clock)
    return {"one_s": min(seconds[1]), "two_s": min(seconds[2]), "layers": job.layer_count}


def describe(names: Sequence[str]) -> dict:
    """Versions of the contestants that are here, and why the others are not."""
    found = {}
    for name in names:
        module = peer(name)
        lacking = module.missing()
        found[name] = {
            "name": module.NAME,
            "version": "" if lacking else module.version(),
            "missing": lacking,
            "threads": module.THREADS,
            "includes": module.INCLUDES,
        }
    return found


_TASKS = {
    function.__name__: function
    for function in (contours_amprep, contours_library, hatch, offset, crossings, threads, describe)
}


def main() -> None:
    task, arguments = sys.argv[1:3]
    print(json.dumps(_TASKS[task](**json.loads(arguments))))


if __name__ == "__main__":
    main()
