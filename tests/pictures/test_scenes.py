"""Plate, overhangs and energy: their figures against those of others, odd jobs, missing files."""

from __future__ import annotations

import contextlib
import dataclasses
import math

import numpy as np
import pytest
from tests.pictures.linter import faults
from typer.testing import CliRunner

from amprep.checking.check import check_file
from amprep.checking.limits import limits_for
from amprep.cli.app import app
from amprep.demonstrators.primitives import box
from amprep.languages import LANGUAGES
from amprep.model.mesh import Mesh
from amprep.model.provenance import Grade, GradedValue
from amprep.model.scan import Region
from amprep.output.stl import write_stl
from amprep.pictures.energy import EnergyPoint, draw_energy
from amprep.pictures.kinds import draw_picture
from amprep.pictures.overhang import HANGING, STANDING, HangingPart, Overhangs, area_by_height, draw_overhang
from amprep.pictures.plate import PlatePart, PlateScene, draw_plate, plate_alt_text
from amprep.pictures.shaded import camera_on, seen_faces, shaded_image
from amprep.placement.silhouette import Silhouette, covered_mm2, edge_distance, silhouette_of
from amprep.runs import open_run
from amprep.scenes.gathering import downskin_mm2, energy_points, overhangs_of, plate_scene

PROFILES = ("slide", "print")


def mushroom():
    """A cap of 12 × 10 mm on a stem of 4 × 4 mm, as one body."""
    from manifold3d import Manifold

    from amprep.demonstrators.solids import mesh_of_solid

    stem = Manifold.cube((4.0, 4.0, 0.9)).translate((4.0, 3.0, 0.0))
    cap = Manifold.cube((12.0, 10.0, 0.4)).translate((0.0, 0.0, 0.8))
    return mesh_of_solid(stem + cap)


#: The underside of the cap without the stem.
HANGS_MM2 = 12.0 * 10.0 - 4.0 * 4.0


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scenes")
    write_stl(mushroom(), folder / "mushroom.stl")
    write_stl(box((6.0, 5.0, 0.4)), folder / "box.stl")
    (folder / "job.toml").write_text(
        'machine = "m400-4"\n[downskin]\nlayers = 2\n'
        '[[parts]]\nfile = "mushroom.stl"\ncount = 2\nposition_mm = [20, 30]\n'
        '[[parts]]\nfile = "box.stl"\nposition_mm = [200, 200]\n'
    )
    with contextlib.chdir(folder):
        outcome = CliRunner().invoke(app, ["run", "job.toml", "-o", "job.amjob", "--no-report", "-j", "1"])
    assert outcome.exit_code == 0, outcome.stderr
    return folder


@pytest.fixture(scope="module")
def run(shop):
    return open_run(shop / "job.amjob")


@pytest.fixture(scope="module")
def bare(shop, tmp_path_factory):
    """The job, when its parts are not there any more."""
    import shutil

    folder = tmp_path_factory.mktemp("bare")
    shutil.copytree(shop / "job.amjob", folder / "job.amjob")
    return open_run(folder / "job.amjob")


def test_what_hangs_is_what_check_says(shop, run):
    found = overhangs_of(run)
    (check,) = check_file(shop / "mushroom.stl", limits_for(machine="m400-4"))
    (w245,) = [one for one in check.findings if one.code == "W245"]
    worst = found.worst
    assert worst.total_mm2 == pytest.approx(w245.values["area_mm2"], abs=1e-6)
    assert worst.total_mm2 == pytest.approx(HANGS_MM2)
    assert worst.largest_z_mm == pytest.approx(w245.place_mm[2]) == pytest.approx(0.8)
    assert worst.copies == 2
    assert found.total_mm2 == pytest.approx(2 * HANGS_MM2)
    assert found.places == 2
    standing = worst.vertices_mm[worst.faces[worst.kind == STANDING]]
    assert (standing[:, :, 2] == 0).all()


def test_the_headline_is_the_sum_over_all_parts(run):
    picture = draw_picture(run, "overhang", lang="de")
    assert picture.title.startswith("208 mm² unter 40°")
    assert "208 mm²" in picture.alt


LARGEST = {"en": "largest place", "de": "größte Stelle", "cs": "největší místo", "pl": "największe miejsce"}


@pytest.mark.parametrize("lang", LARGEST)
def test_the_height_in_the_headline_is_said_to_be_that_of_the_largest_place(run, lang):
    """Beside it stands how much hangs at each height, and that may be most elsewhere."""
    assert LARGEST[lang] in draw_picture(run, "overhang", lang=lang).title


def test_downskin_is_the_length_of_its_vectors(run):
    areas = downskin_mm2(run)
    distance = run.process.hatch(3).hatch_distance_mm.value
    assert math.fsum(areas) == pytest.approx(
        run.summary["regions"]["downskin"]["length_mm"] * distance, rel=1e-5
    )
    assert np.flatnonzero(areas).tolist() == [20, 21], "the first two layers of the cap"


def test_area_by_height_of_a_triangle():
    heights = np.array([[0.0, 0.0, 1.0]])
    found = area_by_height(heights, np.array([8.0]), np.array([0.0, 0.5, 1.0]))
    assert found == pytest.approx([6.0, 2.0])
    flat = area_by_height(np.array([[0.5, 0.5, 0.5]]), np.array([3.0]), np.array([0.0, 0.5, 1.0]))
    assert flat == pytest.approx([0.0, 3.0])


@pytest.mark.parametrize("seed", range(5))
def test_area_by_height_keeps_the_sum_and_agrees_with_samples(seed):
    rng = np.random.default_rng(seed)
    heights, areas = rng.uniform(0, 10, (6, 3)), rng.uniform(0.1, 5, 6)
    edges = np.linspace(0, 10, 8)
    found = area_by_height(heights, areas, edges)
    assert found.sum() == pytest.approx(areas.sum())
    u, v = rng.random((2, 200_000))
    over = u + v > 1
    u[over], v[over] = 1 - u[over], 1 - v[over]
    sampled = np.zeros(7)
    for corner, area in zip(heights, areas, strict=True):
        z = corner[0] + u * (corner[1] - corner[0]) + v * (corner[2] - corner[0])
        sampled += area * np.histogram(z, edges)[0] / len(u)
    assert found == pytest.approx(sampled, abs=0.05)


def square(x, y, side, *, is_hole=False):
    loop = np.array([(x, y), (x + side, y), (x + side, y + side), (x, y + side)], dtype=float)
    return loop[::-1] if is_hole else loop


def test_what_several_parts_cover_counts_once():
    ring = Silhouette((square(0, 0, 10), square(3, 3, 4, is_hole=True)))
    assert covered_mm2([ring]) == pytest.approx(84)
    assert covered_mm2([ring, Silhouette((square(5, 0, 10),))]) == pytest.approx(84 + 100 - (50 - 8))
    assert covered_mm2([]) == 0


def test_a_thin_wall_has_an_outline_however_long_it_is(placed):
    wall = silhouette_of(placed(box((50.0, 0.08, 10.0)), (100, 200, 0)))
    assert covered_mm2([wall]) == pytest.approx(50 * 0.08)
    corners = np.concatenate(wall.loops_mm)
    assert np.ptp(corners, axis=0) == pytest.approx([50, 0.08])
    block, fence = box((50.0, 5.0, 1.0)), box((50.0, 0.08, 10.0))
    beside = fence.vertices + np.array([0.0, 20.0, 0.0])
    faces = np.concatenate([block.faces, fence.faces + len(block.vertices)])
    both = silhouette_of(placed(Mesh(np.concatenate([block.vertices, beside]), faces), (100, 200, 0)))
    assert covered_mm2([both]) == pytest.approx(50 * 5.08)


def test_the_way_to_the_edge(made):
    plate, disc = made.machine(4).build_volume, made.machine(1).build_volume
    margin, point, foot = edge_distance(np.array([(30.0, 200.0), (390.0, 50.0)]), plate)
    assert margin == 10
    assert (point, foot) == (pytest.approx([390, 50]), pytest.approx([400, 50]))
    assert edge_distance(np.array([(-2.0, 10.0)]), plate)[0] == -2
    margin, _, foot = edge_distance(np.array([(30.0, 0.0), (0.0, -44.0)]), disc)
    assert margin == pytest.approx(6)
    assert foot == pytest.approx([0, -50])


def test_what_is_small_is_not_told_as_nothing(run):
    wall = PlatePart("wall", 0, (square(200, 200, 5),), (5.0, 0.08, 0.03))
    told = plate_alt_text(run, PlateScene((wall,), 0.4, ""), lang="de")
    assert "5 × 0,08 × 0,03 mm" in told
    assert "< 0,1 % der Fläche" in told


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (("pin", "pin 2", "pin 3"), "pin (1–3)"),
        (("Stift 0 – Čížek", "Stift 1 – Čížek", "Stift 10 – Čížek"), "Stift … (1–3)"),
        (("left", "right"), "left, right (1–2)"),
        (("a", "b", "c", "d", "e", "e"), "a, b, c, d … (1–6)"),
    ],
)
def test_equal_parts_do_not_go_by_the_name_of_the_first(run, names, told):
    parts = tuple(
        PlatePart(name, 0, (square(40 + 30 * i, 200, 5),), (5.0, 5.0, 5.0)) for i, name in enumerate(names)
    )
    assert f"{told}: 5 × 5 × 5 mm" in plate_alt_text(run, PlateScene(parts, 25.0, ""))


def test_small_sizes_are_told_without_the_rounding_of_a_file(run):
    sides = tuple(float(np.float32(side)) for side in (0.3, 0.99999996, 5.0))
    told = plate_alt_text(run, PlateScene((PlatePart("p", 0, (square(200, 200, 5),), sides),), 0.4, ""))
    assert "0.3 × 1 × 5 mm" in told


def test_the_plate_tells_what_lies_on_it(run):
    scene = plate_scene(run)
    assert [part.kind for part in scene.parts] == [0, 0, 1]
    assert scene.covered_mm2 == pytest.approx(2 * 120 + 30, rel=1e-3)
    assert scene.remark == ""
    picture = draw_picture(run, "plate", lang="en")
    share = 100 * 270 / 160_000
    assert picture.title == f"3 parts on {share:.1f} % of the platform, 14.0 mm to the edge"
    assert "mushroom (1–2): 12 × 10 × 1.2 mm" in picture.alt


def test_without_the_part_files_there_are_outlines_from_the_vectors(bare, run):
    scene, known = plate_scene(bare), plate_scene(run)
    assert scene.remark == "no_meshes"
    assert len(scene.parts) == 3
    for part, true in zip(scene.parts, known.parts, strict=True):
        low, high = np.concatenate(true.loops_mm).min(axis=0), np.concatenate(true.loops_mm).max(axis=0)
        # Vectors keep the beam offset.
        assert part.loops_mm[0].min(axis=0) == pytest.approx(low, abs=0.11)
        assert part.loops_mm[0].max(axis=0) == pytest.approx(high, abs=0.11)
    found = overhangs_of(bare)
    assert found.parts is None
    assert found.downskin_mm2.tolist() == overhangs_of(run).downskin_mm2.tolist()


def test_a_thin_wall_without_its_file_lies_where_its_tracks_are(tmp_path):
    write_stl(box((20.0, 0.08, 0.4)), tmp_path / "wall.stl")
    with contextlib.chdir(tmp_path):
        outcome = CliRunner().invoke(app, ["slice", "wall.stl", "-m", "m400-4", "--no-report", "-j", "1"])
    assert outcome.exit_code == 0, outcome.stderr
    (tmp_path / "wall.stl").unlink()
    picture = draw_picture(open_run(tmp_path / "wall.amjob"), "plate", lang="en")
    assert picture.title == "1 part on 0.0 % of the platform, 190 mm to the edge"
    assert faults(picture.figure) == []


@pytest.mark.parametrize(("lang", "profile"), [*zip(LANGUAGES, PROFILES * 2, strict=True)])
def test_pictures_without_part_files_are_readable_and_say_so(bare, lang, profile):
    for kind in ("plate", "overhang"):
        picture = draw_picture(bare, kind, lang=lang, profile=profile)
        assert faults(picture.figure) == []
    said = " ".join(one.get_text() for one in picture.figure.texts)
    assert {"en": "not at hand", "de": "nicht mehr da", "cs": "nejsou k dispozici", "pl": "nie są już"}[
        lang
    ] in said


PLATES = {
    "nothing": [],
    "sixty small ones": [(10 + 38 * (i % 10), 10 + 60 * (i // 10), 9) for i in range(60)],
    "outside": [(350, 100, 80)],
    "whole plate": [(0, 0, 400)],
    "twelve kinds with long names": [(10 + 60 * (i % 6), 10 + 60 * (i // 6), 30) for i in range(12)],
}


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("case", PLATES)
def test_odd_plates_are_readable(run, case, profile):
    many = case.startswith("twelve")
    parts = tuple(
        PlatePart(
            "Ein sehr langer Name eines Bauteils mit allem, was dazugehört" if many else "part",
            i if many else 0,
            (square(x, y, side),),
            (side, side, 12.34),
            is_support=many and i == 3,
        )
        for i, (x, y, side) in enumerate(PLATES[case])
    )
    scene = PlateScene(parts, 1234.0, "convex")
    assert faults(draw_plate(run, scene, lang="de", profile=profile)) == []
    assert "{" not in plate_alt_text(run, scene, lang="cs")


def part_of(mesh, kind):
    kinds = np.full(len(mesh.faces), kind, dtype=np.uint8)
    areas = np.ones(len(mesh.faces)) * (kind == HANGING)
    return HangingPart("part", 3, mesh.vertices, mesh.faces, kinds, areas, 7, 4.0, 0.2)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("layers", [1, 6000])
def test_odd_overhangs_are_readable(run, layers, profile):
    tops = 0.04 * np.arange(1, layers + 1)
    limit = GradedValue(42.5, Grade.DATASHEET)
    for parts in ((part_of(box((3.0, 2.0, 1.0)), HANGING),), ()):
        for has_supports in (False, True):
            found = Overhangs(limit, parts, tops, np.linspace(0, 9, layers), has_supports)
            assert faults(draw_overhang(run, found, lang="pl", profile=profile)) == []


def test_energy_is_that_of_the_profile(run):
    core, contour = energy_points(run)
    assert core.volume_j_mm3 == pytest.approx(214 / (928 * 0.1 * 0.04))
    assert core.line_j_m == pytest.approx(214 / 0.928)
    assert contour.volume_j_mm3 is None
    assert contour.line_j_m == pytest.approx(105 / 0.9)
    assert core.beam_grade is core.energy_grade is Grade.RECALLED
    picture = draw_picture(run, "energy", lang="de")
    assert picture.title == "Füllung (Kern): 57,7 J/mm³ · Kontur: 117 J/m"
    assert "angenommen" in picture.alt


def test_beams_are_those_that_vectors_have(tmp_path):
    """A rule for layers 1 to 3, which exposes them again with another speed; none of them has an upskin."""
    write_stl(box((4.0, 4.0, 0.4)), tmp_path / "cube.stl")
    (tmp_path / "job.toml").write_text(
        'machine = "m400-4"\n[upskin]\nlayers = 2\nscan_speed_mm_s = 600\n[[parts]]\nfile = "cube.stl"\n'
        '[[rules]]\nlayers = "1..3"\n[rules.hatch]\nscan_speed_mm_s = 700\n'
        '[rules.reexpose]\nregions = ["core"]\nscan_speed_mm_s = 1300\n',
        encoding="utf-8",
    )
    options = ["-o", str(tmp_path / "cube.amjob"), "--no-report", "-j", "1"]
    outcome = CliRunner().invoke(app, ["run", str(tmp_path / "job.toml"), *options])
    assert outcome.exit_code == 0, outcome.stderr
    run = open_run(tmp_path / "cube.amjob")
    hatches = [one for one in energy_points(run) if one.volume_j_mm3 is not None]
    told = [(one.regions, one.again, one.speed_mm_s.value) for one in hatches]
    core, upskin = (Region.CORE,), (Region.UPSKIN,)
    assert told == [(core, False, 928.0), (upskin, False, 600.0), (core, False, 700.0), (core, True, 1300.0)]


def test_every_region_has_a_marker_of_its_own(run):
    beam = GradedValue(200.0, Grade.USER), GradedValue(800.0, Grade.USER)
    points = [EnergyPoint((region,), False, *beam, None, 0.04) for region in Region]
    (field,) = draw_energy(run, points, lang="en", profile="slide").axes
    told = [one for one in field.lines if len(one.get_xdata()) == 1]
    assert len(told) == len(points)
    assert len({one.get_marker() for one in told}) == len(points)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(
    ("grades", "told"),
    [
        ((Grade.USER, Grade.USER, Grade.USER), ["200 W · 800 mm/s (set by the job)"]),
        ((Grade.USER, Grade.ASSUMED, Grade.ASSUMED), ["200 W · 800 mm/s (assumed)"]),
        (
            (Grade.USER, Grade.USER, Grade.RECALLED),
            ["mm/s (set by the job)", "0.1 mm (recalled,"],
        ),
    ],
)
def test_values_of_a_beam_have_the_grade_words_of_the_report(run, grades, told, profile):
    values = [GradedValue(one, grade) for one, grade in zip((200, 800, 0.1), grades, strict=True)]
    figure = draw_energy(run, [EnergyPoint((Region.CORE,), False, *values, 0.04)], lang="en", profile=profile)
    words = " ".join(" ".join(one.get_text() for one in figure.texts).split())
    assert all(one in words for one in told), words
    for lang in ("de", "cs", "pl"):
        point = EnergyPoint((Region.CORE,), False, *values, 0.04)
        assert faults(draw_energy(run, [point], lang=lang, profile=profile)) == []


def limits(low, high):
    return {
        "min_energy_j_mm3": None if low is None else GradedValue(low, Grade.ASSUMED),
        "max_energy_j_mm3": None if high is None else GradedValue(high, Grade.DATASHEET),
    }


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (30, 120, "within the limits"),
        (80, None, "too little"),
        (None, 40, "too much"),
        (None, None, "Contour"),
    ],
)
def test_limits_are_told_where_a_profile_names_them(run, low, high, said, profile):
    limited = dataclasses.replace(run, process=dataclasses.replace(run.process, **limits(low, high)))
    figure = draw_energy(limited, energy_points(run), lang="en", profile=profile)
    assert said in figure.headline
    words = " ".join(one.get_text() for one in figure.texts)
    assert ("names no limits" in words) == (low is None and high is None)
    assert ("(assumed)" in words.split("Too little")[-1]) or low is None
    assert faults(draw_energy(limited, energy_points(run), lang="pl", profile=profile)) == []


@pytest.mark.parametrize("profile", PROFILES)
def test_many_beams_are_readable(run, profile):
    def value(number, spread=0.0):
        return GradedValue(number, Grade.ASSUMED, low=number * (1 - spread), high=number * (1 + spread))

    points = [
        EnergyPoint((Region.CORE,), False, value(285, 0.1), value(960), value(0.11), 0.04),
        EnergyPoint((Region.UPSKIN,), False, value(153), value(600), value(0.09), 0.04),
        EnergyPoint((Region.DOWNSKIN,), False, value(145), value(2400), value(0.08), 0.04),
        EnergyPoint((Region.CONTOUR, Region.EDGE), False, value(140), value(300), None, 0.04),
        EnergyPoint((Region.UPSKIN,), True, value(150), value(620), value(0.09), 0.04),
    ]
    assert faults(draw_energy(run, points, lang="de", profile=profile)) == []


@pytest.mark.parametrize("lang", ["en", "de", "cs", "pl"])
@pytest.mark.parametrize("profile", PROFILES)
def test_beams_of_rules_supports_and_parts_fit_on_the_picture(run, profile, lang):
    """Regions of a job with rules, supports and parts with values of their own, worst grades and all."""

    def point(regions, power, speed, distance, *, again=False):
        def value(number):
            return GradedValue(number, Grade.RECALLED, low=number * 0.9, high=number * 1.1)

        hatch = None if distance is None else value(distance)
        return EnergyPoint(regions, again, value(power), value(speed), hatch, 0.04)

    points = [
        point((Region.SUPPORT_CONTOUR,), 214, 1200, None),
        point((Region.CORE,), 214, 700, 0.1),
        point((Region.CONTOUR, Region.UPSKIN_CONTOUR, Region.DOWNSKIN_CONTOUR), 105, 900, None),
        point((Region.CONTOUR,), 60, 900, None, again=True),
        point((Region.CORE, Region.UPSKIN, Region.DOWNSKIN), 214, 928, 0.1),
        point((Region.SUPPORT,), 150, 1400, 0.1),
        point((Region.EDGE,), 150, 500, None),
        point((Region.UPSKIN,), 300, 1500, 0.1),
    ]
    figure = draw_energy(run, points, lang=lang, profile=profile)
    assert faults(figure) == []
    assert "117 J/m" in figure.headline  # of the contour, not of the supports


def test_a_cube_from_below_shows_its_underside():
    mesh = box((10.0, 10.0, 10.0))
    corners = mesh.vertices[mesh.faces]
    down = (corners[:, :, 2] == mesh.vertices[:, 2].min()).all(axis=1)
    colours = np.where(down[:, None], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0])
    camera = camera_on(mesh.vertices, azimuth_deg=0.0, elevation_deg=-30.0, width=200, height=200)
    image = shaded_image(mesh.vertices, mesh.faces, colours, camera).astype(float)
    per_mm2 = camera.pixels_per_mm**2
    red = (image[..., 0] > image[..., 2]) & (image[..., 3] > 0)
    blue = (image[..., 2] > image[..., 0]) & (image[..., 3] > 0)
    # Seen at 30°: the underside 100 mm² × sin 30°, the front 100 mm² × cos 30°; the edges are drawn dark.
    assert red.sum() / per_mm2 == pytest.approx(50.0, rel=0.06)
    assert blue.sum() / per_mm2 == pytest.approx(100.0 * math.cos(math.pi / 6), rel=0.06)
    assert (image[..., 3] / 255).sum() / per_mm2 == pytest.approx(136.6, rel=0.03)


def test_what_lies_behind_is_not_seen():
    front, back = box((4.0, 4.0, 4.0)), box((4.0, 4.0, 4.0))
    vertices = np.concatenate([front.vertices + np.array([20.0, 0.0, 0.0]), back.vertices])
    faces = np.concatenate([front.faces, back.faces + len(front.vertices)]).astype(np.int32)
    mesh = Mesh(vertices, faces)
    is_front = np.arange(len(faces)) < len(front.faces)
    colours = np.where(is_front[:, None], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0])
    camera = camera_on(mesh.vertices, azimuth_deg=0.0, elevation_deg=0.0, width=80, height=80)
    image = shaded_image(mesh.vertices, mesh.faces, colours, camera).astype(float)
    assert not ((image[..., 0] > image[..., 2]) & (image[..., 3] > 0)).any()
    seen = seen_faces(mesh.vertices, mesh.faces, camera)
    assert is_front[seen[seen >= 0]].all()
    side_px = 4.0 * camera.pixels_per_mm
    assert (seen >= 0).sum() == pytest.approx(side_px**2, rel=2.0 / side_px)
    # The picture has an outline around it.
    assert (image[seen >= 0, 3] > 127).all()


def test_a_sliver_and_nothing_are_no_trouble():
    vertices = np.array([(0, 0, 0), (10, 0, 0), (5, 1e-9, 0), (5, 5, 1)], dtype=float)
    faces = np.array([(0, 1, 2), (0, 2, 3)], dtype=np.int32)
    camera = camera_on(vertices, azimuth_deg=30.0, elevation_deg=60.0, width=60, height=40)
    image = shaded_image(vertices, faces, np.full((2, 3), 0.5), camera)
    assert image.shape == (40, 60, 4)
    empty = shaded_image(vertices, faces[:0], np.zeros((0, 3)), camera)
    assert not empty.any()
    assert (seen_faces(vertices, faces[:0], camera) == -1).all()
