"""Each parameter of a job file does what it says, in the layers and parts that are named, and nowhere else.

Oracles: areas and lengths of a bridge by its sizes; the same job with the parameter everywhere or nowhere.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from manifold3d import CrossSection, Manifold
from tests.bridge import (
    BRIDGE_MM2,
    LAYERS,
    PILLARS_MM2,
    SPAN_MM2,
    TOWER_MM2,
    WALL_MM2,
    job_of,
    layer,
    write_bridge,
)

from amprep.errors import FileContentError
from amprep.estimation.time import layer_times, time_model
from amprep.exposure_remarks import KNOWN_J_MM3
from amprep.model.exposure import AGAIN
from amprep.model.mesh import Mesh
from amprep.model.scan import Region
from amprep.output.stl import write_stl
from amprep.profiles import list_processes


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("bridge")
    write_bridge(path)
    return path


def rows(plan, *regions, part=None):
    """(N, 4) float64, mm: the vectors of some regions, in order."""
    chosen = np.isin(plan.vectors.region, regions) if regions else np.ones(len(plan.vectors), bool)
    if part is not None:
        chosen &= plan.vectors.part == part
    return plan.vectors.segments[chosen].astype(np.float64)


def lengths(vectors):
    return np.hypot(vectors[:, 2] - vectors[:, 0], vectors[:, 3] - vectors[:, 1])


def directions(vectors):
    """Degrees of the lines, 0 up to 180, of vectors that are long enough to tell."""
    long = vectors[lengths(vectors) > 1.0]
    angle = np.degrees(np.arctan2(long[:, 3] - long[:, 1], long[:, 2] - long[:, 0])) % 180.0
    return np.unique(np.round(angle, 1) % 180.0)


def distance_between(vectors):
    """mm between neighbouring lines of one direction, the smallest one."""
    way = vectors[lengths(vectors).argmax()]
    along = (way[2:] - way[:2]) / np.hypot(*(way[2:] - way[:2]))
    across = np.unique(np.round(vectors[:, 1] * along[0] - vectors[:, 0] * along[1], 3))
    gaps = np.diff(across)
    return float(np.median(gaps[gaps > 5e-3]))


def same(one, other):
    for name in ("segments", "region", "part", "laser"):
        np.testing.assert_array_equal(getattr(one.vectors, name), getattr(other.vectors, name))
    assert one.areas == other.areas


def differ(one, other):
    return not (
        np.array_equal(one.vectors.segments, other.vectors.segments)
        and np.array_equal(one.vectors.region, other.vectors.region)
    )


def exposure_s(job, number):
    stats = layer(job, number).scan_stats[None]
    return float(
        layer_times(stats, time_model(job.machine, job.parameter_sets.processes, stats)).exposure_s[0]
    )


def numbers(plan):
    return set(plan.vectors.region.tolist())


@pytest.mark.parametrize("count", [1, 2, 5])
def test_skins_lie_in_as_many_layers_as_asked_for(folder, count):
    job = job_of(folder, upskin={"layers": count}, downskin={"layers": count})
    for number in range(1, LAYERS + 1):
        found = numbers(layer(job, number))
        has_up = 20 - count < number <= 20 or 30 - count < number
        has_down = 10 < number <= 10 + count
        assert (Region.UPSKIN in found) == has_up, number
        assert (Region.UPSKIN_CONTOUR in found) == has_up, number
        assert (Region.DOWNSKIN in found) == has_down, number
        assert (Region.DOWNSKIN_CONTOUR in found) == has_down, number
        assert (Region.CORE in found) == (number <= 30 - count), number


def test_a_skin_has_its_own_hatch(folder):
    own = {
        "layers": 1,
        "hatch_distance_mm": 0.15,
        "pattern": "meander",
        "angles_deg": [20.0],
        "laser_power_w": 150.0,
        "scan_speed_mm_s": 500.0,
    }
    job = job_of(folder, downskin=own)
    plan = layer(job, 11)
    skin = rows(plan, Region.DOWNSKIN)
    assert directions(skin).tolist() == [20.0]
    assert distance_between(skin) == pytest.approx(0.15, abs=2e-3)
    assert lengths(skin).sum() * 0.15 == pytest.approx(4.0 * (6.0 - 0.16), rel=0.01), "mm²"
    assert directions(rows(plan, Region.CORE)).tolist() != [20.0]
    process = job.parameter_sets.process(0, 10)
    assert [value.value for value in process.beam(Region.DOWNSKIN)] == [150.0, 500.0]
    assert [value.value for value in process.beam(Region.DOWNSKIN_CONTOUR)] == [150.0, 500.0]
    assert process.beam(Region.CORE) == process.beam(Region.UPSKIN)
    both = {**own, "contour_laser_power_w": 99.0, "contour_scan_speed_mm_s": 333.0}
    contour = job_of(folder, downskin=both).process.beam(Region.DOWNSKIN_CONTOUR)
    assert [value.value for value in contour] == [99.0, 333.0]


def test_the_overlap_of_a_skin_reaches_into_the_core(folder):
    meander = {"hatch": {"pattern": "meander", "angles_deg": [0.0]}}
    for overlap in (0.0, 0.1):
        job = job_of(folder, downskin={"layers": 1, "overlap_mm": overlap}, **meander)
        skin, core = (rows(layer(job, 11), region) for region in (Region.DOWNSKIN, Region.CORE))
        assert np.ptp(skin[:, [0, 2]]) == pytest.approx(4.0 + 2 * overlap, abs=2e-3)
        middle = 100.0 + 6.0 - 14.08 / 2
        assert np.abs(core[:, [0, 2]] - middle).min() == pytest.approx(2.0, abs=2e-3)


def test_narrow_and_steep_places_are_no_skin(folder):
    assert Region.DOWNSKIN in numbers(layer(job_of(folder, downskin={"layers": 1}), 11))
    wide = job_of(folder, downskin={"layers": 1, "min_width_mm": 4.1})
    assert Region.DOWNSKIN not in numbers(layer(wide, 11))
    flat = job_of(folder, upskin={"layers": 3, "max_angle_deg": 30})
    assert Region.UPSKIN in numbers(layer(flat, 20)), "a flat tread is one at any angle"


@pytest.mark.parametrize("table", ["hatch", "upskin", "downskin", "edge", "contour"])
def test_a_slower_beam_takes_longer_where_its_region_is(folder, table):
    slow = {table: {"layers": 2} if table.endswith("skin") else {}}
    normal = job_of(folder, **slow)
    slow[table] = slow[table] | {"scan_speed_mm_s": 200.0}
    slower = job_of(folder, **slow)
    regions = {
        "hatch": {Region.CORE, Region.UPSKIN, Region.DOWNSKIN},
        "upskin": {Region.UPSKIN},
        "downskin": {Region.DOWNSKIN},
        "edge": {Region.EDGE},
        "contour": {Region.CONTOUR},
    }[table]
    for number in (5, 11, 12, 13, 18, 19, 20, 25, 29, 30):
        same(layer(slower, number), layer(normal, number))
        is_there = bool(regions & numbers(layer(normal, number)))
        assert (exposure_s(slower, number) > exposure_s(normal, number)) == is_there, number


def test_contours_have_count_and_distance(folder):
    for count in (1, 2, 3):
        job = job_of(folder, contour={"count": count, "distance_mm": 0.1}, edge={"exposed": "no"})
        offset = job.process.contour.beam_offset_mm.value
        paths = [2 * (4 + 6) - 8 * (offset + 0.1 * i) for i in range(count)]
        assert lengths(rows(layer(job, 25), Region.CONTOUR)).sum() == pytest.approx(sum(paths), abs=1e-4)


@pytest.mark.parametrize(
    ("count", "offset", "is_told"), [(1, 0.08, False), (1, 0.04, True), (3, 0.08, False)]
)
def test_a_hatch_over_the_contour_is_told(folder, count, offset, is_told):
    """The contour at 0.05 mm; those inside of it move the hatch as far as they reach."""
    contour = {"beam_offset_mm": 0.05, "count": count, "distance_mm": 0.09}
    rules = [{"layers": "3..5", "contour": contour, "hatch": {"beam_offset_mm": offset}}]
    values = {"contour": contour, "hatch": {"beam_offset_mm": offset}}
    for job in (job_of(folder, **values), job_of(folder, rules=rules)):
        told = [notice.text for notice in job.notices if notice.code == "W306"]
        assert len(told) == is_told
        assert all("0.04 mm" in text and "0.05 mm" in text for text in told)


@pytest.mark.parametrize("count", [1, 2, 4])
def test_each_further_contour_moves_the_hatch_inwards(folder, count):
    job = job_of(folder, contour={"count": count, "distance_mm": 0.09}, edge={"exposed": "no"})
    v = rows(layer(job, 25), Region.CORE)
    offset = job.process.core.beam_offset_mm.value + 0.09 * (count - 1)
    x, y = v[:, 0::2] - v[:, 0::2].min(), v[:, 1::2] - v[:, 1::2].min()
    assert x.max() <= max(4, 6) - 2 * offset + 2e-3, "mm"
    assert y.max() <= max(4, 6) - 2 * offset + 2e-3, "mm"


def test_contours_run_the_other_way_round(folder):
    def turning(direction):
        job = job_of(folder, contour={"direction": direction})
        v = rows(layer(job, 25), Region.CONTOUR) - 100.0
        return float((v[:, 0] * v[:, 3] - v[:, 2] * v[:, 1]).sum()) / 2

    assert turning("as_is") == pytest.approx(-turning("reversed"))
    assert turning("as_is") > 20.0, "mm²"


def test_contours_start_where_they_are_told(folder):
    def first(start, number):
        return rows(layer(job_of(folder, contour={"start": start}), number), Region.CONTOUR)[0, :2]

    nearest = [first("nearest", number) for number in (22, 23)]
    np.testing.assert_array_equal(nearest[0], nearest[1])
    rotated = [tuple(first("rotated", number)) for number in range(22, 27)]
    assert len(set(rotated)) > 1
    # Gas flows to -y: against it means from the lowest y on.
    y = rows(layer(job_of(folder), 25), Region.CONTOUR)[:, 1]
    assert first("against_gas", 25)[1] == y.min()


def test_contours_come_from_the_outside_or_the_inside(folder):
    def sizes(sequence):
        job = job_of(folder, contour={"count": 2, "sequence": sequence})
        v = rows(layer(job, 25), Region.CONTOUR)
        return np.ptp(v[:4, 0]), np.ptp(v[4:, 0])

    outer, inner = sizes("outside_in")
    assert outer > inner
    assert sizes("inside_out") == (inner, outer)


def test_corners_are_pointed_or_round(folder):
    """Only where an inset goes round a corner of the material's inside; a box has none."""
    mitre, rounded = (job_of(folder, contour={"corners": word}) for word in ("mitre", "round"))
    same(layer(mitre, 25), layer(rounded, 25))
    notched = Manifold.cube((6.0, 6.0, 0.2)) - Manifold.cube((3.0, 3.0, 1.0))
    mesh = notched.to_mesh()
    corners = np.asarray(mesh.vert_properties, dtype=np.float64)[:, :3]
    write_stl(Mesh(corners, np.asarray(mesh.tri_verts, np.int32)), folder / "notched.stl")
    part = {"file": "notched.stl", "position_mm": [100.0, 100.0]}
    jobs = [job_of(folder, part, contour={"corners": word}) for word in ("mitre", "round")]
    offset = jobs[0].process.contour.beam_offset_mm.value
    mitred, rounded = (lengths(rows(layer(job, 2), Region.CONTOUR)).sum() for job in jobs)
    # Arcs are polygons that deviate by 2 µm.
    assert mitred - rounded == pytest.approx((2.0 - np.pi / 2) * offset, abs=0.002), "mm"


def test_the_order_of_contour_and_hatch(folder):
    for word, first in (("first", Region.CONTOUR), ("last", Region.CORE)):
        plan = layer(job_of(folder, contour_order=word), 25)
        kinds = plan.vectors.region
        assert kinds[0] == first
        is_hatch = kinds == Region.CORE
        changes = np.count_nonzero(is_hatch[1:] != is_hatch[:-1])
        assert changes == 1, "one after the other"


@pytest.mark.parametrize(
    "pattern", ["stripes", "meander", "unidirectional", "chess", "hexagon", "concentric"]
)
def test_the_pattern_of_the_core(folder, pattern):
    job = job_of(folder, hatch={"pattern": pattern, "island_mm": 2.0, "stripe_width_mm": 3.0})
    plan = layer(job, 25)
    hatch = rows(plan, Region.CORE)
    signs = np.sign(((hatch[:, 2:] - hatch[:, :2]) * (hatch[0, 2:] - hatch[0, :2])).sum(axis=1))
    along = directions(hatch)
    assert len(along) == {"chess": 2, "hexagon": 3, "concentric": len(along)}.get(pattern, 1)
    longest = {"stripes": 3.2, "chess": 2.2, "hexagon": 2.5}.get(pattern, 9.0)
    assert lengths(hatch).max() < longest
    assert (signs < 0).any() == (pattern != "unidirectional")
    area = (4 - 0.16) * (6 - 0.16)
    assert plan.areas.hatched_mm2 == pytest.approx(area, rel=0.01), "mm²"


def test_angles_are_those_of_the_list_over_and_over(folder):
    job = job_of(folder, hatch={"angles_deg": [10.0, 50.0, 130.0], "pattern": "meander"})
    for number in (1, 2, 3, 4, 14, 30):
        expected = [10.0, 50.0, 130.0][(number - 1) % 3]
        assert directions(rows(layer(job, number), Region.CORE)).tolist() == [expected]


def test_start_angle_and_rotation(folder):
    job = job_of(folder, hatch={"start_angle_deg": 30.0, "rotation_deg": 40.0, "pattern": "meander"})
    for number in (1, 2, 3, 7):
        expected = (30.0 + 40.0 * (number - 1)) % 180
        assert directions(rows(layer(job, number), Region.CORE)).tolist() == [expected]


def test_vectors_keep_away_from_the_gas_flow(folder):
    angles = [float(angle) for angle in range(0, 180, 9)]
    hatch = {"angles_deg": angles, "gas_window_deg": 30, "pattern": "meander"}
    job = job_of(folder, hatch=hatch)
    for number, angle in enumerate(angles, start=1):
        (found,) = directions(rows(layer(job, number), Region.CORE)).tolist()
        assert abs(found - 90.0) >= 29.9, "the gas flows along y"
        if abs(angle - 90.0) >= 30:
            assert found == angle


def seams(plan):
    """mm along x: where stripes of vectors along x end, inside of the part."""
    ends = rows(plan, Region.CORE)[:, [0, 2]].ravel()
    at, count = np.unique(np.round(ends, 2), return_counts=True)
    inside = (at > at.min() + 0.2) & (at < at.max() - 0.2)
    return at[inside & (count > 10)]


def test_stripes_shift_from_layer_to_layer(folder):
    hatch = {"angles_deg": [0.0], "stripe_width_mm": 2.5, "stripe_overlap_mm": 0.0}
    still = [seams(layer(job_of(folder, hatch=hatch), number)) for number in (14, 15)]
    np.testing.assert_array_equal(*still)
    job = job_of(folder, hatch=hatch | {"cell_shift_mm": 0.4})
    moved = [seams(layer(job, number)) for number in (14, 15)]
    shift = (moved[1][:, None] - moved[0][None, :] - 0.4 + 1.25) % 2.5 - 1.25
    assert np.abs(shift).min(axis=1).max() < 0.02, "mm"


@pytest.mark.parametrize("pattern", ["meander", "chess", "hexagon"])
@pytest.mark.parametrize("shift_mm", [0.3, 1.3, -0.77])
def test_islands_and_lines_go_on_by_the_shift_however_far(folder, pattern, shift_mm):
    """A part that stands as much further has the same vectors, moved."""
    number, own = 15, {"pattern": pattern, "island_mm": 1.0, "angles_deg": [0.0], "hatch_distance_mm": 0.11}
    way_mm = (number - 1) * shift_mm
    given = {"lasers": {"strategy": "part"}}
    at, further = {"position_mm": [100.0, 100.0]}, {"position_mm": [100.0 + way_mm, 100.0 + way_mm]}
    still = layer(job_of(folder, at, hatch=own, **given), number)
    moved = layer(job_of(folder, further, hatch=own | {"cell_shift_mm": shift_mm}, **given), number)
    here, there = rows(still, Region.CORE), rows(moved, Region.CORE)
    np.testing.assert_allclose(here + way_mm, there, rtol=0.0, atol=1e-4)


@pytest.mark.parametrize("pattern", ["stripes", "chess", "hexagon"])
def test_a_pattern_lies_still_on_platform_or_part(folder, pattern):
    hatch = {"pattern": pattern, "island_mm": 2.0, "stripe_width_mm": 3.0, "anchor": "part"}
    at = {"position_mm": [100.0, 100.0]}
    moved = {"position_mm": [101.0, 100.5]}
    here, there = (rows(layer(job_of(folder, p, hatch=hatch), 14), Region.CORE) for p in (at, moved))
    np.testing.assert_allclose(here + np.tile([1.0, 0.5], 2), there, atol=3e-5)
    hatch["anchor"] = "platform"
    here, there = (rows(layer(job_of(folder, p, hatch=hatch), 14), Region.CORE) for p in (at, moved))
    shifted = here + np.tile([1.0, 0.5], 2)
    assert shifted.shape != there.shape or np.abs(shifted - there).max() > 0.01


def test_cells_are_ordered(folder):
    hatch = {"pattern": "chess", "island_mm": 2.0, "stripe_overlap_mm": 0.0}
    plans = {
        word: layer(job_of(folder, hatch=hatch | {"cell_order": word}), 14)
        for word in ("as_scanned", "against_gas", "shortest")
    }
    sets = [
        {tuple(sorted((tuple(row[:2]), tuple(row[2:])))) for row in rows(plan, Region.CORE).tolist()}
        for plan in plans.values()
    ]
    assert sets[0] == sets[1] == sets[2], "the same lines"
    jumps = {}
    for word, plan in plans.items():
        v = rows(plan, Region.CORE)
        jumps[word] = np.hypot(*(v[1:, :2] - v[:-1, 2:]).T).sum()
    assert jumps["shortest"] <= jumps["as_scanned"]
    y = rows(plans["against_gas"], Region.CORE)[:, 1]
    assert y[: len(y) // 4].mean() < y[-len(y) // 4 :].mean(), "downstream, at low y, first"


def test_parts_against_the_gas_or_as_listed(folder):
    behind, front = {"position_mm": [100.0, 150.0]}, {"position_mm": [100.0, 50.0]}
    for order, expected in ((None, [1, 0]), ("against_gas", [1, 0]), ("as_listed", [0, 1])):
        job = job_of(folder, behind, front, **({} if order is None else {"part_order": order}))
        part = layer(job, 25).vectors.part
        assert [int(one) for one in part[np.r_[True, part[1:] != part[:-1]]]] == expected


def test_filters_say_what_they_took(folder):
    plain = layer(job_of(folder), 25)
    job = job_of(folder, filters={"shortest_vector_mm": 2.0})
    plan = layer(job, 25)
    assert lengths(rows(plain, Region.CORE)).min() < 2.0
    assert lengths(rows(plan, Region.CORE)).min() >= 2.0
    assert plan.areas.lost_short_mm2 > 0
    assert plan.areas.hatched_mm2 + plan.areas.lost_short_mm2 == pytest.approx(plain.areas.hatched_mm2)
    filled = layer(job_of(folder, filters={"fill_to_perimeter_mm": 0.5}), 25)
    assert filled.areas.hatched_mm2 > plain.areas.hatched_mm2
    offset = job.process.contour.beam_offset_mm.value
    x = rows(filled, Region.CORE)[:, [0, 2]]
    assert np.ptp(x) == pytest.approx(4.0 - 2 * offset, abs=2e-3), "up to the contour"


def test_edges_are_exposed_down_to_their_width(folder):
    for table, is_there in (({}, True), ({"exposed": "no"}, False), ({"min_width_mm": 0.09}, False)):
        plan = layer(job_of(folder, edge=table), 5)
        assert (Region.EDGE in numbers(plan)) == is_there
        areas = plan.areas
        assert (areas.edged_mm2 if is_there else areas.lost_thin_mm2) == pytest.approx(WALL_MM2, rel=0.01)


RULES = {
    "1..20": [n <= 20 for n in range(1, LAYERS + 1)],
    "21..": [n >= 21 for n in range(1, LAYERS + 1)],
    "..3": [n <= 3 for n in range(1, LAYERS + 1)],
    "5": [n == 5 for n in range(1, LAYERS + 1)],
}
CHANGES = {
    "hatch": {"hatch": {"hatch_distance_mm": 0.08, "laser_power_w": 111.0}},
    "skins": {"upskin": {"layers": 4, "pattern": "chess"}, "downskin": {"layers": 3, "overlap_mm": 0.1}},
    "rest": {"contour": {"count": 2}, "edge": {"exposed": "no"}, "filters": {"shortest_vector_mm": 0.5}},
}


def check_rule(folder, where, holds, changes):
    """As the job with the changes where the rule holds, as the job without them elsewhere."""
    base, everywhere = job_of(folder), job_of(folder, **changes)
    ruled = job_of(folder, rules=[where | changes])
    changed = False
    for number, is_held in enumerate(holds, start=1):
        plan, other = layer(ruled, number), layer(everywhere if is_held else base, number)
        same(plan, other)
        changed |= is_held and differ(plan, layer(base, number))
        process = ruled.parameter_sets.process(0, number - 1)
        wanted = (everywhere if is_held else base).process
        assert process.core == wanted.core
        assert process.upskin == wanted.upskin
    return changed


@pytest.mark.parametrize("changes", CHANGES)
@pytest.mark.parametrize("layers", RULES)
def test_a_rule_holds_in_its_layers_only(folder, layers, changes):
    check_rule(folder, {"layers": layers}, RULES[layers], CHANGES[changes])


def test_a_rule_that_holds_now_and_then(folder):
    count = range(1, LAYERS + 1)
    changes = CHANGES["hatch"]
    assert check_rule(folder, {"every": 5}, [n % 5 == 0 for n in count], changes)
    assert check_rule(folder, {"layers": "1..", "every": 5}, [n % 5 == 1 for n in count], changes)
    holds = [7 <= n <= 20 and (n - 7) % 4 == 0 for n in count]
    assert check_rule(folder, {"layers": "7..20", "every": 4}, holds, changes)


def test_later_rules_win_and_others_add_up(folder):
    rules = [
        {"layers": "1..20", "hatch": {"hatch_distance_mm": 0.08, "laser_power_w": 111.0}},
        {"layers": "10..", "hatch": {"hatch_distance_mm": 0.12}},
    ]
    job = job_of(folder, rules=rules)
    base = job.process.core
    for number, distance, power in (
        (9, 0.08, 111.0),
        (10, 0.12, 111.0),
        (20, 0.12, 111.0),
        (21, 0.12, base.laser_power_w.value),
    ):
        core = job.parameter_sets.process(0, number - 1).core
        assert (core.hatch_distance_mm.value, core.laser_power_w.value) == (distance, power)


@pytest.mark.parametrize("when", ["before", "after"])
def test_regions_are_exposed_again(folder, when):
    again = {"regions": ["contour", "upskin"], "when": when, "laser_power_w": 77.0, "scan_speed_mm_s": 321.0}
    skins = {"upskin": {"layers": 1}}
    base = job_of(folder, **skins)
    job = job_of(folder, rules=[{"layers": "20..", "every": 5, "reexpose": again}], **skins)
    for number in range(1, LAYERS + 1):
        plan, plain = layer(job, number), layer(base, number)
        if number not in {20, 25, 30}:
            same(plan, plain)
            continue
        is_again = plan.vectors.region >= AGAIN
        once = np.isin(plain.vectors.region, [Region.CONTOUR, Region.UPSKIN])
        assert is_again.sum() == once.sum() > 0
        place = slice(None, is_again.sum()) if when == "before" else slice(-is_again.sum(), None)
        assert is_again[place].all(), f"{when} all others"
        np.testing.assert_array_equal(plan.vectors.segments[~is_again], plain.vectors.segments)
        np.testing.assert_array_equal(plan.vectors.segments[is_again], plain.vectors.segments[once])
        np.testing.assert_array_equal(
            plan.vectors.region[is_again], plain.vectors.region[once] + np.uint8(AGAIN)
        )
        assert plan.areas == plain.areas, "no area is counted twice"
        assert (
            exposure_s(job, number)
            > exposure_s(base, number) + lengths(rows(plain)[once]).sum() / 321.0 * 0.9
        )
        beam = job.parameter_sets.process(0, number - 1).beam(Region.CONTOUR + AGAIN)
        assert [one.value for one in beam] == [77.0, 321.0]


def test_regions_are_exposed_again_in_all_layers(folder):
    job = job_of(folder, rules=[{"reexpose": {"regions": ["contour"]}}])
    for number in (1, 7, LAYERS):
        region = layer(job, number).vectors.region
        assert (region == Region.CONTOUR + AGAIN).sum() == (region == Region.CONTOUR).sum() > 0


def test_what_is_exposed_again_has_the_power_of_the_first_time_unless_told(folder):
    job = job_of(folder, rules=[{"layers": "5", "reexpose": {"regions": ["core"]}}])
    process = job.parameter_sets.process(0, 4)
    assert process.beam(Region.CORE + AGAIN) == process.beam(Region.CORE)


PART_CHANGES = {
    "hatch": {"hatch": {"hatch_distance_mm": 0.08}},
    "contour": {"contour": {"beam_offset_mm": 0.06}},
    "upskin": {"upskin": {"layers": 3}},
    "downskin": {"downskin": {"layers": 2, "z_compensation_mm": 0.04}},
    "edge": {"edge": {"exposed": "no"}},
}


@pytest.mark.parametrize("table", PART_CHANGES)
def test_a_part_alone_has_its_own_exposure(folder, table):
    changes = PART_CHANGES[table]
    one, two = {"position_mm": [100.0, 100.0]}, {"position_mm": [150.0, 100.0]}
    base, all_of_it = job_of(folder, one, two), job_of(folder, one, two, **changes)
    mixed = job_of(folder, one, two | {"exposure": changes})
    changed = False
    for number in (1, 5, 11, 12, 14, 19, 20, 29, 30):
        plan, plain, everywhere = (layer(job, number) for job in (mixed, base, all_of_it))
        np.testing.assert_array_equal(rows(plan, part=0), rows(plain, part=0))
        np.testing.assert_array_equal(rows(plan, part=1), rows(everywhere, part=1))
        changed |= differ(plain, everywhere)
    assert changed


def test_rules_hold_for_parts_with_their_own_exposure_too(folder):
    own = {"position_mm": [150.0, 100.0], "exposure": {"hatch": {"laser_power_w": 111.0}}}
    rule = {"layers": "1..3", "hatch": {"hatch_distance_mm": 0.08}}
    job = job_of(folder, {"position_mm": [100.0, 100.0]}, own, rules=[rule])
    sets = job.parameter_sets
    core = [[sets.process(part, index).core for index in (0, 3)] for part in (0, 1)]
    assert [one.hatch_distance_mm.value for one in core[1]] == [0.08, core[0][1].hatch_distance_mm.value]
    assert [one.laser_power_w.value for one in core[1]] == [111.0, 111.0]
    assert core[0][0].laser_power_w.value != 111.0


def test_a_rule_wins_over_the_values_of_a_part(folder):
    own = {"position_mm": [150.0, 100.0], "exposure": {"hatch": {"hatch_distance_mm": 0.09}}}
    rule = {"layers": "1..3", "hatch": {"hatch_distance_mm": 0.08}}
    sets = job_of(folder, own, rules=[rule]).parameter_sets
    assert [sets.process(0, index).core.hatch_distance_mm.value for index in (2, 3)] == [0.08, 0.09]


def test_supports_come_first_and_are_exposed_in_their_own_way(folder):
    support = {
        "hatch_distance_mm": 0.2,
        "pattern": "unidirectional",
        "angles_deg": [45.0],
        "laser_power_w": 123.0,
        "contour_scan_speed_mm_s": 456.0,
    }
    skins = {"upskin": {"layers": 3}, "downskin": {"layers": 3, "z_compensation_mm": 0.08}}
    parts = (
        {"position_mm": [100.0, 50.0]},
        {"position_mm": [100.0, 150.0], "structure": "support"},
        {"position_mm": [150.0, 100.0]},
    )
    for order in ("against_gas", "as_listed"):
        job = job_of(folder, *parts, support=support, part_order=order, **skins)
        for number in (1, 5, 11, 12, 13, 19, 20, 30):
            v = layer(job, number).vectors
            is_support = v.part == 1
            assert is_support[: is_support.sum()].all(), "supports first"
            assert set(v.region[is_support].tolist()) <= {
                Region.SUPPORT,
                Region.SUPPORT_CONTOUR,
            }
            assert not np.isin(v.region[~is_support], [Region.SUPPORT, Region.SUPPORT_CONTOUR]).any()
        hatch = rows(layer(job, 14), Region.SUPPORT)
        assert directions(hatch).tolist() == [45.0]
        assert distance_between(hatch) == pytest.approx(0.2, abs=2e-3)
        process = job.process
        assert process.beam(Region.SUPPORT)[0].value == 123.0
        assert process.beam(Region.SUPPORT_CONTOUR)[1].value == 456.0


def test_the_span_of_a_bridge_is_left_out_above_powder(folder):
    """Layers 11 and 12 of the span are left out; the downskin lies on them in 13 and 14."""
    job = job_of(folder, downskin={"layers": 2, "z_compensation_mm": 0.08})
    plain = job_of(folder)
    for number in range(1, LAYERS + 1):
        areas = layer(job, number).areas
        left_out = SPAN_MM2 if number in {11, 12} else 0.0
        assert areas.compensated_mm2 == pytest.approx(left_out, abs=1e-6), number
        assert areas.sliced_mm2 == layer(plain, number).areas.sliced_mm2
        total = areas.hatched_mm2 + areas.contoured_mm2 + areas.edged_mm2 + areas.compensated_mm2
        assert areas.sliced_mm2 == pytest.approx(total + areas.lost_mm2, rel=1e-9)
        has_skin = Region.DOWNSKIN in numbers(layer(job, number))
        assert has_skin == (number in {13, 14}), number
    x = rows(layer(job, 11), Region.CORE, Region.CONTOUR)[:, [0, 2]] - (100.0 + 6.0 - 14.08 / 2)
    assert np.abs(x).min() > 2.0, "nothing over the span"
    skin = rows(layer(job, 13), Region.DOWNSKIN)
    area = lengths(skin).sum() * job.process.core.hatch_distance_mm.value
    assert area == pytest.approx(4.0 * (6.0 - 0.16), rel=0.03), "mm²"


def test_compensation_alone_makes_no_skin(folder):
    job = job_of(folder, downskin={"layers": 0, "z_compensation_mm": 0.04})
    for number, left_out in ((10, 0.0), (11, SPAN_MM2), (12, 0.0)):
        plan = layer(job, number)
        assert plan.areas.compensated_mm2 == pytest.approx(left_out, abs=1e-6)
        assert Region.DOWNSKIN not in numbers(plan)


def test_a_scaled_part_is_larger_by_its_shrinkage(folder):
    job = job_of(folder, scaling={"x_pct": 1.0, "y_pct": -2.0, "z_pct": 4.0})
    assert job.layer_count == 31, "1.248 mm"
    plain = job_of(folder)
    assert layer(job, 26).areas.sliced_mm2 == pytest.approx(
        layer(plain, 25).areas.sliced_mm2 * 1.01 * 0.98, rel=1e-6
    )
    assert job.parts[0].volume_mm3 == pytest.approx(plain.parts[0].volume_mm3 * 1.01 * 0.98 * 1.04)
    offset = job.process.contour.beam_offset_mm.value
    outline = rows(layer(job, 26), Region.CONTOUR)
    assert np.ptp(outline[:, [0, 2]]) == pytest.approx(4 * 1.01 - 2 * offset, abs=1e-4)
    assert np.ptp(outline[:, [1, 3]]) == pytest.approx(6 * 0.98 - 2 * offset, abs=1e-4)


def test_the_areas_of_the_bridge(folder):
    job = job_of(folder)
    for number, area in ((1, PILLARS_MM2), (15, BRIDGE_MM2), (25, TOWER_MM2)):
        assert layer(job, number).areas.sliced_mm2 == pytest.approx(area + WALL_MM2, rel=1e-6)


@pytest.mark.parametrize(
    ("skin", "is_told"),
    [
        ({}, False),
        ({"hatch_distance_mm": 0.3}, True),
        ({"hatch_distance_mm": 0.3, "overlap_mm": 0.2}, False),
        ({"start_angle_deg": 45}, True),
        ({"hatch_distance_mm": 0.3, "layers": 0}, False),
        ({"anchor": "part"}, True),
        ({"cell_shift_mm": 0.03}, False),  # stripes move along their lines
        ({"cell_shift_mm": 0.03, "pattern": "meander"}, True),
        ({"stripe_width_mm": 3}, False),
    ],
)
def test_an_open_seam_between_skin_and_core_is_told(folder, skin, is_told):
    job = job_of(folder, upskin={"layers": 3} | skin, hatch={"hatch_distance_mm": 0.1})
    told = [notice.text for notice in job.notices if notice.code == "W309"]
    assert len(told) == is_told


def test_values_that_expose_no_part_need_not_be_sound_and_are_not_told(folder):
    """Rules change the job's own values as well, where all parts have others."""
    rules = [{"every": 2, "hatch": {"beam_offset_mm": 0.12}}]
    part = {"position_mm": [100.0, 100.0], "exposure": {"contour": {"beam_offset_mm": 0.06}}}
    job = job_of(folder, part, rules=rules)
    assert job.parameter_sets.process(0, 1).core.beam_offset_mm.value == 0.12
    with pytest.raises(FileContentError, match="E304"):
        job_of(folder, part, {"position_mm": [150.0, 100.0]}, rules=rules)
    weak = {"laser_power_w": 5.0}
    own = {"position_mm": [100.0, 100.0], "exposure": {"hatch": {"laser_power_w": 200.0}}}
    assert "W310" in {one.code for one in job_of(folder, hatch=weak).notices}
    assert "W310" not in {one.code for one in job_of(folder, own, hatch=weak).notices}


def told_directions(folder, *parts, **values):
    found = [one for one in job_of(folder, *parts, **values).notices if one.code == "W307"]
    return [one.text.partition(" the direction")[0] for one in found]


def test_directions_of_rules_and_parts_that_the_window_moves_are_told(folder):
    along = {"gas_window_deg": 15, "angles_deg": [90, 0, 80]}
    assert told_directions(folder, hatch=along) == [f"hatch: in 20 of {LAYERS} layers"]
    rules = [{"layers": "3..8", "hatch": along}]
    assert told_directions(folder, rules=rules) == ["hatch: in 4 of 6 layers"]
    free = [{"layers": "3..", "hatch": {"gas_window_deg": 0}}]
    assert told_directions(folder, hatch=along, rules=free) == ["hatch: in 1 of 2 layers"]
    part = {"position_mm": [150.0, 100.0], "exposure": {"hatch": along}}
    plain = {"position_mm": [100.0, 100.0]}
    assert told_directions(folder, plain, part) == [f"hatch: in 20 of {LAYERS} layers"]
    # Only what exposes something counts: here no part is exposed as the job says.
    assert told_directions(folder, {**part, "exposure": {"hatch": {"angles_deg": [0]}}}, hatch=along) == []


@pytest.mark.parametrize(
    ("hatch", "told"),
    [
        ({"laser_power_w": 5.0}, "J/mm³"),
        ({"laser_power_w": 400.0, "scan_speed_mm_s": 5.0}, "J/mm³"),
        ({"hatch_distance_mm": 0.25}, "focus"),
        ({"scan_speed_mm_s": 900.0}, ""),
        ({}, ""),
    ],
)
def test_a_hatch_unlike_all_known_ones_is_told(folder, hatch, told):
    texts = [one.text for one in job_of(folder, hatch=hatch).notices if one.code == "W310"]
    assert len(texts) == bool(told)
    assert all(told in text for text in texts)


@pytest.mark.parametrize(
    ("tables", "told"),
    [
        ({"hatch": {"stripe_width_mm": 0.2, "stripe_overlap_mm": 0.19}}, "95 % of the area"),
        ({"hatch": {"pattern": "chess", "island_mm": 1, "stripe_overlap_mm": 0.49}}, "122 % of the area"),
        ({"upskin": {"pattern": "chess", "island_mm": 1, "stripe_overlap_mm": 0.3}}, "69 % of the area"),
        ({"contour": {"count": 100, "distance_mm": 0.005}}, "100 contours 0.005 mm apart"),
        ({"hatch": {"stripe_width_mm": 5, "stripe_overlap_mm": 0.1}}, ""),
        ({"contour": {"count": 3, "distance_mm": 0.06}}, ""),
        ({}, ""),
    ],
)
def test_what_is_exposed_many_times_is_told(folder, tables, told):
    texts = [one.text for one in job_of(folder, **tables).notices if one.code == "W311"]
    assert len(texts) == bool(told), texts
    assert all(told in text for text in texts)


@pytest.mark.parametrize(("height_mm", "is_told"), [(0.08, False), (0.28, False), (0.32, True), (4.0, True)])
def test_z_compensation_deeper_than_a_melt_pool_is_told(folder, height_mm, is_told):
    told = [one.code for one in job_of(folder, downskin={"z_compensation_mm": height_mm}).notices]
    assert ("W312" in told) == is_told


@pytest.mark.parametrize(
    ("height_mm", "width_mm", "told"),
    [(0.08, 0.3, "15°"), (0.04, 0.3, "8°"), (0.08, 0.05, None), (0.0, 0.3, None)],
)
def test_slopes_that_z_compensation_does_not_reach_are_told(folder, height_mm, width_mm, told):
    downskin = {"z_compensation_mm": height_mm, "min_width_mm": width_mm}
    texts = [one.text for one in job_of(folder, downskin=downskin).notices if one.code == "W314"]
    assert len(texts) == (told is not None)
    assert all(f"steeper than {told}" in text for text in texts)


@pytest.mark.parametrize(
    ("slope_deg", "is_left_out"), [(10.0, True), (14.0, True), (16.0, False), (30.0, False)]
)
def test_z_compensation_ends_at_the_slope_that_is_told(tmp_path, slope_deg, is_left_out):
    """A wedge whose lower side rises from a line; 0.08 mm ÷ 0.3 mm is the tangent of 14.9°."""
    far_mm = 1.2 / math.tan(math.radians(slope_deg))
    side = CrossSection([[(0.0, 0.0), (far_mm, 1.2), (0.0, 1.2)]])
    wedge = Manifold.extrude(side, 5.0).rotate((90.0, 0.0, 0.0)).to_mesh()
    corners = np.asarray(wedge.vert_properties, dtype=np.float64)[:, :3]
    write_stl(Mesh(corners, np.asarray(wedge.tri_verts, dtype=np.int32)), tmp_path / "bridge.stl")
    plan = layer(job_of(tmp_path, downskin={"z_compensation_mm": 0.08, "min_width_mm": 0.3}), 15)
    # The strip of one layer over the one two layers below.
    left_out_mm2 = 5.0 * 0.08 / math.tan(math.radians(slope_deg))
    assert plan.areas.compensated_mm2 == pytest.approx(left_out_mm2 if is_left_out else 0.0, rel=1e-3), "mm²"


def test_shipped_sets_lie_between_the_energies_that_are_told():
    energies = [
        one.core.laser_power_w.value
        / (one.core.scan_speed_mm_s.value * one.core.hatch_distance_mm.value * one.layer_thickness_mm)
        for one in list_processes()
    ]
    low, high = KNOWN_J_MM3
    assert low <= min(energies) < 1.05 * low
    assert high >= max(energies) > 0.95 * high
