"""Oracle: sides of the seams in plain Python, and the pieces that come out."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amprep.kernels.seams import cut_at_seams
from amprep.kernels.tolerances import SHORTEST_VECTOR_MM

STEP_MM = 5e-5
"""More than one step of float32 at 400 mm."""

INF = math.inf
FIELDS = np.array([[-25, -25, 225, 225], [175, -25, 425, 225], [-25, 175, 225, 425], [175, 175, 425, 425]])


def reach_of(fields=FIELDS):
    rows = np.zeros((2, len(fields), 7))
    rows[:, :, :4] = fields
    rows[:, :, 6] = INF
    return rows


def trees(low, high, share):
    """One seam across x for lasers 1 and 2, one for 3 and 4, and three for all of them."""
    nodes = np.zeros((5, 8))
    nodes[:, :2] = [(1, 0), (1, 0), (1, 0), (0, 1), (0, 1)]
    nodes[:, 2], nodes[:, 3], nodes[:, 4] = low, high, share
    children = np.array([[~0, ~1], [~2, ~3], [3, 4], [~0, ~2], [~1, ~3]])
    root = np.array([~max(0, (m & -m).bit_length() - 1) for m in range(16)])
    root[[0b0011, 0b1100, 0b1111]] = 0, 1, 2
    return root, nodes, children


def vectors(rows):
    return np.asarray(rows, dtype=np.float32).reshape(-1, 4)


def lengths(segments):
    d = segments.astype(np.float64)
    return np.hypot(d[:, 2] - d[:, 0], d[:, 3] - d[:, 1])


def cut(
    rows,
    *,
    overlap_mm=0.0,
    least_mm=0.0,
    low=199.0,
    high=202.0,
    share=0.4,
    grid=(3.0, 0.5),
    first=None,
    kind=None,
    reach=None,
):
    """Cut; `first` gives the one part's list of lasers, for contours; `kind` 2 is for contours one by one."""
    kind = kind or first is None
    segments = vectors(rows)
    none = np.zeros(len(segments), dtype=np.uint16)
    costs = np.zeros((1, 6))
    costs[0, 5] = kind
    lists = np.array([first or [0, 1, 2, 3]], dtype=np.uint8)
    flags, known = np.zeros(1, dtype=np.uint8), np.zeros(1, dtype=np.int64)
    out, laser, source, pieces = cut_at_seams(
        segments, none, none, costs, lists, flags, flags, known, reach_of() if reach is None else reach,
        *trees(low, high, share), np.array([3.0, 0.5]), overlap_mm, least_mm,
    )  # fmt: skip
    if not pieces:
        return segments, laser, np.arange(len(segments))
    return out[:pieces], laser[:pieces], source[:pieces]


def mask_at(x, y):
    return sum(1 << k for k, f in enumerate(FIELDS) if f[0] <= x <= f[2] and f[1] <= y <= f[3])


def allowed_at(x, y, near=0.0, low=199.0, high=202.0, share=0.4):
    """Lasers on whose side of every seam a place lies; between the two places of a seam, either side."""
    root, nodes, children = trees(low, high, share)
    found, left = set(), [root[mask_at(x, y)]]
    while left:
        node = left.pop()
        if node < 0:
            found.add(~node)
            continue
        u = nodes[node, :2] @ (x, y)
        left += [children[node, k] for k in (0, 1) if (u >= low - near if k else u < high + near)]
    return found


def assert_cut_well(rows, **options):
    segments = vectors(rows)
    out, laser, source = cut(rows, **options)
    assert (np.diff(source) >= 0).all(), "order"
    np.testing.assert_array_equal(np.unique(source), np.arange(len(segments)))
    first = np.searchsorted(source, np.arange(len(segments)), side="left")
    last = np.searchsorted(source, np.arange(len(segments)), side="right") - 1
    np.testing.assert_array_equal(out[first, :2], segments[:, :2], err_msg="first ends keep their bits")
    np.testing.assert_array_equal(out[last, 2:], segments[:, 2:], err_msg="last ends keep their bits")
    inner = source[1:] == source[:-1]
    np.testing.assert_array_equal(out[1:][inner, :2], out[:-1][inner, 2:], err_msg="pieces join bit for bit")
    assert (laser[1:][inner] != laser[:-1][inner]).all(), "neighbouring pieces belong to different lasers"
    total = np.bincount(source, weights=lengths(out), minlength=len(segments))
    assert total == pytest.approx(lengths(segments), rel=1e-5, abs=2 * STEP_MM * len(out)), "mm"
    for row, who in zip(out.astype(np.float64), laser.tolist(), strict=True):
        x0, y0, x1, y1 = row
        masks = {mask_at(x0 + t * (x1 - x0), y0 + t * (y1 - y0)) for t in np.linspace(0.0, 1.0, 9)}
        # What a laser reaches at both ends it reaches in between; over zones only the ends say whose it is.
        for t in (0.001, 0.35, 0.8, 0.999) if len(masks) == 1 else (0.001, 0.999):
            x, y = x0 + t * (x1 - x0), y0 + t * (y1 - y0)
            assert any(who in allowed_at(x + a, y + b, NEAR_MM) for a, b in NEIGHBOURS), (row, who)
        for x, y in ((x0, y0), (x1, y1)):
            assert any(mask_at(x + a, y + b) >> who & 1 for a, b in NEIGHBOURS), (row, who)
    return out, laser, source


#: A splinter stays with its neighbour.
NEAR_MM = 2 * SHORTEST_VECTOR_MM
NEIGHBOURS = [(s * NEAR_MM, t * NEAR_MM) for s in (-1, 0, 1) for t in (-1, 0, 1)]


@pytest.mark.parametrize("reach", [0.5, 10.0, 400.0])
def test_random_vectors_are_cut_into_the_places_they_cross(reach):
    rng = np.random.default_rng(4)
    start = rng.uniform(0, 400, (1500, 2))
    start[::2] = rng.uniform(180, 220, (750, 2))
    end = np.clip(start + rng.uniform(-reach, reach, (1500, 2)), 0, 400)
    assert_cut_well(np.column_stack([start, end]))


@pytest.mark.parametrize("least_mm", [0.1, 0.5, 3.0])
@pytest.mark.parametrize("reach", [0.7, 10.0, 400.0])
def test_short_pieces_stay_with_the_piece_before_where_that_reaches_them(reach, least_mm):
    """The first one with the one behind."""
    rng = np.random.default_rng(9)
    start = rng.uniform(170, 230, (3000, 2))
    end = np.clip(start + rng.uniform(-reach, reach, (3000, 2)), 0, 400)
    rows = np.column_stack([start, end])
    segments = vectors(rows)
    out, laser, source = cut(rows, least_mm=least_mm)
    _, _, free = cut(rows)
    assert len(source) < len(free)
    first = np.searchsorted(source, np.arange(len(segments)), side="left")
    last = np.searchsorted(source, np.arange(len(segments)), side="right") - 1
    np.testing.assert_array_equal(out[first, :2], segments[:, :2])
    np.testing.assert_array_equal(out[last, 2:], segments[:, 2:])
    inner = source[1:] == source[:-1]
    np.testing.assert_array_equal(out[1:][inner, :2], out[:-1][inner, 2:])
    assert (laser[1:][inner] != laser[:-1][inner]).all()
    for (x0, y0, x1, y1), who in zip(out.astype(np.float64), laser.tolist(), strict=True):
        for x, y in ((x0, y0), (x1, y1)):
            assert any(mask_at(x + a, y + b) >> who & 1 for a, b in NEIGHBOURS)
    pieces = np.bincount(source)
    short = np.flatnonzero((lengths(out) < least_mm - STEP_MM) & (pieces[source] > 1))
    for i in short.tolist():
        k = i + 1 if i == first[source[i]] else i - 1
        far = out[i, :2] if k > i else out[i, 2:]
        assert not mask_at(*far.astype(np.float64)) >> int(laser[k]) & 1, "the neighbour reaches it"


near_seam = st.sampled_from([0.0, 174.9995, 175.0, 198.9995, 199.0, 200.5, 202.0, 202.0005, 225.0, 400.0])
place = st.one_of(near_seam, st.floats(0, 400, width=32))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(st.tuples(place, place, place, place), min_size=1, max_size=6))
def test_vectors_about_the_seams_keep_length_order_and_bits(rows):
    assert_cut_well([row for row in rows if row[:2] != row[2:]] or [(0, 0, 1, 1)])


def test_what_lies_on_one_side_is_not_touched():
    rows = [(10, 10, 150, 150), (180, 10, 198, 30), (230, 230, 390, 390)]
    out, laser, _ = cut(rows)
    np.testing.assert_array_equal(out, vectors(rows))
    assert laser.tolist() == [0, 0, 3]


def test_the_pieces_at_a_seam_overlap_by_the_stated_length():
    out, laser, source = cut([(190, 50, 210, 50)], overlap_mm=0.1, low=200.0, high=200.0)
    assert laser.tolist() == [0, 1]
    assert source.tolist() == [0, 0]
    assert out[:, [0, 2]].tolist() == pytest.approx(np.array([[190, 200.05], [199.95, 210]]), abs=STEP_MM)


@pytest.mark.parametrize(("seam_mm", "begin_mm", "end_mm"), [(225.0, 224.9, 225.0), (175.0, 175.0, 175.1)])
def test_the_overlap_is_as_long_where_a_field_ends(seam_mm, begin_mm, end_mm):
    """On one side of the seam only one laser reaches anything: all of the overlap lies on the other."""
    for row in ((100, 50, 300, 50), (300, 50, 100, 50)):
        out, laser, _ = cut([row], overlap_mm=0.1, low=seam_mm, high=seam_mm)
        left, right = (out[laser == number][0, [0, 2]] for number in (0, 1))
        assert left.max() == pytest.approx(end_mm, abs=STEP_MM)
        assert right.min() == pytest.approx(begin_mm, abs=STEP_MM)
        assert left.max() <= 225.0
        assert right.min() >= 175.0


@pytest.mark.parametrize(
    ("overlap_mm", "seam_mm", "begin_mm", "end_mm"),
    [
        (80.0, 225.0, 175.0, 225.0),
        (80.0, 175.0, 175.0, 225.0),
        (80.0, 200.0, 175.0, 225.0),
        (48.0, 210.0, 177.0, 225.0),
        (48.0, 180.0, 175.0, 223.0),
    ],
)
def test_the_overlap_is_as_long_as_fields_allow(overlap_mm, seam_mm, begin_mm, end_mm):
    """Both reach 175 to 225 mm."""
    for row in ((100, 50, 300, 50), (300, 50, 100, 50)):
        out, laser, _ = cut([row], overlap_mm=overlap_mm, low=seam_mm, high=seam_mm)
        left, right = (out[laser == number][0, [0, 2]] for number in (0, 1))
        assert left.max() == pytest.approx(end_mm, abs=STEP_MM)
        assert right.min() == pytest.approx(begin_mm, abs=STEP_MM)


def test_bands_of_a_seam_take_turns():
    """Half of the bands stand at either place, in each run of as many as there are."""
    rows = [(190, y, 210, y) for y in np.arange(20.0, 140.0, 3.0) + 1.0]
    out, laser, _ = cut(rows, share=0.5)
    ends = out[laser == 0, 2]
    assert sorted(set(ends.tolist())) == [199.0, 202.0]
    assert (ends == 202.0).mean() == 0.5
    assert (ends[1:] != ends[:-1]).all()


def test_a_contour_stays_with_the_first_laser_that_reaches_it():
    rows = [(180, 50, 220, 50), (220, 50, 240, 50), (150, 50, 160, 50)]
    out, laser, source = cut(rows, first=[1, 0, 2, 3])
    assert laser.tolist() == [1, 1, 0]
    out, laser, source = cut(rows, first=[0, 1, 2, 3])
    assert laser.tolist() == [0, 0, 1, 0]
    assert source.tolist() == [0, 1, 1, 2]
    assert out[1, 2] == out[2, 0] == 225.0


def test_a_contour_of_its_own_stays_in_one_piece():
    """Each of two closed contours goes to the laser of its middle, if that reaches all of it."""
    ring = np.array([(-8, -8), (8, -8), (8, 8), (-8, 8), (-8, -8)])
    rows = [np.hstack([ring[:-1], ring[1:]]) + 2 * place for place in ((204, 50), (190, 60))]
    out, laser, _ = cut(np.vstack(rows), kind=2, low=200.0, high=200.0)
    assert laser.tolist() == [1] * 4 + [0] * 4
    np.testing.assert_array_equal(out, vectors(np.vstack(rows)))


def test_a_contour_that_no_laser_reaches_all_of_goes_by_the_list():
    rows = [(180, 50, 220, 50), (220, 50, 240, 50), (240, 50, 100, 50)]
    _, laser, source = cut(rows, kind=2, first=[0, 1, 2, 3])
    assert laser.tolist() == [0, 0, 1, 1, 0]
    assert source.tolist() == [0, 1, 1, 2, 2]


def test_a_vector_along_a_seam_stays_in_one_piece():
    """It would be cut at every band."""
    out, _, _ = cut([(200.5, 20, 200.5, 120), (200.5, 20, 201.0, 120)], share=0.5)
    assert len(out) == 2


def test_circles_are_cut_at_their_arc():
    reach = reach_of(np.array([[-100, -100, 100, 100], [0, -100, 400, 300]]))
    reach[:, 0, 4:] = 0.0, 0.0, 100.0**2
    out, laser, _ = cut([(10, 60, 160, 60)], reach=reach, first=[0, 1])
    assert laser.tolist() == [0, 1]
    assert out[0, 2] == pytest.approx(80.0, abs=STEP_MM)


def test_a_splinter_stays_with_its_neighbour():
    out, laser, _ = cut([(199.9995, 10, 210, 10)], low=200.0, high=200.0)
    assert laser.tolist() == [1]
    assert len(out) == 1


def test_a_short_begin_goes_to_the_first_piece_that_is_long_enough():
    """Also where the one right behind it belongs to a laser that does not reach the begin."""
    fields = [[0, 0, 10.45, 99], [0, 0, 400, 99], [10.2, 0, 10.4, 99], [300, 0, 400, 99]]
    row, wishes = [(10, 50, 20, 50)], [2, 0, 1, 3]
    _, laser, _ = cut(row, reach=reach_of(np.array(fields)), first=wishes)
    assert laser.tolist() == [0, 2, 0, 1]
    out, laser, _ = cut(row, reach=reach_of(np.array(fields)), first=wishes, least_mm=0.5)
    assert laser.tolist() == [1]
    np.testing.assert_array_equal(out, vectors(row))


@pytest.mark.parametrize("overlap_mm", [5.0, 40.0])
def test_the_overlap_ends_with_a_circle(overlap_mm):
    """The first laser reaches up to x = 80 mm at y = 60 mm, the second from x = 70 mm on."""
    reach = reach_of(np.array([[-100, -100, 100, 100], [70, -100, 400, 300]]))
    reach[:, 0, 4:] = 0.0, 0.0, 100.0**2
    begin_mm = max(80.0 - overlap_mm, 70.0)
    for row in ((10, 60, 160, 60), (160, 60, 10, 60)):
        out, laser, _ = cut([row], overlap_mm=overlap_mm, low=79.5, high=79.5, reach=reach)
        left, right = (out[laser == number][0, [0, 2]] for number in (0, 1))
        assert left.max() == pytest.approx(80.0, abs=STEP_MM)
        assert right.min() == pytest.approx(begin_mm, abs=STEP_MM)


def test_nothing_gives_nothing():
    out, laser, source = cut([])
    assert len(out) == len(laser) == len(source) == 0
