"""Where the area audit's lost area lies: the loops that the picture draws enclose what the audit counts."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import shapely

from amprep.hatching.exposing import expose, lost_regions
from amprep.kernels.areas import signed_area
from amprep.model.layer import Contours
from amprep.model.scan import Region
from amprep.profiles import find_machine, find_material, find_process

SHIPPED = find_process(find_machine("m400-4"), find_material("316l"), None)
# Without edges all that the contour cannot reach is lost.
PROCESS = replace(SHIPPED, edge=replace(SHIPPED.edge, exposed=SHIPPED.edge.exposed.overridden("no")))


def rectangles(*boxes):
    loops = [np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)]) for x0, y0, x1, y1 in boxes]
    return Contours(np.concatenate(loops).astype(np.float64), np.arange(0, 4 * len(loops) + 1, 4))


@pytest.mark.parametrize("width_mm", [0.02, 0.05, 0.08])
def test_a_wall_thinner_than_the_beam_is_lost_as_a_whole(width_mm):
    layer = rectangles((0, 0, 5, 5), (6, 0, 6 + width_mm, 5))
    lost = lost_regions(layer, PROCESS, 0)
    assert signed_area(lost.points, lost.offsets) == pytest.approx(5 * width_mm, rel=1e-6), "mm²"
    assert lost.points[:, 0].min() == pytest.approx(6.0, abs=1e-6), "mm"


@pytest.mark.parametrize(("width_mm", "is_lost"), [(0.02, True), (0.04, True), (0.06, False), (0.09, False)])
def test_a_thin_wall_is_lost_only_below_the_least_width_of_an_edge(width_mm, is_lost):
    layer = rectangles((0, 0, 5, 5), (6, 0, 6 + width_mm, 5))
    lost = lost_regions(layer, SHIPPED, 0)
    found = signed_area(lost.points, lost.offsets)
    assert found == pytest.approx(5 * width_mm if is_lost else 0.0, abs=2.5 * width_mm**2 + 1e-6), "mm²"
    areas = expose(layer, SHIPPED, 0).areas
    assert areas.lost_thin_mm2 + areas.edged_mm2 == pytest.approx(5 * width_mm, rel=1e-6), "mm²"
    assert (areas.edged_mm2 == 0) == is_lost


@pytest.mark.parametrize(("wider_mm", "is_drawn"), [(2e-6, False), (4e-5, False), (1e-4, True)])
def test_between_contours_that_touch_but_for_rounding_nothing_is_drawn(wider_mm, is_drawn):
    """A fin as wide as two tracks of the M 100, or wider by what float32 makes of its coordinates."""
    machine = find_machine("m100")
    process = find_process(machine, find_material("316l"), None)
    width_mm = 4 * process.contour.beam_offset_mm.value + wider_mm
    layer = rectangles((0, 0, width_mm, 80))
    assert expose(layer, process, 0).areas.lost_mm2 > 0
    assert len(lost_regions(layer, process, 0)) == is_drawn


def test_nothing_is_lost_in_a_thick_square():
    assert len(lost_regions(rectangles((0, 0, 5, 5)), PROCESS, 0)) == 0


@pytest.mark.parametrize("seed", range(6))
def test_the_loops_enclose_what_the_audit_counts_as_too_thin(seed):
    rng = np.random.default_rng(seed)
    angle = np.sort(rng.uniform(0, 2 * np.pi, 14))
    star = np.column_stack([np.cos(angle), np.sin(angle)]) * rng.uniform(0.1, 3.0, (14, 1))
    layer = Contours(star, np.array([0, 14]))
    # Without hatch lines' gaps, which are sampled.
    fine = replace(PROCESS, core=replace(PROCESS.core, hatch_distance_mm=PROCESS.contour.beam_offset_mm))
    areas = expose(layer, fine, 0).areas
    lost = lost_regions(layer, fine, 0)
    found = signed_area(lost.points, lost.offsets)
    assert found == pytest.approx(areas.lost_thin_mm2 + areas.lost_gap_mm2, rel=0.1, abs=2e-3), "mm²"
    assert found >= areas.lost_thin_mm2 - 1e-6, "mm²"


def test_a_gap_between_hatch_lines_is_found_near_its_sampled_size():
    walls = rectangles(*((i, 0.0, i + 0.22 + 0.01 * i, 6.0) for i in range(8)))
    totals = np.zeros(2)
    for index in range(10):
        areas = expose(walls, PROCESS, index).areas
        lost = lost_regions(walls, PROCESS, index)
        totals += areas.lost_gap_mm2, signed_area(lost.points, lost.offsets) - areas.lost_thin_mm2
    assert totals[0] > 0.01, "mm²"
    assert totals[1] == pytest.approx(totals[0], rel=0.1), "mm²"


def test_a_gap_in_the_teeth_of_a_rough_boundary_is_found():
    """Edges of teeth so short that mitres alone keep their curves: no disc reaches into the tips."""
    angle = 2 * np.pi * np.arange(200) / 200
    radius = 2.0 - np.where(np.arange(200) % 2 == 0, 0.08, 0.0)
    saw = Contours(np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]), np.array([0, 200]))
    areas = expose(saw, PROCESS, 0).areas
    lost = lost_regions(saw, PROCESS, 0)
    assert areas.lost_gap_mm2 > 1e-3, "mm²"
    assert signed_area(lost.points, lost.offsets) == pytest.approx(areas.lost_mm2, rel=0.3), "mm²"


def test_what_a_filter_drops_is_drawn_where_it_was():
    """Two walls of 0.6 mm beside a block: with vectors across them, a filter of 1 mm takes them all."""
    layer = rectangles((0, 0, 5, 5), (6, 0, 6.6, 5), (8, 0, 8.6, 5))
    shortest = SHIPPED.filters.shortest_vector_mm.overridden(1.0)
    process = replace(SHIPPED, filters=replace(SHIPPED.filters, shortest_vector_mm=shortest))
    areas = expose(layer, process, 0).areas
    lost = lost_regions(layer, process, 0)
    found = signed_area(lost.points, lost.offsets)
    assert areas.lost_short_mm2 > 4.0, "mm²"
    # The bands of the contours are exposed; the audit takes strips, the picture what lies behind the bands.
    assert found == pytest.approx(areas.lost_short_mm2, rel=0.15), "mm²"
    assert lost.points[:, 0].min() > 6.0, "mm: not in the block"


def _concentric(count):
    """A wavy disc of so many corners, and a process that follows its boundary."""
    angle = 2 * np.pi * np.arange(count) / count
    radius = 2.53 * (1 + 0.12 * np.cos(4 * angle))
    layer = Contours(np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]), np.array([0, count]))
    return layer, replace(
        SHIPPED, core=replace(SHIPPED.core, pattern=SHIPPED.core.pattern.overridden("concentric"))
    )


@pytest.mark.parametrize("count", [90, 200, 400])
def test_nothing_is_lost_at_the_bends_of_curves(count):
    """A few vectors too short are dropped; the wedges between the strips of neighbours are none of it."""
    layer, process = _concentric(count)
    areas = expose(layer, process, 0).areas
    lost = lost_regions(layer, process, 0)
    assert 1e-5 < areas.lost_mm2 < 1e-3, "mm²"
    assert signed_area(lost.points, lost.offsets) < 1e-3, "mm²"


@pytest.mark.parametrize("pattern", ["chess", "hexagon"])
def test_nothing_is_lost_where_islands_meet(pattern):
    """A wall beside a plate leaves a small gap; the corners of islands in the plate are none."""
    islands = replace(
        SHIPPED.core,
        pattern=SHIPPED.core.pattern.overridden(pattern),
        island_mm=SHIPPED.core.island_mm.overridden(2.0),
    )
    process = replace(SHIPPED, core=islands)
    layer = rectangles((0.0, 0.0, 20.0, 20.0), (21.0, 0.0, 21.31, 20.0))
    areas = expose(layer, process, 3).areas
    lost = lost_regions(layer, process, 3)
    assert areas.lost_gap_mm2 > 2e-5, "mm²"
    assert signed_area(lost.points, lost.offsets) < 1.5 * areas.lost_mm2 + 1e-3, "mm²"


def test_curves_that_a_filter_drops_are_drawn_where_they_were():
    layer, process = _concentric(90)
    shortest = process.filters.shortest_vector_mm.overridden(1.0)
    process = replace(process, filters=replace(process.filters, shortest_vector_mm=shortest))
    areas = expose(layer, process, 0).areas
    lost = lost_regions(layer, process, 0)
    assert signed_area(lost.points, lost.offsets) == pytest.approx(areas.lost_short_mm2, rel=0.15), "mm²"


def test_the_layer_that_loses_most_gets_a_picture(tmp_path, monkeypatch):
    from typer.testing import CliRunner

    from amprep.cli.app import app
    from amprep.demonstrators.primitives import box
    from amprep.model.mesh import Mesh
    from amprep.output.stl import write_stl

    monkeypatch.chdir(tmp_path)
    foot, fin = box((4.0, 4.0, 0.2)), box((0.045, 4.0, 0.4))
    both = np.concatenate([foot.vertices, fin.vertices + np.array([5.0, 0.0, 0.0])])
    write_stl(Mesh(both, np.concatenate([foot.faces, fin.faces + 8])), tmp_path / "fin.stl")
    outcome = CliRunner().invoke(app, ["slice", "fin.stl", "-m", "m400-4", "-j", "1"])
    assert outcome.exit_code == 0, outcome.stderr
    assert "too thin or pointed" in outcome.stdout
    audit = json.loads((tmp_path / "fin.amjob" / "summary.json").read_text(encoding="utf-8"))["area_audit"]
    parts = [audit[f"lost_{cause}_mm2"] for cause in ("thin", "short", "gap", "open_chains")]
    assert audit["lost_mm2"] == pytest.approx(sum(parts))
    assert audit["sliced_mm2"] == pytest.approx(
        audit["hatched_mm2"] + audit["contoured_mm2"] + audit["lost_mm2"]
    )
    assert (tmp_path / "fin.amjob" / "plots" / "layer.png").is_file()


@pytest.mark.parametrize("hatch_offset_mm", [0.0, 0.01, 0.02, 0.03, 0.04, 0.05, 0.08])
@pytest.mark.parametrize("distance_mm", [0.08, 0.1])
def test_a_hatch_from_outside_of_the_contour_fills_what_lies_between_two(hatch_offset_mm, distance_mm):
    """A wall of 0.3 mm with two contours; shapely says what neither they nor the hatch come near."""
    contour = replace(
        SHIPPED.contour,
        count=SHIPPED.contour.count.overridden(2),
        distance_mm=SHIPPED.contour.distance_mm.overridden(distance_mm),
        beam_offset_mm=SHIPPED.contour.beam_offset_mm.overridden(0.05),
    )
    core = replace(
        SHIPPED.core,
        beam_offset_mm=SHIPPED.core.beam_offset_mm.overridden(hatch_offset_mm),
        start_angle_deg=SHIPPED.core.start_angle_deg.overridden(0.0),
        hatch_distance_mm=SHIPPED.core.hatch_distance_mm.overridden(0.1),
    )
    process = replace(SHIPPED, contour=contour, core=core)
    layer = rectangles((0, 0, 0.3, 10))
    exposed = expose(layer, process, 0)
    is_hatch = exposed.region == Region.CORE
    wide = [
        shapely.LineString(row.reshape(2, 2)).buffer(0.05, cap_style="flat" if hatched else "square")
        for row, hatched in zip(exposed.segments.astype(np.float64), is_hatch, strict=True)
    ]
    missed = shapely.box(0, 0, 0.3, 10).difference(shapely.union_all(wide)).area
    assert exposed.areas.lost_mm2 == pytest.approx(missed, rel=0.25, abs=0.1), "mm²"
    lost = lost_regions(layer, process, 0)
    assert signed_area(lost.points, lost.offsets) == pytest.approx(exposed.areas.lost_mm2, rel=0.3, abs=0.1)
