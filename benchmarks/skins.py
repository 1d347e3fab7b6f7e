"""What skins cost beside the contour and the stripes of the same layers.

    python -m benchmarks.skins [--inputs DIR] [--ranges N] [--all] [NAME ...]

Ranges of 50 layers, spread over each part, are contoured and hatched, and their skins over 3 + 3 layers
found, in turns; times are those of the thread, best of three turns.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np

from amprep.contouring import contours
from amprep.errors import AmprepError
from amprep.hatching.patterns import hatch_region
from amprep.kernels.offset import offset_raw
from amprep.model.layer import Contours
from amprep.model.skins import SkinRule
from amprep.polygons import contour_band
from amprep.regions import LayerScans, skins
from benchmarks.inputs import (
    ANGLE_DEG,
    HATCH_MM,
    INPUTS,
    LAYER_MM,
    default_folder,
    provide,
    shared_meshes,
)

RANGE = 50
BESIDE = 3
TURNS = 3


def layers_of(path: Path) -> list[Contours]:
    return [
        stack.layer(i)
        for stack in contours(path, layer_thickness_mm=LAYER_MM, unit="mm")
        for i in range(len(stack))
    ]


def bands_and_stripes(layers: list[Contours]) -> list[Contours]:
    """The clean regions, after contour, beam offset and stripes."""
    regions = []
    for layer in layers:
        region = contour_band(layer, 0.06).region
        hatch_region(
            *offset_raw(region.points, region.offsets, 0.1),
            pattern="stripes",
            angle_deg=ANGLE_DEG,
            distance_mm=HATCH_MM,
        )
        regions.append(region)
    return regions


def skins_of(regions: list[Contours], begin: int, end: int, rule: SkinRule) -> float:
    """Area of the skins of some layers, mm²."""
    scans = LayerScans()
    area = 0.0
    for k in range(begin, end):
        found = skins(
            regions[k],
            regions[k + 1 : k + 1 + BESIDE],
            regions[max(0, k - BESIDE) : k][::-1],
            layer_thickness_mm=LAYER_MM,
            upskin=rule,
            downskin=rule,
            on_platform=True,
            clean=True,
            scans=scans,
        )
        area += found.upskin.area_mm2 + found.downskin.area_mm2
    return area


def seconds(function, *arguments):
    start = time.thread_time()
    result = function(*arguments)
    return time.thread_time() - start, result


def measure(path: Path, rule: SkinRule, ranges: int) -> tuple[int, float, float, float]:
    """Layers, ms per layer of contour and stripes, ms per layer of skins, share of the area that is skin."""
    layers = layers_of(path)
    starts = sorted({int(s) for s in np.linspace(0, max(0, len(layers) - RANGE), ranges)})
    count, base, skin, area, skin_area = 0, 0.0, 0.0, 0.0, 0.0
    for start in starts:
        low, high = max(0, start - BESIDE), min(len(layers), start + RANGE + BESIDE)
        own = layers[low:high]
        begin, end = start - low, min(start + RANGE, len(layers)) - low
        regions = bands_and_stripes(own)
        turns = []
        for _ in range(TURNS):
            one, _ = seconds(bands_and_stripes, own[begin:end])
            other, found = seconds(skins_of, regions, begin, end, rule)
            turns.append((one, other))
        base += min(one for one, _ in turns)
        skin += min(other for _, other in turns)
        count += end - begin
        area += sum(region.area_mm2 for region in regions[begin:end])
        skin_area += found
    return count, 1e3 * base / count, 1e3 * skin / count, skin_area / area


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=Path, default=default_folder(), metavar="DIR")
    parser.add_argument("--ranges", type=int, default=6, help="ranges of 50 layers per part")
    parser.add_argument("--width", type=float, default=0.3, help="narrowest skin, mm")
    parser.add_argument("--angle", type=float, default=90.0, help="steepest skin, degrees")
    parser.add_argument("--all", action="store_true", help="also the large inputs")
    parser.add_argument("names", nargs="*", metavar="NAME", help="default: quick and shared parts")
    options = parser.parse_args()
    rule = SkinRule(BESIDE, min_width_mm=options.width, max_angle_deg=options.angle)
    wanted = [one for one in INPUTS if one.kind == "part"]
    if options.names:
        wanted = [one for one in wanted if one.name in options.names]
    elif not options.all:
        wanted = [one for one in wanted if one.quick]
    print(f"{'part':32} {'layers':>6} {'contour + stripes':>18} {'skins':>10} {'ratio':>6} {'skin area':>9}")
    files = [(one.name, provide(one, options.inputs)[0]) for one in wanted]
    files += [(p.stem, p) for p in shared_meshes() if not options.names or p.stem in options.names]
    for name, path in files:
        try:
            count, base, skin, share = measure(path, rule, options.ranges)
        except AmprepError as error:
            print(f"{name:32} {error.code}")
            continue
        print(f"{name[:32]:32} {count:6d} {base:15.3f} ms {skin:7.3f} ms {skin / base:6.2f} {share:9.1%}")


if __name__ == "__main__":
    main()
