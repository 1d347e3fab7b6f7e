"""Draws what upskin, downskin and core are: python docs/pictures/skins.py [skins.png].

A body is sliced, its skins are found layer by layer, and one layer is hatched with the skins' own angles.
"""

import sys

import numpy as np
from manifold3d import CrossSection, Manifold

from amprep.demonstrators.solids import mesh_of_solid
from amprep.hatching.lines import scan_region
from amprep.hatching.patterns import Pattern, lay_pattern
from amprep.kernels.offset import offset_raw
from amprep.model.layer import Contours
from amprep.model.skins import SkinRule
from amprep.pictures.style import save, slide_figure, slide_style
from amprep.polygons import contour_band
from amprep.regions import LayerScans, core_of, skins, with_overlap
from amprep.slicing import PartCut, cut, plan_mesh

path = sys.argv[1] if len(sys.argv) > 1 else "skins.png"
LAYER_MM, HATCH_MM, OVERLAP_MM = 0.2, 0.2, 0.4
SHOWN = 24
COLOURS = {"core": "#56B4E9", "upskin": "#F0B429", "downskin": "#B8400A"}

# A body with a flat roof that ends in a slope, a dome, an overhang and a bore.
PROFILE = [
    (0, 0),
    (11, 0),
    (11, 3),
    (18, 5),
    (24, 5),
    (24, 7.4),
    (16, 7.4),
    (12, 8.4),
    (5, 8.4),
    (3, 5),
    (0, 5),
]
body = Manifold.extrude(CrossSection([np.array(PROFILE, dtype=np.float64)]), 12.0)
body = body.rotate((90.0, 0.0, 0.0)).translate((0.0, 12.0, 0.0))
body += Manifold.sphere(3.4, 96).translate((7.0, 6.0, 6.6))
body -= (
    Manifold.cylinder(40.0, 1.5, circular_segments=64).rotate((90.0, 0.0, 0.0)).translate((7.0, 20.0, 3.5))
)
mesh = mesh_of_solid(body)
heights = np.arange(0.5 * LAYER_MM, float(mesh.bounds_mm[1, 2]), LAYER_MM)
stack = cut(PartCut(plan_mesh(mesh, mesh.vertices, heights), (0.0, 0.0)), 0, len(heights))
layers = [contour_band(stack.layer(k), 0.05).region for k in range(len(heights))]

rule = SkinRule(3, min_width_mm=0.4, overlap_mm=OVERLAP_MM)
scans = LayerScans()
found = [
    skins(
        region,
        layers[k + 1 : k + 4],
        layers[max(0, k - 3) : k][::-1],
        layer_thickness_mm=LAYER_MM,
        upskin=rule,
        downskin=rule,
        on_platform=True,
        clean=True,
        scans=scans,
    )
    for k, region in enumerate(layers)
]


def along(region: Contours, y_mm: float) -> np.ndarray:
    """(n, 2), mm: where a line along x runs inside of a region; the first of lines that are 1 m apart."""
    lines = scan_region(
        region.points - (0.0, y_mm - 500.0), region.offsets, angle_rad=0.0, distance_mm=1000.0
    )
    return lines.pieces.copy()


def hatch(
    region: Contours,
    angle_deg: float,
    *,
    inside: Contours | None = None,
    outside: tuple[Contours, ...] = (),
) -> np.ndarray:
    """(n, 4), mm: vectors of a region, to and fro."""
    raw = offset_raw(region.points, region.offsets, 0.1)
    pattern = Pattern("meander", angle_deg, HATCH_MM)
    return lay_pattern(*raw, pattern, inside=inside, outside=outside).segments


with slide_style():
    figure = slide_figure()
    figure.set_size_inches(12.8, 5.0)
    side = figure.add_axes((0.06, 0.2, 0.50, 0.68))
    for k, (region, skin) in enumerate(zip(layers, found, strict=True)):
        parts = {"core": core_of(region, skin), "upskin": skin.upskin, "downskin": skin.downskin}
        for name, part in parts.items():
            pieces = along(part, 6.0)
            side.bar(
                pieces[:, 0],
                0.86 * LAYER_MM,
                np.diff(pieces, axis=1).ravel(),
                heights[k] - 0.43 * LAYER_MM,
                align="edge",
                color=COLOURS[name],
            )
    side.axhline(heights[SHOWN], color="#000000", linewidth=1.0, linestyle=(0, (4, 3)))
    side.set_aspect("equal")
    side.set_xlabel("x in mm")
    side.set_ylabel("z in mm")
    side.set_title("Cut through the middle, layer by layer", loc="left")

    top = figure.add_axes((0.62, 0.2, 0.36, 0.68))
    region, skin = layers[SHOWN], found[SHOWN]
    grown_up, grown_down = with_overlap(skin.upskin, OVERLAP_MM), with_overlap(skin.downskin, OVERLAP_MM)
    vectors = {
        "core": hatch(region, 67.0, outside=(skin.upskin, skin.downskin)),
        "upskin": hatch(region, 0.0, inside=grown_up, outside=(skin.downskin,)),
        "downskin": hatch(region, 90.0, inside=grown_down, outside=(skin.upskin,)),
    }
    for name, segments in vectors.items():
        top.plot(segments[:, ::2].T, segments[:, 1::2].T, color=COLOURS[name], linewidth=1.1)
        top.plot([], [], color=COLOURS[name], linewidth=6, label=name)
    for i in range(len(region)):
        top.fill(*region.loop(i).T, fill=False, edgecolor="#000000", linewidth=1.2)
    top.set_aspect("equal")
    top.set_xlabel("x in mm")
    top.set_ylabel("y in mm")
    top.set_title(f"Layer {SHOWN + 1}, hatched", loc="left")
    figure.legend(*top.get_legend_handles_labels(), loc="lower center", ncols=3, frameon=False)
    save(figure, path)
print(path)
