"""The parts of the demonstrators. Oracles: formulas, counted points, trimesh for watertightness."""

from __future__ import annotations

import hashlib
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import trimesh

import amprep
from amprep.demonstrators.brackets import bracket_after, bracket_before
from amprep.demonstrators.catalogue import DEMONSTRATORS, WALLS_MM, demonstrator
from amprep.demonstrators.channels import DIAMETERS_MM, bridge_channel, drop_outline, round_outline
from amprep.demonstrators.four_lasers import border_bar, four_field_disc
from amprep.demonstrators.lattices import CUBE_MM, gyroid_cube, strut_cube
from amprep.demonstrators.nametag import LONGEST_MM, nametag
from amprep.demonstrators.nozzle import CHANNEL_MM, nozzle, nozzle_cut, way_of_channel
from amprep.demonstrators.overhang_fan import ANGLES_DEG, overhang_fan
from amprep.demonstrators.primitives import thin_walls
from amprep.demonstrators.tensile_bars import (
    GAUGE_DIAMETER_MM,
    GAUGE_LENGTH_MM,
    PARALLEL_MM,
    blank,
    tensile_bar,
)
from amprep.errors import UsageError
from amprep.profiles import find_machine
from amprep.reading.stl import read_stl
from amprep.workshop.writing import DEFAULT_TEXT, is_small, write_demo

MACHINES = ("m100", "m400-4")
RUNS = [(demo.name, machine) for demo in DEMONSTRATORS for machine in MACHINES]
FORMS = [(name, machine) for name, machine in RUNS if machine == "m100" or demonstrator(name).has_small_form]


@pytest.fixture(scope="session")
def written(tmp_path_factory):
    """Folder of a demonstrator on a machine, written once."""
    room = tmp_path_factory.mktemp("demos")
    made = {}

    def folder_of(name, machine):
        if (name, machine) not in made:
            folder = room / machine / name
            folder.mkdir(parents=True)
            parts = write_demo(
                demonstrator(name), find_machine(machine), folder, text=DEFAULT_TEXT, reference=machine
            )
            made[name, machine] = folder, parts
        return made[name, machine]

    return folder_of


@pytest.mark.parametrize(("name", "machine"), FORMS)
def test_parts_are_watertight_single_bodies_on_the_platform(name, machine, written):
    folder, parts = written(name, machine)
    for part in parts:
        mesh, source = read_stl(folder / f"{part.name}.stl", unit="mm")
        assert source.notices == ()
        body = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
        assert body.is_watertight
        assert body.is_winding_consistent
        assert body.body_count == 1
        assert mesh.volume_mm3 > 0
        assert mesh.volume_mm3 == pytest.approx(part.mesh.volume_mm3, rel=1e-6)


@pytest.mark.parametrize(("name", "machine"), RUNS)
def test_the_job_file_puts_all_parts_clear_of_the_edge(name, machine, written):
    from amprep.assembling import assemble_job
    from amprep.reading.job_file import read_job_file

    folder, parts = written(name, machine)
    job = assemble_job(read_job_file(folder / "job.toml"), folder)
    assert [part.name for part in job.parts] == [part.name for part in parts]
    # W218 says that the height rests on what nobody has confirmed; W405 would be too near to the edge.
    assert {notice.code for notice in job.notices} <= {"W218"}


def test_every_machine_takes_the_form_that_fits_it():
    assert is_small(find_machine("m100"))
    assert not is_small(find_machine("m400-4"))
    for demo in DEMONSTRATORS:
        if not demo.has_small_form:
            continue
        small, large = (demo.parts(form, DEFAULT_TEXT) for form in (True, False))
        assert [part.name for part in small] == [part.name for part in large]
        assert small[0].mesh.volume_mm3 < large[0].mesh.volume_mm3


def digests(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def test_another_process_writes_the_same_bytes(tmp_path, written):
    names = ("nametag", "lattice-cube", "nozzle", "bracket")
    code = (
        "import sys; from pathlib import Path\n"
        "from amprep.demonstrators.catalogue import demonstrator\n"
        "from amprep.profiles import find_machine\n"
        "from amprep.workshop.writing import write_demo\n"
        f"for name in {names}:\n"
        "    folder = Path(sys.argv[1]) / name; folder.mkdir()\n"
        "    write_demo(demonstrator(name), find_machine('m100'), folder, text='Zittau', reference='m100')\n"
    )
    source = str(Path(amprep.__file__).resolve().parents[1])
    paths = os.pathsep.join([source, *filter(None, [os.environ.get("PYTHONPATH")])])
    env = {**os.environ, "PYTHONPATH": paths, "PYTHONHASHSEED": "7"}
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, env=env)
    for name in names:
        assert digests(tmp_path / name) == digests(written(name, "m100")[0])


# ---- name tag


@pytest.mark.parametrize(
    "text", ["Anna", "Jiří", "Žaneta", "Łukasz", "Weiß", "Ůlehla", "Świętosława", "gjpqy", "ÄÖÜ"]
)
def test_a_name_stays_on_its_plate(text):
    mesh = nametag(text)
    low, high = mesh.bounds_mm
    np.testing.assert_allclose(low, 0.0, atol=1e-6)
    assert high[0] <= LONGEST_MM + 1e-6
    assert high[1] == pytest.approx(20.0)
    assert high[2] == pytest.approx(3.0)
    body = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
    assert body.is_watertight
    assert body.body_count == 1


def section_area(mesh, height):
    body = trimesh.Trimesh(mesh.vertices, mesh.faces)
    return body.section(plane_origin=(0, 0, height), plane_normal=(0, 0, 1)).to_2D()[0].area


def test_accents_are_raised_too():
    """An accent adds area, so that none is dropped on the way from the font to the part."""
    for plain, accented in (("r", "ř"), ("l", "ł"), ("U", "Ů"), ("Z", "Ž"), ("a", "ą"), ("O", "Ö")):
        assert section_area(nametag(accented), 2.5) > 1.03 * section_area(nametag(plain), 2.5)


def test_letters_with_holes_keep_them():
    """An O is a ring, not a disc. Oracle: the areas of its two outlines."""
    from matplotlib.textpath import TextPath

    mesh = nametag("O")
    path = TextPath((0, 0), "O", size=100, prop={"family": "DejaVu Sans", "weight": "bold"})
    capital = TextPath((0, 0), "H", size=100, prop={"family": "DejaVu Sans", "weight": "bold"})
    scale = 8.5 / capital.get_extents().height

    def area(ring):
        x, y = ring[:, 0], ring[:, 1]
        return 0.5 * abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))

    areas = sorted((area(ring) for ring in path.to_polygons()), reverse=True)
    expected = (areas[0] - sum(areas[1:])) * scale**2
    assert section_area(mesh, 2.5) == pytest.approx(expected, rel=0.01)


def test_accents_apart_from_their_letters_are_the_same_name():
    mesh, other = nametag("Jiří"), nametag("Jir\u030ci\u0301")
    np.testing.assert_array_equal(mesh.vertices, other.vertices)


def test_a_long_name_is_made_smaller_and_a_longer_one_refused():
    assert nametag("Maximiliane").size_mm[0] <= LONGEST_MM + 1e-6
    with pytest.raises(UsageError, match="too long for a name tag: 60 letters") as caught:
        nametag("W" * 60)
    assert caught.value.code == "E152"
    assert "letters fit" in caught.value.fix


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "\u200b", "\u00ad \ufe0f"])
def test_an_empty_name_is_refused(text):
    with pytest.raises(UsageError, match="empty") as caught:
        nametag(text)
    assert caught.value.code == "E152"


def test_letters_that_the_font_lacks_are_named():
    with pytest.raises(UsageError, match=r"cannot show 漢 \(U\+6F22\), 字 \(U\+5B57\)") as caught:
        nametag("A漢字漢")
    assert caught.value.code == "E152"


def test_letters_from_right_to_left_are_named():
    """The font has them, but outlines side by side would be no word."""
    with pytest.raises(UsageError, match=r"cannot show ש \(U\+05E9\), ל"):
        nametag("שלום")


def test_no_text_is_taken_for_a_formula():
    """All signs are there: with them the tag is longer than with the letters alone."""
    assert nametag("MM$I$M").size_mm[0] > nametag("MMIM").size_mm[0] + 10.0
    assert nametag("$\\alpha$").size_mm[0] > nametag("alpha").size_mm[0] + 10.0


def test_marks_that_nobody_sees_change_nothing():
    np.testing.assert_array_equal(nametag("Jo\u200bhn\u202e").vertices, nametag("John").vertices)


# ---- volumes and sizes


def test_the_lighter_bracket_has_about_half_of_the_material():
    before, after = bracket_before(0.7), bracket_after(0.7)
    np.testing.assert_allclose(before.size_mm, after.size_mm, atol=1e-4)
    assert 0.4 < after.volume_mm3 / before.volume_mm3 < 0.6
    assert bracket_after(0.5).volume_mm3 == pytest.approx(after.volume_mm3 * (0.5 / 0.7) ** 3, rel=1e-5)


def test_the_blades_of_the_fan_lean_as_they_say():
    """Undersides: the normals of the blades' lower faces, weighted by area, stand at 90° + angle."""
    mesh = overhang_fan()
    body = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
    normals, areas = body.face_normals, body.area_faces
    for angle in ANGLES_DEG:
        down = np.array([math.sin(math.radians(angle)), 0.0, -math.cos(math.radians(angle))])
        area = areas[(normals @ down) > 1 - 1e-6].sum()
        assert area > 10.0 * 15.0, f"blade at {angle}°"


@pytest.fixture(scope="module")
def struts():
    return strut_cube()


def counted_share(inside, points=2_000_000):
    """Share of a unit cube in which `inside` holds, on a regular grid."""
    n = round(points ** (1 / 3))
    axis = (np.arange(n) + 0.5) / n
    return float(np.mean(inside(*np.meshgrid(axis, axis, axis, indexing="ij"))))


def test_the_gyroid_has_the_volume_of_its_formula():
    turn = 2 * np.pi * CUBE_MM / 10.0

    def sheet(x, y, z):
        u, v, w = turn * x, turn * y, turn * z
        return np.abs(np.sin(u) * np.cos(v) + np.sin(v) * np.cos(w) + np.sin(w) * np.cos(u)) < 0.42

    mesh = gyroid_cube()
    assert mesh.volume_mm3 == pytest.approx(CUBE_MM**3 * counted_share(sheet), rel=0.02)
    np.testing.assert_allclose(mesh.size_mm, CUBE_MM, atol=1e-4)


def test_the_struts_have_the_volume_of_their_formula(struts):
    """Points of one cell that lie in one of its four diagonals; the rods have twelve sides, hence the 2 %."""
    step = 0.1
    axis = np.arange(step / 2, 5.0, step)
    point = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1)
    directions = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) / math.sqrt(3)
    starts = np.array([[0, 0, 0], [0, 5, 5], [5, 0, 5], [5, 5, 0]])
    # Twelve corners on the circle: as much area as a circle of this radius.
    radius = 0.4 * math.sqrt(12 / (2 * math.pi) * math.sin(2 * math.pi / 12))
    inside = np.zeros(point.shape[:3], dtype=bool)
    for start, direction in zip(starts, directions, strict=True):
        way = point - start
        inside |= (way**2).sum(axis=-1) - (way @ direction) ** 2 < radius**2
    above_plate = 16 * inside[:, :, round(1 / step) :].sum() * step**3
    expected = 48 * inside.sum() * step**3 + above_plate + CUBE_MM**2
    assert struts.volume_mm3 == pytest.approx(expected, rel=0.02)


def test_all_cells_of_the_lattice_are_alike(struts):
    """Layer by layer the same section: rods that meet end to end once left a void filled, or a strut out."""
    mesh = struts
    body = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
    areas = [
        body.section(plane_origin=(0, 0, height), plane_normal=(0, 0, 1)).to_2D()[0].area
        for height in (6.3, 11.3, 16.3)
    ]
    assert areas == pytest.approx([areas[0]] * 3, rel=1e-4)


def test_the_ladder_has_the_volume_of_its_formula():
    expected = 20 * (2 * (sum(WALLS_MM) + (len(WALLS_MM) + 1) * 2.5) + 12 * sum(WALLS_MM))
    mesh = demonstrator("thin-walls").parts(False, "")[0].mesh
    assert mesh.volume_mm3 == pytest.approx(expected, rel=1e-6)
    assert mesh.volume_mm3 == thin_walls(WALLS_MM, height_mm=12.0, gap_mm=2.5).volume_mm3


def polygon_area(ring):
    x, y = ring[:, 0], ring[:, 1]
    return 0.5 * (np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))


def test_a_drop_is_a_circle_with_a_roof():
    for diameter in DIAMETERS_MM:
        r = diameter / 2
        # Circle but for the upper quarter's segment, and the triangle of the roof.
        segment = r**2 * (math.pi / 4 - 0.5)
        roof = r**2 * 0.5
        assert polygon_area(drop_outline(diameter)) == pytest.approx(
            math.pi * r**2 - segment + roof, rel=0.003
        )
        assert drop_outline(diameter)[:, 1].max() == pytest.approx(r * math.sqrt(2))


def test_the_block_of_channels_has_the_volume_of_its_formula():
    holes = sum(polygon_area(round_outline(d)) + polygon_area(drop_outline(d)) for d in DIAMETERS_MM)
    bridges = sum(3.0 * 8.0 + span * 2.0 for span in (1.0, 2.0, 4.0, 6.0, 10.0))
    assert bridge_channel().volume_mm3 == pytest.approx(12 * (36 * 28 - holes + bridges), rel=1e-6)


def test_the_channel_of_the_nozzle_takes_what_its_length_says():
    mesh = nozzle()
    way = way_of_channel()
    length = np.linalg.norm(np.diff(way, axis=0), axis=1).sum()
    frustum = math.pi / 3 * 36 * (14**2 + 14 * 8.5 + 8.5**2) - math.pi / 3 * 36 * (6**2 + 6 * 2 + 2**2)
    # The flange: a ring of 4 mm, and a cone of 45° that ends on the wall.
    z = np.linspace(0, 36, 20_001)
    wall = 14 + (8.5 - 14) * z / 36
    outline = np.where(z <= 4, 17.0, np.where(z <= 7, 17.0 - (z - 4), 14 + (8.5 - 14) * (z - 7) / 29))
    body = np.trapezoid(math.pi * outline**2, z) - math.pi / 3 * 36 * (6**2 + 6 * 2 + 2**2)
    assert body > 0.95 * frustum
    assert wall[0] == 14.0
    ends = sum(math.hypot(*(point[:2])) for point in (way[0], way[-1]))
    reach = outline[np.searchsorted(z, way[0, 2])] + outline[np.searchsorted(z, way[-1, 2])]
    channel = math.pi / 4 * CHANNEL_MM**2 * (length + reach - ends)
    assert mesh.volume_mm3 == pytest.approx(body - channel, rel=0.01)
    assert nozzle_cut().volume_mm3 == pytest.approx(mesh.volume_mm3 / 2, rel=0.03)


def test_the_channel_keeps_off_bore_and_wall():
    way = way_of_channel()
    radius = np.hypot(way[:, 0], way[:, 1])
    share = way[:, 2] / 36.0
    inside = radius - (6 + (2 - 6) * share)
    outside = (14 + (8.5 - 14) * share) - radius
    assert min(inside.min(), outside.min()) > CHANNEL_MM / 2 + 1.0


def test_the_bar_is_a_proportional_specimen():
    """Original gauge length 5 d, parallel length at least that and d / 2: ISO 6892-1, round specimens."""
    assert pytest.approx(5.65 * math.sqrt(math.pi / 4 * GAUGE_DIAMETER_MM**2), rel=0.002) == GAUGE_LENGTH_MM
    assert PARALLEL_MM >= GAUGE_LENGTH_MM + GAUGE_DIAMETER_MM / 2
    mesh = tensile_bar()
    body = trimesh.Trimesh(mesh.vertices, mesh.faces)
    middle = mesh.size_mm[2] / 2
    for height in (middle - GAUGE_LENGTH_MM / 2, middle, middle + GAUGE_LENGTH_MM / 2):
        area = body.section(plane_origin=(0, 0, height), plane_normal=(0, 0, 1)).to_2D()[0].area
        assert area == pytest.approx(48 * math.sin(2 * math.pi / 96) * 4.0, rel=1e-4)


def test_the_blank_holds_the_bar():
    bar, whole = tensile_bar(), blank()
    length, *across = whole.size_mm
    assert length == pytest.approx(bar.size_mm[2], abs=1e-4)
    np.testing.assert_allclose(across, 10.0, atol=1e-4)
    assert whole.volume_mm3 == pytest.approx(8 * 5.0**2 * math.tan(math.pi / 8) * length, rel=1e-5)


def test_the_plate_straddles_every_border_of_the_fields():
    machine = find_machine("m400-4")
    centre = np.array(machine.build_volume.centre_mm)
    for part in demonstrator("four-laser-plate").parts(False, ""):
        low, high = part.mesh.bounds_mm
        half = 0.5 * (high - low)[:2]
        middle = centre + part.offset_mm
        corners = [middle + half * (x, y) for x in (-1, 1) for y in (-1, 1)]
        wanted = {int(digit) for digit in part.name if digit.isdigit()} or {1, 2, 3, 4}

        def holds(laser, point):
            x0, y0, x1, y1 = laser.field_mm
            return x0 <= point[0] <= x1 and y0 <= point[1] <= y1

        alone = {n for n, laser in enumerate(machine.lasers, 1) if all(holds(laser, one) for one in corners)}
        some = {n for n, laser in enumerate(machine.lasers, 1) if any(holds(laser, one) for one in corners)}
        assert some == wanted, part.name
        assert alone == (wanted if len(wanted) == 1 else set()), part.name


def test_plates_shrink_in_the_plane_alone():
    full, small = border_bar("1-2", 1.0), border_bar("1-2", 0.28)
    assert small.volume_mm3 == pytest.approx(full.volume_mm3 * 0.28**2, rel=1e-5)
    assert four_field_disc(0.28).size_mm[2] == pytest.approx(3.6)


def test_the_tower_stands_on_its_own():
    """No underside is flatter than 45°, but for the tops of the clocks, 0.6 mm deep, and their hands."""
    mesh = demonstrator("zittau-tower").parts(False, "")[0].mesh
    np.testing.assert_allclose(mesh.size_mm, (18.8, 18.8, 66.0), atol=0.01)
    body = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
    height = body.triangles_center[:, 2]
    flat = (body.face_normals[:, 2] < -math.cos(math.radians(44.9))) & (height > 0.01)
    assert np.all((height[flat] > 35.0) & (height[flat] < 37.6))
    assert body.area_faces[flat].sum() < 20.0


def test_a_name_that_is_no_demonstrator():
    with pytest.raises(
        UsageError, match=r'there is no demonstrator "nametagg"\. Did you mean "nametag"'
    ) as caught:
        demonstrator("nametagg")
    assert caught.value.code == "E104"
    assert demonstrator(" Nozzle ").name == "nozzle"
