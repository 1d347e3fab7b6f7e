"""Skins, core, contours and edges of real parts share the layer: areas by manifold3d, and a map of places."""

from __future__ import annotations

from itertools import pairwise

import numba
import numpy as np
import pytest
import shapely
from manifold3d import CrossSection, FillRule
from tests.hatching.test_energy_map import strips
from tests.hatching.test_real_parts import UNITS, shape_of

from amprep.assembling import assemble_job
from amprep.kernels.offset import offset_raw
from amprep.layering import cut_parts, expose_part
from amprep.model.scan import Region
from amprep.polygons import contour_band
from amprep.reading.job_file import JobFile

pytestmark = pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="takes minutes without compilation")

#: Its mesh is open.
PARTS = [name for name in UNITS if name != "universal-robo__upperarm.stl"]
HATCHED = (Region.CORE, Region.UPSKIN, Region.DOWNSKIN)

MIXED = {
    "hatch": {"pattern": "stripes", "stripe_width_mm": 5.0, "hatch_distance_mm": 0.1},
    "upskin": {
        "pattern": "chess",
        "island_mm": 2.4,
        "hatch_distance_mm": 0.12,
        "angles_deg": [20.0],
    },
    "downskin": {"pattern": "hexagon", "island_mm": 2.0, "hatch_distance_mm": 0.08, "start_angle_deg": 50.0},
}
LINES = {
    "hatch": {"pattern": "meander", "hatch_distance_mm": 0.1},
    "upskin": {"pattern": "meander", "hatch_distance_mm": 0.12, "angles_deg": [20.0]},
    "downskin": {"pattern": "unidirectional", "hatch_distance_mm": 0.08, "start_angle_deg": 50.0},
}


def job_of(path, tables, overlap_mm=0.0):
    skin = {"min_width_mm": 0.3, "overlap_mm": overlap_mm}
    document = {
        "machine": "m400-4",
        "parts": [{"file": path.name, "unit": UNITS[path.name]}],
        **tables,
        "hatch": {"stripe_overlap_mm": overlap_mm} | tables["hatch"],
        "upskin": {"layers": 3} | skin | tables["upskin"],
        "downskin": {"layers": 2} | skin | tables["downskin"],
    }
    return assemble_job(JobFile.model_validate(document), path.parent)


class Layer:
    """One layer of the first part: how it is divided, what exposes it, and where the hatches may lie."""

    def __init__(self, job, index):
        layers = cut_parts(job, index)[0]
        offset_mm = job.process.contour.beam_offset_mm.value
        band = contour_band(layers.layer(index), offset_mm)
        self.division = layers.surroundings(job, 0, index).divide(band.region)
        self.skins = self.division.skins
        self.skin_mm2 = self.skins.upskin.area_mm2 + self.skins.downskin.area_mm2
        self.job, self.index, self.layers = job, index, layers

    def expose(self):
        self.exposed = expose_part(self.job, 0, self.index, self.layers)
        region = self.division.region
        points, offsets = offset_raw(
            region.points, region.offsets, self.job.process.core.beam_offset_mm.value
        )
        self.inset = CrossSection([points[a:b] for a, b in pairwise(offsets)], FillRule.Positive)
        return self

    def vectors(self, region):
        return self.exposed.segments[self.exposed.region == region].astype(np.float64)


def section(contours):
    return CrossSection([contours.loop(i) for i in range(len(contours))], FillRule.Positive)


def length_of(cross_section):
    """Of the border, mm."""
    loops = cross_section.to_polygons()
    return sum(float(np.linalg.norm(np.roll(loop, -1, axis=0) - loop, axis=1).sum()) for loop in loops)


def layers_with_skins(job):
    """The two layers of twenty with the largest skins that are not all of it, and the middle one."""
    places = [int(share * job.layer_count) for share in np.linspace(0.02, 0.97, 20)]
    found = [Layer(job, index) for index in places if len(cut_parts(job, index)[0].layer(index))]
    found.sort(key=lambda one: -one.skin_mm2 * (one.skin_mm2 < 0.99 * one.division.region.area_mm2))
    return [one.expose() for one in (*found[:2], Layer(job, job.layer_count // 2))]


@pytest.mark.parametrize("overlap", [0.0, 0.06])
@pytest.mark.parametrize("name", PARTS)
def test_each_region_hatches_its_own_area(name, overlap, shared_mesh):
    job = job_of(shared_mesh(name), MIXED, overlap)
    for layer in layers_with_skins(job):
        up, down = section(layer.skins.upskin), section(layer.skins.downskin)
        assert (up ^ down).area() == pytest.approx(0.0, abs=1e-6)
        own = {
            Region.CORE: layer.inset - up - down,
            Region.UPSKIN: layer.inset ^ up,
            Region.DOWNSKIN: layer.inset ^ down,
        }
        whole = 0.0
        for region in HATCHED:
            v = layer.vectors(region)
            distance_mm = job.process.hatch(region).hatch_distance_mm.value
            hatched = np.hypot(*(v[:, 2:] - v[:, :2]).T).sum() * distance_mm
            area = own[region].area()
            whole += hatched
            # Lines sample a region: along its border by chance too much or too little.
            chance = distance_mm * np.sqrt(distance_mm * length_of(own[region]))
            if overlap == 0.0:
                assert hatched == pytest.approx(area, rel=2e-3, abs=chance), f"mm², {region.name}"
            elif area > 1.0:
                assert hatched > area
        inset = layer.inset.area()
        if overlap == 0.0:
            assert whole == pytest.approx(inset, rel=3e-3), "mm²"
        areas = layer.exposed.areas
        assert areas.hatched_mm2 == pytest.approx(inset, rel=3e-3), "overlaps do not count"
        total = areas.hatched_mm2 + areas.contoured_mm2 + areas.edged_mm2 + areas.compensated_mm2
        assert total + areas.lost_mm2 == pytest.approx(areas.sliced_mm2, rel=1e-9)
        assert min(areas.as_row()) >= 0.0


@pytest.mark.parametrize("overlap", [0.0, 0.1])
@pytest.mark.parametrize("name", PARTS)
def test_no_place_is_exposed_twice_beyond_the_overlaps(name, overlap, shared_mesh):
    """Lines of three directions and distances; near the borders of skins they end in steps."""
    job = job_of(shared_mesh(name), LINES, overlap)
    rng = np.random.default_rng(0)
    looked_at = 0
    for layer in layers_with_skins(job):
        inset = shape_of(layer.inset)
        shapes = [shape_of(section(one)) for one in (layer.skins.upskin, layer.skins.downskin)]
        borders = [one.boundary for one in shapes if not one.is_empty]
        corners = np.concatenate([layer.skins.upskin.points, layer.skins.downskin.points])
        for _ in range(4):
            middle = corners[rng.integers(len(corners))] if len(corners) else centre_of(inset)
            places = middle + rng.uniform(-2.0, 2.0, (4000, 2))
            shapely.prepare(inset)
            points = shapely.points(places[shapely.contains_xy(inset, *places.T)])
            places = shapely.get_coordinates(points)
            if not len(places):
                continue
            covered = np.zeros(len(places), dtype=int)
            for region in HATCHED:
                v = layer.vectors(region)
                low, high = np.minimum(v[:, :2], v[:, 2:]), np.maximum(v[:, :2], v[:, 2:])
                near = ((high > middle - 2.5) & (low < middle + 2.5)).all(axis=1)
                distance_mm = job.process.hatch(region).hatch_distance_mm.value
                covered += strips(v[near], places, distance_mm)
            deep = shapely.distance(inset.boundary, points) > 0.06
            border = np.full(len(places), np.inf)
            for line in borders:
                border = np.minimum(border, shapely.distance(line, points))
            plain = deep & (border > 0.06 + overlap)
            looked_at += plain.sum()
            # Coordinates of single precision leave cracks of some nanometres between lines.
            assert (covered[plain] != 1).sum() <= 2e-3 * plain.sum() + 2, "exposed once"
            assert covered.max() <= 3
            seam = deep & (border < overlap - 0.06)
            if seam.sum() > 50:
                assert (covered[seam] > 0).mean() > 0.99, "no crack at the border of a skin"
    assert looked_at > 500


def centre_of(shape):
    return shapely.get_coordinates(shape.representative_point())[0]
