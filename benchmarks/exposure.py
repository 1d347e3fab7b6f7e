"""What a layer costs as a machine needs it, beside PySLM's stripes and beside offset and stripes alone.

    python -m benchmarks.exposure [--inputs DIR] [--rounds N] [--layers N] [--all] [--json] [NAME ...]

Beam offset, one contour and stripes of 10 mm, with skins over 3 + 3 layers and without. Of a part a few
ranges of consecutive layers are exposed; a cross-section is piled up, with neighbours that are equal and with
some that grow from layer to layer. What a layer shares with an equal one before it is found once, so the rows
that grow say what a new layer costs. All contestants take turns; for each layer the best time of the thread
counts, and ratios compare the same layers. PySLM takes part where it is installed, on a few layers, and
without skins; where it is slow, in the first round only.
"""

from __future__ import annotations

import argparse
import importlib.util
import itertools
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from amprep.assembling import assemble
from amprep.hatching.filling import hatch_angle_deg
from amprep.hatching.patterns import hatch_region
from amprep.kernels.offset import offset_raw
from amprep.layering import PartLayers, cut_all, expose_part
from amprep.model.job import Job
from amprep.model.layer import Contours, LayerStack
from amprep.slicing import plan_cuts
from benchmarks.inputs import INPUTS, Input, default_folder, load_section, provide

BESIDE = 3
STRIPES_MM = 10.0
#: How much larger a section grows per layer, where its neighbours differ.
GROWTH = 2e-4
#: Layers of a range that PySLM takes too.
PEER_LAYERS = 2
#: Who took longer than so many seconds per range takes part in the first round only.
SLOW_S = 4.0
#: Inputs on which PySLM takes minutes.
TOO_SLOW = {"gears-section"}

#: Of the table's columns.
WIDTHS = (10, 10, 14, 13, 11, 11)

#: Contestants: what the JSON calls them.
SKINS, PLAIN, BARE, PEER = "skins", "plain", "offset_and_stripes", "pyslm"


@dataclass(frozen=True)
class Range:
    """Consecutive layers of a part; those around them are in the stack, too."""

    stack: LayerStack
    first: int
    begin: int
    end: int


@dataclass
class Work:
    """One row of the table."""

    name: str
    with_skins: Job
    without: Job
    ranges: list[Range]
    has_peer: bool
    best_s: dict[str, dict[int, float]] = field(default_factory=dict)

    def note(self, contestant: str, layer: int, seconds: float) -> None:
        times = self.best_s.setdefault(contestant, {})
        times[layer] = min(seconds, times.get(layer, np.inf))

    def per_layer_ms(self, contestant: str) -> float:
        times = self.best_s[contestant]
        return 1e3 * sum(times.values()) / len(times)

    def ratio(self, contestant: str, other: str) -> float | None:
        """How many times the other's time it is, on the layers of both."""
        one, two = self.best_s.get(contestant, {}), self.best_s[other]
        layers = one.keys() & two.keys()
        return sum(one[k] for k in layers) / sum(two[k] for k in layers) if layers else None


def job_of(path: Path, skin_layers: int) -> Job:
    skin = {"layers": skin_layers}
    return assemble(
        path,
        machine="m400-4",
        unit="mm",
        parameters={
            "hatch": {"pattern": "stripes", "stripe_width_mm": STRIPES_MM},
            "contour": {"count": 1},
            "upskin": skin,
            "downskin": skin,
        },
    )


def part_work(one: Input, path: Path, *, count: int, ranges: int, peers: bool) -> Work:
    """Ranges of layers spread over a part."""
    job = job_of(path, BESIDE)
    layers = job.layer_count
    found = []
    for share in (np.arange(ranges) + 0.5) / ranges:
        begin = max(1, min(int(layers * share), layers - count))
        end = min(begin + count, layers)
        first, stop = max(0, begin - 1 - BESIDE), min(layers, end + BESIDE)
        stack = cut_all(plan_cuts(job.parts, job.cut_heights_mm[first:stop]), 0, stop - first)[0]
        found.append(Range(stack, first, begin, end))
    return Work(one.name, job, job_of(path, 0), found, peers)


def section_works(one: Input, path: Path, folder: Path, *, count: int, peers: bool) -> list[Work]:
    """A cross-section piled up, among equal neighbours and among others."""
    points, offsets = load_section(path)
    made = []
    for name, growth in (("equal", 0.0), ("growing", GROWTH)):
        box = _box(folder, (count + 2 * BESIDE + 2) * 0.04)
        stack = _pile(points, offsets, count + 2 * BESIDE + 1, growth)
        begin = BESIDE + 1
        made.append(
            Work(
                f"{one.name.removesuffix('-section')}, {name}",
                job_of(box, BESIDE),
                job_of(box, 0),
                [Range(stack, 0, begin, begin + count)],
                peers and one.name not in TOO_SLOW,
            )
        )
    return made


def _box(folder: Path, height_mm: float) -> Path:
    """Something whose job has that many layers."""
    from amprep.demonstrators.primitives import box
    from amprep.output.stl import write_stl

    path = folder / "box.stl"
    write_stl(box((5.0, 5.0, max(height_mm, 1.0))), path)
    return path


def _pile(points, offsets, layers: int, growth: float) -> LayerStack:
    middle = points.mean(axis=0)
    piled = [middle + (points - middle) * (1.0 + growth * k) for k in range(layers)]
    loops = np.concatenate([[0], *(offsets[1:] + k * len(points) for k in range(layers))])
    return LayerStack(np.concatenate(piled), loops, np.arange(layers + 1) * (len(offsets) - 1))


def timed(function: Callable[[], object]) -> float:
    clock = time.thread_time()
    function()
    return time.thread_time() - clock


def expose_range(work: Work, contestant: str, job: Job, one: Range) -> None:
    """Times of whole layers; the layer before is exposed first, as what lies around is shared."""
    layers = PartLayers(one.stack, one.first)
    for index in range(one.begin - 1, one.end):
        seconds = timed(lambda index=index: expose_part(job, 0, index, layers))
        if index >= one.begin:
            work.note(contestant, index, seconds)


def bare_range(work: Work, one: Range) -> None:
    """Raw offset curves and the stripes on them: no clean region, no contour, no audit."""
    hatch = work.without.process.core
    for index in range(one.begin, one.end):
        layer = one.stack.layer(index - one.first)
        angle_deg = hatch_angle_deg(hatch, index)

        def run(layer: Contours = layer, angle_deg: float = angle_deg) -> None:
            hatch_region(
                *offset_raw(layer.points, layer.offsets, hatch.beam_offset_mm.value),
                pattern="stripes",
                angle_deg=angle_deg,
                distance_mm=hatch.hatch_distance_mm.value,
                cell_mm=STRIPES_MM,
            )

        work.note(BARE, index, timed(run))


def peer_range(work: Work, one: Range) -> float:
    """PySLM's StripeHatcher with one contour and the same offsets; returns the seconds that it took."""
    from pyslm import hatching

    hatch, contour = work.without.process.core, work.without.process.contour
    own = hatching.StripeHatcher()
    own.stripeWidth, own.stripeOverlap, own.stripeOffset = STRIPES_MM, 0.0, 0.0
    own.layerAngleIncrement, own.hatchDistance = 0.0, hatch.hatch_distance_mm.value
    own.numInnerContours, own.numOuterContours = 0, 1
    own.spotCompensation = contour.beam_offset_mm.value
    own.volumeOffsetHatch = hatch.beam_offset_mm.value - contour.beam_offset_mm.value
    total = 0.0
    step = max(1, (one.end - one.begin) // PEER_LAYERS)
    for index in range(one.begin, one.end, step)[:PEER_LAYERS]:
        layer = one.stack.layer(index - one.first)
        if not len(layer):
            continue
        paths = [layer.points[a:b].copy() for a, b in itertools.pairwise(layer.offsets)]
        own.hatchAngle = hatch_angle_deg(hatch, index)
        seconds = timed(lambda paths=paths: own.hatch(paths))
        work.note(PEER, index, seconds)
        total += seconds
    return total


def run(works: Sequence[Work], rounds: int) -> None:
    slow = set()
    for number, work in itertools.product(range(rounds), works):
        for k, one in enumerate(work.ranges):
            expose_range(work, SKINS, work.with_skins, one)
            expose_range(work, PLAIN, work.without, one)
            bare_range(work, one)
            if work.has_peer and (work.name, k) not in slow and peer_range(work, one) > SLOW_S:
                slow.add((work.name, k))
        if number == 0:
            # Machine code was loaded on the way.
            for times in (work.best_s[c] for c in (SKINS, PLAIN, BARE)):
                if rounds > 1:
                    times.clear()


def record(work: Work) -> dict:
    """One row, for machines."""
    peer = {PEER: work.per_layer_ms(PEER)} if PEER in work.best_s else {}
    return {
        "input": work.name,
        "layers": len(work.best_s[SKINS]),
        "ms_per_layer": {name: work.per_layer_ms(name) for name in (SKINS, PLAIN, BARE)} | peer,
        "pyslm_layers": len(work.best_s.get(PEER, {})),
        "skins_to_offset_and_stripes": work.ratio(SKINS, BARE),
        "plain_to_offset_and_stripes": work.ratio(PLAIN, BARE),
        "pyslm_to_skins": work.ratio(PEER, SKINS),
    }


def table(rows: Sequence[dict]) -> str:
    heads = ("skins", "no skins", "offset+stripes", "ratios", "PySLM", "PySLM/skins")
    columns = " ".join(f"{head:>{width}}" for head, width in zip(heads, WIDTHS, strict=True))
    lines = [f"{'input':22} {'layers':>6} {columns}"]
    for row in rows:
        times = row["ms_per_layer"]
        ratios = f"{row['skins_to_offset_and_stripes']:.2f} / {row['plain_to_offset_and_stripes']:.2f}"
        line = f"{row['input']:22} {row['layers']:6d} {times[SKINS]:7.3f} ms {times[PLAIN]:7.3f} ms "
        line += f"{times[BARE]:11.3f} ms {ratios:>13}"
        if row["pyslm_to_skins"] is not None:
            line += f" {times[PEER]:8.1f} ms {row['pyslm_to_skins']:9.0f} x"
        lines.append(line)
    lines.append("Ratios: with skins, and without, to offset and stripes alone (goal: 3). PySLM: goal 100 x.")
    return "\n".join(lines)


def compile_apart(options: argparse.Namespace) -> None:
    """Kernels that are not kept yet, in a process of their own: behind a compiler PySLM takes half longer."""
    once = ["--no-peer", "--rounds", "1", "--layers", "1", "--ranges", "1", "--inputs", str(options.inputs)]
    command = [sys.executable, "-m", "benchmarks.exposure", *once, *(["--all"] if options.all else [])]
    subprocess.run([*command, *options.names], check=True, stdout=subprocess.DEVNULL)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=Path, default=default_folder(), metavar="DIR")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--layers", type=int, default=8, help="layers per range")
    parser.add_argument("--ranges", type=int, default=5, help="ranges per part")
    parser.add_argument("--all", action="store_true", help="also the large parts")
    parser.add_argument("--no-peer", action="store_true", help="without PySLM")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("names", nargs="*", metavar="NAME", help="default: quick parts, all sections")
    options = parser.parse_args(arguments)
    peers = not options.no_peer and importlib.util.find_spec("pyslm") is not None
    chosen = [one for one in INPUTS if options.all or one.quick or one.kind == "section"]
    if options.names:
        chosen = [one for one in INPUTS if one.name in options.names]
    if peers:
        compile_apart(options)
    works: list[Work] = []
    with tempfile.TemporaryDirectory() as folder:
        for one in chosen:
            path, _ = provide(one, options.inputs)
            if one.kind == "part":
                works.append(part_work(one, path, count=options.layers, ranges=options.ranges, peers=peers))
            else:
                works += section_works(one, path, Path(folder), count=options.layers, peers=peers)
        run(works, options.rounds)
    rows = [record(work) for work in works]
    if options.json:
        print(json.dumps({"rounds": options.rounds, "pyslm": peers, "rows": rows}, indent=1))
        return
    print(table(rows))
    if not peers:
        print("PySLM (PythonSLM) takes no part.")


if __name__ == "__main__":
    main()
